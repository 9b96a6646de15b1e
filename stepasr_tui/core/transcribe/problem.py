"""What went wrong with one recording, as a person reads and copies it; it shows nothing itself."""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

from stepasr_tui.core.display import visible, visible_row
from stepasr_tui.core.errors import (
    AccountError,
    Again,
    AttemptError,
    KeyProblem,
    NotSaved,
    StepasrError,
)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that went wrong, with all that helps to put it right."""

    at: datetime
    """When; a time without a zone is local."""
    job_id: int | None
    """The job that it happened to; None where there was none."""
    recording: str
    """Name of the recording, as on disk; may be empty."""
    what: str
    """What happened, one sentence."""
    cause: str
    """Why, as far as it is known; may be empty."""
    remedy: str
    """What to do about it; may be empty."""
    trace_id: str | None
    """``X-Trace-Id`` of the answer."""
    session_id: str | None
    """``meta.session_id`` of the stream."""
    can_retry: bool
    """True when the same request may well end better."""
    is_warning: bool = False
    """True when nothing failed, and yet it should be read."""

    @classmethod
    def of(
        cls,
        error: StepasrError,
        *,
        at: datetime,
        job_id: int | None,
        recording: str,
        is_warning: bool = False,
    ) -> Self:
        """The problem that ``error`` is.

        It can be tried again when there is a job to try, and the error does not say that it
        would meet the same end; after trouble with the key or the balance, once that is put
        right. Saving again is not trying the job again.
        """
        ids = (error.trace_id, error.session_id) if isinstance(error, AttemptError) else (None,) * 2
        mended = isinstance(error, AccountError | KeyProblem)
        helps = (mended or error.again is not Again.NEVER) and not isinstance(error, NotSaved)
        return cls(
            at=at,
            job_id=job_id,
            recording=recording,
            what=error.what,
            cause=error.cause,
            remedy=error.remedy,
            trace_id=ids[0] or None,
            session_id=ids[1] or None,
            can_retry=helps and job_id is not None,
            is_warning=is_warning,
        )

    @property
    def time(self) -> str:
        """``HH:MM:SS``, local."""
        return f"{self._local:%H:%M:%S}"

    def as_text(self) -> str:
        """All of it as plain text to copy, made safe to paste into a terminal."""
        facts = (
            ("Why", visible(self.cause)),
            ("What to do", visible(self.remedy)),
            ("Trace id", visible_row(self.trace_id or "")),
            ("Session id", visible_row(self.session_id or "")),
        )
        first = f"{self._local:%Y-%m-%d %H:%M:%S %z}".rstrip()
        lines = [f"{first}  {visible_row(self.recording)}".rstrip(), visible(self.what)]
        lines += [f"{name}: {text}" for name, text in facts if text]
        return "\n".join(lines) + "\n"

    @property
    def _local(self) -> datetime:
        return self.at.astimezone() if self.at.tzinfo else self.at
