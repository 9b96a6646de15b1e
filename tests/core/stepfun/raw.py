"""Servers of raw bytes on loopback, and requests to send to them; none of our client's code."""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import pytest

from stepasr_tui.core.credentials import Secret
from stepasr_tui.core.errors import AttemptError
from stepasr_tui.core.stepfun.client import Fact, StepFunClient
from stepasr_tui.core.stepfun.request import AudioFormat, Options, TranscriptionRequest
from stepasr_tui.core.stepfun.service import Endpoint, endpoint
from stepasr_tui.core.stepfun.watchdog import Timeouts

KEY = "sk-canary-0123456789abcdefghijklmnop"
SSE = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nX-Trace-Id: trace-1\r\n\r\n"
DELTA = 'data: {"type":"transcript.text.delta","meta":{"session_id":"sse_1"},"delta":"你好"}\n\n'
DONE = 'data: {"type":"transcript.text.done","meta":{"session_id":"sse_1"},"text":"你好。"}\n\n'
GOOD = SSE + (DELTA + DONE).encode()

Reader = asyncio.StreamReader
Writer = asyncio.StreamWriter


@dataclass(frozen=True)
class Bytes:
    """Audio in memory."""

    data: bytes

    @property
    def size(self) -> int:
        return len(self.data)

    async def chunks(self, size: int) -> AsyncGenerator[bytes, None]:
        for at in range(0, len(self.data), size):
            yield self.data[at : at + size]


@dataclass
class Server:
    """A listening server and what happened to it."""

    port: int
    connections: int = 0
    closed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client's end of file, or its reset, was seen by ``until_closed``."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def until_closed(self, reader: Reader) -> None:
        try:
            while await reader.read(65536):
                pass
        except ConnectionError:
            pass
        self.closed.set()


Handler = Callable[[Server, Reader, Writer], Awaitable[None]]


@asynccontextmanager
async def serving(
    handler: Handler, *, buffer: int | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Server]:
    """``handler`` for each connection; its sockets are closed when the block ends."""
    listener = socket.socket()
    if buffer:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    listener.bind(("127.0.0.1", 0))
    server = Server(listener.getsockname()[1])
    tasks: set[asyncio.Task[None]] = set()
    writers: list[Writer] = []

    async def handle(reader: Reader, writer: Writer) -> None:
        server.connections += 1
        writers.append(writer)
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        with suppress(ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError):
            await handler(server, reader, writer)

    running = await asyncio.start_server(handle, sock=listener, limit=65536, ssl=tls)
    try:
        yield server
    finally:
        running.close()
        for task in tasks:
            task.cancel()
        for writer in writers:
            writer.transport.abort()
        await asyncio.gather(*tasks, return_exceptions=True)


async def head(reader: Reader) -> bytes:
    return await reader.readuntil(b"\r\n\r\n")


async def whole(reader: Reader) -> bytes:
    """The request's head, once its body has been read too."""
    start = await head(reader)
    (length,) = (
        int(line.split(b":")[1])
        for line in start.split(b"\r\n")
        if line.lower().startswith(b"content-length")
    )
    await reader.readexactly(length)
    return start


def reset(writer: Writer) -> None:
    """End the connection with a TCP reset."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def request(audio: bytes = b"x" * 3000, duration: float | None = 2.0) -> TranscriptionRequest:
    return TranscriptionRequest(
        Options("stepaudio-2.5-asr", "zh"), AudioFormat("ogg"), Bytes(audio), duration
    )


def at(base_url: str, plan: str = "standard") -> Endpoint:
    return endpoint("cn", plan, base_url)


async def facts(
    where: Endpoint | str,
    asked: TranscriptionRequest | None = None,
    timeouts: Timeouts | None = None,
    key: str = KEY,
) -> list[Fact]:
    """All facts of one exchange."""
    place = at(where) if isinstance(where, str) else where
    async with StepFunClient(place, Secret(key), timeouts) as client:
        return [fact async for fact in client.transcribe(asked or request())]


async def failing(where: Endpoint | str, *args: object, **kinds: object) -> AttemptError:
    with pytest.raises(AttemptError) as caught:
        async with asyncio.timeout(15):
            await facts(where, *args, **kinds)  # type: ignore[arg-type]
    return caught.value


def sends(*pieces: bytes, hold: bool = False) -> Handler:
    async def handle(server: Server, reader: Reader, writer: Writer) -> None:
        await whole(reader)
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
        if hold:
            await server.until_closed(reader)
        writer.close()

    return handle
