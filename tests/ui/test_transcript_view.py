"""The transcript view in a real (headless) terminal: text, following, resize, selection."""

from collections.abc import Callable

import pytest
from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.events import MouseScrollUp
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip

from stepasr_tui.ui import wrapping
from stepasr_tui.ui.page_painter import CUT, EDGE
from stepasr_tui.ui.themes import DARK, LIGHT
from stepasr_tui.ui.widgets.transcript_view import FRAME, MEASURE, TranscriptView

LONG = "\n".join(f"line {number} 今天我们讨论语音识别" for number in range(200))
HOSTILE = "a\x1b[31mred\x07\x9b2J\u202eevil\u2066 [bold]x[/] [@click=app.bell]y[/] \t\r\n\x00b"


class Stage(App[None]):
    """One transcript view, and the facts that it posted."""

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name
        self.follows: list[bool] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return DARK.variables

    def compose(self) -> ComposeResult:
        yield TranscriptView()

    def on_transcript_view_follow_changed(self, message: TranscriptView.FollowChanged) -> None:
        self.follows.append(message.following)

    @property
    def view(self) -> TranscriptView:
        return self.query_one(TranscriptView)


def painted(view: TranscriptView) -> list[Strip]:
    return view.render_lines(Region(0, 0, *view.size))


def lines(view: TranscriptView) -> list[str]:
    return [strip.text.rstrip() for strip in painted(view)]


def segments(view: TranscriptView) -> list[Segment]:
    return [segment for strip in painted(view) for segment in strip]


def colour(view: TranscriptView, words: str) -> str:
    """The colour in which ``words`` are painted, as ``#rrggbb``."""
    for segment in segments(view):
        if words in segment.text and segment.style and segment.style.color:
            triplet = segment.style.color.triplet
            assert triplet is not None
            return triplet.hex
    raise AssertionError(f"{words!r} is not painted")


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        await pilot.pause(FRAME / 4)
    raise AssertionError("it never became true")


async def test_deltas_become_a_draft_and_the_final_text_replaces_it() -> None:
    app = Stage()
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.view
        for delta in ("你好，", "我是", "蕾哥。"):
            view.append_draft(delta)
        assert view.text == "你好，我是蕾哥。"
        await until(pilot, lambda: lines(view)[0] == f"  你好，我是蕾哥。{EDGE}")
        assert colour(view, "你好") == DARK.variables["draft"]

        view.show_final("你好，我是蕾格。", [(6, 7)])
        await pilot.pause()
        assert view.text == "你好，我是蕾格。"
        assert lines(view)[0] == "  你好，我是蕾格。"
        assert colour(view, "你好") == DARK.foreground
        assert colour(view, "格") == DARK.variables["changed"]


