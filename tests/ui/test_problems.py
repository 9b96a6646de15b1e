"""The panel of problems in a real (headless) terminal: rows, detail, keys, clicks, heights."""

from dataclasses import replace
from datetime import datetime

import pytest
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.pilot import Pilot
from textual.widgets import Input

from stepasr_tui.core.transcribe.problem import Problem
from stepasr_tui.ui.themes import DARK, LIGHT
from stepasr_tui.ui.widgets.problems import MOST, Problems

CUT = Problem(
    datetime(2026, 11, 21, 9, 5, 7), 4, "talk.mp3", "The stream was cut off.", "It fell silent.",
    "Try it again.", "trace-1", "session-1", can_retry=True,
)  # fmt: skip
SHORT = Problem(
    datetime(2026, 11, 21, 9, 6, 0), 5, "short.wav", "The clip is short.", "", "",
    None, None, can_retry=False, is_warning=True,
)  # fmt: skip
LONG = replace(CUT, what="word " * 60, cause="because " * 60, remedy="do " * 60)


class Stage(App[None]):
    """The panel at the bottom, something else to focus, and what the panel asked for."""

    AUTO_FOCUS = "Input"
    CSS = "#rest { height: 1fr; }"

    def __init__(self, *problems: Problem) -> None:
        super().__init__()
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        self.theme = DARK.name
        self.early = problems
        self.asked: list[tuple[str, Problem | None]] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return DARK.variables

    def compose(self) -> ComposeResult:
        with Vertical(id="rest"):
            yield Input()
        panel = Problems()
        for problem in self.early:
            panel.add(problem)
        yield panel

    def on_problems_copy_wanted(self, message: Problems.CopyWanted) -> None:
        self.asked.append(("copy", message.problem))

    def on_problems_retry_wanted(self, message: Problems.RetryWanted) -> None:
        self.asked.append(("retry", message.problem))

    def on_problems_closed(self) -> None:
        self.asked.append(("closed", None))

    @property
    def panel(self) -> Problems:
        return self.query_one(Problems)

    def rows(self) -> list[str]:
        """What the screen shows where the panel is."""
        strips = self.screen._compositor.render_strips()
        top, bottom = self.panel.region.y, self.panel.region.bottom
        return [strip.text.strip() for strip in strips[top:bottom]]

    def colour(self, words: str) -> str:
        for strip in self.screen._compositor.render_strips():
            for part in strip:
                if words in part.text and part.style and part.style.color:
                    return part.style.color.get_truecolor().hex
        raise AssertionError(f"{words!r} is not painted")


async def settled(pilot: Pilot[None]) -> None:
    for _ in range(3):
        await pilot.pause()


async def test_the_newest_is_on_top_with_its_detail_beneath() -> None:
    app = Stage(SHORT)
    async with app.run_test(size=(100, 36)) as pilot:
        app.panel.add(CUT)
        await settled(pilot)
        assert [" ".join(row.split()) for row in app.rows()] == [
            "Problems · 2",
            "09:05:07 talk.mp3 The stream was cut off.",
            "why It fell silent.",
            "to do Try it again.",
            "trace trace-1 session session-1",
            "Retry (r)",
            "09:06:00 short.wav The clip is short.",
        ]
        assert app.colour("The stream was") == app.theme_variables["error"].lower()
        assert app.colour("The clip is") == app.theme_variables["warning"].lower()
        assert app.panel.problems == (CUT, SHORT)
        app.theme = LIGHT.name
        await settled(pilot)
        assert app.colour("The stream was") == app.theme_variables["error"].lower()


async def test_keys_choose_copy_retry_and_close() -> None:
    app = Stage(SHORT, CUT)
    async with app.run_test(size=(100, 36)) as pilot:
        app.panel.focus()
        await settled(pilot)
        assert "r retry" in app.rows()[0]
        await pilot.press("c", "r", "down", "c", "r", "up", "up", "r", "escape")
        assert app.asked == [
            ("copy", CUT), ("retry", CUT), ("copy", SHORT), ("retry", CUT), ("closed", None),
        ]  # fmt: skip


async def test_retry_is_offered_only_where_it_can_help() -> None:
    app = Stage(SHORT, CUT)
    async with app.run_test(size=(100, 36)) as pilot:
        app.panel.focus()
        await settled(pilot)
        assert "r" in app.screen.active_bindings
        await pilot.press("down")
        await settled(pilot)
        assert "r" not in app.screen.active_bindings
        assert "r retry" not in app.rows()[0]
        assert not any("Retry" in row for row in app.rows())


async def test_clicks_choose_and_retry() -> None:
    app = Stage(SHORT, CUT)
    async with app.run_test(size=(100, 36)) as pilot:
        await settled(pilot)
        await pilot.click(offset=(20, app.panel.region.y + 6))
        await settled(pilot)
        assert app.panel.chosen == SHORT
        await pilot.click(offset=(20, app.panel.region.y + 1))
        await settled(pilot)
        assert app.panel.chosen == CUT
        await pilot.click(offset=(14, app.panel.region.y + 5))
        await settled(pilot)
        assert app.asked == [("retry", CUT)]


