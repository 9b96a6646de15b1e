"""What happens to every request, whatever its path: noted down, given a trace id and a date."""

from __future__ import annotations

from email.utils import formatdate
from typing import TYPE_CHECKING
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders

from stepasr_tui.simulator.records import RequestRecord, without_secret

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

NO_TRACE_ID = "simulator.no_trace_id"
"""Set in the scope where the answer is to have no ``X-Trace-Id``."""
RECORD = "simulator.record"
"""The scope's `RequestRecord`."""


class Reception:
    """ASGI middleware: a record for each request, and the headers of each answer."""

    def __init__(
        self,
        app: ASGIApp,
        note: Callable[[RequestRecord], None],
        clock: Callable[[], float],
    ) -> None:
        self._app = app
        self._note = note
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = without_secret(dict(Headers(scope=scope)))
        record = RequestRecord(scope["method"], scope["path"], headers, self._clock())
        scope[RECORD] = record
        self._note(record)

        async def answering(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._sign(scope, record, message)
            await send(message)

        try:
            await self._app(scope, receive, answering)
        finally:
            record.finish("answered")

    def _sign(self, scope: Scope, record: RequestRecord, message: Message) -> None:
        headers = MutableHeaders(raw=list(message.get("headers", ())))
        headers["Date"] = formatdate(usegmt=True)
        if not scope.get(NO_TRACE_ID):
            headers.setdefault("X-Trace-Id", uuid4().hex)
        if not record.over.is_set():
            record.trace_id = headers.get("X-Trace-Id", "")
            record.status = message["status"]
        message["headers"] = headers.raw
