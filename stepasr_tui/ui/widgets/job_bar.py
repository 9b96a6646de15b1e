"""Two lines about one recording: its name, and how far it truly is; the waveform is not here."""

import math
from collections.abc import Sequence
from pathlib import Path

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from stepasr_tui.core.audio.recording import Recording
from stepasr_tui.core.display import clock, size, visible_row
from stepasr_tui.core.figures import about, bar, counted, length
from stepasr_tui.core.stepfun.service import cost
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.phase import Phase
from stepasr_tui.ui.file_rows import fit_middle
from stepasr_tui.ui.pieces import Line, Piece, fitted
from stepasr_tui.ui.segment_pieces import (
    ended_in_part,
    getting_ready,
    side_by_side,
)


def phase_line(job: Job, now: float, width: int) -> Line:
    """How far ``job`` is at ``now`` (monotonic seconds), in at most ``width`` cells."""
    match job.phase:
        case Phase.FINISHED:
            pieces = _finished(job)
        case Phase.PARTIAL | Phase.FAILED | Phase.STOPPED:
            pieces = ended_in_part(job) if job.is_cut else _ended(job)
        case Phase.QUEUED if any(each.phase is Phase.FINISHED for each in job.segments):
            pieces = getting_ready(job)
        case phase if phase is not Phase.QUEUED and job.is_cut:
            pieces = [*side_by_side(job, now), *_warnings(job.warnings, rank=20)]
        case _:
            pieces = [*_running(job, now), *_warnings(job.warnings, rank=20)]
    return fitted(pieces, width)


def recording_line(width: int) -> Line:
    """What there is to say of a recording that nobody has started."""
    return fitted([Piece("○ not transcribed yet", "secondary")], width)


def title_line(
    name: str, duration: float | None, width: int, pace: str = "", *, exact: bool = True
) -> Line:
    """The name, cut in its middle when it must be, and the duration at the right.

    ``pace`` stands beside the duration where both fit beside the whole name.
    """
    right = length(duration, exact=exact) if duration is not None else ""
    if pace and cell_len(visible_row(name)) + 2 + len(pace) + 3 + len(right) <= width:
        right = f"{pace} · {right}"
    room = width - len(right) - (2 if right else 0)
    shown = visible_row(name)
    head, tail = fit_middle(shown, room)
    if head + tail < len(shown):
        shown = f"{shown[:head]}…{shown[len(shown) - tail :]}"
    gap = " " * max(0, width - cell_len(shown) - len(right))
    return [(shown, "foreground"), (gap, "faint"), (right, "secondary")]


def pace_of(job: Job) -> str:
    """How long a finished job took, and how many times faster than the sound that was."""
    took = job.elapsed(0.0)
    if job.phase is not Phase.FINISHED or took <= 0:
        return ""
    text = f"{took:.1f} s" if took < 60 else clock(took)
    if not job.duration:
        return text
    speed = job.duration / took
    return f"{text}, {f'{speed:,.0f}' if speed >= 10 else f'{speed:.1f}'} × real time"


def _sentence(text: str, word: str, rank: int) -> Piece:
    return Piece(visible_row(text).rstrip(".。 "), word, rank, cut=True)


def _warnings(sentences: Sequence[str], *, rank: int) -> list[Piece]:
    return [_sentence(text, "warning", rank + place) for place, text in enumerate(sentences)]


def _running(job: Job, now: float) -> list[Piece]:
    since = max(0.0, now - job.since)
    again = [Piece(f"attempt {job.attempt}", "warning", 9)] if job.attempt > 1 else []
    match job.phase:
        case Phase.QUEUED:
            return [Piece("○ waits for its turn", "secondary")]
        case Phase.PREPARING:
            return [Piece("● preparing", "secondary"), *again]
        case Phase.UPLOADING:
            share = min(1.0, job.sent / job.total) if job.total else 0.0
            return [
                Piece("↑ uploading", "foreground"),
                Piece(bar(share), "accent", 3, " "),
                Piece(f"{int(share * 100)} %", "foreground", 1, " "),
                Piece(_of_bytes(job.sent, job.total), "secondary", 4),
                *again,
            ]
        case Phase.WAITING:
            waited = f"waiting for the service {clock(since)}"
            return [Piece("● sent", "foreground"), Piece(waited, "secondary", 1), *again]
        case Phase.RETRYING:
            left = math.ceil(max(0.0, job.wait - since))
            when = f"tries again in {clock(left)}" if left else "tries again now"
            if since >= job.wait + 1:
                when = "waits for its turn to try again"
            pieces = [
                Piece(f"↻ {when}", "warning"),
                Piece(f"(attempt {job.attempt})", "warning", 3, " "),
            ]
            return [*pieces, _sentence(job.error.what, "secondary", 4)] if job.error else pieces
        case _:
            return [*_hearing(job), *again]