async def test_deltas_within_a_frame_are_painted_together(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Stage()
    async with app.run_test(size=(60, 24)) as pilot:
        view = app.view
        calls: list[int] = []
        refresh_lines = view.refresh_lines

        def counting(y_start: int, line_count: int = 1) -> None:
            calls.append(line_count)
            refresh_lines(y_start, line_count)

        monkeypatch.setattr(view, "refresh_lines", counting)
        for _ in range(500):
            view.append_draft("字")
        assert len(calls) == 1
        await until(pilot, lambda: len(calls) == 2)
        await until(pilot, lambda: view._frame is None)  # no timer while nothing arrives
        assert "".join(lines(view)).replace(" ", "") == "字" * 500 + EDGE


async def test_a_delta_wraps_only_the_tail_of_its_paragraph(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    app = Stage()
    async with app.run_test(size=(60, 10)):
        view = app.view
        view.show_draft("今天我们讨论语音识别，" * 20_000)
        wrapped: list[int] = []
        row_end = wrapping.row_end

        def counting(text: str, classes: bytes, at: int, width: int) -> int:
            wrapped.append(len(text))
            return row_end(text, classes, at, width)

        monkeypatch.setattr(wrapping, "row_end", counting)
        view.append_draft("好的，")
        assert 1 <= len(wrapped) <= 2
        assert max(wrapped) <= 57 + 3


async def test_the_end_is_followed_until_someone_scrolls_up() -> None:
    app = Stage()
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.view
        view.focus()
        view.show_draft(LONG)
        await pilot.pause()
        assert lines(view)[-1].startswith("  line 199 ")

        await pilot.press("pageup")
        await pilot.pause()
        assert app.follows == [False]
        before = lines(view)
        view.append_draft("\nmore\n" * 50)
        await until(pilot, lambda: view.virtual_size.height > 250)
        assert lines(view) == before

        await pilot.press("f")
        await pilot.pause()
        assert app.follows == [False, True]
        assert lines(view)[-1] == f"  {EDGE}"
        view.append_draft("the very end")
        await until(pilot, lambda: lines(view)[-1] == f"  the very end{EDGE}")


async def test_scrolling_back_down_to_the_end_follows_again() -> None:
    app = Stage()
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.view
        view.focus()
        view.show_draft(LONG)
        await pilot.press("up", "up")
        assert not view.following
        await pilot.press("down", "down")
        assert view.following
        await pilot.press("home")
        assert view.scroll_offset.y == 0
        await pilot.press("end")
        assert view.following
        assert view.is_vertical_scroll_end
        await pilot._post_mouse_events([MouseScrollUp], TranscriptView)
        await pilot.pause()
        assert not view.following


async def test_a_resize_keeps_the_text_that_is_read_on_top() -> None:
    app = Stage()
    async with app.run_test(size=(60, 12)) as pilot:
        view = app.view
        view.focus()
        view.show_draft("今天我们讨论语音识别的细节，" * 300 + "HERE" + "好的好的，" * 900)
        row = view._page.row_at(view.text.index("HERE"))
        view.scroll_to(y=row, animate=False)
        await pilot.pause()
        for width in (31, 90, 47, 160, 60):
            await pilot.resize_terminal(width, 12)
            await pilot.pause()
            place = view._page.place_at(view.scroll_offset.y)
            assert 0 <= view._anchor - place < MEASURE
        assert view.scroll_offset.y == row
        assert "HERE" in lines(view)[0]


async def test_a_resize_stays_at_the_end_when_following() -> None:
    app = Stage()
    async with app.run_test(size=(60, 12)) as pilot:
        view = app.view
        view.show_draft(LONG)
        for size in ((30, 12), (60, 6), (100, 30)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert "".join(lines(view)[-2:]).replace(" ", "").endswith("语音识别" + EDGE)
        assert view.following


async def test_a_wide_terminal_keeps_rows_readable() -> None:
    app = Stage()
    async with app.run_test(size=(200, 12)) as pilot:
        app.view.show_final("语" * 400)
        await pilot.pause()
        assert lines(app.view)[0] == "  " + "语" * (MEASURE // 2)


async def test_a_final_text_opens_at_its_top_and_replaces_a_draft_in_place() -> None:
    app = Stage()
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.view
        view.clear("hint")
        view.show_final(LONG)
        await pilot.pause()
        assert lines(view)[0].startswith("  line 0 ")
        assert app.follows == [False]

        view.show_draft(LONG)
        await pilot.pause()
        assert app.follows == [False, True]
        view.focus()
        await pilot.press("pageup", "pageup")
        top = lines(view)[0]
        view.show_final("something new before it\n" * 3 + LONG)
        await pilot.pause()
        assert lines(view)[0] == top


async def test_a_partial_text_says_where_it_was_cut() -> None:
    app = Stage()
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.view
        view.show_partial("as far as it came")
        await pilot.pause()
        assert lines(view)[:3] == ["  as far as it came", "", f"  {CUT}"]
        assert colour(view, CUT) == DARK.variables["partial"]
        assert colour(view, "as far") == DARK.foreground
        assert view.text == "as far as it came"


async def test_an_empty_view_shows_its_hint_in_the_middle() -> None:
    app = Stage()
    async with app.run_test(size=(60, 11)) as pilot:
        view = app.view
        view.show_final(LONG)
        view.clear("Choose a recording")
        await pilot.pause()
        assert lines(view)[5].strip() == "Choose a recording"
        assert colour(view, "Choose") == DARK.variables["faint"]
        assert (view.text, view.virtual_size.height, view.following) == ("", 0, True)


@pytest.mark.parametrize("show", ["show_draft", "show_partial", "show_final", "append_draft"])
async def test_hostile_text_is_shown_and_does_nothing(show: str) -> None:
    app = Stage()
    async with app.run_test(size=(120, 10)) as pilot:
        view = app.view
        getattr(view, show)(HOSTILE)
        await pilot.pause()
        shown = "\n".join(lines(view))
        assert "␛[31mred␇⟨9B⟩2J⟨RLO⟩evil⟨LRI⟩ [bold]x[/] [@click=app.bell]y[/]" in shown
        for segment in segments(view):
            assert segment.control is None
            assert segment.text.isprintable()
            assert segment.style is None or (not segment.style.meta and not segment.style.link)
        assert view.text == HOSTILE


async def test_the_selection_is_the_given_text_with_wrapped_rows_joined() -> None:
    app = Stage()
    text = "今天我们讨论\x1b语音识别的细节" * 6 + "\nsecond\tline"
    async with app.run_test(size=(40, 10)) as pilot:
        view = app.view
        view.show_final(text)
        await pilot.pause()
        await pilot.mouse_down(view, offset=(4, 0))
        await pilot.hover(view, offset=(8, 3))
        await pilot.mouse_up(view, offset=(8, 3))
        selected = app.screen.get_selected_text()
        assert selected is not None
        assert text[1:].startswith(selected)
        assert "\n" not in selected
        marked = [segment for segment in segments(view) if _ground(segment) != _ground_of(view)]
        shown = "".join(segment.text for segment in marked)
        assert shown == selected.replace("\x1b", "␛")
        assert all(s.style and s.style.color != s.style.bgcolor for s in marked)

        view.text_select_all()
        assert app.screen.get_selected_text() == text


def _ground(segment: Segment) -> object:
    return segment.style and segment.style.bgcolor


def _ground_of(view: TranscriptView) -> object:
    return view.rich_style.bgcolor


@pytest.mark.parametrize("first", [4, 5])
@pytest.mark.parametrize("last", [6, 7])
async def test_either_half_of_a_wide_character_selects_all_of_it(first: int, last: int) -> None:
    app = Stage()
    async with app.run_test(size=(40, 10)) as pilot:
        view = app.view
        view.show_final("中👩\u200d👩\u200d👧文e\u0301字")
        await pilot.pause()
        await pilot.mouse_down(view, offset=(first, 0))
        await pilot.hover(view, offset=(last, 0))
        await pilot.mouse_up(view, offset=(last, 0))
        assert app.screen.get_selected_text() == "👩\u200d👩\u200d👧文"


async def test_selecting_in_a_growing_draft_stops_following() -> None:
    app = Stage()
    async with app.run_test(size=(40, 10)) as pilot:
        view = app.view
        view.show_draft(LONG)
        await pilot.pause()
        await pilot.mouse_down(view, offset=(4, 2))
        await pilot.hover(view, offset=(9, 4))
        await pilot.mouse_up(view, offset=(9, 4))
        selected, top = app.screen.get_selected_text(), lines(view)[0]
        view.append_draft("\nmore" * 20)
        await until(pilot, lambda: view.virtual_size.height > 215)
        assert lines(view)[0] == top
        assert app.screen.get_selected_text() == selected
        view.show_final("another text")
        await pilot.pause()
        assert app.screen.get_selected_text() is None


async def test_a_long_text_is_wrapped_in_slices_after_what_is_seen() -> None:
    app = Stage()
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.view
        text = "今天我们讨论语音识别，" * 10_000
        view.clear()
        view.show_final(text)
        assert len(view._page.rows.text) < 40_000
        await until(pilot, lambda: view._page.whole)
        assert view._page.rows.text == text
        assert view.virtual_size.height == len(view._page.rows)
        assert lines(view)[0].startswith("  今天我们")


async def test_another_theme_is_painted_at_once() -> None:
    app = Stage()
    async with app.run_test(size=(60, 10)) as pilot:
        app.view.append_draft("hello")
        await pilot.pause()
        assert colour(app.view, "hello") == DARK.variables["draft"]
        app.theme = LIGHT.name
        await until(pilot, lambda: colour(app.view, "hello") == LIGHT.variables["draft"])
        assert _ground(segments(app.view)[0]) == _ground_of(app.view)


async def test_a_view_takes_text_before_it_is_mounted() -> None:
    view = TranscriptView()
    view.append_draft("early ")
    view.append_draft("words")
    assert view.text == "early words"

    class Late(Stage):
        def compose(self) -> ComposeResult:
            yield view

    async with Late().run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        assert lines(view)[0] == f"  early words{EDGE}"
