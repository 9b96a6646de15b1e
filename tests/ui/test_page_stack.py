"""The rows of several pages: each has one name, and places outlive what grows above them."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from stepasr_tui.core.transcribe.passages import Kind, Passage
from stepasr_tui.ui.page_stack import PageStack, Role

Part = tuple[Kind, str, tuple[float, float] | None]
"""What a passage is, its text, and the seconds that are missing."""

_TEXTS = st.text(alphabet="ab \n中文。\r", max_size=60)
_KINDS = st.sampled_from(Kind)
_MISSING = st.sampled_from([None, (1.0, 2.0)])
_PASSAGES = st.lists(st.tuples(_KINDS, _TEXTS, _MISSING), max_size=6)


def stack_of(parts: Sequence[Part], *, running: bool, seams: bool) -> PageStack:
    stack = PageStack()
    stack.seams = seams
    stack.rewrap(10)
    stack.show(
        [
            Passage(n, kind, text, 60.0 * n, doubtful=False, missing=missing)
            for n, (kind, text, missing) in enumerate(parts)
        ],
        running=running,
    )
    stack.wrap_through(len(parts))
    return stack


@given(_PASSAGES, st.booleans(), st.booleans())
def test_every_row_has_one_name_and_is_found_again(
    parts: list[Part], running: bool, seams: bool
) -> None:
    stack = stack_of(parts, running=running, seams=seams)
    names = [stack.find(row) for row in range(stack.height)]
    assert None not in names
    assert len(set(names)) == stack.height
    assert stack.find(-1) is None
    assert stack.find(stack.height) is None
    for row, name in enumerate(names):
        assert name
        place = stack.place_at(row)
        assert place.page == name.page
        held_back = name.role is Role.TEXT and stack.pages[name.page].given.endswith("\r")
        assert stack.row_at(place) == row or held_back


@given(_PASSAGES, st.lists(st.tuples(st.integers(0, 5), _TEXTS)), st.booleans())
def test_rows_counted_as_they_grow_are_those_counted_anew(
    parts: list[Part],
    deltas: list[tuple[int, str]],
    seams: bool,
) -> None:
    stack = stack_of([(Kind.DRAFT, text, None) for _, text, _ in parts], running=True, seams=seams)
    for index, text in deltas:
        if index < len(parts) and text:
            if stack.append(index, text):
                stack.measure()
            stack.wrap_new(index)
    grown: list[Part] = [(page.kind, page.given, None) for page in stack.pages]
    fresh = stack_of(grown, running=True, seams=seams)
    assert stack._tops == fresh._tops
    assert [stack.find(row) for row in range(stack.height)] == [
        fresh.find(row) for row in range(fresh.height)
    ]