def _hearing(job: Job) -> list[Piece]:
    draft, duration, share = job.transcript.draft, job.duration, job.heard
    count = counted(draft.length, "character")
    if not draft.text_end_ms:
        return [Piece(f"● hearing… {count}", "foreground")]
    heard = draft.text_end_ms / 1000
    beside = Piece(count, "secondary", 4)
    if share is None or duration is None:
        return [Piece(f"● hearing {clock(heard)}", "foreground"), beside]
    where = f"● hearing {clock(min(heard, duration))} of {clock(duration)}"
    return [Piece(where, "foreground"), Piece(bar(share), "accent", 3, " "), beside]


def _finished(job: Job) -> list[Piece]:
    transcript, duration = job.transcript, job.duration
    count = len(transcript.text)
    pieces = [_outcome(job)]
    if len(job.segments) > 1:
        pieces.append(Piece(counted(len(job.segments), "segment"), "secondary", 2))
    if transcript.text.strip() and not transcript.from_draft:
        places = len(transcript.changed)
        differ = f"{counted(places, 'place')} differ{'s' if places == 1 else ''} from the draft"
        brief = differ.removesuffix(" from the draft")
        same = "same as the draft"
        pieces.append(
            Piece(differ, "changed", 1, short=brief) if places else Piece(same, "secondary", 1)
        )
    pieces += _warnings(job.warnings, rank=2)
    if count:
        pieces.append(Piece(counted(count, "character"), "secondary", 3))
    tokens = transcript.usage.get("total_tokens")
    if isinstance(tokens, int) and tokens > 0:
        pieces.append(Piece(counted(tokens, "token"), "secondary", 8))
    price = cost(job.options.model, duration) if duration else None
    if price is not None:
        pieces.append(Piece(about(price), "secondary", 4))
    return pieces


def _outcome(job: Job) -> Piece:
    if not job.transcript.text.strip():
        return Piece("! no speech found", "warning")
    if job.transcript.from_draft:
        text = "! the service sent no final text: this is the draft"
        return Piece(text, "warning", short="! no final text: this is the draft")
    return Piece("✓ final", "success")


def _ended(job: Job) -> list[Piece]:
    draft = job.transcript.best_draft
    if job.phase is Phase.STOPPED:
        kept = "the text so far is kept" if draft.length else "no text had come"
        return [Piece("■ stopped", "partial"), Piece(kept, "secondary", 1)]
    what = [_sentence(job.error.what, "secondary", 2)] if job.error else []
    if job.phase is Phase.FAILED:
        return [Piece("✗ failed", "error"), *what]
    where = f": cut off at {clock(draft.text_end_ms / 1000)}" if draft.text_end_ms else ""
    count = Piece(counted(draft.length, "character"), "secondary", 3)
    return [Piece(f"½ partial{where}", "partial"), count, *what]


def _of_bytes(sent: int, total: int) -> str:
    part, whole = size(sent), size(total)
    number, unit = part.split(" ")
    return f"{number if whole.endswith(f' {unit}') else part} of {whole}"


class JobBar(Widget):
    """The name of a recording and, beneath it, its progress or its outcome."""

    DEFAULT_CSS = """
    JobBar {
        height: 2;
        padding: 0 1 0 2;
        background: $background;
        color: $foreground;
        text-wrap: nowrap;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._job: Job | None = None
        self._path: Path | None = None
        self._recording: Recording | None = None
        self._problem = ""
        self._now = 0.0
        self._drawn: tuple[Line, Line] = ([], [])

    def show(self, job: Job | None, now: float) -> None:
        """Shows a job as it is at ``now``, monotonic seconds; None clears the bar."""
        self._job, self._path, self._recording, self._now = job, None, None, now
        self._paint()

    def show_recording(self, path: Path, recording: Recording | None, *, problem: str = "") -> None:
        """Shows a recording that was chosen and not started.

        ``problem`` is a sentence on why it cannot be sent.
        """
        self._problem = problem
        self._job, self._path, self._recording = None, path, recording
        self._paint()

    def tick(self, now: float) -> None:
        """Lets time pass: painted again only when that changes a figure."""
        self._now = now
        self._paint()

    def render(self) -> Content:
        self._drawn = self._lines()
        above, below = (
            Content("").join(Content.styled(text, f"${word}") for text, word in line if text)
            for line in self._drawn
        )
        if self._job or self._path:
            above = above.stylize("bold", 0, len(self._drawn[0][0][0]))
        return Content("\n").join([above, below])

    def _paint(self) -> None:
        if self._lines() != self._drawn:
            self.refresh()

    def _lines(self) -> tuple[Line, Line]:
        width = self.content_size.width
        if self._job is not None:
            job = self._job
            # What was cut to its end was read to its end.
            known = job.segments[-1].span is not None and job.whole
            exact = known or job.recording is None or job.recording.exact
            above = title_line(job.path.name, job.duration, width, pace_of(job), exact=exact)
            return above, phase_line(self._job, self._now, width)
        if self._path is None:
            return [("No recording chosen", "faint")], []
        known_as = self._recording
        duration, exact = (known_as.duration, known_as.exact) if known_as else (None, True)
        above = title_line(self._path.name, duration, width, exact=exact)
        if self._problem:
            return above, fitted([_sentence(self._problem, "warning", 0)], width)
        return above, recording_line(width)
