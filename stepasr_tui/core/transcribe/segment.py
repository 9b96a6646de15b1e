"""One segment of a recording on its way to its text: ``Segment``, changed by ``after`` alone."""

from dataclasses import dataclass, field, replace

from stepasr_tui.core.audio.segments import Span
from stepasr_tui.core.errors import StepasrError
from stepasr_tui.core.transcribe.facts import (
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
from stepasr_tui.core.transcribe.phase import RUNNING, Phase
from stepasr_tui.core.transcribe.transcript import Transcript


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of the recording that is sent in one request."""

    span: Span | None = None
    """Which stretch; None before it is known."""
    phase: Phase = Phase.QUEUED
    """Where it is."""
    since: float = 0.0
    """Monotonic seconds at which this phase began."""
    sent: int = 0
    """Bytes sent of the current attempt."""
    total: int = 0
    """Bytes of its body."""
    transcript: Transcript = field(default_factory=Transcript)
    """Its text as it stands; times are those of the recording."""
    kept: Transcript | None = None
    """The final text of before, while it is heard again; it stands if that comes to nothing."""
    error: StepasrError | None = None
    """Why it failed, or why it is being tried again."""
    attempt: int = 1
    """Number of the attempt, from 1."""
    wait: float = 0.0
    """Seconds of waiting before the next attempt, counted from ``since``."""
    trace_id: str | None = None
    """``X-Trace-Id`` of a finished one; a failed one's is in its error."""
    session_id: str | None = None
    """``meta.session_id``, likewise."""

    @property
    def running(self) -> bool:
        """True while something is still to come."""
        return self.phase in RUNNING

    @property
    def heard(self) -> float:
        """Seconds into the recording up to which it was heard; its start when nothing was."""
        start = self.span.start if self.span else 0.0
        if self.phase is Phase.FINISHED and self.span:
            return self.span.end
        end = max(start, self.transcript.best_draft.text_end_ms / 1000)
        return min(end, self.span.end) if self.span else end

    @property
    def missing(self) -> tuple[float, float] | None:
        """[start, end) seconds of it that have no text; None while it runs, or when all has."""
        if self.running or self.phase is Phase.FINISHED or self.span is None:
            return None
        return (self.heard, self.span.end) if self.heard < self.span.end else None

    def cut_anew(self, span: Span, at: float) -> "Segment":
        """This segment as another stretch; what was sent of it counts no longer."""
        fresh = self._in(Phase.QUEUED, at) if self.total else self
        return replace(fresh, span=span, sent=0, total=0)

    def after(self, fact: Fact) -> "Segment":
        """This segment once ``fact`` is true of it."""
        match fact:
            case Queued():
                return self._in(Phase.QUEUED, fact.at)
            case Probed():
                return self._in(Phase.PREPARING, fact.at)
            case Prepared():
                begun = self._in(Phase.UPLOADING, fact.at)
                return replace(begun, sent=0, total=fact.total, error=None)
            case Sent():
                phase = Phase.WAITING if fact.sent >= fact.total else Phase.UPLOADING
                return replace(self._in(phase, fact.at), sent=fact.sent, total=fact.total)
            case Heard():
                heard = self.transcript.heard(fact.delta)
                return replace(self._in(Phase.HEARING, fact.at), transcript=heard)
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
                return self._ended(phase, fact.at, fact.error)
            case Stopped():
                return self._ended(Phase.STOPPED, fact.at, None)
            case Resumed():
                return self._resumed(fact.at)
            case _:
                return self

    def _finished(self, fact: Finished) -> "Segment":
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
            kept=None,
            error=None,
            trace_id=fact.trace_id,
            session_id=fact.session_id,
        )

    def _ended(self, phase: Phase, at: float, error: StepasrError | None) -> "Segment":
        if self.kept is None:
            return replace(self._in(phase, at), error=error)
        before = self._in(Phase.FINISHED, at)
        return replace(before, transcript=self.kept, kept=None, error=error)

    def _resumed(self, at: float) -> "Segment":
        old = self.transcript
        fresh = Transcript() if old.final is not None else old.begun_again()
        return replace(
            self._in(Phase.QUEUED, at),
            transcript=fresh,
            kept=old if old.final is not None else None,
            error=None,
            attempt=1,
            sent=0,
            total=0,
        )

    def _in(self, phase: Phase, at: float) -> "Segment":
        return self if phase is self.phase else replace(self, phase=phase, since=at)
