"""Draws the rows of a page as strips, and remembers the latest; it decides no colour or place."""

from collections.abc import Callable

from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.geometry import Size
from textual.strip import Strip

from stepasr_tui.ui.page import Kind, Page
from stepasr_tui.ui.row_strips import body_of, centred_strip, pointer_strip, text_strip
from stepasr_tui.ui.wrapping import Rows

LEFT = 2
RIGHT = 1
"""Cells kept free beside the text; the live edge may stand in the right one."""

EDGE = "▍"
CUT = "── cut off here ──"
_HINT_WIDTH = 60


class PagePainter:
    """Strips of one page: made when a row is seen, dropped when it may have changed."""

    def __init__(self, style_of: Callable[[str], Style]) -> None:
        self.hint = ""
        """Our own words in the middle of an empty page."""
        self._style_of = style_of
        self._styles: dict[str, Style] = {}
        self._strips: LRUCache[int, Strip] = LRUCache(512)

    def forget(self, first: int = 0) -> None:
        """Drops the strips of the rows from ``first`` on."""
        if first == 0:
            self._strips.clear()
            return
        for row in [row for row in self._strips.keys() if row >= first]:  # noqa: SIM118
            self._strips.discard(row)

    def forget_styles(self) -> None:
        """Drops the strips and the styles they were drawn with."""
        self._styles.clear()
        self._strips.clear()

    def strip(self, page: Page, row: int, size: Size, selected: tuple[int, int]) -> Strip:
        """One row of the page; ``selected`` holds places in the shown text."""
        strip = self._strips.get(row)
        if strip is None:
            if page.kind is Kind.EMPTY:
                strip = self._draw_hint(row, size)
            elif row < len(page.rows):
                strip = self._draw_text(page, row, size.width, selected)
            else:
                cut = page.kind is Kind.PARTIAL and row == len(page.rows) + 1
                style = self._style("cut")
                strip = text_strip(CUT if cut else "", style, (), left=LEFT, width=size.width)
            self._strips[row] = strip
        return strip

    def pointer(self, page: Page, row: int, size: Size) -> Strip:
        """The same row for finding what a mouse is over."""
        if page.kind is Kind.EMPTY:
            return Strip.blank(size.width)
        row = min(row, len(page.rows) - 1)
        start, end = page.rows.span(row)
        body = body_of(page.rows.row(row), page.rows.width)
        return pointer_strip(body, start, end, left=LEFT, width=size.width)

    def _draw_text(self, page: Page, row: int, width: int, selected: tuple[int, int]) -> Strip:
        rows, draft = page.rows, page.kind is Kind.DRAFT
        start, end = rows.span(row)
        marks = [
            (first - start, last - start, self._style("changed"))
            for first, last in page.changed_in(row)
        ]
        first, last = selected
        if first < end and last > start:
            marks.append((first - start, last - start, self._style("selection")))
        live = draft and row == len(rows) - 1
        return text_strip(
            body_of(rows.row(row), rows.width),
            self._style("draft" if draft else "text"),
            marks,
            left=LEFT,
            width=width,
            tail=Segment(EDGE, self._style("edge")) if live else None,
        )

    def _draw_hint(self, row: int, size: Size) -> Strip:
        hint = Rows(min(_HINT_WIDTH, size.width - LEFT - RIGHT))
        hint.append(self.hint)
        line = row - max(0, size.height - len(hint)) // 2
        body = hint.row(line) if 0 <= line < len(hint) else ""
        return centred_strip(body, self._style("hint"), size.width)

    def _style(self, name: str) -> Style:
        style = self._styles.get(name)
        if style is None:
            self._styles[name] = style = self._style_of(name)
        return style
