"""The waveform's bars, their colours, its ruler of seams, and the cursor."""

import math

import pytest
from textual.app import App, ComposeResult
from textual.message import Message

from stepasr_tui.ui import themes
from stepasr_tui.ui.widgets.waveform import Waveform, bar, resampled


class Pane(App[None]):
    """A waveform alone, as high as asked, and what it said."""

    AUTO_FOCUS = None

    def __init__(self, rows: int) -> None:
        super().__init__()
        self.register_theme(themes.DARK)
        self.theme = themes.DARK.name
        self.wave = Waveform()
        self.wave.styles.height = rows
        self.said: list[Message] = []

    def compose(self) -> ComposeResult:
        yield self.wave

    def row(self, y: int) -> str:
        return self.wave.render_line(y).text

    def parts(self, y: int = 0) -> list[str]:
        """What the colour of each cell of a row says it is, blanks left out."""
        known = {}
        for part in ("heard", "rest", "missing", "none", "seam", "doubtful", "cursor"):
            known[self.wave.get_component_rich_style(f"waveform--{part}").color] = part
        return [
            known[piece.style.color]
            for piece in self.wave.render_line(y)
            for cell in piece.text
            if piece.style and cell != " "
        ]

    def cells(self, part: str, y: int = 0) -> int:
        """How many cells of a row have the colour of a part."""
        return self.parts(y).count(part)

    def on_waveform_cursor_moved(self, message: Waveform.CursorMoved) -> None:
        self.said.append(message)

    def on_waveform_chosen(self, message: Waveform.Chosen) -> None:
        self.said.append(message)

    def on_waveform_send_again(self, message: Waveform.SendAgain) -> None:
        self.said.append(message)


def percent(fraction: float) -> str:
    """A label for a place."""
    return f"{fraction:.0%}"


async def test_a_quiet_line_while_nothing_is_known() -> None:
    app = Pane(3)
    async with app.run_test(size=(20, 5)):
        assert [app.row(y) for y in range(3)] == [" " * 20, "╌" * 20, " " * 20]
        app.wave.set_peaks([0.5])
        assert app.row(1) == "█" * 20
        app.wave.set_peaks([])
        assert app.row(1) == "╌" * 20


async def test_bars_of_one_row_and_of_two_above_the_ruler() -> None:
    levels = [0.0, 0.25, 0.5, 0.75, 1.0]
    for rows in (1, 2):
        app = Pane(rows)
        async with app.run_test(size=(5, 5)):
            app.wave.set_peaks(levels)
            assert [app.row(y) for y in range(rows)] == ["▁▂▄▆█", " " * 5][:rows]
    app = Pane(3)
    async with app.run_test(size=(5, 5)):
        app.wave.set_peaks(levels)
        assert [app.row(y) for y in range(3)] == ["   ▄█", "▁▄███", " " * 5]


async def test_what_is_heard_has_its_own_colour() -> None:
    app = Pane(1)
    async with app.run_test(size=(20, 5)):
        app.wave.set_peaks([1.0] * 100)
        assert (app.cells("heard"), app.cells("rest")) == (0, 20)
        app.wave.set_progress([(0.0, 0.25)])
        assert (app.cells("heard"), app.cells("rest")) == (5, 15)
        for odd, cells in ((7.0, 20), (-1.0, 0), (math.nan, 0)):
            app.wave.set_progress([(0.0, odd)])
            assert app.cells("heard") == cells


async def test_stretches_heard_at_once_and_those_that_are_missing() -> None:
    app = Pane(1)
    async with app.run_test(size=(20, 5)):
        app.wave.set_peaks([1.0] * 20)
        app.wave.set_progress([(0.0, 0.1), (0.5, 0.7)], missing=[(0.25, 0.5), (0.999, 1.0)])
        heard, rest, missing = ["heard"], ["rest"], ["missing"]
        wanted = heard * 2 + rest * 3 + missing * 5 + heard * 4 + rest * 5 + missing
        assert app.parts() == wanted
        app.wave.set_progress()
        assert app.parts() == rest * 20
        app.wave.set_peaks([])
        app.wave.set_progress([(0.0, 0.5)], missing=[(0.5, 0.6)])
        assert app.parts() == ["none"] * 10 + missing * 2 + ["none"] * 8


