"""One text laid out in rows: as given, as shown and as wrapped; it paints nothing.

Places are code points of the given text, because those outlive a resize; rows are numbers
from the top, and change with the width.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import islice

# Under its own name too, for those who make pages.
from stepasr_tui.core.transcribe.passages import Kind as Kind
from stepasr_tui.ui.shown_text import ShownText
from stepasr_tui.ui.wrapping import Rows

SLICE = 16_384
"""Code points wrapped at a time: about 2 ms."""

_CONTEXT = 24
_NEARBY = 4_000


class Page:
    """A text, wrapped as far as it was asked to be."""

    def __init__(
        self,
        kind: Kind,
        text: str = "",
        *,
        width: int = 80,
        changed: Sequence[tuple[int, int]] = (),
    ) -> None:
        self.kind = kind
        """A draft may still grow; the others are what they are."""
        self._source = ShownText(text)
        self.rows = Rows(width)
        """The rows so far, of the text as it may be shown."""
        # Where words were only left out there is nothing to mark.
        self._changed = sorted(each for each in changed if each[0] < each[1])
        self._changed_to = [end for _, end in self._changed]

    @property
    def given(self) -> str:
        """The text exactly as it came."""
        return self._source.given

    @property
    def whole(self) -> bool:
        """True when every row is known."""
        return self._source.done

    @property
    def behind(self) -> bool:
        """True when rows are missing that could be made now."""
        rest = self.given[self._source.taken :] if not self.whole else ""
        # A draft's last carriage return waits for its line feed.
        return bool(rest) and not (rest == "\r" and self.kind is Kind.DRAFT)

    @property
    def size(self) -> int:
        """Code points of the shown text, as far as it is wrapped."""
        return len(self.rows.text)

    def append(self, text: str) -> None:
        """Adds to the end; ``wrap`` makes rows of it."""
        self._source.append(text)

    def wrap(self, upto: int | None = None) -> int:
        """Makes rows up to the place ``upto``, or all; returns the first that may have changed."""
        first = len(self.rows) - 1
        while upto is None or self._source.taken <= upto:
            piece = self._source.take(SLICE, more_comes=self.kind is Kind.DRAFT)
            if not piece:
                break
            self.rows.append(piece)
        return first

    def wrap_slice(self) -> int:
        """Makes rows of one slice more; returns the first that may have changed."""
        return self.wrap(self._source.taken)

    def rewrap(self, width: int) -> None:
        """Starts again with rows of another width, none of them made yet."""
        self.rows = Rows(width)
        self._source.rewind()

    def row_at(self, place: int) -> int:
        """The row in which ``place`` stands."""
        return self.rows.row_at(self._source.shown_at(place))

    def place_at(self, row: int) -> int:
        """The place at which ``row`` begins; the last row's for those beyond."""
        return self._source.given_at(self.rows.span(min(row, len(self.rows) - 1))[0])

    def stretch(self, start: int | None, end: int | None) -> tuple[int, int]:
        """Whole characters from ``start`` to ``end``, both places in the shown text.

        None is the text's own beginning or end; so is what lies beyond it.
        """
        size = self.size
        first = 0 if start is None else self.rows.edge_of(min(max(0, start), size))
        last = size if end is None else self.rows.edge_of(min(max(0, end), size), after=True)
        return first, last

    def given_in(self, start: int | None, end: int | None) -> str:
        """The given text of the whole characters from ``start`` to ``end``, as in ``stretch``."""
        source = self._source
        first, last = self.stretch(start, end)
        # The text's own end may not be wrapped yet.
        until = None if end is None else source.given_at(last, after=True)
        return source.given[source.given_at(first) : until]

    def changed_in(self, row: int) -> Iterator[tuple[int, int]]:
        """The changed stretches that touch ``row``, as places in the shown text."""
        if not self._changed:
            return
        start, end = self.rows.span(row)
        source = self._source
        given_end = source.given_at(end, after=True)
        index = bisect_right(self._changed_to, source.given_at(start))
        for first, last in islice(self._changed, index, None):
            if first >= given_end:
                return
            yield source.shown_at(first), source.shown_at(last, after=True)

    def same_place(self, place: int, text: str) -> int:
        """Where in ``text`` the words stand that are at ``place`` here; nearest first."""
        words = self.given[place : place + _CONTEXT]
        if not words:
            return min(place, len(text))
        after = text.find(words, place, place + _NEARBY)
        before = text.rfind(words, max(0, place - _NEARBY), place + _CONTEXT)
        found = [at for at in (after, before) if at >= 0]
        return min(found, key=lambda at: abs(at - place), default=min(place, len(text)))
