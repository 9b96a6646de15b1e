"""The transcript view with several passages: order, marks, front, reading place, copying."""

import pytest

from stepasr_tui.core.transcribe.passages import Kind
from stepasr_tui.ui.page_painter import EDGE
from stepasr_tui.ui.themes import DARK
from tests.ui.view_stage import (
    LONG,
    Stage,
    colour,
    cut,
    draft,
    final,
    lines,
    segments,
    text_of,
    until,
)

MINUTE = 60.0


async def test_passages_stand_in_order_with_marks_for_what_is_to_come_and_what_is_missing() -> None:
    app = Stage()
    async with app.run_test(size=(60, 12)) as pilot:
        view = app.view
        parts = [
            final("第一段。"),
            draft("still heard", 1, 3 * MINUTE),
            draft("", 2, 11 * MINUTE),
            cut("broken", 3, 36 * MINUTE, missing=(40 * MINUTE, 61 * MINUTE)),
            draft("later", 4, 61 * MINUTE),
            draft("", 5, 86 * MINUTE),
        ]
        view.show(parts, running=True)
        await pilot.pause()
        assert lines(view)[:8] == [
            "  第一段。",
            f"  still heard{EDGE}",
            "  ⋯ 11:00–36:00",
            "  broken",
            "  [missing: 40:00–1:01:00]",
            f"  later{EDGE}",
            "",
            "",
        ]
        assert colour(view, "第一段") == DARK.foreground
        assert colour(view, "later") == DARK.variables["draft"]
        assert colour(view, "⋯") == DARK.variables["faint"]
        assert colour(view, "[missing") == DARK.variables["partial"]
        edges = [segment.style for segment in segments(view) if segment.text == EDGE]
        front, other = (style and style.color and style.color.triplet for style in edges)
        assert front
        assert other
        accent = app.theme_variables["accent"].lower()
        assert (front.hex, other.hex) == (accent, DARK.variables["draft"])


async def test_the_front_is_marked_where_it_has_no_text_yet() -> None:
    app = Stage()
    async with app.run_test(size=(60, 8)) as pilot:
        view = app.view
        view.show([draft(""), draft("", 1, 180.0)], running=True)
        await pilot.pause()
        assert lines(view)[:2] == [f"  {EDGE}", ""]
        view.append_draft(1, "later")
        await until(pilot, lambda: lines(view)[:2] == [f"  ⋯ 0:00–3:00{EDGE}", f"  later{EDGE}"])
        view.append_draft(0, "first")
        await until(pilot, lambda: lines(view)[:2] == [f"  first{EDGE}", f"  later{EDGE}"])


async def test_seams_are_shown_on_request() -> None:
    app = Stage()
    parts = [final("one"), final("two", 1, 180.0, doubtful=True), final("three", 2, 1500.0)]
    async with app.run_test(size=(60, 8)) as pilot:
        view = app.view
        view.show(parts, running=False)
        await pilot.pause()
        assert lines(view)[:3] == ["  one", "  two", "  three"]
        view.seams = True
        await pilot.pause()
        doubt = "⌇ 3:00 no pause here: both sides were heard for 5 s"
        assert lines(view)[:5] == ["  one", f"  {doubt}", "  two", "  ⌇ 25:00", "  three"]
        assert colour(view, doubt) == app.theme_variables["warning"].lower()
        assert colour(view, "⌇ 25:00") == DARK.variables["faint"]
        for width, words in ((40, "⌇ 3:00 no pause here"), (20, "⌇ 3:00")):
            await pilot.resize_terminal(width, 8)
            await pilot.pause()
            assert lines(view)[1] == f"  {words}"


async def test_toggling_seams_keeps_the_reading_place() -> None:
    app = Stage()
    parts = [final(text_of(f"part{n}"), n, n * 600.0) for n in range(5)]
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.view
        view.show(parts, running=False)
        await pilot.pause()
        view.scroll_to(y=200, animate=False)
        await pilot.pause()
        before = lines(view)
        assert before[0] == "  part3 20"
        for seams in (True, False):
            view.seams = seams
            await pilot.pause()
            assert lines(view) == before
        assert view.scroll_offset.y == 200


async def test_only_pages_that_differ_are_laid_out_again() -> None:
    app = Stage()
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.view
        view.show([draft("one"), draft("two", 1, 60.0), draft("x", 2, 120.0)], running=True)
        await pilot.pause()
        one, two, three = view._stack.pages
        view.append_draft(0, " more")
        view.append_draft(1, " more")
        view.show(
            [draft("one more"), final("two more.", 1, 60.0), draft("xyz", 2, 120.0)], running=True
        )
        assert view._stack.pages[0] is one
        assert view._stack.pages[1] is not two
        assert view._stack.pages[2] is three
        await pilot.pause()
        assert lines(view)[:3] == [f"  one more{EDGE}", "  two more.", f"  xyz{EDGE}"]


async def test_deltas_of_several_passages_are_painted_with_the_next_frame() -> None:
    app = Stage()
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.view
        view.show([draft("a"), draft("b", 1, 60.0), draft("c", 2, 120.0)], running=True)
        await until(pilot, lambda: view._frame is None)
        view.append_draft(0, "!")
        assert lines(view)[0] == f"  a!{EDGE}"
        for _ in range(100):
            view.append_draft(2, "三")
            view.append_draft(0, "一")
        assert lines(view)[0] == f"  a!{EDGE}"
        assert view.text == f"a!{'一' * 100}b c{'三' * 100}"
        await until(pilot, lambda: view._frame is None)
        shown = "".join(lines(view)).replace(" ", "")
        assert shown == f"a!{'一' * 100}{EDGE}b{EDGE}c{'三' * 100}{EDGE}"


