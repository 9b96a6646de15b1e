"""One job, from file to transcript: its segments are made, sent and heard side by side."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

from stepasr_tui.core.audio.probe import measured, pcm, probe
from stepasr_tui.core.audio.recording import Recording
from stepasr_tui.core.audio.workbench import workbench
from stepasr_tui.core.errors import NotARecording, RecordingChanged, StepasrError
from stepasr_tui.core.stepfun.client import StepFunClient
from stepasr_tui.core.stepfun.service import LONGEST, SHORTEST
from stepasr_tui.core.transcribe.crew import Crew, MustBeCut
from stepasr_tui.core.transcribe.estimate import asks
from stepasr_tui.core.transcribe.facts import Cut, Fact, Failed, Probed, Queued
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.pace import JobRetries, Pace
from stepasr_tui.core.transcribe.segment import Segment
from stepasr_tui.core.transcribe.sending import Sender
from stepasr_tui.core.transcribe.uploads import uploads

_MAKERS = 2
"""Recordings that are made into segments at a time: each keeps a core busy."""


class Runner:
    """Runs jobs against one account."""

    def __init__(
        self,
        client: StepFunClient,
        pace: Pace,
        *,
        cache: Path | None = None,
        strict_billing: bool = False,
    ) -> None:
        """``cache`` is the folder for what is made to be sent: the system's own by default."""
        self._client = client
        self._pace = pace
        self._cache = cache or Path(tempfile.gettempdir())
        self._strict = strict_billing
        # Of their own: twelve long recordings must not keep a file list from being read.
        self._makers = ThreadPoolExecutor(_MAKERS, thread_name_prefix="maker")

    async def run(self, job: Job) -> AsyncGenerator[Fact, None]:
        """The facts of ``job`` as they happen, until it has ended.

        Of a job that was resumed, only what is to be heard again is sent. Closing the generator
        closes the connections: that is how a job is stopped. Errors of the recording and of the
        service end as ``Failed``, they are not raised.
        """
        now = self._pace.monotonic
        if job.segments[0].span is None:
            yield Queued(now())
        try:
            recording = await asyncio.to_thread(_look, job)
            before = job.recording
            if before and job.segments[0].span and before.identity != recording.identity:
                raise RecordingChanged(
                    f"{job.path.name} is not the file any more that was begun.",
                    cause="It was changed or replaced since, and the texts would be mixed.",
                    remedy="Transcribe it anew.",
                )
            yield Probed(now(), recording)
            if (why := asks(recording)) and not job.however_long:
                raise NotARecording(why, remedy="If you mean it, say so when you start it.")
            async with aclosing(self._segments(job, recording)) as facts:
                async for fact in facts:
                    yield fact
        except StepasrError as error:
            yield Failed(now(), error)

    async def _segments(self, job: Job, recording: Recording) -> AsyncGenerator[Fact, None]:
        retries = JobRetries(self._pace, strict_billing=self._strict)
        sender = Sender(self._client, self._pace, retries, warnings(recording))
        whole = job.whole and job.segments[0].span is not None
        with workbench(self._cache) as folder:
            while True:
                crew = Crew(sender, self._pace.monotonic)
                made = uploads(job, recording, folder, self._makers)
                try:
                    async with aclosing(crew.facts(made)) as facts:
                        async for fact in facts:
                            yield fact
                            whole = whole or (isinstance(fact, Cut) and fact.last)
                    break
                except MustBeCut as refused:
                    # Cut anew from its beginning, into parts that may be so long.
                    choices = replace(job.choices, whole=refused.half)
                    job = replace(job, choices=choices, segments=(Segment(),))
        if not whole and (last := job.segments[-1].span):
            # What lay after the segments that were known was nothing.
            yield Cut(self._pace.monotonic(), last, last=True)


def warnings(recording: Recording) -> tuple[str, ...]:
    """What the person should know before this recording is paid for."""
    length = recording.duration
    if length is not None and length < SHORTEST:
        return (
            f"It is shorter than {SHORTEST} s, and silence is added up to that: such clips may "
            "come back without text.",
        )
    return ()


def _look(job: Job) -> Recording:
    if job.pcm:
        return pcm(job.path, job.pcm.rate, job.pcm.channels)
    # Whether it must be cut decides how it is sent: an estimate is not enough for that.
    return measured(probe(job.path), upto=LONGEST)
