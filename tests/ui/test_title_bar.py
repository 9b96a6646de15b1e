"""The line on top: what it says, what it drops, and that nothing in it acts."""

from dataclasses import replace

from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Region

from stepasr_tui.ui.themes import DARK, LIGHT
from stepasr_tui.ui.widgets.title_bar import TitleBar, TitleFacts, title_line

FACTS = TitleFacts(
    region="China",
    plan="Normal",
    model="stepaudio-2.5-asr",
    language="Chinese",
    key="sk-…a1b2",
    key_source="STEPFUN_API_KEY",
)
BUSY = replace(FACTS, running=2, done=1, failed=1)


def said(facts: TitleFacts, width: int = 200) -> str:
    return "".join(text for text, _ in title_line(facts, width))


def test_it_says_where_requests_go_and_with_what() -> None:
    assert said(FACTS) == (
        "China · Normal · stepaudio-2.5-asr · Chinese · sk-…a1b2 (from STEPFUN_API_KEY)"
    )
    assert said(BUSY).startswith("2 running · 1 done · 1 failed · China · ")
    assert said(replace(FACTS, host="127.0.0.1:8765")).startswith("127.0.0.1:8765 · China")


def test_a_missing_key_is_said_unless_none_is_needed() -> None:
    keyless = replace(FACTS, key="", key_source="STEPFUN_API_KEY")
    assert title_line(keyless, 200)[-1] == ("no key", "warning")
    assert said(replace(keyless, needs_key=False, host="demo")) == (
        "demo · China · Normal · stepaudio-2.5-asr · Chinese"
    )


def test_the_least_important_go_first_and_whole() -> None:
    full = said(BUSY)
    for width in range(20, 141):
        line = said(BUSY, width)
        assert cell_len(line) + len("stepasr") + 2 <= width
        assert set(line.split(" · ")) <= {*full.split(" · "), "sk-…a1b2"}
        assert "sk-…a1b2" in line
    assert said(FACTS, 80) == "China · Normal · stepaudio-2.5-asr · Chinese · sk-…a1b2"
    assert said(BUSY, 80) == "2 running · 1 done · 1 failed · China · Normal · Chinese · sk-…a1b2"
    told = replace(BUSY, running=0, incomplete=1, host="127.0.0.1:8765")
    assert said(told, 69) == "1 done · 1 incomplete · 1 failed · 127.0.0.1:8765 · sk-…a1b2"
    assert said(replace(BUSY, key="", host="demo"), 40) == "2 running · demo · no key"


class Stage(App[None]):
    """A title bar alone."""

    def __init__(self) -> None:
        super().__init__()
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        self.theme = DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return DARK.variables

    def compose(self) -> ComposeResult:
        yield TitleBar(FACTS)

    @property
    def bar(self) -> TitleBar:
        return self.query_one(TitleBar)

    def row(self) -> str:
        return self.bar.render_lines(Region(0, 0, *self.bar.outer_size))[0].text

    def colour(self, words: str) -> str:
        for part in self.bar.render_lines(Region(0, 0, *self.bar.outer_size))[0]:
            if words in part.text and part.style and part.style.color:
                return part.style.color.get_truecolor().hex
        raise AssertionError(f"{words!r} is not painted")


async def test_the_wordmark_is_left_and_the_facts_are_right() -> None:
    app = Stage()
    async with app.run_test(size=(100, 4)) as pilot:
        assert app.row().startswith(" stepasr  ")
        assert app.row().endswith("sk-…a1b2 (from STEPFUN_API_KEY) ")
        assert app.colour("stepasr") == app.theme_variables["primary"].lower()
        app.bar.update_facts(replace(FACTS, key="", failed=3))
        await pilot.pause()
        assert app.row().endswith("no key ")
        assert app.colour("no key") == app.theme_variables["warning"].lower()
        assert app.colour("3 failed") == app.theme_variables["error"].lower()
        await pilot.resize_terminal(30, 4)
        await pilot.pause()
        assert app.row() == " stepasr" + " " * 4 + "3 failed · no key "
        app.theme = LIGHT.name
        await pilot.pause()
        await pilot.pause()
        assert app.colour("no key") == app.theme_variables["warning"].lower()


async def test_nothing_in_it_acts() -> None:
    app = Stage()
    async with app.run_test(size=(120, 4)) as pilot:
        app.bar.update_facts(
            replace(FACTS, model="[@click=app.bell]m[/]\x1b[31m\n", host="\u202eh")
        )
        await pilot.pause()
        assert "⟨RLO⟩h" in app.row()
        assert "[@click=app.bell]m[/]␛[31m␊" in app.row()
        for part in app.bar.render_lines(Region(0, 0, *app.bar.outer_size))[0]:
            assert part.control is None
            assert part.style is None or "@click" not in part.style.meta
