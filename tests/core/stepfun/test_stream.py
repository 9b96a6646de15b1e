"""The real client against raw answers on loopback: broken ones, and those that end by wish."""

import asyncio
from contextlib import aclosing

import pytest

from stepasr_tui.core.credentials import Secret
from stepasr_tui.core.errors import (
    AccountError,
    Again,
    AttemptError,
    BrokenAnswer,
    CutOff,
)
from stepasr_tui.core.stepfun.client import Accepted, Fact, StepFunClient, Uploaded
from stepasr_tui.core.stepfun.events import Delta, Done
from stepasr_tui.core.stepfun.watchdog import Timeouts
from tests.core.stepfun.raw import (
    DELTA,
    DONE,
    GOOD,
    KEY,
    SSE,
    Reader,
    Server,
    Writer,
    at,
    facts,
    failing,
    head,
    request,
    sends,
    serving,
)

# Answers that are no answers


@pytest.mark.parametrize(
    ("answer", "kind", "again"),
    [
        (b"nonsense\r\n\r\n", BrokenAnswer, Again.AMBIGUOUS),
        (b"HTTP/1.1 200 OK\r\nX: " + b"a" * 3_000_000, BrokenAnswer, Again.AMBIGUOUS),
        (b"HTTP/1.1 abc\r\n\r\n", BrokenAnswer, Again.AMBIGUOUS),
        (SSE[:-2] + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n", CutOff, Again.AMBIGUOUS),
        (SSE[:-2] + b"Content-Length: 999\r\n\r\n" + DELTA.encode(), CutOff, Again.AMBIGUOUS),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", BrokenAnswer, Again.AMBIGUOUS),
        (b"HTTP/1.1 200 OK\r\n\r\n" + (DELTA + DONE).encode(), BrokenAnswer, Again.NEVER),
        (b"HTTP/1.1 401 No\r\nContent-Length: 999\r\n\r\n{", AccountError, Again.NEVER),
    ],
    ids=["line", "header", "status", "chunk", "length", "empty", "no type", "half a refusal"],
)
async def test_h27_broken_http(answer: bytes, kind: type[AttemptError], again: Again) -> None:
    async with serving(sends(answer)) as server:
        error = await failing(server.url)
    assert (type(error), error.again) == (kind, again)


async def test_a_refusal_whose_body_never_ends_is_a_refusal_all_the_same() -> None:
    half = b'HTTP/1.1 401 No\r\nContent-Length: 999\r\n\r\n{"error"'
    async with serving(sends(half, hold=True)) as server:
        error = await failing(server.url, timeouts=Timeouts(refusal=0.1))
    assert (type(error), error.status) == (AccountError, 401)


@pytest.mark.parametrize("first", [b"\xef\xbb\xbf", b"\xef", b""], ids=["mark", "third", "none"])
async def test_a_byte_order_mark_may_come_in_pieces(first: bytes) -> None:
    rest = b"\xef\xbb\xbf"[len(first) :] if first else b""
    async with serving(sends(SSE + first, rest + (DELTA + DONE).encode())) as server:
        met = await facts(server.url)
    assert [type(fact) for fact in met[-3:]] == [Accepted, Delta, Done]


@pytest.mark.parametrize("stream", [b"", b"a", b"\n", b"\xef\xbb"])
async def test_a_stream_shorter_than_a_mark(stream: bytes) -> None:
    async with serving(sends(SSE + stream)) as server:
        assert type(await failing(server.url)) is CutOff


async def test_an_event_of_many_lines_has_a_limit_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stepasr_tui.core.stepfun.guarded.EVENT_CAP", 200_000)
    async with serving(sends(SSE + DELTA.encode() + b"data: x\n" * 60_000)) as server:
        error = await failing(server.url)
    assert (type(error), error.again) == (BrokenAnswer, Again.NEVER)


async def test_many_events_pass_the_limit_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stepasr_tui.core.stepfun.guarded.EVENT_CAP", 20_000)
    events = (DELTA * 2000 + DONE).encode()
    pieces = [events[at : at + 977] for at in range(0, len(events), 977)]
    async with serving(sends(SSE, *pieces)) as server:
        met = await facts(server.url)
    assert sum(isinstance(fact, Delta) for fact in met) == 2000


async def test_e07_e08_done_without_its_blank_line_and_then_a_broken_end() -> None:
    start = SSE[:-2] + b"Content-Length: 9999\r\n\r\n"
    async with serving(sends(start + (DELTA + DONE.rstrip()).encode())) as server:
        met = await facts(server.url)
    assert isinstance(met[-1], Done)


# Ends that are wanted


async def test_e07_done_ends_it_at_once_though_the_connection_stays() -> None:
    async with serving(sends(GOOD, hold=True)) as server:
        async with asyncio.timeout(5):
            met = await facts(server.url)
            await server.closed.wait()
    assert isinstance(met[-1], Done)


async def test_e32_cancelling_closes_the_connection() -> None:
    heard = asyncio.Event()
    stream = sends(SSE + DELTA.encode(), hold=True)
    async with serving(stream) as server, StepFunClient(at(server.url), Secret(KEY)) as client:

        async def listen() -> None:
            async for fact in client.transcribe(request()):
                if isinstance(fact, Delta):
                    heard.set()

        task = asyncio.create_task(listen())
        await asyncio.wait_for(heard.wait(), 5)
        task.cancel()
        await asyncio.wait_for(server.closed.wait(), 1)
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("stop_at", [Uploaded, Delta])
async def test_closing_the_facts_early_closes_the_connection(stop_at: type[Fact]) -> None:
    before = asyncio.all_tasks()
    stream = sends(SSE + DELTA.encode(), hold=True)
    async with serving(stream) as server, StepFunClient(at(server.url), Secret(KEY)) as client:
        async with aclosing(client.transcribe(request())) as met:
            async for fact in met:
                if isinstance(fact, stop_at):
                    break
        if stop_at is Delta:
            await asyncio.wait_for(server.closed.wait(), 1)
    left = asyncio.all_tasks() - before
    assert not any("_exchange" in repr(task) or "_watch" in repr(task) for task in left)


async def test_cancelling_an_upload_closes_the_connection() -> None:
    async def handle(server: Server, reader: Reader, _writer: Writer) -> None:
        await head(reader)
        await server.until_closed(reader)

    async with serving(handle) as server, StepFunClient(at(server.url), Secret(KEY)) as client:
        async with aclosing(client.transcribe(request(bytes(80 * 2**20)))) as met:
            assert isinstance(await anext(met), Uploaded)
        await asyncio.wait_for(server.closed.wait(), 1)
