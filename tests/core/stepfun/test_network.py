"""The real client against raw sockets on loopback: what no well-behaved server can do."""

import asyncio
import socket

import pytest

from stepasr_tui.core.credentials import Secret
from stepasr_tui.core.errors import (
    AccountError,
    Again,
    AttemptError,
    CutOff,
    NetworkError,
    Refused,
    TooMuch,
)
from stepasr_tui.core.stepfun.client import StepFunClient, Uploaded
from stepasr_tui.core.stepfun.events import Done
from stepasr_tui.core.stepfun.network import Progress, quiet
from stepasr_tui.core.stepfun.service import endpoint
from stepasr_tui.core.stepfun.watchdog import Quiet, Timeouts
from tests.core.stepfun.raw import (
    DELTA,
    DONE,
    GOOD,
    KEY,
    SSE,
    Handler,
    Reader,
    Server,
    Writer,
    at,
    facts,
    failing,
    head,
    request,
    reset,
    sends,
    serving,
    whole,
)

BIG = request(bytes(12 * 2**20), 600.0)
"""More than any socket's buffers hold."""
SMALL_BUFFER = 64 * 1024


def closed_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


# Before the upload


async def test_n01_no_such_name() -> None:
    error = await failing(endpoint("cn", "standard", "https://x.invalid"))
    assert (type(error), error.again) == (NetworkError, Again.NOT_SENT)
    assert error.what == "Cannot find x.invalid."


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_n02_refused(host: str) -> None:
    error = await failing(f"http://{host}:{closed_port()}")
    assert (type(error), error.again) == (NetworkError, Again.NOT_SENT)
    assert "refused the connection" in error.what


async def test_n02_refused_at_every_address_of_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    port = closed_port()
    rows = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))
        for host in ("127.0.0.1", "127.0.0.2", "127.0.0.3")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_kinds: rows)
    error = await failing(f"http://localhost:{port}")
    assert "refused the connection" in error.what
    assert error.again is Again.NOT_SENT


async def test_n06_plain_http_on_the_tls_port() -> None:
    async def handle(_server: Server, reader: Reader, writer: Writer) -> None:
        await reader.read(100)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\nplain text here")
        writer.close()

    async with serving(handle) as server:
        error = await failing(f"https://127.0.0.1:{server.port}")
    assert (type(error), error.again) == (NetworkError, Again.NEVER)
    assert "does not speak TLS" in error.what


async def test_n03_no_answer_to_the_connection() -> None:
    """A TLS server that says nothing: the handshake has the same patience as the connection."""

    async def handle(server: Server, reader: Reader, _writer: Writer) -> None:
        await server.until_closed(reader)

    async with serving(handle) as server:
        error = await failing(f"https://127.0.0.1:{server.port}", timeouts=Timeouts(connect=0.2))
        await asyncio.wait_for(server.closed.wait(), 5)
    assert (type(error), error.again) == (NetworkError, Again.NOT_SENT)
    assert "did not answer" in error.what


async def test_a_handshake_that_is_broken_off_may_be_tried_again() -> None:
    async def handle(_server: Server, reader: Reader, writer: Writer) -> None:
        await reader.read(100)
        reset(writer)

    async with serving(handle) as server:
        error = await failing(f"https://127.0.0.1:{server.port}")
    assert (type(error), error.again) == (NetworkError, Again.NOT_SENT)
    assert "No connection" in error.what


# During the upload


async def test_n09_reset_during_the_upload() -> None:
    async def handle(_server: Server, reader: Reader, writer: Writer) -> None:
        await head(reader)
        await reader.readexactly(2**20)
        reset(writer)

    async with serving(handle, buffer=SMALL_BUFFER) as server:
        error = await failing(server.url, BIG)
    assert (type(error), error.again, error.status) == (NetworkError, Again.NOT_SENT, None)
    assert "The upload broke off at" in error.what
    assert 0 < int(error.what.split()[-2]) < 100


