"""One recording's way to its transcript: ``Job``, its facts, and ``Job.after``; it does nothing.

Every fact carries ``at``, monotonic seconds, so that what is shown follows from facts alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path
from typing import Any, assert_never

from stepasr_tui.core.audio.probe import Recording
from stepasr_tui.core.errors import StepasrError
from stepasr_tui.core.stepfun.events import Delta
from stepasr_tui.core.stepfun.request import Options
from stepasr_tui.core.transcribe.transcript import Cue, Transcript


class Phase(Enum):
    """Where a job is."""

    QUEUED = "queued"
    """Waits for its turn."""
    PREPARING = "preparing"
    """Is being looked at and made ready."""
    UPLOADING = "uploading"
    """Its bytes are on their way."""
    WAITING = "waiting"
    """All was sent, nothing has come back."""
    HEARING = "hearing"
    """Text arrives."""
    RETRYING = "retrying"
    """Waits before another attempt."""
    FINISHED = "finished"
    """The final text is there."""
    PARTIAL = "partial"
    """It failed, and some text is there."""
    FAILED = "failed"
    """It failed, and there is no text."""
    STOPPED = "stopped"
    """The person stopped it; what was heard is kept."""


RUNNING = frozenset(
    {
        Phase.QUEUED,
        Phase.PREPARING,
        Phase.UPLOADING,
        Phase.WAITING,
        Phase.HEARING,
        Phase.RETRYING,
    }
)
"""Phases in which something is still to come."""


@dataclass(frozen=True, slots=True)
class Queued:
    """The job waits for its turn."""

    at: float


@dataclass(frozen=True, slots=True)
class Probed:
    """What the file really is."""

    at: float
    recording: Recording


@dataclass(frozen=True, slots=True)
class Prepared:
    """The upload is ready."""

    at: float
    total: int
    """Bytes of the request's body."""
    warnings: tuple[str, ...] = ()
    """Sentences that the person should read before the answer comes."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes that the socket has taken so far."""

    at: float
    sent: int
    total: int


@dataclass(frozen=True, slots=True)
class Heard:
    """A piece of text arrived."""

    at: float
    delta: Delta


@dataclass(frozen=True, slots=True)
class Retrying:
    """An attempt failed, and another follows."""

    at: float
    error: StepasrError
    wait: float
    """Seconds until then."""
    attempt: int
    """Number of the attempt that follows; the first was 1."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The final text."""

    at: float
    text: str
    """``done.text``, or the joined deltas when it was empty."""
    from_draft: bool
    """True in that second case."""
    changed: tuple[tuple[int, int], ...]
    """[start, end) offsets into ``text`` that differ from the draft."""
    cues: tuple[Cue, ...]
    """``text`` in sentences with times, where the service gave times."""
    usage: Mapping[str, Any]
    """As sent."""
    trace_id: str | None = None
    """``X-Trace-Id``."""
    session_id: str | None = None
    """``meta.session_id``."""


@dataclass(frozen=True, slots=True)
class Failed:
    """No final text comes; what was heard is kept."""

    at: float
    error: StepasrError


@dataclass(frozen=True, slots=True)
class Stopped:
    """The person stopped it; what was heard is kept."""

    at: float


Fact = Queued | Probed | Prepared | Sent | Heard | Retrying | Finished | Failed | Stopped


@dataclass(frozen=True, slots=True)
class PcmShape:
    """What raw 16-bit little-endian samples are: they have no header to say it."""

    rate: int
    """Hz."""
    channels: int
    """1 for mono; samples of the channels take turns."""


