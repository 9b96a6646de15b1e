"""A pane of rows that scrolls without animation and knows whose scrolling it was; no text."""

from textual.geometry import Size
from textual.scroll_view import ScrollView


class RowScroll(ScrollView):
    """Rows counted from the top; whoever derives from it paints them."""

    DEFAULT_CSS = """
    RowScroll {
        background: $background;
        color: $foreground;
        overflow-x: hidden;
        overflow-y: scroll;
        scrollbar-size-vertical: 1;
        scrollbar-color: $line;
        scrollbar-color-hover: $secondary;
        scrollbar-color-active: $primary;
        scrollbar-background: $background;
        scrollbar-background-hover: $background;
        scrollbar-background-active: $background;
    }
    """

    _moving = False

    def scrolled(self, old: float, new: float) -> None:
        """A person scrolled from row ``old`` to row ``new``."""

    def set_height(self, rows: int) -> None:
        """Tells Textual how many rows there are, without a layout of the screen."""
        self.set_reactive(ScrollView.virtual_size, Size(self.size.width, rows))
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.window_virtual_size = rows

    def go_to_row(self, row: float) -> None:
        """Scrolls on our own account: ``scrolled`` is not called."""
        if not self.is_mounted:
            return
        self._moving = True
        try:
            self.scroll_to(y=row, animate=False, force=True)
        finally:
            self._moving = False

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if not self._moving:
            self.scrolled(old_value, new_value)

    def action_scroll_home(self) -> None:
        self.scroll_to(y=0, animate=False)

    def action_scroll_up(self) -> None:
        self.scroll_relative(y=-1, animate=False)

    def action_scroll_down(self) -> None:
        self.scroll_relative(y=1, animate=False)

    def action_page_up(self) -> None:
        self.scroll_relative(y=1 - self.size.height, animate=False)

    def action_page_down(self) -> None:
        self.scroll_relative(y=self.size.height - 1, animate=False)
