"""A connection that listens while it sends, so that no early refusal is lost; not an HTTP client.

A server that refuses in the middle of an upload answers and closes. The reset that follows
destroys the answer unless it has been read by then, and without reading it a large recording
would be uploaded to its end for nothing.
"""

import asyncio
import re
import ssl
from collections.abc import Iterable
from typing import Any

import httpcore

_READ = 64 * 1024
_REFUSAL = re.compile(rb"HTTP/1\.[01] [345]")


class Listening(httpcore.AsyncNetworkBackend):
    """Another backend's connections, with ears."""

    def __init__(self, inner: httpcore.AsyncNetworkBackend) -> None:
        self._inner = inner

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's own interface
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        stream = await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)
        return _Listener(stream)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


class _Listener(httpcore.AsyncNetworkStream):
    """One connection; a refusal that comes during a write ends that write as a WriteError.

    httpcore takes a WriteError as the reason to look for an answer, and finds it here.
    """

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self._heard: asyncio.Task[bytes] | None = None

    async def read(
        self,
        max_bytes: int,
        timeout: float | None = None,  # noqa: ASYNC109 - likewise
    ) -> bytes:
        if self._heard is None:
            return await self._inner.read(max_bytes, timeout)
        done, _ = await asyncio.wait({self._heard}, timeout=timeout)
        if not done:
            raise httpcore.ReadTimeout
        heard, self._heard = self._heard, None
        return heard.result()

    async def write(
        self,
        buffer: bytes,
        timeout: float | None = None,  # noqa: ASYNC109 - likewise
    ) -> None:
        if self._heard is None:
            self._heard = asyncio.create_task(self._inner.read(_READ))
            # What a closed connection's last read met interests nobody.
            self._heard.add_done_callback(lambda task: task.cancelled() or task.exception())
        writing = asyncio.create_task(self._inner.write(buffer, timeout))
        try:
            await asyncio.wait({writing, self._heard}, return_when=asyncio.FIRST_COMPLETED)
            if self._refused():
                raise httpcore.WriteError("refused before the end of the request")
            await writing
        finally:
            if not writing.done():
                writing.cancel()
            writing.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def aclose(self) -> None:
        if self._heard is not None:
            self._heard.cancel()
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - likewise
    ) -> httpcore.AsyncNetworkStream:
        return _Listener(await self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)

    def _refused(self) -> bool:
        heard = self._heard
        if heard is None or not heard.done() or heard.cancelled() or heard.exception():
            return False
        return _REFUSAL.match(heard.result()) is not None
