"""What can become true of a job; what follows from it is ``Job.after``'s business.

Every fact carries ``at``, monotonic seconds, so that what is shown follows from facts alone.
Most speak of one segment: its place in ``Job.segments``, 0 for a recording sent whole.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stepasr_tui.core.audio.recording import Recording, UploadChoices
from stepasr_tui.core.audio.segments import Span
from stepasr_tui.core.errors import StepasrError
from stepasr_tui.core.stepfun.events import Delta
from stepasr_tui.core.transcribe.transcript import Cue


@dataclass(frozen=True, slots=True)
class Queued:
    """The segment waits for its turn."""

    at: float
    segment: int = 0


@dataclass(frozen=True, slots=True)
class Probed:
    """What the file really is."""

    at: float
    recording: Recording


@dataclass(frozen=True, slots=True)
class Cut:
    """A segment is ready to be sent; the first one makes clear whether there will be more."""

    at: float
    span: Span
    last: bool = True
    """True when the recording ends with it."""
    notes: tuple[str, ...] = ()
    """Sentences about the sound, such as that it breaks off."""
    choices: UploadChoices | None = None
    """How it was made: less in one request than was chosen, where that was refused."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """An attempt begins."""

    at: float
    total: int
    """Bytes of the request's body."""
    warnings: tuple[str, ...] = ()
    """Sentences that the person should read before the answer comes."""
    segment: int = 0


@dataclass(frozen=True, slots=True)
class Sent:
    """Bytes that the socket has taken so far."""

    at: float
    sent: int
    total: int
    segment: int = 0


@dataclass(frozen=True, slots=True)
class Heard:
    """A piece of text arrived."""

    at: float
    delta: Delta
    """Its times are those of the recording, not of the segment."""
    segment: int = 0


@dataclass(frozen=True, slots=True)
class Retrying:
    """An attempt failed, and another follows."""

    at: float
    error: StepasrError
    wait: float
    """Seconds until then."""
    attempt: int
    """Number of the attempt that follows; the first was 1."""
    segment: int = 0


@dataclass(frozen=True, slots=True)
class Finished:
    """The final text of a segment."""

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
    segment: int = 0


@dataclass(frozen=True, slots=True)
class Failed:
    """No final text comes; what was heard is kept."""

    at: float
    error: StepasrError
    segment: int | None = None
    """The one that failed; None when all that was still to come did."""


@dataclass(frozen=True, slots=True)
class Stopped:
    """The person stopped it; what was heard is kept."""

    at: float


@dataclass(frozen=True, slots=True)
class Resumed:
    """Some segments of a job that had ended are to be heard again."""

    at: float
    segments: tuple[int, ...]


Fact = (
    Queued
    | Probed
    | Cut
    | Prepared
    | Sent
    | Heard
    | Retrying
    | Finished
    | Failed
    | Stopped
    | Resumed
)
