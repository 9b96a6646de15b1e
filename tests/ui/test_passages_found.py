"""The transcript view with several passages: copying across them, finding a second in them."""

import pytest
from textual.pilot import Pilot

from stepasr_tui.core.transcribe.passages import Passage, joined
from stepasr_tui.core.transcribe.segment import Segment
from stepasr_tui.core.transcribe.transcript import Cue
from stepasr_tui.ui.page_painter import EDGE, HERE
from stepasr_tui.ui.widgets.transcript_view import TranscriptView
from tests.ui.view_stage import (
    Stage,
    cut,
    draft,
    final,
    ground,
    ground_of,
    lines,
    segments,
    text_of,
    until,
)


async def drag(
    pilot: Pilot[None], view: TranscriptView, first: tuple[int, int], last: tuple[int, int]
) -> str | None:
    """What is selected by the mouse from one cell to another."""
    await pilot.mouse_down(view, offset=first)
    await pilot.hover(view, offset=last)
    await pilot.mouse_up(view, offset=last)
    return pilot.app.screen.get_selected_text()


def _mixed() -> list[Passage]:
    return [
        final("Hello, everyone."),
        cut("we begin", 1, 180.0, missing=(300.0, 600.0)),
        final("", 2, 600.0),
        final("现在开始。", 3, 900.0),
        final("好的。\n", 4, 1200.0),
        cut("last", 5, 1500.0, missing=(1600.0, 1800.0)),
    ]


async def test_the_text_is_that_of_the_transcript() -> None:
    app = Stage()
    async with app.run_test(size=(60, 20)) as pilot:
        view = app.view
        for several in (_mixed(), _mixed()[2:], [draft("a"), draft("b ", 1), draft("c", 2)]):
            view.show(several, running=False)
            await pilot.pause()
            whole = joined([Segment() for _ in several], several, whole=True).text
            assert view.text == whole
            view.text_select_all()
            # Textual takes line breaks off the end of what is copied.
            assert app.screen.get_selected_text() == whole.rstrip("\n")
        assert view.text == "a b c"


async def test_a_selection_across_passages_is_joined_like_the_transcript() -> None:
    app = Stage()
    async with app.run_test(size=(60, 20)) as pilot:
        view = app.view
        view.seams = True
        view.show(_mixed(), running=False)
        await pilot.pause()
        assert lines(view)[:8] == [
            "  Hello, everyone.",
            "  ⌇ 3:00",
            "  we begin",
            "  [missing: 5:00–10:00]",
            "  ⌇ 10:00",
            "  ⌇ 15:00",
            "  现在开始。",
            "  ⌇ 20:00",
        ]
        gap = "\n\n[missing: 5:00–10:00]\n\n"
        assert await drag(pilot, view, (9, 0), (3, 2)) == "everyone. we"
        assert await drag(pilot, view, (9, 0), (4, 1)) == "everyone."
        assert await drag(pilot, view, (5, 1), (4, 2)) == "we "
        assert await drag(pilot, view, (5, 2), (5, 3)) == "begin" + gap.rstrip("\n")
        marked = [each.text for each in segments(view) if ground(each) != ground_of(view)]
        assert marked == ["begin", "[missing: 5:00–10:00]"]
        assert await drag(pilot, view, (5, 2), (40, 2)) == "begin"
        assert await drag(pilot, view, (5, 2), (4, 6)) == f"begin{gap}现在"
        assert await drag(pilot, view, (4, 6), (5, 2)) == f"begin{gap}现在"


async def test_a_selection_stays_while_another_passage_changes() -> None:
    app = Stage()
    async with app.run_test(size=(60, 10)) as pilot:
        view = app.view
        view.show([draft("one"), draft("two", 1, 60.0), draft("three", 2, 120.0)], running=True)
        await pilot.pause()
        assert await drag(pilot, view, (2, 1), (4, 1)) == "two"
        view.show([final("One."), *view._stack.as_shown[1:]], running=True)
        assert app.screen.get_selected_text() == "two"
        view.append_draft(1, " more")
        view.show([final("One."), final("Two", 1, 60.0), draft("three", 2, 120.0)], running=True)
        assert app.screen.get_selected_text() is None


def _timed(index: int, start: float, words: str) -> Passage:
    """Sixty rows, each said in ten seconds."""
    rows = [f"{words} {row}" for row in range(60)]
    cues = tuple(Cue(start + 10 * n, start + 10 * n + 9, row) for n, row in enumerate(rows))
    return final("\n".join(rows), index, start, cues=cues)


async def test_a_second_is_found_and_its_row_marked_until_one_moves_on() -> None:
    app = Stage()
    parts = [_timed(0, 0.0, "one"), _timed(1, 600.0, "two"), _timed(2, 1200.0, "three")]
    async with app.run_test(size=(60, 12)) as pilot:
        view = app.view
        view.focus()
        view.show(parts, running=False)
        await pilot.pause()
        for seconds, row in ((955.0, "two 35"), (1200.0, "three 0"), (123.0, "one 12")):
            view.go_to(seconds)
            await pilot.pause()
            assert lines(view)[4] == f"{HERE}{row}"
            marked = [each.text for each in segments(view) if ground(each) != ground_of(view)]
            assert "".join(marked).strip() == f"{HERE}{row}"
            # Not the row on top: what is ordered about a place is meant for the marked one.
            assert view.place() == pytest.approx(seconds, abs=1.5)
        await pilot.press("c", "m")
        assert any(line.startswith(HERE) for line in lines(view))
        view.scroll_to(y=100, animate=False)
        await pilot.pause()
        assert not any(line.startswith(HERE) for line in lines(view))
        view.go_to(99_999.0)
        await pilot.pause()
        assert lines(view)[-1] == f"{HERE}three 59"
        await pilot.press("shift+f12")
        assert lines(view)[-1] == "  three 59"


async def test_a_second_of_a_draft_is_found_in_proportion_to_what_was_heard() -> None:
    app = Stage()
    async with app.run_test(size=(60, 12)) as pilot:
        view = app.view
        view.show([draft("word\n" * 100 + "end"), draft("", 1, 1500.0)], running=True)
        view.heard = [(0.0, 1000.0), (1500.0, 1500.0)]
        await pilot.pause()
        view.go_to(500.0)
        await pilot.pause()
        assert not view.following
        assert view.scroll_offset.y + 4 == pytest.approx(50, abs=1)
        assert view.place() == pytest.approx(500, abs=11)
        view.append_draft(0, "\nmore" * 50)
        await until(pilot, lambda: view.virtual_size.height == 151)
        assert view.scroll_offset.y + 4 == pytest.approx(50, abs=1)


async def test_seconds_without_text_are_found_at_their_marks() -> None:
    app = Stage()
    parts = [
        cut(text_of("a"), missing=(120.0, 180.0)),
        draft("", 1, 180.0),
        draft(text_of("b"), 2, 600.0),
    ]
    async with app.run_test(size=(60, 12)) as pilot:
        view = app.view
        assert view.place() is None
        view.go_to(5.0)
        view.show(parts, running=True)
        await pilot.pause()
        for seconds, row in ((150.0, "[missing: 2:00–3:00]"), (400.0, "⋯ 3:00–10:00")):
            view.go_to(seconds)
            await pilot.pause()
            assert lines(view)[4].removesuffix(EDGE) == f"{HERE}{row}"
        for number, second in ((60, 120.0), (61, 180.0)):
            view.scroll_to(y=number, animate=False)
            await pilot.pause()
            assert view.place() == second