async def test_n10_a_server_that_never_reads() -> None:
    async def handle(_server: Server, _reader: Reader, writer: Writer) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.Event().wait()

    async with serving(handle, buffer=SMALL_BUFFER) as server:
        error = await failing(server.url, BIG, Timeouts(write=0.3))
    assert (type(error), error.again) == (NetworkError, Again.NOT_SENT)
    assert "The upload stalled at" in error.what


async def test_n11_a_slow_uplink_is_never_ended_while_it_progresses() -> None:
    async def handle(_server: Server, reader: Reader, writer: Writer) -> None:
        start = await head(reader)
        left = int(start.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while left:
            left -= len(await reader.read(min(left, 32 * 1024)))
            await asyncio.sleep(0.002)
        writer.write(GOOD)
        writer.close()

    slow = request(bytes(6 * 2**20))
    async with serving(handle, buffer=SMALL_BUFFER) as server:
        began = asyncio.get_running_loop().time()
        met = await facts(server.url, slow, Timeouts(write=0.3, connect=0.05, tick=0.02))
        spent = asyncio.get_running_loop().time() - began
    assert isinstance(met[-1], Done)
    assert spent > 0.3
    assert max(fact.sent for fact in met if isinstance(fact, Uploaded)) == slow.length


def early(status: str, *, hold: bool) -> Handler:
    body = b'{"error":{"message":"no","type":"t"}}'
    answer = f"HTTP/1.1 {status}\r\nX-Trace-Id: t-9\r\nContent-Type: application/json\r\n"
    answer += f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"

    async def handle(server: Server, reader: Reader, writer: Writer) -> None:
        await head(reader)
        await reader.readexactly(100_000)
        writer.write(answer.encode() + body)
        await writer.drain()
        if hold:
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            await asyncio.Event().wait()
        writer.close()

    return handle


@pytest.mark.parametrize("hold", [False, True])
@pytest.mark.parametrize(
    ("status", "kind"),
    [("413 Too Large", TooMuch), ("401 Unauthorized", AccountError), ("503 Busy", Refused)],
)
async def test_n12_n13_n14_a_refusal_before_the_upload_is_over(
    status: str, kind: type[AttemptError], hold: bool
) -> None:
    async with serving(early(status, hold=hold), buffer=SMALL_BUFFER) as server:
        error = await failing(server.url, BIG)
    assert type(error) is kind
    assert (error.status, error.trace_id) == (int(status[:3]), "t-9")


async def test_an_answer_that_begins_early_but_well_does_not_stop_the_upload() -> None:
    async def handle(_server: Server, reader: Reader, writer: Writer) -> None:
        start = await head(reader)
        writer.write(SSE + b": working\n\n")
        await writer.drain()
        left = int(start.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(left)
        writer.write((DELTA + DONE).encode())
        writer.close()

    async with serving(handle) as server:
        met = await facts(server.url, BIG)
    assert isinstance(met[-1], Done)
    assert max(fact.sent for fact in met if isinstance(fact, Uploaded)) == BIG.length


# After the upload


async def test_n15_closed_before_the_reply() -> None:
    async with serving(sends()) as server:
        error = await failing(server.url)
    assert (type(error), error.again) == (NetworkError, Again.AMBIGUOUS)
    assert "billed" in error.cause


async def test_n16_reset_before_the_reply() -> None:
    async def handle(_server: Server, reader: Reader, writer: Writer) -> None:
        await whole(reader)
        reset(writer)

    async with serving(handle) as server:
        error = await failing(server.url, BIG)
    assert (type(error), error.again) == (NetworkError, Again.AMBIGUOUS)


async def test_n17_nothing_comes_after_the_upload() -> None:
    async with serving(sends(hold=True)) as server:
        limits = Timeouts(first_byte=0.1, tick=0.02)
        error = await failing(server.url, request(duration=0.0), limits)
        await asyncio.wait_for(server.closed.wait(), 5)
    assert (type(error), error.again) == (NetworkError, Again.AMBIGUOUS)
    assert "No answer came within" in error.what


async def test_n19_a_connection_that_died_in_the_pool_is_not_used() -> None:
    page = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    ended = asyncio.Event()

    async def handle(server: Server, reader: Reader, writer: Writer) -> None:
        if server.connections == 1:
            await head(reader)
            writer.write(page)
            await writer.drain()
            writer.close()
            await writer.wait_closed()
            ended.set()
            return
        await whole(reader)
        writer.write(GOOD)
        writer.close()

    async with serving(handle) as server, StepFunClient(at(server.url), Secret(KEY)) as client:
        assert await client.get("/models") == {}
        await asyncio.wait_for(ended.wait(), 5)
        met = [fact async for fact in client.transcribe(request())]
    assert isinstance(met[-1], Done)
    assert server.connections == 2


# The key


async def test_the_key_is_in_the_header_and_nowhere_else(
    caplog: pytest.LogCaptureFixture,
) -> None:
    heads: list[bytes] = []

    async def handle(_server: Server, reader: Reader, writer: Writer) -> None:
        heads.append(await whole(reader))
        writer.write(b"HTTP/1.1 500 No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    with caplog.at_level("DEBUG"):
        async with serving(handle) as server:
            error = await failing(server.url)
        refused = await failing(server.url)
    assert heads[0].count(KEY.encode()) == 1
    assert f"\r\nAuthorization: Bearer {KEY}\r\n".encode() in heads[0]
    shown = [str(error), repr(error), repr(error.__dict__), repr(error.__cause__), caplog.text]
    shown += [str(refused), repr(refused.__cause__), repr(vars(refused.__cause__ or error))]
    assert not any(KEY[-12:] in text for text in shown)


async def test_h20_a_redirect_is_never_followed() -> None:
    async with serving(sends(GOOD)) as other:
        for status in (301, 302, 303, 307, 308):
            moved = (
                f"HTTP/1.1 {status} Moved\r\nLocation: {other.url}/x\r\nContent-Length: 0\r\n\r\n"
            )
            async with serving(sends(moved.encode())) as server:
                error = await failing(server.url)
            assert (type(error), error.again, error.status) == (Refused, Again.NEVER, status)
            assert "127.0.0.1" in error.cause
        assert other.connections == 0


PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")


def proxied(monkeypatch: pytest.MonkeyPatch, port: int) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in PROXIES:
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")


async def test_n22_loopback_is_never_proxied(monkeypatch: pytest.MonkeyPatch) -> None:
    async with serving(sends()) as proxy, serving(sends(GOOD)) as server:
        proxied(monkeypatch, proxy.port)
        assert isinstance((await facts(server.url))[-1], Done)
        assert proxy.connections == 0


@pytest.mark.parametrize(
    ("status", "what", "again"),
    [
        ("407 Proxy Authentication Required", "password (407)", Again.NEVER),
        ("502 Bad Gateway", "proxy did not reach", Again.NOT_SENT),
    ],
)
async def test_n07_a_proxy_that_does_not_let_us_through(
    monkeypatch: pytest.MonkeyPatch, status: str, what: str, again: Again
) -> None:
    heads: list[bytes] = []

    async def handle(_server: Server, reader: Reader, writer: Writer) -> None:
        heads.append(await head(reader))
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        writer.close()

    async with serving(handle) as proxy:
        proxied(monkeypatch, proxy.port)
        error = await failing(endpoint("cn", "standard"))
    assert heads[0].startswith(b"CONNECT api.stepfun.com:443 ")
    assert KEY.encode() not in heads[0]
    assert what in error.what
    assert (type(error), error.again) == (NetworkError, again)


@pytest.mark.parametrize("reason", list(Quiet))
@pytest.mark.parametrize("uploaded", [False, True])
@pytest.mark.parametrize("answered", [False, True])
def test_n20_what_a_silence_means(reason: Quiet, uploaded: bool, answered: bool) -> None:
    progress = Progress(total=100, sent=100 if uploaded else 43, answered=answered)
    error = quiet(reason, "host", progress, 61.4)
    assert error.again is (Again.AMBIGUOUS if uploaded else Again.NOT_SENT)
    assert type(error) is (CutOff if uploaded and answered else NetworkError)
    assert ("billed" in str(error)) is uploaded
    assert ("asleep" in error.what) is (reason is Quiet.SLEPT)
    assert ("43 %" in error.what) is (reason is Quiet.WRITE and not uploaded)
