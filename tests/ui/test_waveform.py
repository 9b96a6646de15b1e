"""The waveform's bars, its two colours and its quiet line."""

import math

import pytest
from textual.app import App, ComposeResult

from stepasr_tui.ui import themes
from stepasr_tui.ui.widgets.waveform import Waveform, bar, resampled


class Pane(App[None]):
    """A waveform alone, as high as asked."""

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.register_theme(themes.DARK)
        self.theme = themes.DARK.name
        self.wave = Waveform()
        self.wave.styles.height = rows

    def compose(self) -> ComposeResult:
        yield self.wave

    def row(self, y: int) -> str:
        return self.wave.render_line(y).text

    def cells(self, colour: str, y: int = 0) -> int:
        """How many cells of a row have a colour of the theme."""
        want = themes.DARK.variables[colour]
        return sum(
            part.cell_length
            for part in self.wave.render_line(y)
            if part.style and part.style.color and part.style.color.name == want
        )


async def test_a_quiet_line_while_nothing_is_known() -> None:
    app = Pane(2)
    async with app.run_test(size=(20, 5)):
        assert (app.row(0), app.row(1)) == (" " * 20, "╌" * 20)
        app.wave.set_peaks([0.5])
        assert app.row(1) == "█" * 20
        app.wave.set_peaks([])
        assert app.row(1) == "╌" * 20


async def test_bars_of_one_row_and_of_two() -> None:
    levels = [0.0, 0.25, 0.5, 0.75, 1.0]
    app = Pane(1)
    async with app.run_test(size=(5, 5)):
        app.wave.set_peaks(levels)
        assert app.row(0) == "▁▂▄▆█"
    app = Pane(2)
    async with app.run_test(size=(5, 5)):
        app.wave.set_peaks(levels)
        assert (app.row(0), app.row(1)) == ("   ▄█", "▁▄███")


async def test_what_is_heard_has_its_own_colour() -> None:
    app = Pane(1)
    async with app.run_test(size=(20, 5)):
        app.wave.set_peaks([1.0] * 100)
        assert (app.cells("wave-heard"), app.cells("wave-rest")) == (0, 20)
        app.wave.heard = 0.25
        assert (app.cells("wave-heard"), app.cells("wave-rest")) == (5, 15)
        for odd, cells in ((7.0, 20), (-1.0, 0), (math.nan, 0)):
            app.wave.heard = odd
            assert app.cells("wave-heard") == cells


@pytest.mark.parametrize("width", [1, 3, 10, 40])
@pytest.mark.parametrize("count", [1, 3, 7, 1000])
def test_no_loud_moment_is_lost(width: int, count: int) -> None:
    values = [0.1] * count
    values[count // 2] = 0.9
    levels = resampled(values, width)
    assert len(levels) == width
    assert max(levels) == 0.9
    assert resampled([], 0) == []


def test_bars_never_leave_their_cells() -> None:
    assert bar(0.0, row=0, rows=1) == "▁"
    assert bar(0.0, row=1, rows=2) == " "
    assert bar(1.0, row=1, rows=2) == "█"
