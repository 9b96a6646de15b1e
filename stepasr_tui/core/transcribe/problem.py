"""What went wrong with one recording, as a person reads and copies it; it shows nothing itself."""

from collections.abc import Iterable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from stepasr_tui.core.display import clock, visible, visible_row
from stepasr_tui.core.errors import (
    AccountError,
    Again,
    AttemptError,
    KeyProblem,
    NotSaved,
    StepasrError,
)
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.phase import Phase

Stretch = tuple[float, float | None]
"""[start, end) seconds of a recording; an end of None is the recording's, where that is unknown."""

_SEVERAL = {
    "is missing": "are missing",
    "has no final text": "have no final text",
    "was not heard again": "were not heard again",
}
"""What can be said of one stretch, and of several."""


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


def reasons(job: Job) -> list[StepasrError]:
    """Why a job that was cut and has ended lacks some text: one error for each different reason.

    Each names the minutes that it is about, and is otherwise the error that was met first: of the
    same class, with the same ids. Where all failed for one reason, it is that error as it is.
    """
    found: dict[tuple[object, ...], tuple[StepasrError, list[Stretch]]] = {}
    for error, said, stretch in _losses(job):
        key = (said, type(error), error.what, error.again)
        found.setdefault(key, (error, []))[1].append(stretch)
    if not found or (len(found) == 1 and job.phase is Phase.FAILED):
        return [job.error] if job.error else []
    return [_about(error, str(key[0]), where) for key, (error, where) in found.items()]


def stretches(found: Iterable[Stretch]) -> str:
    """Stretches of a recording in words, those that touch as one: ``25:00–50:00 and 1:15:00–…``."""
    return listed([_named(each) for each in _merged(found)])


def listed(words: Sequence[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _losses(job: Job) -> Iterator[tuple[StepasrError, str, Stretch]]:
    """What went wrong, what that means, and for which part of the recording."""
    for each in job.segments:
        if each.error is None or each.span is None:
            continue
        span = (each.span.start, each.span.end)
        if each.phase is Phase.FINISHED:
            yield each.error, "was not heard again", span
        elif each.missing:
            yield each.error, "is missing", each.missing
        else:
            yield each.error, "has no final text", span
    last = job.segments[-1].span
    if job.failure is not None and not job.whole and last is not None:
        end = job.duration if job.duration and job.duration > last.end else None
        yield job.failure, "is missing", (last.end, end)


def _about(error: StepasrError, said: str, where: list[Stretch]) -> StepasrError:
    """``error``, with the part of the recording that it is about."""
    several = len(_merged(where)) > 1
    found = copy(error)
    found.what = f"{stretches(where)} {_SEVERAL[said] if several else said}: {error.what}"
    found.args = (found.what,)
    return found


def _merged(found: Iterable[Stretch]) -> list[Stretch]:
    merged: list[Stretch] = []
    for start, end in sorted(found, key=lambda each: each[0]):
        before = merged[-1][1] if merged else 0.0
        if merged and (before is None or start <= before):
            later = None if before is None or end is None else max(before, end)
            merged[-1] = (merged[-1][0], later)
        else:
            merged.append((start, end))
    return merged


def _named(stretch: Stretch) -> str:
    start, end = stretch
    return f"{clock(start)} to the end" if end is None else f"{clock(start)}–{clock(end)}"
