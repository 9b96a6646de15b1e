"""The simulator on a loopback port, in a thread of its own.

Importing this costs nothing: the web server is imported by the thread, while the port already
listens.
"""

from __future__ import annotations

import asyncio
import logging
import socket
import threading
from typing import TYPE_CHECKING, Any, Self

from stepasr_tui.simulator.settings import SimulatorSettings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from stepasr_tui.simulator.records import RequestRecord
    from stepasr_tui.simulator.simulation import Simulator

HOST = "127.0.0.1"


class SimulatorServer:
    """A StepFun service on ``127.0.0.1`` for as long as the ``with`` block lasts.

    Raises OSError on entering where the port is taken.
    """

    def __init__(self, settings: SimulatorSettings | None = None, port: int = 0) -> None:
        self.settings = settings or SimulatorSettings()
        """What it was made with."""
        self._port = port
        self._simulator: Simulator | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leave: asyncio.Event | None = None
        self._ready = threading.Event()
        self._thread: threading.Thread | None = None
        self._problem: BaseException | None = None

    @property
    def port(self) -> int:
        """The port it listens on; 0 before it was started with any free one."""
        return self._port

    @property
    def url(self) -> str:
        """The address without a path: ``http://127.0.0.1:PORT``."""
        return f"http://{HOST}:{self._port}"

    def base_url(self, plan: str = "standard", scenario: str | None = None) -> str:
        """What to give as base URL: the plan's prefix included, and maybe a scenario's."""
        prefix = {"standard": "/v1", "step_plan": "/step_plan/v1"}[plan]
        return self.url + (f"/scenario/{scenario}" if scenario else "") + prefix

    @property
    def requests(self) -> list[RequestRecord]:
        """Every request so far, oldest first; records go on changing until they are over."""
        return self._running().requests

    @property
    def posts(self) -> list[RequestRecord]:
        """The requests that were POSTs."""
        return [record for record in self.requests if record.method == "POST"]

    @property
    def scenario(self) -> str | list[str]:
        """What happens to transcriptions: a name, or a list used up one a POST."""
        return self._running().scenario

    @scenario.setter
    def scenario(self, wanted: str | Sequence[str]) -> None:
        self._running().scenario = wanted

    def start(self) -> Self:
        """Listen; connections are taken from the moment this returns."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((HOST, self._port))
            listener.listen(128)
        except OSError:
            listener.close()
            raise
        self._port = listener.getsockname()[1]
        self._thread = threading.Thread(
            target=self._work, args=(listener,), name="simulator", daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        """Drop every connection and end; raises what ended the thread, if something did."""
        if self._thread is None:
            return
        self._ready.wait()
        if self._loop and self._leave and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._leave.set)
        self._thread.join()
        if self._problem:
            raise self._problem

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _running(self) -> Simulator:
        if self._thread is None:
            raise RuntimeError("the simulator has not been started")
        self._ready.wait()
        if self._simulator is None:
            raise RuntimeError("the simulator could not start") from self._problem
        return self._simulator

    def _work(self, listener: socket.socket) -> None:
        try:
            asyncio.run(self._serve(listener))
        except BaseException as problem:
            self._problem = problem
        finally:
            listener.close()
            self._ready.set()

    async def _serve(self, listener: socket.socket) -> None:
        import uvicorn
        from uvicorn.server import ServerState

        from stepasr_tui.simulator.protocol import LentTransport
        from stepasr_tui.simulator.server import create_app

        app = create_app(self.settings)
        self._simulator = app.state.simulator
        self._loop, self._leave = asyncio.get_running_loop(), asyncio.Event()
        # Hanging up without an answer is this service's trade; uvicorn calls it an error.
        config = uvicorn.Config(
            app, lifespan="off", access_log=False, log_config=None, log_level=logging.CRITICAL + 1
        )
        config.load()
        state = ServerState()

        def protocol() -> asyncio.Protocol:
            return LentTransport(config=config, server_state=state, app_state={})

        server = await self._loop.create_server(protocol, sock=listener)
        self._ready.set()
        await self._leave.wait()
        server.close()
        await _drop(state)


async def _drop(state: Any) -> None:
    """End all connections at once, and the work for them."""
    for connection in list(state.connections):
        connection.transport.abort()
    # A turn of the loop, so that each connection knows of its end before its task does.
    await asyncio.sleep(0)
    tasks = list(state.tasks)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