@dataclass(frozen=True, slots=True)
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
    phase: Phase = Phase.QUEUED
    """Where it is."""
    since: float = 0.0
    """Monotonic seconds at which this phase began."""
    recording: Recording | None = None
    """What the file is, once probed."""
    sent: int = 0
    """Bytes sent of the current attempt."""
    total: int = 0
    """Bytes of its body."""
    transcript: Transcript = field(default_factory=Transcript)
    """The text as it stands."""
    warnings: tuple[str, ...] = ()
    """Sentences to read beside the text."""
    error: StepasrError | None = None
    """Why it failed, or why it is being tried again."""
    attempt: int = 1
    """Number of the attempt, from 1."""
    wait: float = 0.0
    """Seconds of waiting before the next attempt, counted from ``since``."""
    started: float | None = None
    """Monotonic seconds at which its first upload began."""
    ended: float | None = None
    """Monotonic seconds at which nothing more was to come."""
    trace_id: str | None = None
    """``X-Trace-Id`` of a finished job; a failed one's is in its error."""
    session_id: str | None = None
    """``meta.session_id``, likewise."""

    @property
    def running(self) -> bool:
        """True while something is still to come."""
        return self.phase in RUNNING

    @property
    def duration(self) -> float | None:
        """Seconds of the recording, where known."""
        return self.recording.duration if self.recording else None

    @property
    def heard(self) -> float | None:
        """How much of the recording was heard, 0 to 1; None when it cannot be known."""
        if self.phase is Phase.FINISHED:
            return 1.0
        end_ms = self.transcript.draft.text_end_ms
        if not self.duration or not end_ms:
            return None
        return min(1.0, end_ms / 1000 / self.duration)

    def elapsed(self, now: float) -> float:
        """Seconds from its first upload to its end, or to ``now``: without its time in a queue."""
        first = self.began if self.started is None else self.started
        return max(0.0, (self.ended if self.ended is not None else now) - first)

    def after(self, fact: Fact) -> "Job":
        """This job once ``fact`` is true."""
        match fact:
            case Queued():
                return self._in(Phase.QUEUED, fact.at)
            case Probed():
                return replace(self._in(Phase.PREPARING, fact.at), recording=fact.recording)
            case Prepared():
                return replace(
                    self._in(Phase.UPLOADING, fact.at),
                    sent=0,
                    total=fact.total,
                    warnings=fact.warnings,
                    error=None,
                    started=fact.at if self.started is None else self.started,
                )
            case Sent():
                phase = Phase.WAITING if fact.sent >= fact.total else Phase.UPLOADING
                return replace(self._in(phase, fact.at), sent=fact.sent, total=fact.total)
            case Heard():
                return replace(
                    self._in(Phase.HEARING, fact.at), transcript=self.transcript.heard(fact.delta)
                )
            case Retrying():
                return replace(
                    self._in(Phase.RETRYING, fact.at),
                    transcript=self.transcript.begun_again(),
                    error=fact.error,
                    wait=fact.wait,
                    attempt=fact.attempt,
                    sent=0,
                )
            case Finished():
                return self._finished(fact)
            case Failed():
                phase = Phase.PARTIAL if self.transcript.best_draft.weight else Phase.FAILED
                return replace(self._in(phase, fact.at), error=fact.error, ended=fact.at)
            case Stopped():
                return replace(self._in(Phase.STOPPED, fact.at), error=None, ended=fact.at)
            case _:
                assert_never(fact)

    def _finished(self, fact: Finished) -> "Job":
        text, from_draft = fact.text, fact.from_draft
        if not text.strip() and (kept := self.transcript.earlier.text).strip():
            # An earlier attempt heard something before it broke: that is not thrown away.
            text, from_draft = kept, True
        transcript = replace(
            self.transcript,
            final=text,
            from_draft=from_draft,
            changed=fact.changed,
            cues=fact.cues,
            usage=fact.usage,
        )
        return replace(
            self._in(Phase.FINISHED, fact.at),
            transcript=transcript,
            error=None,
            ended=fact.at,
            trace_id=fact.trace_id,
            session_id=fact.session_id,
        )

    def _in(self, phase: Phase, at: float) -> "Job":
        return self if phase is self.phase else replace(self, phase=phase, since=at)
