"""The pages of all passages one above the other: which row is what, and where a place is.

A page that is not touched is not wrapped again: it only moves, and all that is kept of it
here is the row at which it begins.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from enum import Enum
from itertools import accumulate
from typing import NamedTuple

from stepasr_tui.core.transcribe.passages import Kind, Passage
from stepasr_tui.ui.page import Page


class Role(Enum):
    """What a row is."""

    TEXT = "text"
    SEAM = "seam"
    HOLE = "hole"
    SPACE = "space"
    CUT = "cut"
    GAP = "gap"


class Row(NamedTuple):
    """A row that keeps its name however far it moves."""

    page: int
    """The page it belongs to."""
    role: Role
    """What it is."""
    row: int = 0
    """Of a text row: its number from the top of its text."""


class Place(NamedTuple):
    """A place that outlives a resize and whatever grows above it."""

    page: int = 0
    """The page, from 0."""
    at: int = 0
    """Code points into the page's given text."""
    beside: int = 0
    """Rows above its text (negative) or below it, for what stands there; 0 is in the text."""


class PageStack:
    """Passages as pages, and their rows counted from the top of the first."""

    def __init__(self) -> None:
        self.pages: list[Page] = []
        """One for each passage."""
        self.parts: list[Passage] = []
        """What each page shows; the text of a draft may have grown since."""
        self.front: int | None = None
        """The first page that still waits for text; None when nothing runs."""
        self.seams = False
        """True when each page but the first has a row above it that says where it begins."""
        self.running = False
        """True while text is still to come."""
        self._width = 80
        self._tops = [0]
        self._last_with_text = -1

    @property
    def height(self) -> int:
        """Rows of all pages, as far as they are wrapped."""
        return self._tops[-1]

    @property
    def several(self) -> bool:
        """True when there is more than one passage."""
        return len(self.pages) > 1

    @property
    def width(self) -> int:
        """Cells in a row."""
        return self._width

    @property
    def behind(self) -> bool:
        """True when rows are missing that could be made now."""
        return any(page.behind for page in self.pages)

    @property
    def as_shown(self) -> list[Passage]:
        """The passages with the text that their pages have."""
        both = zip(self.parts, self.pages, strict=True)
        return [replace(part, text=page.given) for part, page in both]

    def show(self, parts: Sequence[Passage], *, running: bool) -> dict[int, Page]:
        """Makes pages of ``parts`` where they differ; returns those that gave way, by number.

        Rows are made by the wrapping methods, and counted by ``measure``.
        """
        gone = {n: page for n, page in enumerate(self.pages) if n >= len(parts)}
        pages = []
        for n, part in enumerate(parts):
            page = self.pages[n] if n < len(self.pages) else None
            if page is None or not self._same(page, self.parts[n], part):
                if page is not None:
                    gone[n] = page
                page = Page(part.kind, part.text, width=self._width, changed=part.changed)
            pages.append(page)
        self.pages, self.parts, self.running = pages, list(parts), running
        self._find_front()
        return gone

    def append(self, index: int, text: str) -> bool:
        """Adds a delta to page ``index``; ``wrap_new`` makes rows of it.

        Returns True when the page had no text before: what stands around it may change.
        """
        page = self.pages[index]
        first = not page.given
        page.append(text)
        self._last_with_text = max(self._last_with_text, index)
        return first

    def rewrap(self, width: int) -> None:
        """Starts again with rows of another width, none of them made yet."""
        self._width = width
        for page in self.pages:
            page.rewrap(width)

    def wrap_through(self, index: int) -> None:
        """Makes all rows of the pages up to ``index``, and counts them."""
        for page in self.pages[: index + 1]:
            page.wrap()
        self.measure()

    def wrap_from(self, place: Place, rows: int) -> None:
        """Makes the rows that are seen from ``place`` on, and counts them."""
        at = place.at
        for n in range(place.page, len(self.pages)):
            page = self.pages[n]
            page.wrap(at + self._width * (rows + 1))
            rows -= self._text_rows(n) - (page.row_at(at) if at else 0)
            at = 0
            if rows <= 0:
                break
        self.measure()

    def wrap_slice(self, near: int) -> Row | None:
        """Makes one slice of rows, of the page nearest to page ``near`` that lacks some.

        Returns the first text row that may have changed; None when all were made before.
        """
        for n in sorted(range(len(self.pages)), key=lambda n: abs(n - near)):
            if self.pages[n].behind:
                first = self.pages[n].wrap_slice()
                self.measure(n)
                return Row(n, Role.TEXT, first)
        return None

    def wrap_new(self, index: int) -> Row:
        """Makes rows of what was appended; returns the first that may have changed."""
        first = self.pages[index].wrap()
        self.measure(index)
        return Row(index, Role.TEXT, first)

    def measure(self, index: int | None = None) -> None:
        """Counts the rows of page ``index`` again, or of all."""
        if index is None:
            heights = (self._rows_of(n) for n in range(len(self.pages)))
            self._tops = list(accumulate(heights, initial=0))
        elif more := self._rows_of(index) - (self._tops[index + 1] - self._tops[index]):
            for n in range(index + 1, len(self._tops)):
                self._tops[n] += more

    def find(self, row: int) -> Row | None:
        """What stands in ``row``, counted from the top; None beyond the last."""
        if not 0 <= row < self.height:
            return None
        n = bisect_right(self._tops, row, hi=len(self.pages)) - 1
        above, below = self._above(n), self._below(n)
        inside = row - self._tops[n] - len(above)
        if inside < 0:
            return Row(n, above[inside])
        beyond = inside - self._text_rows(n)
        return Row(n, Role.TEXT, inside) if beyond < 0 else Row(n, below[beyond])

    def rows_of(self, index: int) -> tuple[int, int]:
        """The first text row of page ``index``, counted from the top, and the page's end."""
        return self._tops[index] + len(self._above(index)), self._tops[index + 1]

    def row_at(self, place: Place) -> int:
        """The row in which ``place`` stands."""
        if place.page >= len(self.pages):
            return self.height
        n, above = place.page, len(self._above(place.page))
        if place.beside < 0:
            row = above + place.beside
        elif place.beside > 0:
            row = above + self._text_rows(n) - 1 + place.beside
        else:
            row = above + self.pages[n].row_at(place.at)
        return self._tops[n] + max(0, min(row, self._rows_of(n) - 1))

    def place_at(self, row: int) -> Place:
        """The place at which ``row`` begins; the last row's for those beyond."""
        found = self.find(max(0, min(row, self.height - 1)))
        if found is None:
            return Place()
        n, page = found.page, self.pages[found.page]
        if found.role is Role.TEXT:
            return Place(n, page.place_at(found.row))
        above, below = self._above(n), self._below(n)
        if found.role in above:
            return Place(n, 0, above.index(found.role) - len(above))
        return Place(n, len(page.given), 1 + below.index(found.role))

    @property
    def front_row(self) -> int | None:
        """The last row of the page that still waits for text; None when nothing runs."""
        if self.front is None or not self._rows_of(self.front):
            return None
        return self._tops[self.front + 1] - 1

    def is_live(self, row: Row) -> bool:
        """True for the row at whose end the text of a page grows."""
        page = self.pages[row.page]
        last = row.role is Role.TEXT and row.row == len(page.rows) - 1
        return last and page.kind is Kind.DRAFT

    def _same(self, page: Page, before: Passage, part: Passage) -> bool:
        """Whether ``page`` shows ``part``, if need be once it has grown to its text."""
        if page.kind is not part.kind or before.changed != part.changed:
            return False
        if page.kind is Kind.DRAFT and part.text.startswith(page.given):
            page.append(part.text[len(page.given) :])
        return page.given == part.text

    def _find_front(self) -> None:
        waiting = (n for n, page in enumerate(self.pages) if page.kind is Kind.DRAFT)
        self.front = next(waiting, None) if self.running else None
        with_text = (n for n in reversed(range(len(self.pages))) if self.pages[n].given)
        self._last_with_text = next(with_text, -1)

    def _rows_of(self, n: int) -> int:
        return len(self._above(n)) + self._text_rows(n) + len(self._below(n))

    def _text_rows(self, n: int) -> int:
        page = self.pages[n]
        waits = n == self.front and n > self._last_with_text
        return len(page.rows) if page.given or waits or not self.several else 0

    def _above(self, n: int) -> tuple[Role, ...]:
        page = self.pages[n]
        if page.kind is Kind.DRAFT and not page.given:
            if n < self._last_with_text:
                return (Role.HOLE,)
            if n != self.front:
                return ()
        return (Role.SEAM,) if self.seams and n else ()

    def _below(self, n: int) -> tuple[Role, ...]:
        if self.several:
            return (Role.GAP,) if self.parts[n].gap else ()
        return (Role.SPACE, Role.CUT) if self.pages[n].kind is Kind.CUT else ()
