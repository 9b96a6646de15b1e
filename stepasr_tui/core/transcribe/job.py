"""One recording's way to its transcript: ``Job`` and ``Job.after``; it does nothing."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import assert_never

from stepasr_tui.core.audio.recording import Recording, UploadChoices
from stepasr_tui.core.errors import StepasrError
from stepasr_tui.core.stepfun.request import Options
from stepasr_tui.core.transcribe.facts import (
    Cut,
    Fact,
    Failed,
    Finished,
    Heard,
    Prepared,
    Probed,
    Queued,
    Resumed,
    Retrying,
    Sent,
    Stopped,
)
from stepasr_tui.core.transcribe.passages import Passage, joined, passages
from stepasr_tui.core.transcribe.phase import RUNNING, Phase
from stepasr_tui.core.transcribe.segment import Segment
from stepasr_tui.core.transcribe.transcript import Transcript

_FOREMOST = (
    Phase.HEARING,
    Phase.WAITING,
    Phase.UPLOADING,
    Phase.RETRYING,
    Phase.PREPARING,
    Phase.QUEUED,
)
"""Of several segments that are on their way, the job is where the first of these says."""


@dataclass(frozen=True, slots=True)
class PcmShape:
    """What raw 16-bit little-endian samples are: they have no header to say it."""

    rate: int
    """Hz."""
    channels: int
    """1 for mono; samples of the channels take turns."""


# No slots: its text is joined once and kept.
@dataclass(frozen=True)
class Job:
    """One recording on its way; changed by ``after`` alone."""

    id: int
    """Counts up in one run of the app."""
    path: Path
    """The recording."""
    options: Options
    """What is asked of the model."""
    began: float
    """Monotonic seconds at which it was made."""
    pcm: PcmShape | None = None
    """Given when the file is to be taken as raw samples."""
    choices: UploadChoices = field(default_factory=UploadChoices)
    """How it is made into uploads."""
    however_long: bool = False
    """True when the person said yes to a recording that is longer than any should be."""
    phase: Phase = Phase.QUEUED
    """Where it is; of several segments, the foremost."""
    since: float = 0.0
    """Monotonic seconds at which this phase began."""
    recording: Recording | None = None
    """What the file is, once probed."""
    segments: tuple[Segment, ...] = (Segment(),)
    """What it is sent in, in the order of the recording; one at first."""
    whole: bool = True
    """False while more segments may still be cut from the recording."""
    warnings: tuple[str, ...] = ()
    """Sentences to read beside the text."""
    failure: StepasrError | None = None
    """Why all that was still to come failed."""
    started: float | None = None
    """Monotonic seconds at which its first upload began."""
    ended: float | None = None
    """Monotonic seconds at which nothing more was to come."""
    earlier: float = 0.0
    """Seconds that it took before it was resumed."""

    @property
    def running(self) -> bool:
        """True while something is still to come."""
        return self.phase in RUNNING

    @property
    def is_cut(self) -> bool:
        """Whether it is sent in several segments, as far as that is known."""
        return len(self.segments) > 1 or not self.whole

    @property
    def duration(self) -> float | None:
        """Seconds of the recording, where known: as it was read, else as its header says."""
        last = self.segments[-1].span
        if self.whole and last is not None:
            return last.end
        return self.recording.duration if self.recording else None

    @property
    def heard(self) -> float | None:
        """How much of the recording was heard, 0 to 1; None when it cannot be known."""
        if self.phase is Phase.FINISHED:
            return 1.0
        if not self.duration:
            return None
        heard = sum(end - start for start, end in self.heard_stretches)
        return min(1.0, heard / self.duration) if heard > 0 else None

    @property
    def heard_stretches(self) -> list[tuple[float, float]]:
        """[start, end) seconds of the recording that have a text, one for each segment."""
        return [(each.span.start if each.span else 0.0, each.heard) for each in self.segments]

    @property
    def missing(self) -> list[tuple[float, float]]:
        """[start, end) seconds that have no text and of which none is on its way, in order."""
        gaps = [gap for each in self.segments if (gap := each.missing)]
        found: list[tuple[float, float]] = []
        for start, end in [*gaps, self._rest] if self._rest else gaps:
            if found and start <= found[-1][1]:
                found[-1] = (found[-1][0], end)
            else:
                found.append((start, end))
        return found

    @property
    def _rest(self) -> tuple[float, float] | None:
        """[start, end) seconds that were never cut into segments, and now will not be."""
        end, last = self.duration, self.segments[-1].span
        if self.running or self.whole or not end or not last or last.end >= end:
            return None
        return last.end, end

    @property
    def drafted(self) -> int:
        """Characters heard so far in the attempts that run, or ran last."""
        return sum(each.transcript.draft.length for each in self.segments)

    @property
    def unheard(self) -> tuple[int, ...]:
        """Places in ``segments`` of those that have no final text."""
        return tuple(n for n, each in enumerate(self.segments) if each.phase is not Phase.FINISHED)

    @property
    def sent(self) -> int:
        """Bytes sent of the current attempts."""
        return sum(each.sent for each in self.segments)

    @property
    def total(self) -> int:
        """Bytes of their bodies, as far as they are known."""
        return sum(each.total for each in self.segments)

    @property
    def attempt(self) -> int:
        """Number of the attempt, from 1; of several segments, the highest."""
        return max(each.attempt for each in self.segments)

    @property
    def wait(self) -> float:
        """Seconds from ``since`` until the next attempt of a job that waits for one."""
        due = [each.since + each.wait for each in self.segments if each.phase is Phase.RETRYING]
        return max(0.0, min(due) - self.since) if due else 0.0

    @property
    def error(self) -> StepasrError | None:
        """Why it failed, or why it is being tried again; the first of several reasons."""
        return self.failure or next((each.error for each in self.segments if each.error), None)

    @property
    def trace_id(self) -> str | None:
        """``X-Trace-Id`` of the first segment that has one."""
        return next((each.trace_id for each in self.segments if each.trace_id), None)

    @property
    def session_id(self) -> str | None:
        """``meta.session_id``, likewise."""
        return next((each.session_id for each in self.segments if each.session_id), None)

    @cached_property
    def passages(self) -> tuple[Passage, ...]:
        """Its text as it stands, one passage for each segment."""
        return passages(self.segments, self._rest)

    @cached_property
    def transcript(self) -> Transcript:
        """Its text as it stands, all segments joined."""
        if len(self.segments) == 1 and self.whole:
            return self.segments[0].transcript
        return joined(self.segments, self.passages, whole=self.whole)

    def elapsed(self, now: float) -> float:
        """Seconds from its first upload to its end, or to ``now``: without its time in a queue,
        and without what lay between its end and its being resumed."""
        first = self.began if self.started is None else self.started
        if self.started is None and self.earlier:
            return self.earlier
        return self.earlier + max(0.0, (self.ended if self.ended is not None else now) - first)

    def segment_at(self, seconds: float) -> int:
        """The place in ``segments`` of the one that has this second of the recording."""
        spans = [each.span for each in self.segments]
        return max((n for n, span in enumerate(spans) if span and span.start <= seconds), default=0)

    def after(self, fact: Fact) -> "Job":
        """This job once ``fact`` is true."""
        match fact:
            case Probed():
                probed = replace(self, recording=fact.recording)
                return probed._each(fact, self._still_running)._at(fact.at)
            case Cut():
                return self._cut(fact)
            case Prepared():
                started = fact.at if self.started is None else self.started
                job = self._warning(fact.warnings)._with(fact.segment, fact)
                return replace(job, started=started)
            case Queued() | Sent() | Heard() | Retrying() | Finished():
                return self._with(fact.segment, fact)
            case Failed() if fact.segment is not None:
                return self._with(fact.segment, fact)
            case Failed():
                failed = replace(self, failure=fact.error)._each(fact, self._still_running)
                return failed._at(fact.at, over=True)
            case Stopped():
                stopped = self._each(fact, self._still_running)
                phase = Phase.FINISHED if stopped._is_done else Phase.STOPPED
                return stopped._in(phase, fact.at, ended=fact.at)
            case Resumed():
                resumed = self._each(fact, fact.segments)._in(Phase.QUEUED, fact.at)
                spent = self.elapsed(fact.at)
                return replace(resumed, failure=None, started=None, earlier=spent)
            case _:
                assert_never(fact)

    def _cut(self, fact: Cut) -> "Job":
        index = fact.span.index
        if index < len(self.segments):
            segment = self.segments[index].cut_anew(fact.span, fact.at)
            segments = (*self.segments[:index], segment, *self.segments[index + 1 :])
        else:
            segments = (*self.segments, Segment(fact.span, since=fact.at))
        choices = fact.choices or self.choices
        cut = replace(self, segments=segments, whole=fact.last, choices=choices)
        return cut._warning(fact.notes)._at(fact.at)

    def _warning(self, sentences: tuple[str, ...]) -> "Job":
        new = tuple(each for each in sentences if each not in self.warnings)
        return replace(self, warnings=self.warnings + new) if new else self

    @property
    def _still_running(self) -> tuple[int, ...]:
        return tuple(n for n, each in enumerate(self.segments) if each.running)

    @property
    def _is_done(self) -> bool:
        return self.whole and not self.unheard

    def _each(self, fact: Fact, among: tuple[int, ...]) -> "Job":
        """With the segments ``among`` after ``fact``."""
        segments = (
            each.after(fact) if n in among else each for n, each in enumerate(self.segments)
        )
        return replace(self, segments=tuple(segments))

    def _with(self, index: int, fact: Fact) -> "Job":
        """With the segment ``index`` after ``fact``."""
        return self._each(fact, (index,))._at(fact.at)

    def _at(self, at: float, *, over: bool = False) -> "Job":
        """In the phase that follows from its segments; ``over`` when no more of them come."""
        phases = {each.phase for each in self.segments}
        foremost = next((phase for phase in _FOREMOST if phase in phases), None)
        if not over and (foremost or not self.whole):
            return self._in(foremost or Phase.PREPARING, at)
        if self._is_done:
            phase = Phase.FINISHED
        else:
            some = phases & {Phase.FINISHED, Phase.PARTIAL}
            phase = Phase.PARTIAL if some else Phase.FAILED
        return self._in(phase, at, ended=at)

    def _in(self, phase: Phase, at: float, *, ended: float | None = None) -> "Job":
        since = self.since if phase is self.phase else at
        return replace(self, phase=phase, since=since, ended=ended)
