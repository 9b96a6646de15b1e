"""Two lines about one recording: its name, and how far it truly is; the waveform is not here."""

import math
from collections.abc import Sequence
from pathlib import Path

from rich.cells import cell_len
from textual.content import Content
from textual.widget import Widget

from stepasr_tui.core.audio.probe import Recording
from stepasr_tui.core.display import clock, size, visible_row
from stepasr_tui.core.stepfun.service import LONGEST, MODELS, SHORTEST, cost
from stepasr_tui.core.transcribe.job import Job, Phase
from stepasr_tui.ui.file_rows import fit_middle
from stepasr_tui.ui.pieces import Line, Piece, fitted

_BAR = 10
"""Cells of the progress bar."""
_CHANNELS = {1: "mono", 2: "stereo"}


def phase_line(job: Job, now: float, width: int) -> Line:
    """How far ``job`` is at ``now`` (monotonic seconds), in at most ``width`` cells."""
    match job.phase:
        case Phase.FINISHED:
            pieces = _finished(job)
        case Phase.PARTIAL | Phase.FAILED | Phase.STOPPED:
            pieces = _ended(job)
        case _:
            pieces = [*_running(job, now), *_warnings(job.warnings, rank=20)]
    return fitted(pieces, width)


def recording_line(recording: Recording | None, model: str | None, width: int) -> Line:
    """What a recording that nobody has started is, would cost, and what starts it."""
    hint = Piece("Enter transcribes", "primary", 2)
    if recording is None:
        return fitted([hint], width)
    rate = f"{recording.sample_rate / 1000:.4g} kHz"
    channels = _CHANNELS.get(recording.channels, f"{recording.channels} channels")
    pieces = [
        *_duration_warnings(recording.duration),
        Piece(rate, "secondary", 8),
        Piece(channels, "secondary", 7),
        Piece(recording.container, "secondary", 6),
        Piece(size(recording.size), "secondary", 5),
    ]
    if model in MODELS and recording.duration is not None:
        price = about(cost(model, recording.duration) or 0.0)
        pieces.append(Piece(price, "secondary", 4))
        pieces.append(Piece(f"(price of {MODELS[model].priced})", "faint", 9, " "))
    return fitted([*pieces, hint], width)


def title_line(name: str, duration: float | None, width: int, pace: str = "") -> Line:
    """The name, cut in its middle when it must be, and the duration at the right.

    ``pace`` stands beside the duration where both fit beside the whole name.
    """
    right = clock(duration) if duration is not None else ""
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


def about(yuan: float) -> str:
    """An estimated price with as many decimals as mean something."""
    if yuan < 0.001:
        return "under ¥0.001"
    return f"about ¥{yuan:.3f}" if yuan < 0.01 else f"about ¥{yuan:,.2f}"


def _sentence(text: str, word: str, rank: int) -> Piece:
    return Piece(visible_row(text).rstrip(".。 "), word, rank, cut=True)


def _warnings(sentences: Sequence[str], *, rank: int) -> list[Piece]:
    return [_sentence(text, "warning", rank + place) for place, text in enumerate(sentences)]


def _duration_warnings(duration: float | None) -> list[Piece]:
    if duration is not None and duration < SHORTEST:
        text = f"! shorter than {SHORTEST} s: may come back empty"
        return [Piece(text, "warning", 1, short="! may come back empty")]
    if duration is not None and duration > LONGEST:
        text = f"! longer than {LONGEST // 60} min: may be refused"
        return [Piece(text, "warning", 1, short="! may be refused")]
    return []


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
                Piece(_bar(share), "accent", 3, " "),
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
            pieces = [
                Piece(f"↻ {when}", "warning"),
                Piece(f"(attempt {job.attempt})", "warning", 3, " "),
            ]
            return [*pieces, _sentence(job.error.what, "secondary", 4)] if job.error else pieces
        case _:
            return [*_hearing(job), *again]


def _hearing(job: Job) -> list[Piece]:
    draft, duration, share = job.transcript.draft, job.duration, job.heard
    count = _count(draft.length, "character")
    if not draft.text_end_ms:
        return [Piece(f"● hearing… {count}", "foreground")]
    heard = draft.text_end_ms / 1000
    counted = Piece(count, "secondary", 4)
    if share is None or duration is None:
        return [Piece(f"● hearing {clock(heard)}", "foreground"), counted]
    where = f"● hearing {clock(min(heard, duration))} of {clock(duration)}"
    return [Piece(where, "foreground"), Piece(_bar(share), "accent", 3, " "), counted]


def _finished(job: Job) -> list[Piece]:
    transcript, duration = job.transcript, job.duration
    count = len(transcript.text)
    pieces = [_outcome(job)]
    if not transcript.text.strip():
        pieces += _warnings(job.warnings, rank=3)
    elif not transcript.from_draft:
        places = len(transcript.changed)
        differ = f"{_count(places, 'place')} differ{'s' if places == 1 else ''} from the draft"
        brief = differ.removesuffix(" from the draft")
        same = "same as the draft"
        pieces.append(
            Piece(differ, "changed", 1, short=brief) if places else Piece(same, "secondary", 1)
        )
    if count:
        pieces.append(Piece(_count(count, "character"), "secondary", 3))
    tokens = transcript.usage.get("total_tokens")
    if isinstance(tokens, int) and tokens > 0:
        pieces.append(Piece(_count(tokens, "token"), "secondary", 8))
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
    count = Piece(_count(draft.length, "character"), "secondary", 3)
    return [Piece(f"½ partial{where}", "partial"), count, *what]


def _bar(share: float) -> str:
    """Filled cells are whole tenths that are done, never more."""
    full = int(share * _BAR)
    return "▰" * full + "▱" * (_BAR - full)


def _of_bytes(sent: int, total: int) -> str:
    part, whole = size(sent), size(total)
    number, unit = part.split(" ")
    return f"{number if whole.endswith(f' {unit}') else part} of {whole}"


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


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
        self._model: str | None = None
        self._problem = ""
        self._now = 0.0
        self._drawn: tuple[Line, Line] = ([], [])

    def show(self, job: Job | None, now: float) -> None:
        """Shows a job as it is at ``now``, monotonic seconds; None clears the bar."""
        self._job, self._path, self._recording, self._now = job, None, None, now
        self._paint()

    def show_recording(
        self,
        path: Path,
        recording: Recording | None,
        model: str | None = None,
        *,
        problem: str = "",
    ) -> None:
        """Shows a recording that was chosen and not started; ``model`` is for its price.

        ``problem`` is a sentence on why it cannot be sent.
        """
        self._problem = problem
        self._job, self._path, self._recording, self._model = None, path, recording, model
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
            above = title_line(job.path.name, job.duration, width, pace_of(job))
            return above, phase_line(self._job, self._now, width)
        if self._path is None:
            return [("No recording chosen", "faint")], []
        duration = self._recording.duration if self._recording else None
        above = title_line(self._path.name, duration, width)
        if self._problem:
            return above, fitted([_sentence(self._problem, "warning", 0)], width)
        return above, recording_line(self._recording, self._model, width)