@pytest.mark.parametrize("key", ["x", "delete"])
async def test_rows_are_removed_one_by_one_and_the_last_closes(key: str) -> None:
    app = Stage(SHORT, CUT)
    async with app.run_test(size=(100, 36)) as pilot:
        app.panel.focus()
        await pilot.press(key)
        await settled(pilot)
        assert app.panel.problems == (SHORT,)
        assert app.panel.chosen == SHORT
        assert app.asked == []
        await pilot.press(key, key, "c", "r", "down")
        await settled(pilot)
        assert not app.panel.problems
        assert app.panel.chosen is None
        assert app.asked == [("closed", None)]
        app.panel.add(CUT)
        await settled(pilot)
        assert app.panel.chosen == CUT
        assert "It fell silent." in " ".join(app.rows())


async def test_a_new_problem_does_not_take_away_what_is_being_read() -> None:
    app = Stage(CUT)
    async with app.run_test(size=(100, 36)) as pilot:
        app.panel.focus()
        await settled(pilot)
        app.panel.add(SHORT)
        await settled(pilot)
        assert app.panel.chosen == CUT
        assert app.rows()[0].startswith("Problems · 2")
        app.query_one(Input).focus()
        await settled(pilot)
        newest = replace(SHORT, what="Newest.")
        app.panel.add(newest)
        await settled(pilot)
        assert app.panel.chosen == newest
        assert isinstance(app.focused, Input)


@pytest.mark.parametrize(
    ("size", "highest"), [((80, 24), 6), ((120, 36), 8), ((120, 60), 8), ((60, 16), 4)]
)
async def test_the_panel_is_as_high_as_it_may_be(size: tuple[int, int], highest: int) -> None:
    app = Stage(*[LONG] * 12)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        assert app.panel.outer_size.height == highest
        await pilot.resize_terminal(100, 40)
        await settled(pilot)
        assert app.panel.outer_size.height == 8


async def test_a_single_short_problem_takes_little_room() -> None:
    app = Stage(SHORT)
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert app.panel.outer_size.height == 2


async def test_a_long_detail_is_wrapped_and_can_be_read_to_its_end() -> None:
    app = Stage(CUT, LONG)
    async with app.run_test(size=(80, 24)) as pilot:
        app.panel.focus()
        await settled(pilot)
        assert "pgdn more" in app.rows()[0]
        seen: list[str] = []
        for _ in range(10):
            seen += app.rows()[1:]
            await pilot.press("pagedown")
            await settled(pilot)
        shown = " ".join(seen)
        assert "…" in seen[0]
        for words in ("word word", "because because", "do do", "session session-1", "Retry (r)"):
            assert words in shown
        await pilot.press("down")
        await settled(pilot)
        assert app.panel.chosen == CUT
        assert any("Try it again." in row for row in app.rows())


async def test_the_chosen_row_is_brought_into_view() -> None:
    app = Stage(*[replace(SHORT, what=f"Problem {number}.") for number in range(30)])
    async with app.run_test(size=(80, 24)) as pilot:
        app.panel.focus()
        await pilot.press("end")
        await settled(pilot)
        assert app.panel.chosen == app.panel.problems[-1]
        assert any("Problem 0." in row for row in app.rows())
        await pilot.press("home")
        await settled(pilot)
        assert "Problem 29." in app.rows()[1]


async def test_the_oldest_go_when_there_are_too_many() -> None:
    app = Stage(*[replace(SHORT, what=f"Problem {number}.") for number in range(MOST + 3)])
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert len(app.panel.problems) == MOST
        assert app.panel.problems[-1].what == "Problem 3."
        assert app.rows()[0].startswith(f"Problems · {MOST}")


async def test_nothing_from_outside_acts_or_disappears() -> None:
    evil = "[@click=app.bell]x[/] \x1b[31m\u202e"
    safe = "[@click=app.bell]x[/] ␛[31m⟨RLO⟩"
    app = Stage(Problem(CUT.at, 1, evil, evil, evil, evil, evil, evil, can_retry=True))
    async with app.run_test(size=(140, 40)) as pilot:
        await settled(pilot)
        shown = "\n".join(app.rows())
        assert shown.count(safe) >= 5
        assert "\x1b" not in shown
        for strip in app.screen._compositor.render_strips():
            for part in strip:
                assert part.control is None
                assert not (part.style and "@click" in part.style.meta)


async def test_the_panel_may_be_hidden_and_opened() -> None:
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        app.panel.display = False
        await settled(pilot)
        app.panel.add(CUT)
        app.panel.display = True
        await settled(pilot)
        assert "talk.mp3" in app.rows()[1]
        assert "It fell silent." in app.rows()[2]
