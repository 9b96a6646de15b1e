"""The only file that speaks HTTP: events out, errors translated; it never tries again."""

import asyncio
import ssl
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Any, Self

import httpx
from httpx_sse import EventSource

from stepasr_tui.core.credentials import Secret
from stepasr_tui.core.errors import Again, AttemptError, BrokenAnswer, CutOff
from stepasr_tui.core.stepfun import network, remedies
from stepasr_tui.core.stepfun.answers import Reply, not_the_api, refused, whole_answer
from stepasr_tui.core.stepfun.events import (
    Delta,
    Done,
    ServiceError,
    Unknown,
    parse,
)
from stepasr_tui.core.stepfun.guarded import EVENT_CAP, guarded
from stepasr_tui.core.stepfun.listening import Listening
from stepasr_tui.core.stepfun.network import Progress
from stepasr_tui.core.stepfun.request import TranscriptionRequest
from stepasr_tui.core.stepfun.said import as_json
from stepasr_tui.core.stepfun.service import Endpoint, is_loopback
from stepasr_tui.core.stepfun.watchdog import Quiet, Timeouts, Watchdog

_ERROR_CAP = 64 * 1024
"""Bytes read of a refusal's body."""


@dataclass(frozen=True, slots=True)
class Uploaded:
    """Bytes of the body that the socket has taken so far."""

    sent: int
    """Bytes."""
    total: int
    """Bytes of the whole body."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """The service took the request; events follow."""

    trace_id: str | None
    """``X-Trace-Id``."""


Fact = Uploaded | Accepted | Delta | Done
"""What one exchange yields; ``Done`` is the last."""


class _Bearer(httpx.Auth):
    """Puts the key on a request; nothing else ever reveals it."""

    def __init__(self, key: Secret) -> None:
        self._key = key

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        request.headers["Authorization"] = f"Bearer {self._key.reveal()}"
        yield request


class StepFunClient:
    """Talks to one endpoint with one key; an async context manager."""

    def __init__(self, where: Endpoint, key: Secret, timeouts: Timeouts | None = None) -> None:
        """Raises ``NetworkError`` when this machine's proxy or certificates cannot be used."""
        self.where = where
        """The origin and prefix that the key goes to, and no other."""
        self._timeouts = timeouts or Timeouts()
        try:
            self._http = httpx.AsyncClient(
                auth=_Bearer(key),
                follow_redirects=False,
                http2=False,
                # A proxy has no business between us and this machine.
                trust_env=not is_loopback(httpx.URL(where.base).host),
                timeout=httpx.Timeout(
                    None, connect=self._timeouts.connect, write=self._timeouts.write
                ),
                limits=httpx.Limits(max_keepalive_connections=2),
                headers={"Accept-Encoding": "identity", "User-Agent": "stepasr-tui"},
            )
        except (ImportError, ValueError, OSError, httpx.InvalidURL) as error:
            raise network.unusable_settings(error) from error
        _give_ears(self._http)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection."""
        await self._http.aclose()

    async def transcribe(self, request: TranscriptionRequest) -> AsyncGenerator[Fact, None]:
        """Send one request and yield its facts as they come; ``Done`` ends it.

        Closing the generator closes the connection. Raises ``AttemptError`` (its ``again``
        tells what may be billed already) and ``RecordingError``.
        """
        facts: asyncio.Queue[Fact | None] = asyncio.Queue()
        exchange = asyncio.create_task(self._exchange(request, facts.put_nowait))
        exchange.add_done_callback(lambda _task: facts.put_nowait(None))
        try:
            while (fact := await facts.get()) is not None:
                yield fact
            await exchange
        finally:
            exchange.cancel()
            await asyncio.gather(exchange, return_exceptions=True)

    async def get(self, path: str, *, wait: float = 20.0) -> Any:
        """The JSON at ``path`` below the endpoint: for the free calls. Raises ``AttemptError``."""
        progress = Progress(total=1)
        try:
            async with asyncio.timeout(wait), self._http.stream("GET", self.where.base + path) as r:
                progress.trace_id = r.headers.get("x-trace-id")
                if r.status_code != 200:
                    body = await _refusal_body(r, self._timeouts.refusal)
                    raise refused(Reply(r.status_code, r.headers, body), self.where, path)
                body = await _body(r, EVENT_CAP)
                if (found := as_json(body)) is None:
                    raise not_the_api(Reply(r.status_code, r.headers, body))
                return found
        except AttemptError as error:
            raise _with_ids(error, progress) from error.__cause__
        except (TimeoutError, httpx.HTTPError, ssl.SSLError) as error:
            raise network.broken(error, self.where.host, progress) from error

    async def _exchange(self, request: TranscriptionRequest, tell: Callable[[Fact], None]) -> None:
        progress = Progress(total=request.length)
        watch = Watchdog(self._timeouts, request.duration or 0.0)
        started = asyncio.get_running_loop().time()
        try:
            async with watch:
                await self._attempt(request, progress, watch, tell)
        except AttemptError as error:
            raise _with_ids(error, progress) from error.__cause__
        except TimeoutError as error:
            if watch.reason is None:
                raise
            spent = asyncio.get_running_loop().time() - started
            silent = network.quiet(watch.reason, self.where.host, progress, spent)
            raise _with_ids(silent, progress) from error
        except httpx.WriteTimeout as error:
            patience = self._timeouts.write
            stalled = network.quiet(Quiet.WRITE, self.where.host, progress, patience)
            raise _with_ids(stalled, progress) from error
        # A record that TLS cannot read comes through all layers as it is.
        except (httpx.HTTPError, ssl.SSLError) as error:
            raise _with_ids(_translated(error, self.where.host, progress), progress) from error

    async def _attempt(
        self,
        request: TranscriptionRequest,
        progress: Progress,
        watch: Watchdog,
        tell: Callable[[Fact], None],
    ) -> None:
        headers = {
            "Content-Type": "application/json",
            "Accept": "text/event-stream",
            "Content-Length": str(progress.total),
        }
        async with (
            aclosing(_counted(request, progress, watch, tell)) as content,
            self._http.stream("POST", self.where.asr, headers=headers, content=content) as response,
        ):
            progress.answered = True
            progress.status = response.status_code
            progress.trace_id = response.headers.get("x-trace-id")
            watch.answered()
            await self._read_answer(request, response, progress, watch, tell)

    async def _read_answer(
        self,
        request: TranscriptionRequest,
        response: httpx.Response,
        progress: Progress,
        watch: Watchdog,
        tell: Callable[[Fact], None],
    ) -> None:
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if response.status_code != 200 or kind != "text/event-stream":
            if response.status_code == 200:
                body = await _body(response, EVENT_CAP, watch.heard_byte)
            else:
                body = await _refusal_body(response, self._timeouts.refusal)
            reply = Reply(response.status_code, response.headers, body)
            done = whole_answer(reply, kind, self.where, request)
            tell(Accepted(progress.trace_id))
            tell(done)
            return
        if response.headers.get("content-encoding", "identity").lower() != "identity":
            raise BrokenAnswer(
                "The answer came compressed, which was not asked for.",
                cause="A proxy may be changing answers.",
                remedy="Go round the proxy (NO_PROXY), or check the base URL.",
            )
        tell(Accepted(progress.trace_id))
        async with aclosing(_events(response, watch)) as events:
            async for event in events:
                progress.session_id = event.session_id or progress.session_id
                if isinstance(event, ServiceError):
                    raise remedies.fault(event.message)
                tell(event)
                if isinstance(event, Done):
                    return
        raise CutOff(
            "The answer was cut off before its end.",
            cause="The stream ended without its final text. It may have been billed.",
            remedy="The text so far is kept, marked as partial. Try again.",
        )


def _give_ears(client: httpx.AsyncClient) -> None:
    """Let every connection listen while it sends: httpx has no option for a pool's backend."""
    for transport in (client._transport, *client._mounts.values()):
        pool = getattr(transport, "_pool", None)
        if pool is not None:
            pool._network_backend = Listening(pool._network_backend)


