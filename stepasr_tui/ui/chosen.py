"""What of the pages is chosen, and their text as it is copied; it paints nothing."""

from collections.abc import Iterable, Mapping, Sequence

from stepasr_tui.core.transcribe.passages import between
from stepasr_tui.ui.page_stack import PageStack

Spot = tuple[int, int]
"""A page and a code point of its shown text."""

Spots = tuple[Spot | None, Spot | None]
"""Where a selection begins and ends; None is the beginning of all pages, or their end."""

ABOVE_TEXT = -1
"""The code point that stands for the rows above a page's text; its size for those below."""


def chosen_in(stack: PageStack, page: int, spots: Spots | None) -> tuple[int, int]:
    """The code points of the shown text of ``page`` that are chosen.

    They reach beyond the text where the mark of what is missing is chosen too.
    """
    if spots is None or not _within(page, spots):
        return 0, 0
    begins, ends = _on(page, spots)
    first, last = stack.pages[page].stretch(begins, ends)
    return first, last + _reaches_gap(stack, page, ends)


def text_between(stack: PageStack, spots: Spots) -> str:
    """The given text that is chosen, joined as the transcript of a job is."""
    texts = []
    for n, page in enumerate(stack.pages):
        if _within(n, spots):
            begins, ends = _on(n, spots)
            gap = _gap(stack, n) if _reaches_gap(stack, n, ends) else ""
            texts.append((page.given_in(begins, ends), gap))
    return _joined(texts)


def text_with(stack: PageStack, more: Mapping[int, Sequence[str]]) -> str:
    """All the given text with ``more`` at the end of some pages, joined likewise."""
    pages = enumerate(stack.pages)
    return _joined((page.given + "".join(more.get(n, ())), _gap(stack, n)) for n, page in pages)


def _within(page: int, spots: Spots) -> bool:
    start, end = spots
    return (start is None or start[0] <= page) and (end is None or page <= end[0])


def _on(page: int, spots: Spots) -> tuple[int | None, int | None]:
    """Where the selection begins and ends on ``page``; None is the page's own."""
    start, end = spots
    return (
        start[1] if start and start[0] == page else None,
        end[1] if end and end[0] == page else None,
    )


def _reaches_gap(stack: PageStack, page: int, ends: int | None) -> bool:
    return ends is None or ends > stack.pages[page].size


def _gap(stack: PageStack, page: int) -> str:
    return stack.parts[page].gap if stack.several else ""


def _joined(texts: Iterable[tuple[str, str]]) -> str:
    """Texts in order, each with the mark of what is missing after it."""
    pieces = [""]
    for text, gap in texts:
        if text:
            # What stands between two texts depends on the characters next to it alone.
            pieces += [between(pieces[-1], text), text]
        if gap:
            pieces.append(f"\n\n{gap}\n\n")
    return "".join(pieces)
