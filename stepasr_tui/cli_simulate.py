"""``stepasr-tui simulate``: the built-in service on a loopback port, until a signal comes."""

import errno
import signal
import threading
from types import FrameType

from stepasr_tui.cli_exit import COMPLETE
from stepasr_tui.cli_output import put
from stepasr_tui.core.errors import StepasrError
from stepasr_tui.core.stepfun.service import BASE_URL_VARIABLE

_LOOK = 0.5
"""Seconds between two looks for a signal, where waiting cannot be interrupted by one."""


def simulate(port: int, scenario: str, speed: float) -> int:
    """Serve until SIGINT, SIGTERM or SIGHUP; returns 128 + its number.

    ``speed`` is how many times faster than the recording the text comes, 0 for at once.
    Raises ``StepasrError`` when the port cannot be had.
    """
    from stepasr_tui.simulator.serve import SimulatorServer
    from stepasr_tui.simulator.settings import NORMAL_KEY, PLAN_KEY, SimulatorSettings

    came: list[int] = []
    over = threading.Event()

    def end(number: int, _frame: FrameType | None) -> None:
        came.append(number)
        over.set()

    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)
    server = SimulatorServer(SimulatorSettings(scenario=scenario, speed=speed or None), port=port)
    try:
        server.start()
    except OSError as error:
        raise _no_port(port, error) from error
    try:
        put(
            f"The simulator listens on {server.url} until Ctrl+C. Use it from another shell:\n"
            f"export {BASE_URL_VARIABLE}={server.url}\n"
            f"export STEPFUN_API_KEY={NORMAL_KEY}\n"
            f"(for --plan step_plan: {PLAN_KEY})\n"
        )
        while not over.wait(_LOOK):
            pass
    finally:
        server.stop()
    return 128 + came[0]


def known_scenarios() -> int:
    """Every scenario with its sentence."""
    from stepasr_tui.simulator.scenarios import SCENARIOS

    width = max(map(len, SCENARIOS))
    put("".join(f"{one.name:<{width}}  {one.sentence}\n" for one in SCENARIOS.values()))
    return COMPLETE


def is_scenario(name: str) -> bool:
    """Whether there is a scenario of that name."""
    from stepasr_tui.simulator.scenarios import SCENARIOS

    return name in SCENARIOS


def _no_port(port: int, error: OSError) -> StepasrError:
    if error.errno == errno.EADDRINUSE:
        cause = "Another program listens there."
    elif error.errno in (errno.EACCES, errno.EPERM):
        cause = "Ports below 1024 are kept for the system."
    else:
        cause = f"{error.strerror}."
    return StepasrError(
        f"Port {port} cannot be used.",
        cause=cause,
        remedy="Choose another with --port, or leave it out for a free one.",
    )
