"""Pages that are read while they grow: what is read stays in place; it takes no passages.

While text is to come it follows the *front*: the end of the first page that is not finished.
What later pages have already is in view below it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.style import Style
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip

from stepasr_tui.ui.page_painter import LEFT, RIGHT, PagePainter
from stepasr_tui.ui.page_stack import PageStack, Place, Row
from stepasr_tui.ui.row_scroll import RowScroll

if TYPE_CHECKING:
    from textual import events

MEASURE = 100
"""Cells in the longest row: longer ones are tiring to read."""


class PageScroll(RowScroll):
    """A stack of pages; whoever derives from it puts text into them and names the styles."""

    following: reactive[bool] = reactive(True, repaint=False, init=False)
    """True while the front, or the end when nothing runs, stays in view."""

    seams: reactive[bool] = reactive(False, repaint=False, init=False)
    """True when a row above each page but the first says where it begins."""

    def __init__(
        self,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's word
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._stack = PageStack()
        self._painter = PagePainter(self._stack, self._word)
        self._anchor = Place()
        self._here: Place | None = None
        self._slicing = False
        self._base = Style.null()

    def follow(self) -> None:
        """Goes where text comes in, or to the end, and stays there as the text grows."""
        self._here = None
        self.following = True
        self._settle()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The painted rows: no border or padding is drawn, so Textual's pass is not needed."""
        base = self.rich_style
        if base != self._base:
            self._base = base
            self._painter.forget_styles()
        top, size = self.scroll_offset.y, self.size
        strips = [self._painter.strip(top + y, size) for y in crop.line_range]
        background = self.background_colors[1]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        if crop.column_span != (0, self.size.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """The row under the mouse: Textual asks for it to find a place in the text."""
        return self._painter.pointer(self.scroll_offset.y + y, self.size)

    def watch_seams(self, seams: bool) -> None:
        self._stack.seams = seams
        self._settle()

    def scrolled(self, old: float, new: float) -> None:
        self._unmark()
        self._anchor = self._stack.place_at(round(new))
        followed = self._followed_row
        if old < followed <= new and not self._slicing:
            self.following = True
        elif new != followed and not old > new >= self.max_scroll_y:
            # Textual itself scrolls back to the last row when rows go.
            self.following = False

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter.forget_styles()

    def on_resize(self, _event: "events.Resize") -> None:
        width = min(MEASURE, self.size.width - LEFT - RIGHT)
        if width > 0 and width != self._stack.width:
            self._stack.rewrap(width)
        self._settle()

    def on_key(self, event: "events.Key") -> None:
        """Letters are orders, and may be about the marked row; any other key moves on from it."""
        if not event.is_printable:
            self._unmark()

    def action_follow(self) -> None:
        self.follow()

    def action_scroll_end(self) -> None:
        if self._front_is_last:
            self.follow()
            return
        self.following = False
        self._stack.wrap_through(len(self._stack.pages))
        self._anchor = self._stack.place_at(max(0, self._stack.height - self.size.height))
        self._settle()

    def _word(self, name: str) -> Style:
        """The style of what the painter names so."""
        raise NotImplementedError

    @property
    def _front_is_last(self) -> bool:
        """True when nothing stands below the place that is followed."""
        return self._stack.front_row in (None, self._stack.height - 1)

    @property
    def _followed_row(self) -> int:
        """The row on top while the front is followed: what stands below it has a third."""
        front = self._stack.front_row
        if front is None:
            return self.max_scroll_y
        return max(0, min(self.max_scroll_y, front + 1 - self.size.height * 2 // 3))

    def _settle(self) -> None:
        """Wraps what has to be seen and goes there: the front, or the text that was on top."""
        stack = self._stack
        if self.following:
            last = len(stack.pages) if stack.front is None else stack.front
            stack.wrap_through(last)
            stack.wrap_from(Place(last + 1), self.size.height)
        else:
            stack.wrap_from(self._anchor, self.size.height)
        self._painter.here = stack.find(stack.row_at(self._here)) if self._here else None
        self._painter.forget()
        self.refresh()
        self.set_height(stack.height)
        self._slice_later()
        self.go_to_row(self._followed_row if self.following else stack.row_at(self._anchor))

    @contextmanager
    def _steady(self) -> Iterator[None]:
        """Keeps what is read in place, or the front in view, while rows come and go."""
        before = self._stack.row_at(self._anchor)
        yield
        self.set_height(self._stack.height)
        if self.following:
            self.go_to_row(self._followed_row)
        elif moved := self._stack.row_at(self._anchor) - before:
            self.go_to_row(self.scroll_y + moved)

    def _grow(self, index: int, text: str) -> None:
        """Adds to the page ``index`` and paints what of it is in view."""
        stack, height = self._stack, self._stack.height
        behind = stack.pages[index].behind
        first_text = stack.append(index, text)
        if behind:
            # Its rows are being made slice by slice, these among them.
            return
        first = stack.wrap_new(index)
        if first_text:
            # Holes may have opened above it.
            stack.measure()
        self._repaint(first, moved=first_text or stack.height != height, all_rows=first_text)

    def _unmark(self) -> None:
        if self._here:
            self._here = self._painter.here = None
            self._painter.forget()
            self.refresh()

    def _slice_later(self) -> None:
        if not self._slicing and self.is_mounted and self._stack.behind:
            self._slicing = self.call_later(self._slice)

    def _slice(self) -> None:
        self._slicing = False
        with self._steady():
            height = self._stack.height
            near = self._stack.front if self.following else self._anchor.page
            if first := self._stack.wrap_slice(near or 0):
                self._repaint(first, moved=self._stack.height != height)
        self._slice_later()

    def _repaint(self, first: Row, *, moved: bool, all_rows: bool = False) -> None:
        """Has the text rows from ``first`` on painted, as far as they are in view.

        ``moved`` when what stands below them moved; ``all_rows`` when those above did too.
        """
        self._painter.forget(first)
        begin, end = self._stack.rows_of(first.page)
        top, height = self.scroll_offset.y, self.size.height
        start = top if all_rows else max(begin + first.row, top)
        end = top + height if moved else min(end, top + height)
        if start < end:
            self.refresh_lines(start, end - start)
