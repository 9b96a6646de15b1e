"""One segment on its way to the service: attempts and retries, as facts."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from stepasr_tui.core.audio.segments import Span
from stepasr_tui.core.display import clock
from stepasr_tui.core.errors import AccountError, Again, AttemptError, NoSpeech
from stepasr_tui.core.stepfun.client import Accepted, StepFunClient, Uploaded
from stepasr_tui.core.stepfun.events import Delta, Done
from stepasr_tui.core.transcribe.alignment import align, changed_places
from stepasr_tui.core.transcribe.facts import (
    Fact,
    Finished,
    Heard,
    Prepared,
    Queued,
    Retrying,
    Sent,
)
from stepasr_tui.core.transcribe.pace import JobRetries, Pace
from stepasr_tui.core.transcribe.transcript import Draft, cues_of
from stepasr_tui.core.transcribe.uploads import Upload

_SHUT = frozenset({401, 402, 403, 404, 429})
"""Statuses that speak of the key, the address or the account's limit, not of what was sent."""


class Sender:
    """Sends the segments of one job over one client."""

    def __init__(
        self,
        client: StepFunClient,
        pace: Pace,
        retries: JobRetries,
        warnings: tuple[str, ...] = (),
    ) -> None:
        """``warnings`` are sentences to read before the answer comes."""
        self._client = client
        self._pace = pace
        self._retries = retries
        self._warnings = warnings

    async def send(self, upload: Upload) -> AsyncGenerator[Fact, None]:
        """The facts of one segment up to ``Finished``; times are those of the recording.

        Closing the generator closes the connection. Raises ``AttemptError`` when no attempt
        ended well, ``RecordingError`` when the sound is not what it was.
        """
        now, index = self._pace.monotonic, upload.span.index
        retries = self._retries.of_segment()
        attempt = 1
        if self._pace.crowded:
            yield Queued(now(), index)
        while True:
            try:
                async with self._pace.turn(), aclosing(self._attempt(upload)) as facts:
                    yield Prepared(now(), upload.request.length, self._warnings, index)
                    async for fact in facts:
                        yield fact
                self._pace.went_well()
                return
            except NoSpeech as error:
                # It was heard, and paid for: a text without words, not a failure.
                yield Finished(
                    now(), "", False, (), (), {}, error.trace_id, error.session_id, index
                )
                return
            except AttemptError as error:
                if error.status == 429:
                    self._pace.too_fast(error.retry_after or 0.0)
                wait = retries.wait(error)
                if wait is None:
                    raise _given_up(error, attempt) from error
                attempt += 1
                yield Retrying(now(), error, wait, attempt, index)
            await self._pace.sleep(wait)

    async def _attempt(self, upload: Upload) -> AsyncGenerator[Fact, None]:
        now, span = self._pace.monotonic, upload.span
        draft, trace_id, session_id = Draft(), None, None
        async with aclosing(self._client.transcribe(upload.request)) as facts:
            async for fact in facts:
                match fact:
                    case Uploaded():
                        yield Sent(now(), fact.sent, fact.total, span.index)
                    case Accepted():
                        trace_id = fact.trace_id
                    case Delta():
                        delta = _placed(fact, span)
                        draft = draft.plus(delta)
                        session_id = fact.session_id or session_id
                        yield Heard(now(), delta, span.index)
                    case Done():
                        done = replace(fact, session_id=fact.session_id or session_id)
                        finished = await asyncio.to_thread(_finished, done, draft, span)
                        yield replace(finished, at=now(), trace_id=trace_id)


def concerns_all(error: AttemptError) -> bool:
    """Whether what was not sent yet would meet the same: it is then not sent at all."""
    return isinstance(error, AccountError) or error.status in _SHUT


def _placed(delta: Delta, span: Span) -> Delta:
    """``delta`` with times of the recording, none of them outside its segment."""

    def moved(ms: int | None) -> int | None:
        if ms is None:
            return None
        at = max(0, ms) + round(span.start * 1000)
        return min(at, round(span.end * 1000)) if span.end > span.start else at

    return replace(delta, start_ms=moved(delta.start_ms), end_ms=moved(delta.end_ms))


def _finished(done: Done, draft: Draft, span: Span) -> Finished:
    """What ``done`` means beside the draft; compares the two, so it runs in a thread."""
    heard = draft.text
    from_draft = not done.text.strip() and bool(heard.strip())
    text = heard if from_draft else done.text
    stretches = align(heard, text)
    end = span.end if span.end > span.start else None
    return Finished(
        0.0,
        text,
        from_draft,
        changed_places(stretches, heard, text) if heard else (),
        cues_of(text, draft, stretches, span.start, end),
        done.usage,
        session_id=done.session_id,
        segment=span.index,
    )


def _given_up(error: AttemptError, attempt: int) -> AttemptError:
    """``error``, saying how often it was tried, where that was more than once."""
    if attempt > 1:
        error.cause = f"{error.cause} It was tried {attempt} times.".strip()
    if error.again is Again.REJECTED:
        # Its own words speak of a wait that is over, or that nobody is going to wait.
        wait, why = "a few minutes", "it may take more work then"
        if error.retry_after:
            wait, why = clock(error.retry_after), "the service asks for that wait"
        error.remedy = f"Try again in {wait}: {why}."
    return error
