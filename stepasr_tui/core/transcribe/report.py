"""A job → what a script, or a person without a screen, is told of it; it writes nothing."""

from collections.abc import Iterator

from stepasr_tui.core.audio.recording import OVERLAP
from stepasr_tui.core.display import clock
from stepasr_tui.core.errors import AttemptError, StepasrError
from stepasr_tui.core.stepfun.service import LANGUAGES, SHORTEST, cost
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.passages import Kind, Passage
from stepasr_tui.core.transcribe.phase import Phase
from stepasr_tui.core.transcribe.problem import listed, reasons, stretches
from stepasr_tui.core.transcribe.segment import Segment
from stepasr_tui.core.transcribe.transcript import Cue

_MUCH_SHORTER = 0.2
"""Part of the draft that the final text may lack before the person is told."""


def as_object(job: Job, file: str, *, timestamps: bool = False) -> dict[str, object]:
    """All that is known of a job that has ended, for JSON.

    Times are seconds, ``cost_estimate`` is in yuan. ``segments`` have their ``cues`` (sentences
    with times) with ``timestamps``; ``missing`` has the [start, end) of what has no text.
    """
    transcript = job.transcript
    finished = job.phase is Phase.FINISHED
    ids = _ids(job.error, job)
    text = text_of(job)
    found: dict[str, object] = {
        "ok": finished,
        "file": file,
        "text": text,
        "usage": dict(transcript.usage) or None,
        "elapsed": None if job.ended is None else round(job.elapsed(job.ended), 3),
        "deltas_count": transcript.best_draft.count,
        "duration": _rounded(job.duration),
        "model": job.options.model,
        "language": job.options.language,
        "segments": _segments(job, timestamps=timestamps),
        "missing": [[_rounded(start), _rounded(end)] for start, end in job.missing],
        "partial": not finished and bool(text),
        "trace_id": ids[0],
        "session_id": ids[1],
        "cost_estimate": _cost(job),
        "warnings": [*job.warnings, *afterthoughts(job)],
        "from_draft": transcript.from_draft,
        "changed": [list(place) for place in transcript.changed],
    }
    return found if finished else found | failure(next(iter(problems_of(job)), None))


def untried(job: Job, file: str, why: StepasrError) -> dict[str, object]:
    """A recording that was not sent because of what befell another."""
    found = as_object(job, file)
    found |= failure(why)
    return found | {"status": None, "err": f"Not tried, because of an earlier one: {why.what}"}


def failure(error: StepasrError | None) -> dict[str, object]:
    """What went wrong, for JSON; None for what was stopped."""
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


def text_of(job: Job) -> str:
    """Its text as it stands; empty when no segment has any, whatever is marked as missing."""
    return job.transcript.text if any(part.text for part in job.passages) else ""


def timed(job: Job) -> list[Cue]:
    """Its text as sentences with times, in order; empty when the service gave no times at all.

    A segment without times is one long sentence, and so is the mark for what is missing.
    """
    if not any(part.cues for part in job.passages):
        return []
    return [cue for part in job.passages for cue in _timed(part, marked=len(job.segments) > 1)]


def problems_of(job: Job) -> list[StepasrError]:
    """What went wrong with a job that has ended: one error for each different reason.

    Of a recording that was cut, each says which minutes it is about.
    """
    if job.running:
        return []
    if not job.is_cut:
        return [job.error] if job.error else []
    return reasons(job)


def afterthoughts(job: Job) -> list[str]:
    """Sentences to read beside the text of a job that has ended, besides its warnings."""
    if job.phase is Phase.FINISHED and not text_of(job).strip():
        language = LANGUAGES.get(job.options.language, job.options.language)
        return [f"No speech was found. Is {language} the language that is spoken?"]
    found = _of_segments(job) if job.is_cut else _of_one(job)
    if much_shorter := shortfall(job):
        found.append(much_shorter)
    return found + _seams(job)


