"""Text as given beside text as shown: the way between places in both."""

from hypothesis import given
from hypothesis import strategies as st

from stepasr_tui.core.display import visible
from stepasr_tui.ui.page import Kind, Page
from stepasr_tui.ui.shown_text import ShownText

hostile = st.text(
    st.one_of(st.sampled_from("\r\n\t\x1b\x85\u202e\u2028\u200b\ufeff[]a中"), st.characters())
)


def shown_whole(source: ShownText, step: int) -> str:
    pieces = []
    while piece := source.take(step):
        pieces.append(piece)
    return "".join(pieces)


@given(hostile, st.integers(1, 9))
def test_pieces_joined_are_the_text_made_visible(text: str, step: int) -> None:
    assert shown_whole(ShownText(text), step) == visible(text)


@given(st.lists(hostile, max_size=8))
def test_a_text_that_grows_is_shown_as_the_whole_would_be(pieces: list[str]) -> None:
    page = Page(Kind.DRAFT)
    for piece in pieces:
        page.append(piece)
        page.wrap()
    text = "".join(pieces)
    assert page.given == text
    assert page.rows.text == visible(text[:-1] if text.endswith("\r") else text)


@given(hostile, st.integers(1, 9))
def test_every_stretch_of_the_given_text_is_found_again(text: str, step: int) -> None:
    source = ShownText(text)
    shown = shown_whole(source, step)
    for place in range(len(text) + 1):
        there = source.shown_at(place)
        assert visible(text[:place]).startswith(shown[:there]) or text[place - 1 : place] == "\r"
        if text[place - 1 : place + 1] != "\r\n":
            assert shown[:there] == visible(text[:place])
            assert source.given_at(there) == place


@given(hostile)
def test_a_place_inside_a_mark_is_before_or_after_its_character(text: str) -> None:
    source = ShownText(text)
    shown = shown_whole(source, 100)
    for place in range(len(shown) + 1):
        before, after = source.given_at(place), source.given_at(place, after=True)
        assert before <= after <= before + 2
        assert source.shown_at(before) <= place <= source.shown_at(after)


def test_changed_stretches_are_mapped_through_what_became_longer() -> None:
    page = Page(Kind.FINAL, "a\tb\u202ec\r\nd changed", changed=[(9, 16)])
    page.wrap()
    found = [page.rows.text[start:end] for row in (0, 1) for start, end in page.changed_in(row)]
    assert found == ["changed"]


def test_the_place_that_was_read_is_found_in_another_text() -> None:
    page = Page(Kind.DRAFT, "one two three four five six seven eight nine ten")
    assert page.same_place(8, "one and two and three four five six seven eight nine ten") == 16
    assert page.same_place(8, "nothing") == 7
