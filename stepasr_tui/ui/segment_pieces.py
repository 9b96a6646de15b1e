"""How far a recording is that was cut into several segments, in pieces of a line."""

import math
from collections import Counter

from stepasr_tui.core.display import clock, visible_row
from stepasr_tui.core.figures import bar, counted, stretch
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.phase import Phase
from stepasr_tui.ui.pieces import Piece

_NAMED = 2
"""Missing stretches that are named one by one; of more only the sum is said."""


def lacks_some(job: Job) -> bool:
    """Whether some segments of a job that ended have their text for good, and others lack it."""
    done = sum(each.phase is Phase.FINISHED for each in job.segments)
    return not job.running and done > 0 and (done < len(job.segments) or not job.whole)


def side_by_side(job: Job, now: float) -> list[Piece]:
    """How far all segments together are at ``now`` (monotonic seconds)."""
    phases = Counter(each.phase for each in job.segments)
    again = _tries_again(job, now)
    first = [Piece(f"↻ {again}", "warning")] if again and _only_waits(phases) else _where(job, now)
    pieces = [*first, Piece(_segments(job, phases[Phase.FINISHED]), "secondary", 2)]
    if phases[Phase.HEARING]:
        pieces.append(Piece(f"{phases[Phase.HEARING]} being heard", "secondary", 5))
    if again and not _only_waits(phases):
        pieces.append(Piece(again, "warning", 3))
    failed = phases[Phase.FAILED] + phases[Phase.PARTIAL]
    if failed:
        pieces.append(Piece(f"{failed} failed", "error", 1))
    return pieces


def ended_in_part(job: Job) -> list[Piece]:
    """What a job lacks that ended before all of its segments had their text."""
    error = [_sentence(job)] if job.error else []
    if job.phase is Phase.FAILED:
        return [Piece("✗ failed", "error"), *error]
    word = "■ stopped" if job.phase is Phase.STOPPED else "½ partial"
    missing = _missing(job.missing)
    said = f"{word}: {missing}" if missing else word
    pieces = [Piece(said, "partial", 0, short=f"{word[0]} {missing}" if missing else "")]
    if lacks_some(job):
        pieces.append(_sends_again(job))
    # Without the marks for what is missing: nobody said them.
    count = sum(len(part.text) for part in job.passages)
    return [*pieces, Piece(counted(count, "character"), "secondary", 3), *error]


def getting_ready(job: Job) -> list[Piece]:
    """A job that is sent again in part, before any of that is on its way."""
    done = len(job.segments) - len(job.unheard)
    return [Piece("○ getting ready", "secondary"), Piece(_segments(job, done), "secondary", 1)]


def _sends_again(job: Job) -> Piece:
    """What ctrl+r would send: a segment of which the end is missing is sent, and paid, whole."""
    again = [job.segments[n] for n in job.unheard]
    if all(each.span and each.missing == (each.span.start, each.span.end) for each in again):
        what = "only that"
    elif job.whole:
        what = f"{len(again)} of {counted(len(job.segments), 'segment')}"
    else:
        what = "the rest"
    return Piece(f"ctrl+r sends {what}", "primary", 1, short="^r sends it")


def _only_waits(phases: Counter[Phase]) -> bool:
    busy = phases[Phase.HEARING] + phases[Phase.WAITING] + phases[Phase.UPLOADING]
    return not busy


def _where(job: Job, now: float) -> list[Piece]:
    share, duration = job.heard, job.duration
    heard = sum(end - start for start, end in job.heard_stretches)
    if heard > 0 and duration and share is not None:
        said = f"● hearing {clock(min(heard, duration))} of {clock(duration)}"
        return [Piece(said, "foreground"), Piece(bar(share), "accent", 6, " ")]
    if job.phase is Phase.PREPARING or not job.total:
        return [Piece("● preparing", "secondary")]
    if job.phase is Phase.UPLOADING:
        return [Piece(f"↑ uploading {int(100 * min(job.sent / job.total, 1.0))} %", "foreground")]
    if job.phase is Phase.HEARING:
        count = job.drafted
        return [Piece(f"● hearing… {counted(count, 'character')}", "foreground")]
    waited = clock(max(0.0, now - job.since))
    return [Piece(f"● sent, waiting for the service {waited}", "foreground", short="● sent")]


def _segments(job: Job, done: int) -> str:
    if not job.whole:
        return f"{counted(done, 'segment')} done, still cutting" if done else "still cutting"
    return f"{done} of {counted(len(job.segments), 'segment')}"


def _tries_again(job: Job, now: float) -> str:
    due = [each.since + each.wait for each in job.segments if each.phase is Phase.RETRYING]
    if not due:
        return ""
    left = math.ceil(max(0.0, min(due) - now))
    one = len(due) == 1
    if not left:
        # The limit of requests a minute may keep it for most of that minute.
        return f"{len(due)} {'waits for its' if one else 'wait for their'} turn"
    return f"{len(due)} {'tries' if one else 'try'} again in {clock(left)}"


def _missing(gaps: list[tuple[float, float]]) -> str:
    if not gaps:
        return ""
    if len(gaps) <= _NAMED:
        return f"{' and '.join(stretch(*gap) for gap in gaps)} missing"
    return f"{len(gaps)} stretches missing, {clock(sum(end - start for start, end in gaps))} in all"


def _sentence(job: Job) -> Piece:
    what = visible_row(job.error.what).rstrip(".。 ") if job.error else ""
    return Piece(what, "secondary", 4, cut=True)
