"""The transcript view in a real (headless) terminal: text, following, resize, selection."""

from collections.abc import Callable

import pytest
from textual.app import ComposeResult
from textual.events import MouseScrollUp

from stepasr_tui.core.transcribe.passages import Kind, Passage
from stepasr_tui.ui import wrapping
from stepasr_tui.ui.page_painter import CUT, EDGE
from stepasr_tui.ui.page_scroll import MEASURE
from stepasr_tui.ui.page_stack import Place
from stepasr_tui.ui.themes import DARK, LIGHT
from stepasr_tui.ui.widgets.transcript_view import TranscriptView
from tests.ui.view_stage import (
    LONG,
    Stage,
    colour,
    cut,
    draft,
    final,
    ground,
    ground_of,
    lines,
    segments,
    until,
)

HOSTILE = "a\x1b[31mred\x07\x9b2J\u202eevil\u2066 [bold]x[/] [@click=app.bell]y[/] \t\r\n\x00b"


async def test_deltas_become_a_draft_and_the_final_text_replaces_it() -> None:
    app = Stage()
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.view
        for delta in ("你好，", "我是", "蕾哥。"):
            view.append_draft(0, delta)
        assert view.text == "你好，我是蕾哥。"
        await until(pilot, lambda: lines(view)[0] == f"  你好，我是蕾哥。{EDGE}")
        assert colour(view, "你好") == DARK.variables["draft"]

        view.show([final("你好，我是蕾格。", changed=((6, 7),))], running=False)
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
            view.append_draft(0, "字")
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
        view.show([draft("今天我们讨论语音识别，" * 20_000)], running=True)
        wrapped: list[int] = []
        row_end = wrapping.row_end

        def counting(text: str, classes: bytes, at: int, width: int) -> int:
            wrapped.append(len(text))
            return row_end(text, classes, at, width)

        monkeypatch.setattr(wrapping, "row_end", counting)
        view.append_draft(0, "好的，")
        assert 1 <= len(wrapped) <= 2
        assert max(wrapped) <= 57 + 3


async def test_the_end_is_followed_until_someone_scrolls_up() -> None:
    app = Stage()
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.view
        view.focus()
        view.show([draft(LONG)], running=True)
        await pilot.pause()
        assert lines(view)[-1].startswith("  line 199 ")

        await pilot.press("pageup")
        await pilot.pause()
        assert app.follows == [False]
        before = lines(view)
        view.append_draft(0, "\nmore\n" * 50)
        await until(pilot, lambda: view.virtual_size.height > 250)
        assert lines(view) == before

        await pilot.press("f")
        await pilot.pause()
        assert app.follows == [False, True]
        assert lines(view)[-1] == f"  {EDGE}"
        view.append_draft(0, "the very end")
        await until(pilot, lambda: lines(view)[-1] == f"  the very end{EDGE}")


async def test_scrolling_back_down_to_the_end_follows_again() -> None:
    app = Stage()
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.view
        view.focus()
        view.show([draft(LONG)], running=True)
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
        view.show(
            [draft("今天我们讨论语音识别的细节，" * 300 + "HERE" + "好的好的，" * 900)],
            running=True,
        )
        row = view._stack.row_at(Place(0, view.text.index("HERE")))
        view.scroll_to(y=row, animate=False)
        await pilot.pause()
        for width in (31, 90, 47, 160, 60):
            await pilot.resize_terminal(width, 12)
            await pilot.pause()
            place = view._stack.place_at(view.scroll_offset.y)
            assert 0 <= view._anchor.at - place.at < MEASURE
        assert view.scroll_offset.y == row
        assert "HERE" in lines(view)[0]