@pytest.mark.parametrize("seams", [False, True])
async def test_text_that_grows_above_does_not_move_what_is_read(seams: bool) -> None:
    app = Stage()
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.view
        view.focus()
        view.seams = seams
        view.show([draft("first"), draft("", 1, 90.0), draft(LONG, 2, 180.0)], running=True)
        await pilot.pause()
        view.scroll_to(y=100, animate=False)
        await pilot.pause()
        assert not view.following
        before, rows = lines(view), view.virtual_size.height
        for _ in range(30):
            view.append_draft(0, "\nmore")
        view.append_draft(1, "a passage that had no text\nnow has two rows")
        await until(pilot, lambda: view.virtual_size.height >= rows + 31)
        assert lines(view) == before
        view.show([final("first is short now"), *view._stack.as_shown[1:]], running=True)
        await pilot.pause()
        assert lines(view) == before
        await pilot.resize_terminal(80, 10)
        await pilot.pause()
        assert lines(view)[0] == before[0]


async def test_the_front_is_followed_with_what_comes_later_below_it() -> None:
    app = Stage()
    async with app.run_test(size=(60, 12)) as pilot:
        view = app.view
        view.show([draft(text_of("a")), draft(LONG, 1, 180.0)], running=True)
        await pilot.pause()
        assert lines(view)[7:9] == [f"  a 59{EDGE}", "  line 0 今天我们讨论语音识别"]
        view.append_draft(0, "\na 60\na 61")
        await until(pilot, lambda: lines(view)[7] == f"  a 61{EDGE}")
        assert lines(view)[8].startswith("  line 0 ")

        done = final(text_of("a") + "\na 60\na 61")
        view.show([done, draft(LONG, 1, 180.0)], running=True)
        await pilot.pause()
        assert lines(view)[-1].startswith("  line 199 ")
        assert view.following
        assert app.follows == []


async def test_reading_on_below_the_front_leaves_it_and_coming_back_follows() -> None:
    app = Stage()
    async with app.run_test(size=(60, 12)) as pilot:
        view = app.view
        view.focus()
        view.show([draft(text_of("a")), draft(LONG, 1, 180.0)], running=True)
        await pilot.pause()
        front = view.scroll_offset.y
        await pilot.press("down")
        assert not view.following
        await pilot.press("up", "up")
        assert not view.following
        await pilot.press("down")
        assert view.following
        assert view.scroll_offset.y == front

        await pilot.press("end")
        assert not view.following
        assert view.is_vertical_scroll_end
        last = lines(view)
        assert last[-1].startswith("  line 199 ")
        view.append_draft(0, "\nmore" * 20)
        await until(pilot, lambda: view.virtual_size.height == 280)
        assert lines(view) == last
        await pilot.press("f")
        assert lines(view)[7] == f"  more{EDGE}"
        assert app.follows == [False, True, False, True]


async def test_when_nothing_more_comes_what_was_followed_stays_in_view() -> None:
    app = Stage()
    async with app.run_test(size=(60, 12)) as pilot:
        view = app.view
        view.show([draft(text_of("a")), final(LONG, 1, 180.0)], running=True)
        await pilot.pause()
        view.show([final(text_of("a")), final(LONG, 1, 180.0)], running=False)
        await pilot.pause()
        assert lines(view)[7:9] == ["  a 59", "  line 0 今天我们讨论语音识别"]
        assert app.follows == [False]


async def test_sending_a_part_again_does_not_take_the_reader_away() -> None:
    app = Stage()
    parts = [final(text_of(f"part{n}"), n, n * 600.0) for n in range(3)]
    async with app.run_test(size=(60, 12)) as pilot:
        view = app.view
        view.show(parts, running=False)
        await pilot.pause()
        view.scroll_to(y=70, animate=False)
        await pilot.pause()
        before = lines(view)
        view.show(parts, running=True)
        view.append_draft(2, "a delta takes the place of what was kept")
        await until(pilot, lambda: view.virtual_size.height == 121)
        assert lines(view) == before
        assert view._stack.pages[2].kind is Kind.DRAFT
        view.show([*parts[:2], final("new", 2, 1200.0)], running=False)
        await pilot.pause()
        assert lines(view) == before


async def test_deltas_of_a_passage_that_was_not_shown_yet_have_a_page() -> None:
    app = Stage()
    async with app.run_test(size=(60, 6)) as pilot:
        view = app.view
        view.append_draft(2, "third")
        view.append_draft(0, "first")
        await until(pilot, lambda: lines(view)[0] == f"  first{EDGE}")
        assert lines(view)[1:3] == ["  ⋯", f"  third{EDGE}"]
        assert view.text == "first third"


async def test_a_resize_wraps_what_is_seen_first_and_the_rest_in_slices() -> None:
    app = Stage()
    text = "今天我们讨论语音识别，" * 8_000
    parts = [final(text), final(text + "HERE" + text, 1, 600.0), final(text, 2, 1200.0)]
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.view
        view.show(parts, running=False)
        await until(pilot, lambda: not view._stack.behind)
        at = view._stack.row_at(view._stack.place_at(0)._replace(page=1, at=len(text)))
        view.scroll_to(y=at, animate=False)
        await pilot.pause()
        assert "HERE" in lines(view)[0]
        await pilot.resize_terminal(40, 10)
        await until(pilot, lambda: "HERE" in "".join(lines(view)[:3]))
        before = lines(view)
        await until(pilot, lambda: not view._stack.behind)
        await pilot.pause()
        assert lines(view) == before
        assert view.virtual_size.height == sum(len(page.rows) for page in view._stack.pages)