async def test_seams_stand_under_the_wave_and_never_become_a_fence() -> None:
    app = Pane(2)
    async with app.run_test(size=(40, 5)) as pilot:
        app.wave.set_peaks([1.0] * 40)
        app.wave.set_seams([0.1, 0.5, 0.75], doubtful=[0.5])
        assert app.row(0) == "█" * 40
        assert app.row(1) == f"{'    ╵':20}⌇{'         ╵':19}"
        assert app.parts(1) == ["seam", "doubtful", "seam"]
        app.wave.set_seams([part / 20 for part in range(1, 20)], doubtful=[0.5])
        assert app.row(1).strip() == "⌇"
        app.wave.set_seams()
        assert not app.row(1).strip()
        # Two in one column: the doubtful one is the one to know of.
        app.wave.set_seams([0.5, 0.501, 0.502], doubtful=[0.501])
        assert app.row(1).strip() == "⌇"
        await pilot.pause()


async def test_keys_move_the_cursor_along_columns_and_seams() -> None:
    app = Pane(2)
    async with app.run_test(size=(40, 5)) as pilot:
        app.wave.set_peaks([1.0] * 40)
        app.wave.set_seams([0.26, 0.5, 0.75])
        app.wave.focus()
        places = []
        for key in (
            "right", "right", "left", "shift+right", "shift+left", "shift+left", "end", "left",
            "right_square_bracket", "home", "right_square_bracket", "ctrl+right", "ctrl+right",
            "ctrl+right", "left_square_bracket", "ctrl+left", "ctrl+left", "left",
        ):  # fmt: skip
            await pilot.press(key)
            places.append(round(app.wave.cursor * 40, 3))
        assert places == [
            1, 2, 1, 11, 1, 0, 40, 38, 38, 0, 10.4, 20, 30, 30, 20, 10.4, 0, 0,
        ]  # fmt: skip
        moves = [each.fraction * 40 for each in app.said if isinstance(each, Waveform.CursorMoved)]
        assert [round(each, 3) for each in moves] == [
            1, 2, 1, 11, 1, 0, 40, 38, 0, 10.4, 20, 30, 20, 10.4, 0,
        ]  # fmt: skip


async def test_enter_and_r_say_where() -> None:
    app = Pane(2)
    async with app.run_test(size=(40, 5)) as pilot:
        app.wave.focus()
        app.wave.cursor = 0.5
        await pilot.press("enter", "r")
        assert app.said == [
            Waveform.CursorMoved(0.5),
            Waveform.Chosen(0.5),
            Waveform.SendAgain(0.5),
        ]


async def test_the_mouse_points_and_sets_the_cursor() -> None:
    app = Pane(2)
    async with app.run_test(size=(40, 5)) as pilot:
        app.wave.label = percent
        await pilot.hover(Waveform, offset=(10, 0))
        assert app.row(1).rstrip() == f"{'':10}▴ 25%"
        assert app.said == []
        await pilot.click(Waveform, offset=(20, 0))
        assert app.wave.cursor == 0.5
        assert app.wave.has_focus
        await pilot.hover(Waveform, offset=(10, 1))
        assert app.row(1).rstrip() == f"{'':10}▴ 25%"
        await pilot.hover(None, offset=(10, 4))
        assert app.row(1).rstrip() == f"{'':20}▴ 50%"
        await pilot.click(Waveform, offset=(30, 0), times=2)
        assert app.said[-1] == Waveform.Chosen(0.75)


@pytest.mark.parametrize(
    ("width", "cursor", "row"),
    [
        (30, 0.0, f"▴ 1:02:10 · 第 4 段{'':11}"),
        (30, 1.0, f"{'':11}1:02:10 · 第 4 段 ▴"),
        (22, 0.5, "   1:02:10 · 第 4 段  "),
        (8, 0.5, "1:02:10 "),
        (1, 0.5, "1"),
    ],
)
async def test_the_label_keeps_within_the_row(width: int, cursor: float, row: str) -> None:
    app = Pane(2)
    async with app.run_test(size=(width, 5)) as pilot:
        app.wave.label = lambda _: "1:02:10 · 第 4 段"
        app.wave.set_seams([0.5])
        app.wave.focus()
        app.wave.cursor = cursor
        await pilot.pause()
        assert app.row(1) == row
        assert app.wave.render_line(1).cell_length == width
        app.screen.set_focus(None)
        await pilot.pause()
        assert "1" not in app.row(1)


async def test_the_cursor_is_seen_on_the_wave_only_with_the_focus() -> None:
    app = Pane(3)
    async with app.run_test(size=(20, 5)) as pilot:
        app.wave.set_peaks([1.0] * 20)
        app.wave.focus()
        app.wave.cursor = 1.0
        await pilot.pause()
        for y in (0, 1):
            assert app.parts(y) == ["rest"] * 19 + ["cursor"]
        app.screen.set_focus(None)
        await pilot.pause()
        assert app.cells("cursor") == 0


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