async def test_a_resize_stays_at_the_end_when_following() -> None:
    app = Stage()
    async with app.run_test(size=(60, 12)) as pilot:
        view = app.view
        view.show([draft(LONG)], running=True)
        for size in ((30, 12), (60, 6), (100, 30)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert "".join(lines(view)[-2:]).replace(" ", "").endswith("语音识别" + EDGE)
        assert view.following


async def test_a_wide_terminal_keeps_rows_readable() -> None:
    app = Stage()
    async with app.run_test(size=(200, 12)) as pilot:
        app.view.show([final("语" * 400)], running=False)
        await pilot.pause()
        assert lines(app.view)[0] == "  " + "语" * (MEASURE // 2)


async def test_a_final_text_opens_at_its_top_and_replaces_a_draft_in_place() -> None:
    app = Stage()
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.view
        view.clear("hint")
        view.show([final(LONG)], running=False)
        await pilot.pause()
        assert lines(view)[0].startswith("  line 0 ")
        assert app.follows == [False]

        view.show([draft(LONG)], running=True)
        await pilot.pause()
        assert app.follows == [False, True]
        view.focus()
        await pilot.press("pageup", "pageup")
        top = lines(view)[0]
        view.show([final("something new before it\n" * 3 + LONG)], running=False)
        await pilot.pause()
        assert lines(view)[0] == top


async def test_a_partial_text_says_where_it_was_cut() -> None:
    app = Stage()
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.view
        view.show([cut("as far as it came")], running=False)
        await pilot.pause()
        assert lines(view)[:3] == ["  as far as it came", "", f"  {CUT}"]
        assert colour(view, CUT) == DARK.variables["partial"]
        assert colour(view, "as far") == DARK.foreground
        assert view.text == "as far as it came"


async def test_an_empty_view_shows_its_hint_in_the_middle() -> None:
    app = Stage()
    async with app.run_test(size=(60, 11)) as pilot:
        view = app.view
        view.show([final(LONG)], running=False)
        view.clear("Choose a recording")
        await pilot.pause()
        assert lines(view)[5].strip() == "Choose a recording"
        assert colour(view, "Choose") == DARK.variables["faint"]
        assert (view.text, view.virtual_size.height, view.following) == ("", 0, True)


def _append(view: TranscriptView) -> None:
    view.append_draft(0, HOSTILE)


def _show(part: Passage) -> Callable[[TranscriptView], None]:
    return lambda view: view.show([part], running=part.kind is Kind.DRAFT)


@pytest.mark.parametrize(
    "show", [_show(draft(HOSTILE)), _show(cut(HOSTILE)), _show(final(HOSTILE)), _append]
)
async def test_hostile_text_is_shown_and_does_nothing(
    show: Callable[[TranscriptView], None],
) -> None:
    app = Stage()
    async with app.run_test(size=(120, 10)) as pilot:
        view = app.view
        show(view)
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
        view.show([final(text)], running=False)
        await pilot.pause()
        await pilot.mouse_down(view, offset=(4, 0))
        await pilot.hover(view, offset=(8, 3))
        await pilot.mouse_up(view, offset=(8, 3))
        selected = app.screen.get_selected_text()
        assert selected is not None
        assert text[1:].startswith(selected)
        assert "\n" not in selected
        marked = [segment for segment in segments(view) if ground(segment) != ground_of(view)]
        shown = "".join(segment.text for segment in marked)
        assert shown == selected.replace("\x1b", "␛")
        assert all(s.style and s.style.color != s.style.bgcolor for s in marked)

        view.text_select_all()
        assert app.screen.get_selected_text() == text


@pytest.mark.parametrize("first", [4, 5])
@pytest.mark.parametrize("last", [6, 7])
async def test_either_half_of_a_wide_character_selects_all_of_it(first: int, last: int) -> None:
    app = Stage()
    async with app.run_test(size=(40, 10)) as pilot:
        view = app.view
        view.show([final("中👩\u200d👩\u200d👧文e\u0301字")], running=False)
        await pilot.pause()
        await pilot.mouse_down(view, offset=(first, 0))
        await pilot.hover(view, offset=(last, 0))
        await pilot.mouse_up(view, offset=(last, 0))
        assert app.screen.get_selected_text() == "👩\u200d👩\u200d👧文"


async def test_selecting_in_a_growing_draft_stops_following() -> None:
    app = Stage()
    async with app.run_test(size=(40, 10)) as pilot:
        view = app.view
        view.show([draft(LONG)], running=True)
        await pilot.pause()
        await pilot.mouse_down(view, offset=(4, 2))
        await pilot.hover(view, offset=(9, 4))
        await pilot.mouse_up(view, offset=(9, 4))
        selected, top = app.screen.get_selected_text(), lines(view)[0]
        view.append_draft(0, "\nmore" * 20)
        await until(pilot, lambda: view.virtual_size.height > 215)
        assert lines(view)[0] == top
        assert app.screen.get_selected_text() == selected
        view.show([final("another text")], running=False)
        await pilot.pause()
        assert app.screen.get_selected_text() is None


async def test_a_long_text_is_wrapped_in_slices_after_what_is_seen() -> None:
    app = Stage()
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.view
        text = "今天我们讨论语音识别，" * 10_000
        view.clear()
        view.show([final(text)], running=False)
        assert len(view._stack.pages[0].rows.text) < 40_000
        await until(pilot, lambda: view._stack.pages[0].whole)
        assert view._stack.pages[0].rows.text == text
        assert view.virtual_size.height == len(view._stack.pages[0].rows)
        assert lines(view)[0].startswith("  今天我们")


async def test_another_theme_is_painted_at_once() -> None:
    app = Stage()
    async with app.run_test(size=(60, 10)) as pilot:
        app.view.append_draft(0, "hello")
        await pilot.pause()
        assert colour(app.view, "hello") == DARK.variables["draft"]
        app.theme = LIGHT.name
        await until(pilot, lambda: colour(app.view, "hello") == LIGHT.variables["draft"])
        assert ground(segments(app.view)[0]) == ground_of(app.view)


async def test_a_view_takes_text_before_it_is_mounted() -> None:
    view = TranscriptView()
    view.append_draft(0, "early ")
    view.append_draft(0, "words")
    assert view.text == "early words"

    class Late(Stage):
        def compose(self) -> ComposeResult:
            yield view

    async with Late().run_test(size=(60, 10)) as pilot:
        await pilot.pause()
        assert lines(view)[0] == f"  early words{EDGE}"
