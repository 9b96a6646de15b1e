"""A job → what a script, or a person without a screen, is told of it; it writes nothing."""

from stepasr_tui.core.display import clock
from stepasr_tui.core.errors import AttemptError, StepasrError
from stepasr_tui.core.stepfun.service import LANGUAGES, cost
from stepasr_tui.core.transcribe.job import Job, Phase
from stepasr_tui.core.transcribe.transcript import Cue

_MUCH_SHORTER = 0.2
"""Part of the draft that the final text may lack before the person is told."""


def as_object(job: Job, file: str, *, timestamps: bool = False) -> dict[str, object]:
    """All that is known of a job that has ended, for JSON.

    Times are seconds, ``cost_estimate`` is in yuan. ``segments`` have their ``cues`` (sentences
    with times) with ``timestamps``.
    """
    transcript, error = job.transcript, job.error
    finished = job.phase is Phase.FINISHED
    ids = _ids(job)
    partial = not finished and bool(transcript.text)
    found: dict[str, object] = {
        "ok": finished,
        "file": file,
        "text": transcript.text,
        "usage": dict(transcript.usage) or None,
        "elapsed": None if job.ended is None else round(job.elapsed(job.ended), 3),
        "deltas_count": transcript.best_draft.count,
        "duration": _rounded(job.duration),
        "model": job.options.model,
        "language": job.options.language,
        "segments": _segments(job, partial=partial, timestamps=timestamps),
        "partial": partial,
        "trace_id": ids[0],
        "session_id": ids[1],
        "cost_estimate": _cost(job),
        "warnings": [*job.warnings, *afterthoughts(job)],
        "from_draft": transcript.from_draft,
        "changed": [list(place) for place in transcript.changed],
    }
    return found if finished else found | _failure(error)


def untried(job: Job, file: str, why: StepasrError) -> dict[str, object]:
    """A recording that was not sent because of what befell another."""
    found = as_object(job, file)
    found |= _failure(why)
    return found | {"status": None, "err": f"Not tried, because of an earlier one: {why.what}"}


def afterthoughts(job: Job) -> list[str]:
    """Sentences to read beside a finished text, besides the warnings from before it."""
    if job.phase is not Phase.FINISHED:
        return []
    if not job.transcript.text.strip():
        language = LANGUAGES.get(job.options.language, job.options.language)
        return [f"No speech was found. Is {language} the language that is spoken?"]
    if job.transcript.from_draft:
        return ["The service sent no final text: this is the draft."]
    return [sentence] if (sentence := shortfall(job)) else []


def shortfall(job: Job) -> str:
    """A sentence when the final text is much shorter than its draft; else empty."""
    draft, final = job.transcript.draft.length, len(job.transcript.text)
    if job.phase is not Phase.FINISHED or not final or final >= draft * (1 - _MUCH_SHORTER):
        return ""
    less = 100 * (draft - final) // draft
    return f"The final text is {less} % shorter than the draft: some of it may be missing."


def problem(error: StepasrError) -> list[str]:
    """``error`` as lines: what, why, what to do, and what support asks for."""
    lines = [error.what]
    if error.cause:
        lines.append(f"Why: {error.cause}")
    if error.remedy:
        lines.append(f"What to do: {error.remedy}")
    if isinstance(error, AttemptError):
        if error.trace_id:
            lines.append(f"Trace id: {error.trace_id}")
        if error.session_id:
            lines.append(f"Session id: {error.session_id}")
    return lines


def progress(job: Job, now: float) -> str:
    """Where the job is, in a few words; ``now`` is monotonic seconds."""
    spent = max(0.0, now - job.since)
    match job.phase:
        case Phase.UPLOADING:
            return f"uploading {100 * job.sent // max(job.total, 1)} %"
        case Phase.WAITING:
            return f"waiting {clock(spent)}"
        case Phase.HEARING:
            at = job.transcript.draft.text_end_ms / 1000
            whole = f" of {clock(job.duration)}" if job.duration else ""
            heard = f"{clock(at)}{whole}" if at else f"{job.transcript.draft.length} characters"
            return f"hearing {heard}"
        case Phase.RETRYING:
            why = job.error.what.rstrip(".") if job.error else ""
            return f"retrying in {max(0.0, job.wait - spent):.0f} s: {why}"
        case other:
            return str(other.value)


def _failure(error: StepasrError | None) -> dict[str, object]:
    error = error or StepasrError("It was stopped.", cause="It may be billed all the same.")
    attempt = error if isinstance(error, AttemptError) else None
    return {
        "ok": False,
        "status": attempt.status if attempt else None,
        "err": error.what,
        "cause": error.cause,
        "remedy": error.remedy,
        "censored": attempt.censored if attempt else False,
        "again": error.again.name.lower(),
    }


def _segments(job: Job, *, partial: bool, timestamps: bool) -> list[dict[str, object]]:
    if job.recording is None:
        return []
    trace_id, session_id = _ids(job)
    segment: dict[str, object] = {
        "index": 0,
        "start": 0.0,
        "end": _rounded(job.duration),
        "text": job.transcript.text,
        "partial": partial,
        "trace_id": trace_id,
        "session_id": session_id,
    }
    if timestamps:
        segment["cues"] = [_cue(cue) for cue in job.transcript.cues]
    return [segment]


def _cue(cue: Cue) -> dict[str, object]:
    return {"start": _rounded(cue.start), "end": _rounded(cue.end), "text": cue.text}


def _ids(job: Job) -> tuple[str | None, str | None]:
    if isinstance(job.error, AttemptError):
        return job.error.trace_id, job.error.session_id
    return job.trace_id, job.session_id


def _cost(job: Job) -> float | None:
    """Yuan, when the whole recording was sent: before that, nothing can be billed."""
    whole = job.phase is Phase.FINISHED or 0 < job.total <= job.sent
    price = cost(job.options.model, job.duration) if whole and job.duration else None
    return None if price is None else round(price, 6)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
