"""Draws the rows of pages as strips, and remembers the latest; it decides no colour or place."""

from collections.abc import Callable

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.cache import LRUCache
from textual.geometry import Size
from textual.strip import Strip

from stepasr_tui.core.audio.recording import OVERLAP
from stepasr_tui.core.display import clock
from stepasr_tui.core.transcribe.passages import Kind
from stepasr_tui.ui.chosen import ABOVE_TEXT, Spots, chosen_in
from stepasr_tui.ui.page_stack import PageStack, Role, Row
from stepasr_tui.ui.row_strips import body_of, centred_strip, pointer_strip, text_strip
from stepasr_tui.ui.wrapping import Rows

LEFT = 2
RIGHT = 1
"""Cells kept free beside the text; the live edge may stand in the right one."""

EDGE = "▍"
HERE = "▸ "
"""Stands before the row that was asked for, in the cells kept free."""
CUT = "── cut off here ──"
_NO_PAUSE = (f" no pause here: both sides were heard for {OVERLAP:g} s", " no pause here", "")
_HINT_WIDTH = 60


class PagePainter:
    """Strips of a stack of pages: made when a row is seen, dropped when it may have changed."""

    def __init__(self, stack: PageStack, style_of: Callable[[str], Style]) -> None:
        self.hint = ""
        """Our own words in the middle where there is no page."""
        self.here: Row | None = None
        """The row that was asked for; None when none is marked."""
        self.chosen: Spots | None = None
        """What is selected; None when nothing is."""
        self._stack = stack
        self._style_of = style_of
        self._styles: dict[str, Style] = {}
        self._strips: LRUCache[Row, Strip] = LRUCache(512)

    def forget(self, first: Row | None = None) -> None:
        """Drops the strips of the text rows of a page from ``first`` on, or all."""
        if first is None:
            self._strips.clear()
            return
        for row in list(self._strips.keys()):
            if row[:2] == first[:2] and row.row >= first.row:
                self._strips.discard(row)

    def forget_styles(self) -> None:
        """Drops the strips and the styles they were drawn with."""
        self._styles.clear()
        self._strips.clear()

    def strip(self, number: int, size: Size) -> Strip:
        """The row ``number``, counted from the top of the first page."""
        if not self._stack.pages:
            return self._draw_hint(number, size)
        row = self._stack.find(number)
        if row is None:
            return text_strip("", self._style("text"), (), left=LEFT, width=size.width)
        strip = self._strips.get(row)
        if strip is None:
            text = row.role is Role.TEXT
            strip = self._draw_text(row, size.width) if text else self._draw_mark(row, size.width)
            self._strips[row] = strip
        return strip

    def pointer(self, number: int, size: Size) -> Strip:
        """The same row for finding what a mouse is over."""
        row = self._stack.find(min(number, self._stack.height - 1))
        if row is None:
            return Strip.blank(size.width)
        page = self._stack.pages[row.page]
        if row.role is Role.TEXT:
            start, end = page.rows.span(row.row)
            body = body_of(page.rows.row(row.row), page.rows.width)
        else:
            above = row.role in (Role.SEAM, Role.HOLE)
            start = end = ABOVE_TEXT if above else page.size
            body = ""
        return pointer_strip(body, start, end, page=row.page, left=LEFT, width=size.width)

    def _draw_text(self, row: Row, width: int) -> Strip:
        page = self._stack.pages[row.page]
        start, end = page.rows.span(row.row)
        marks = [
            (first - start, last - start, self._style("changed"))
            for first, last in page.changed_in(row.row)
        ]
        first, last = chosen_in(self._stack, row.page, self.chosen)
        if first < end and last > start:
            marks.append((first - start, last - start, self._style("selection")))
        edge = self._ground(row, "edge" if row.page == self._stack.front else "draft")
        return text_strip(
            body_of(page.rows.row(row.row), page.rows.width),
            self._ground(row, "draft" if page.kind is Kind.DRAFT else "text"),
            marks,
            left=LEFT,
            width=width,
            tail=Segment(EDGE, edge) if self._stack.is_live(row) else None,
            lead=self._lead(row),
        )

    def _draw_mark(self, row: Row, width: int) -> Strip:
        body, word = self._words(row, width - LEFT - RIGHT)
        marks = []
        first, last = chosen_in(self._stack, row.page, self.chosen)
        if row.role is Role.GAP and first < last > self._stack.pages[row.page].size:
            marks.append((0, len(body), self._style("selection")))
        waits = row.role is Role.HOLE and row.page == self._stack.front
        return text_strip(
            body,
            self._ground(row, word),
            marks,
            left=LEFT,
            width=width,
            lead=self._lead(row),
            tail=Segment(EDGE, self._ground(row, "edge")) if waits else None,
        )

    def _words(self, row: Row, room: int) -> tuple[str, str]:
        """What a row says that is no text, and the word of its style."""
        part = self._stack.parts[row.page]
        match row.role:
            case Role.SEAM:
                seam = f"⌇ {clock(part.start)}"
                if not part.doubtful:
                    return seam, "seam"
                said = [seam + words for words in _NO_PAUSE]
                return next((each for each in said if cell_len(each) <= room), seam), "doubtful"
            case Role.HOLE:
                after = self._stack.parts[row.page + 1].start
                # Deltas can come before it is known where their passages begin.
                known = after > part.start
                return f"⋯ {clock(part.start)}–{clock(after)}" if known else "⋯", "hole"
            case Role.GAP:
                return part.gap, "cut"
            case Role.CUT:
                return CUT, "cut"
            case _:
                return "", "text"

    def _lead(self, row: Row) -> Segment | None:
        return Segment(HERE, self._ground(row, "edge")) if row == self.here else None

    def _ground(self, row: Row, name: str) -> Style:
        style = self._style(name)
        return style + self._style("here") if row == self.here else style

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
