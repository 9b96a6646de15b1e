"""A recording's loudness as bars over a ruler, with a cursor; it reads no file."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len, set_cell_size
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

Stretches = Sequence[tuple[float, float]]
"""Parts of the recording: where each begins and ends, 0…1 of its length."""

_BARS = " ▁▂▃▄▅▆▇█"
_STEPS = len(_BARS) - 1
_SEAM, _DOUBTFUL, _POINTER = "╵", "⌇", "▴"

_ROOM = 3
"""Columns to each seam at least: where there are fewer, only doubtful ones are marked."""

_SAME = 1e-9
"""Two places closer than this are one."""


class Waveform(Widget, can_focus=True):
    """Bars as high as the recording is loud, and how far each part of it has come.

    Of two rows or more the lowest is a ruler, with the seams and what is said of the place
    under the cursor or the mouse.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "waveform--heard",
        "waveform--missing",
        "waveform--rest",
        "waveform--none",
        "waveform--seam",
        "waveform--doubtful",
        "waveform--cursor",
        "waveform--label",
    }

    DEFAULT_CSS = """
    Waveform {
        height: 3;
        & > .waveform--heard { color: $wave-heard; }
        & > .waveform--missing { color: $error; }
        & > .waveform--rest { color: $wave-rest; }
        & > .waveform--none { color: $line; }
        & > .waveform--seam { color: $faint; }
        & > .waveform--doubtful { color: $warning; }
        & > .waveform--cursor { color: $accent; background: $cursor; }
        & > .waveform--label { color: $accent; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "move(-1)", "Back", show=False),
        Binding("right", "move(1)", "On", show=False),
        Binding("shift+left", "move(-10)", "Far back", show=False),
        Binding("shift+right", "move(10)", "Far on", show=False),
        Binding("left_square_bracket,ctrl+left", "seam(-1)", "Seam before", show=False),
        Binding("right_square_bracket,ctrl+right", "seam(1)", "Next seam", show=False),
        Binding("home", "go(0.0)", "Beginning", show=False),
        Binding("end", "go(1.0)", "End", show=False),
        Binding("enter", "choose", "Show in the text", show=False),
        Binding("r", "send_again", "Send again", show=False),
    ]

    cursor: reactive[float] = reactive(0.0, init=False)
    """The place that the keys move, 0…1 of the recording."""

    @dataclass
    class CursorMoved(Message):
        """The cursor is at another place."""

        fraction: float
        """Where, 0…1 of the recording."""

    @dataclass
    class Chosen(Message):
        """The text of this place is wanted."""

        fraction: float
        """Where, 0…1 of the recording."""

    @dataclass
    class SendAgain(Message):
        """The segment of this place is to be sent again."""

        fraction: float
        """Where, 0…1 of the recording."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self.label: Callable[[float], str] | None = None
        """What is said of a place, 0…1 of the recording, on one row."""
        self._values: Sequence[float] = ()
        self._heard: list[tuple[float, float]] = []
        self._missing: list[tuple[float, float]] = []
        self._seams: dict[float, bool] = {}
        self._pointed: int | None = None

    @property
    def has_peaks(self) -> bool:
        """False while the levels are unknown."""
        return bool(self._values)

    def validate_cursor(self, cursor: float) -> float:
        return _share(cursor)

    def set_peaks(self, values: Sequence[float]) -> None:
        """Levels of equal stretches of the recording, 0…1; none while they are unknown."""
        self._values = [_share(value) for value in values]
        self.refresh()

    def set_progress(self, heard: Stretches = (), missing: Stretches = ()) -> None:
        """Which stretches have become text, and of which the segment failed."""
        before = self._heard, self._missing
        self._heard, self._missing = _shares(heard), _shares(missing)
        if before != (self._heard, self._missing):
            self.refresh()

    def set_seams(self, fractions: Sequence[float] = (), doubtful: Sequence[float] = ()) -> None:
        """Where the recording was cut, 0…1 of it; ``doubtful`` ones had no pause to cut in."""
        seams = dict.fromkeys(map(_share, fractions), False)
        seams |= dict.fromkeys(map(_share, doubtful), True)
        before, self._seams = self._seams, dict(sorted(seams.items()))
        if before != self._seams:
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        rows = max(1, height - 1)
        cells = self._ruler(width) if y == rows else self._bars(width, row=rows - 1 - y, rows=rows)
        # Blanks apart from what follows: some viewers of exported pictures drop them else.
        segments = [
            Segment(text, self._style("none" if text == " " and part != "cursor" else part))
            for text, part in cells
        ]
        return Strip(segments, width).simplify()

    def _bars(self, width: int, *, row: int, rows: int) -> list[tuple[str, str]]:
        """Each cell of one row of the wave, with the part it is."""
        if not self._values:
            parts = ["none"] * width
            bars = ["╌" if row == (rows - 1) // 2 else " "] * width
        else:
            parts = ["rest"] * width
            bars = [bar(level, row=row, rows=rows) for level in resampled(self._values, width)]
        for start, end in self._heard if self._values else ():
            first, last = round(start * width), round(end * width)
            parts[first:last] = ["heard"] * (last - first)
        for start, end in self._missing:
            # A few minutes of three hours must not vanish.
            first = min(round(start * width), width - 1)
            last = max(first + 1, round(end * width))
            parts[first:last] = ["missing"] * (last - first)
        if self.has_focus and width:
            parts[self._column(self.cursor)] = "cursor"
        return list(zip(bars, parts, strict=True))

    def _ruler(self, width: int) -> list[tuple[str, str]]:
        cells = [(" ", "seam")] * width
        crowded = len(self._seams) * _ROOM > width
        for place, doubtful in self._seams.items():
            # Where two share a column, the doubtful one shows.
            if doubtful or not (crowded or cells[self._column(place)][0] == _DOUBTFUL):
                mark = (_DOUBTFUL, "doubtful") if doubtful else (_SEAM, "seam")
                cells[self._column(place)] = mark
        if self._pointed is not None:
            self._write(cells, self._pointed, self._place(self._pointed))
        elif self.has_focus and width:
            self._write(cells, self._column(self.cursor), self.cursor)
        return cells

    def _write(self, cells: list[tuple[str, str]], column: int, place: float) -> None:
        """A pointer with the label beside it; where neither side has room, the label alone."""
        text = self.label(place) if self.label else ""
        width, wide = len(cells), cell_len(text)
        if column + 2 + wide <= width:
            first, text = column, f"{_POINTER} {text}"
        elif column - 1 - wide >= 0:
            first, text = column - 1 - wide, f"{text} {_POINTER}"
        else:
            text = set_cell_size(text, min(wide, width))
            first = max(0, min(column - wide // 2, width - cell_len(text)))
        covered = min(cell_len(text), width - first)
        # One piece, and nothing in the other cells that it covers.
        cells[first : first + covered] = [(text, "label")] + [("", "label")] * (covered - 1)

    def _style(self, part: str) -> Style:
        return self.get_component_rich_style(f"waveform--{part}")

    def _column(self, place: float) -> int:
        return max(0, min(self.size.width - 1, int(place * self.size.width + _SAME)))

    def _place(self, column: int) -> float:
        return column / max(1, self.size.width)

    def watch_cursor(self) -> None:
        self.refresh()
        self.post_message(self.CursorMoved(self.cursor))

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._point(event.x if 0 <= event.x < self.size.width else None)

    def on_leave(self) -> None:
        self._point(None)

    def on_click(self, event: events.Click) -> None:
        self.cursor = self._place(event.x)
        if event.chain == 2:
            self.action_choose()

    def action_move(self, columns: int) -> None:
        last = self._place(self.size.width - 1)
        self.cursor = min(last, max(0.0, self._place(self._column(self.cursor) + columns)))

    def action_seam(self, step: int) -> None:
        """To the next seam; back beyond the first, to the beginning."""
        if step > 0:
            after = [place for place in self._seams if place > self.cursor + _SAME]
            self.cursor = after[0] if after else self.cursor
        else:
            before = [place for place in self._seams if place < self.cursor - _SAME]
            self.cursor = before[-1] if before else 0.0

    def action_go(self, place: float) -> None:
        self.cursor = place

    def action_choose(self) -> None:
        self.post_message(self.Chosen(self.cursor))

    def action_send_again(self) -> None:
        self.post_message(self.SendAgain(self.cursor))

    def _point(self, column: int | None) -> None:
        if column != self._pointed:
            self._pointed = column
            self.refresh()


def bar(level: float, *, row: int, rows: int) -> str:
    """One cell of a bar ``rows`` high, ``row`` counted from below; silence keeps a thin line."""
    filled = round(level * _STEPS * rows) - row * _STEPS
    return _BARS[max(1 if row == 0 else 0, min(_STEPS, filled))]


def resampled(values: Sequence[float], width: int) -> list[float]:
    """``values`` as ``width`` levels, the loudest of each stretch; repeated when there are few."""
    count = len(values)
    levels = []
    for column in range(width):
        start = column * count // width
        levels.append(max(values[start : max(start + 1, (column + 1) * count // width)]))
    return levels


def _share(value: float) -> float:
    value = float(value)
    return min(1.0, max(0.0, value)) if value == value else 0.0


def _shares(stretches: Stretches) -> list[tuple[float, float]]:
    pairs = [(_share(start), _share(end)) for start, end in stretches]
    return [(start, end) for start, end in pairs if start < end]