def shortfall(job: Job) -> str:
    """A sentence when a final text is much shorter than its draft; else empty."""
    short = [each for each in job.segments if _lacks(each)]
    if not short:
        return ""
    if job.is_cut:
        shorter = f"of {_where(short)} is much shorter than its draft"
    else:
        draft, final = short[0].transcript.draft.length, len(short[0].transcript.text)
        shorter = f"is {100 * (draft - final) // draft} % shorter than the draft"
    return f"The final text {shorter}: some of it may be missing."


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
    done = _done(job) if job.is_cut else ""
    heard = sum(end - start for start, end in job.heard_stretches)
    whole = f" of {clock(job.duration)}" if job.duration else ""
    match job.phase:
        case Phase.RETRYING:
            why = job.error.what.rstrip(".") if job.error else ""
            return f"retrying in {max(0.0, job.wait - spent):.0f} s: {why}{done}"
        case _ if done and heard and job.running:
            return f"hearing {clock(min(heard, job.duration or heard))}{whole}{done}"
        case Phase.UPLOADING:
            return f"uploading {100 * job.sent // max(job.total, 1)} %{done}"
        case Phase.WAITING:
            return f"waiting {clock(spent)}{done}"
        case Phase.HEARING:
            at = max(each.transcript.draft.text_end_ms for each in job.segments) / 1000
            length = f"{job.drafted} characters"
            return f"hearing {f'{clock(at)}{whole}' if at else length}{done}"
        case other:
            return f"{other.value}{done}"


def _done(job: Job) -> str:
    done = sum(each.phase is Phase.FINISHED for each in job.segments)
    if not job.whole:
        return f", {done} segment{'' if done == 1 else 's'} done"
    return f", {done} of {len(job.segments)} segments"


def _timed(part: Passage, *, marked: bool) -> Iterator[Cue]:
    yield from part.cues
    if not part.cues and (text := " ".join(part.text.split())):
        yield Cue(part.start, part.start, text)
    if marked and part.missing:
        yield Cue(*part.missing, part.gap)


def _of_one(job: Job) -> list[str]:
    if job.phase is Phase.FINISHED and job.transcript.from_draft:
        return ["The service sent no final text: this is the draft."]
    return []


def _of_segments(job: Job) -> list[str]:
    final = [each for each in job.segments if each.phase is Phase.FINISHED]
    silent = [each for each in final if not each.transcript.text.strip()]
    drafts = [each for each in final if each.transcript.from_draft]
    found = []
    if silent:
        found.append(f"No speech was found in {_where(silent)}.")
    if drafts:
        found.append(f"The service sent no final text for {_where(drafts)}: that is the draft.")
    return found


def _seams(job: Job) -> list[str]:
    """One sentence about all places where two texts were joined on the words they share."""
    pairs = zip(job.passages, job.passages[1:], strict=False)
    found = [
        clock(after.start)
        for before, after in pairs
        if after.doubtful and before.kind is Kind.FINAL and before.text and after.text
    ]
    if not found:
        return []
    twice = f"{OVERLAP:.0f} s were heard twice and joined; look there."
    return [f"At {listed(found)} no pause was found: {twice}"]


def _lacks(segment: Segment) -> bool:
    draft, final = segment.transcript.draft.length, len(segment.transcript.text)
    if segment.phase is not Phase.FINISHED or segment.transcript.from_draft or not final:
        return False
    return final < draft * (1 - _MUCH_SHORTER)


def _where(segments: list[Segment]) -> str:
    return stretches((each.span.start, each.span.end) for each in segments if each.span)


def _segments(job: Job, *, timestamps: bool) -> list[dict[str, object]]:
    if job.recording is None:
        return []
    rows = []
    for segment, part in zip(job.segments, job.passages, strict=True):
        trace_id, session_id = _ids(segment.error, segment)
        row: dict[str, object] = {
            "index": part.index,
            "start": _rounded(part.start),
            "end": _rounded(segment.span.end if segment.span else job.duration),
            "text": part.text,
            "partial": part.kind is not Kind.FINAL and bool(part.text),
            "doubtful": part.doubtful,
            "trace_id": trace_id,
            "session_id": session_id,
        }
        if timestamps:
            row["cues"] = [_cue(cue) for cue in part.cues]
        rows.append(row)
    return rows


def _cue(cue: Cue) -> dict[str, object]:
    return {"start": _rounded(cue.start), "end": _rounded(cue.end), "text": cue.text}


def _ids(error: StepasrError | None, answered: Job | Segment) -> tuple[str | None, str | None]:
    """Of the answer that went wrong, else of the one that did not."""
    if isinstance(error, AttemptError):
        return error.trace_id, error.session_id
    return answered.trace_id, answered.session_id


def _cost(job: Job) -> float | None:
    """Yuan for the segments that were sent whole: before that, nothing can be billed.

    Of each, one attempt counts: nobody knows whether an earlier one that broke was billed.
    """
    seconds = 0.0
    for each in job.segments:
        whole = each.phase is Phase.FINISHED or 0 < each.total <= each.sent
        length = each.span.end - each.span.start if each.span else job.duration
        if whole and length:
            seconds += max(length, SHORTEST)
    price = cost(job.options.model, seconds) if seconds else None
    return None if price is None else round(price, 6)


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds, 3)