async def _events(
    response: httpx.Response, watch: Watchdog
) -> AsyncGenerator[Delta | Done | ServiceError, None]:
    async with aclosing(guarded(response.aiter_raw(), watch.heard_byte)) as stream:
        source = EventSource(
            httpx.Response(200, headers={"content-type": "text/event-stream"}, content=stream)
        )
        async for event in _parsed(source):
            watch.heard_event()
            yield event


async def _parsed(source: EventSource) -> AsyncIterator[Delta | Done | ServiceError]:
    async with aclosing(source.aiter_sse()) as payloads:
        async for payload in payloads:
            event = parse(payload.data)
            if not isinstance(event, Unknown):
                yield event


async def _counted(
    request: TranscriptionRequest,
    progress: Progress,
    watch: Watchdog,
    tell: Callable[[Fact], None],
) -> AsyncGenerator[bytes, None]:
    """The body; a block counts as sent when the next is asked for: the socket has taken it."""
    async with aclosing(request.blocks()) as blocks:
        async for block in blocks:
            progress.connected = True
            yield block
            progress.sent += len(block)
            watch.written()
            tell(Uploaded(progress.sent, progress.total))
    watch.uploaded()


async def _body(
    response: httpx.Response, cap: int, heard: Callable[[], None] = lambda: None
) -> bytes:
    """At most ``cap`` bytes of a body that is not a stream of events."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        heard()
        body += chunk
        if len(body) >= cap:
            break
    return bytes(body[:cap])


async def _refusal_body(response: httpx.Response, patience: float) -> bytes:
    """What comes of a refusal's body in time: its status says enough without one."""
    body = bytearray()
    try:
        async with asyncio.timeout(patience):
            async for chunk in response.aiter_raw():
                body += chunk
                if len(body) >= _ERROR_CAP:
                    break
    except (TimeoutError, httpx.HTTPError, ssl.SSLError):
        pass
    return bytes(body[:_ERROR_CAP])


def _translated(error: Exception, host: str, progress: Progress) -> AttemptError:
    nonsense = isinstance(error, httpx.RemoteProtocolError) and "disconnected" not in str(error)
    if not nonsense or progress.answered:
        return network.broken(error, host, progress)
    return BrokenAnswer(
        "The answer cannot be read: it is not proper HTTP.",
        cause="Something between here and the service is broken."
        + (" It may have been billed." if progress.uploaded else ""),
        remedy="Check the base URL and any proxy, then try again.",
        again=Again.AMBIGUOUS if progress.uploaded else Again.NOT_SENT,
    )


def _with_ids(error: AttemptError, progress: Progress) -> AttemptError:
    error.status = error.status or progress.status
    error.trace_id = error.trace_id or progress.trace_id
    error.session_id = error.session_id or progress.session_id
    return error
