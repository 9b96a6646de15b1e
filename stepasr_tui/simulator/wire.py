"""The answer as bytes on the wire: events as JSON, and the steps in which they are sent.

It knows neither routes nor scenarios: it is given steps and performs them.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
import time
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from starlette.responses import Response

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

    from stepasr_tui.simulator.clips import Piece
    from stepasr_tui.simulator.records import RequestRecord
    from stepasr_tui.simulator.settings import SimulatorSettings


@dataclass(frozen=True, slots=True)
class Chunk:
    """Bytes to send, not before their time."""

    data: bytes
    """Goes out as one chunk."""
    at: float = 0.0
    """Seconds into the recording at which it is due; ``speed`` decides what that is in life."""


@dataclass(frozen=True, slots=True)
class Wait:
    """A silence on the line."""

    seconds: float
    """How long, whatever the speed."""


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection ends in the middle of the answer."""

    reset: bool = False
    """By a TCP reset; otherwise it is closed with the chunked body unfinished."""


Step = Chunk | Wait | Drop


@dataclass(frozen=True, slots=True)
class Script:
    """Writes the events of one exchange."""

    timestamps: bool
    """Whether deltas carry times, as the request wished."""
    text_tokens: int = 69
    """What ``usage`` says went in; audio is never counted there."""
    session: str = field(default_factory=lambda: f"sse_{uuid4().hex}")
    """``meta.session_id``, the same in every event."""
    item: str = field(default_factory=lambda: f"item_{uuid4().hex[:12]}")
    """``item_id`` of the deltas."""

    def payload(self, kind: str, **rest: Any) -> dict[str, Any]:
        """One event as the contract shapes it."""
        meta = {"session_id": self.session, "timestamp": int(time.time() * 1000)}
        return {"type": kind, "meta": meta, **rest}

    def delta(self, piece: Piece) -> dict[str, Any]:
        times: dict[str, Any] = {}
        if self.timestamps:
            times = {"item_id": self.item, "content_index": 0}
            times |= {"start_time": piece.start, "end_time": piece.end}
        return self.payload("transcript.text.delta", delta=piece.text, **times)

    def done(self, text: str) -> dict[str, Any]:
        heard = len(text.encode()) // 3
        usage = {
            "type": "tokens",
            "input_tokens": self.text_tokens,
            "input_token_details": {"text_tokens": self.text_tokens, "audio_tokens": 0},
            "output_tokens": heard,
            "total_tokens": self.text_tokens + heard,
        }
        return self.payload("transcript.text.done", text=text, usage=usage)

    def error(self, message: str) -> dict[str, Any]:
        return self.payload("error", message=message)


def compact(value: Any) -> bytes:
    """JSON as the service writes it: no spaces, UTF-8 as it is."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def frame(payload: Mapping[str, Any]) -> bytes:
    """One server-sent event."""
    return b"data: " + compact(payload) + b"\n\n"


class StreamedAnswer(Response):
    """Performs steps on the wire, and stops at once when the client leaves."""

    media_type = "text/event-stream"

    def __init__(
        self,
        steps: Iterator[Step],
        settings: SimulatorSettings,
        record: RequestRecord,
        headers: Mapping[str, str] | None = None,
        slow_steps: bool = False,
    ) -> None:
        super().__init__(status_code=200, headers={"Cache-Control": "no-cache", **(headers or {})})
        del self.headers["content-length"]
        self.headers["content-type"] = self.media_type
        self._steps = steps
        self._settings = settings
        self._record = record
        self._slow_steps = slow_steps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        over = await unless_left(self._play(scope, send), receive)
        self._record.finish("answered" if over else "client left")

    async def _play(self, scope: Scope, send: Send) -> None:
        began = self._settings.clock()
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        # The headers go out now, not with the first event.
        await _body(send, b"")
        first = True
        while (step := await self._next()) is not None:
            match step:
                case Chunk(data, at):
                    await self._until(began, at, first)
                    first = False
                    await _body(send, data)
                    self._record.sent += len(data)
                case Wait(seconds):
                    await self._settings.sleep(seconds)
                case Drop(reset):
                    hang_up(scope, reset)
                    return
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _next(self) -> Step | None:
        if self._slow_steps:
            return await asyncio.to_thread(next, self._steps, None)
        return next(self._steps, None)

    async def _until(self, began: float, at: float, first: bool) -> None:
        """Keep to the pace of the recording; the first text never waits for long."""
        if self._settings.speed is None:
            return
        due = at / self._settings.speed
        due = began + (min(due, self._settings.first_text) if first else due)
        left = due - self._settings.clock()
        if left > 0:
            await self._settings.sleep(left)


class SilentAnswer(Response):
    """No answer at all: the connection just ends."""

    def __init__(self, reset: bool) -> None:
        super().__init__()
        self._reset = reset

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        if hang_up(scope, self._reset):
            # Until the server knows of the end, it would answer for an app that returns.
            while (await receive())["type"] != "http.disconnect":
                pass


async def unless_left(work: Coroutine[Any, Any, None], receive: Receive) -> bool:
    """Do the work to its end, or drop it when the client leaves; whether it was done.

    The request's body has to be read by then.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(receive())
    try:
        await asyncio.wait({working, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
        return working.done()
    finally:
        for task in (working, leaving):
            task.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _body(send: Send, data: bytes) -> None:
    await send({"type": "http.response.body", "body": data, "more_body": True})


def hang_up(scope: Scope, reset: bool) -> bool:
    """End the client's connection, by FIN or by RST; whether it could be done.

    The transport is put into the scope by the simulator's own server; under another one the
    unfinished answer makes that server close the connection.
    """
    transport = scope.get("state", {}).get("transport")
    if transport is None:
        return False
    if reset:
        wire = transport.get_extra_info("socket")
        # Linger for zero seconds: the kernel sends RST instead of FIN.
        linger = struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
        with suppress(OSError):
            wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        transport.abort()
    else:
        transport.close()
    return True
