"""A recording's loudness as a row or two of bars; it reads no file."""

from collections.abc import Sequence
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

_BARS = " ▁▂▃▄▅▆▇█"
_STEPS = len(_BARS) - 1


class Waveform(Widget):
    """Bars as high as the recording is loud; the part already heard has its own colour."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"waveform--heard", "waveform--rest", "waveform--none"}

    DEFAULT_CSS = """
    Waveform {
        height: 1;
        & > .waveform--heard { color: $wave-heard; }
        & > .waveform--rest { color: $wave-rest; }
        & > .waveform--none { color: $line; }
    }
    """

    heard: reactive[float] = reactive(0.0)
    """How much of the recording has become text, 0…1."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._values: Sequence[float] = ()

    @property
    def has_peaks(self) -> bool:
        """False while the levels are unknown."""
        return bool(self._values)

    def validate_heard(self, heard: float) -> float:
        return min(1.0, max(0.0, heard)) if heard == heard else 0.0

    def set_peaks(self, values: Sequence[float]) -> None:
        """Levels of equal stretches of the recording, 0…1; none while they are unknown."""
        self._values = [min(1.0, max(0.0, float(value))) for value in values]
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        if not self._values:
            middle = "╌" if y == height // 2 else " "
            return Strip([Segment(middle * width, self._style("none"))], width)
        bars = "".join(
            bar(level, row=height - 1 - y, rows=height) for level in resampled(self._values, width)
        )
        cut = round(self.heard * width)
        parts = [
            Segment(bars[:cut], self._style("heard")),
            Segment(bars[cut:], self._style("rest")),
        ]
        return Strip([part for part in parts if part.text], width)

    def _style(self, part: str) -> Style:
        return self.get_component_rich_style(f"waveform--{part}")


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
