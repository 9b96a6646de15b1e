"""One job, from file to transcript: attempts, retries and cancelling live here. No screen."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace

from stepasr_tui.core.audio.probe import Recording, pcm, probe
from stepasr_tui.core.audio.source import FileAudio
from stepasr_tui.core.display import clock
from stepasr_tui.core.errors import Again, AttemptError, StepasrError
from stepasr_tui.core.stepfun.client import Accepted, StepFunClient, Uploaded
from stepasr_tui.core.stepfun.events import Delta, Done
from stepasr_tui.core.stepfun.request import AudioFormat, TranscriptionRequest
from stepasr_tui.core.stepfun.service import LONGEST, SHORTEST
from stepasr_tui.core.transcribe.alignment import align, changed_places
from stepasr_tui.core.transcribe.job import (
    Fact,
    Failed,
    Finished,
    Heard,
    Job,
    Prepared,
    Probed,
    Queued,
    Retrying,
    Sent,
)
from stepasr_tui.core.transcribe.pace import Pace, Retries
from stepasr_tui.core.transcribe.transcript import Draft, cues_of


class Runner:
    """Runs jobs against one account."""

    def __init__(self, client: StepFunClient, pace: Pace, *, strict_billing: bool = False) -> None:
        self._client = client
        self._pace = pace
        self._strict = strict_billing

    async def run(self, job: Job) -> AsyncGenerator[Fact, None]:
        """The facts of ``job`` as they happen; the last is ``Finished`` or ``Failed``.

        Closing the generator closes the connection: that is how a job is stopped. Errors of
        the recording and of the service end as ``Failed``, they are not raised.
        """
        now = self._pace.monotonic
        yield Queued(now())
        try:
            recording = await asyncio.to_thread(_look, job)
            yield Probed(now(), recording)
            async with aclosing(self._attempts(job, recording)) as facts:
                async for fact in facts:
                    yield fact
        except StepasrError as error:
            yield Failed(now(), error)

    async def _attempts(self, job: Job, recording: Recording) -> AsyncGenerator[Fact, None]:
        now = self._pace.monotonic
        request = _request(job, recording)
        retries = Retries(self._pace, strict_billing=self._strict)
        attempt = 1
        if self._pace.crowded:
            yield Queued(now())
        while True:
            try:
                async with self._pace.turn(), aclosing(self._attempt(request, recording)) as facts:
                    yield Prepared(now(), request.length, warnings(recording))
                    async for fact in facts:
                        yield fact
                self._pace.went_well()
                return
            except AttemptError as error:
                if error.status == 429:
                    self._pace.too_fast()
                wait = retries.wait(error)
                if wait is None:
                    raise _given_up(error, attempt) from error
                attempt += 1
                yield Retrying(now(), error, wait, attempt)
            await self._pace.sleep(wait)

    async def _attempt(
        self, request: TranscriptionRequest, recording: Recording
    ) -> AsyncGenerator[Fact, None]:
        now = self._pace.monotonic
        draft, trace_id, session_id = Draft(), None, None
        async with aclosing(self._client.transcribe(request)) as facts:
            async for fact in facts:
                match fact:
                    case Uploaded():
                        yield Sent(now(), fact.sent, fact.total)
                    case Accepted():
                        trace_id = fact.trace_id
                    case Delta():
                        draft = draft.plus(fact)
                        session_id = fact.session_id or session_id
                        yield Heard(now(), fact)
                    case Done():
                        done = replace(fact, session_id=fact.session_id or session_id)
                        finished = await asyncio.to_thread(
                            _finished, done, draft, recording.duration
                        )
                        yield replace(finished, at=now(), trace_id=trace_id)


def warnings(recording: Recording) -> tuple[str, ...]:
    """What the person should know before this recording is paid for."""
    length = recording.duration
    if length is None:
        return ()
    if length < SHORTEST:
        return (f"It is shorter than {SHORTEST} s: such clips mostly come back without text.",)
    if length > LONGEST:
        return (
            f"It is {clock(length)} long: the service takes about {clock(LONGEST)} in one request "
            "and may refuse it.",
        )
    return ()


def _look(job: Job) -> Recording:
    if job.pcm:
        return pcm(job.path, job.pcm.rate, job.pcm.channels)
    return probe(job.path)


def _request(job: Job, recording: Recording) -> TranscriptionRequest:
    raw = recording.container == "pcm"
    shape = AudioFormat(
        recording.container,
        recording.sample_rate if raw else None,
        recording.channels if raw else None,
    )
    audio = FileAudio(recording.path, recording.identity)
    return TranscriptionRequest(job.options, shape, audio, recording.duration)


def _finished(done: Done, draft: Draft, duration: float | None) -> Finished:
    """What ``done`` means beside the draft; compares the two, so it runs in a thread."""
    heard = draft.text
    from_draft = not done.text.strip() and bool(heard.strip())
    text = heard if from_draft else done.text
    stretches = align(heard, text)
    return Finished(
        0.0,
        text,
        from_draft,
        changed_places(stretches, heard, text) if heard else (),
        cues_of(text, draft, stretches, duration),
        done.usage,
        session_id=done.session_id,
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
