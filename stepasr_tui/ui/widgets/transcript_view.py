"""The text of one recording as it arrives; it takes text, never facts about jobs.

Painted row by row (Textual's Line API): a row becomes a strip only when it is seen, only
rows that changed are painted again, and pieces that arrive within one frame are painted
together.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from stepasr_tui.ui.page import Kind, Page
from stepasr_tui.ui.page_painter import LEFT, RIGHT, PagePainter

if TYPE_CHECKING:
    from textual import events
    from textual.selection import Selection
    from textual.timer import Timer

FRAME = 1 / 30
"""Seconds between two paintings while text streams in."""

MEASURE = 100
"""Cells in the longest row: longer ones are tiring to read."""


class TranscriptView(ScrollView, can_focus=True):
    """The text of one recording: a draft that grows, a partial text, or the final one."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "transcript-view--hint",
        "transcript-view--draft",
        "transcript-view--text",
        "transcript-view--changed",
        "transcript-view--cut",
        "transcript-view--edge",
    }

    DEFAULT_CSS = """
    TranscriptView {
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
        & > .transcript-view--hint { color: $faint; }
        & > .transcript-view--draft { color: $draft; }
        & > .transcript-view--text { color: $foreground; }
        & > .transcript-view--changed { color: $changed; text-style: underline; }
        & > .transcript-view--cut { color: $partial; }
        & > .transcript-view--edge { color: $accent; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "Follow the end", show=False),
    ]

    following: reactive[bool] = reactive(True, repaint=False, init=False)
    """True while the end of the text stays in view as it grows."""

    @dataclass
    class FollowChanged(Message):
        """The view left the end of the text, or returned to it."""

        following: bool
        """True when the end is followed again."""

    def __init__(
        self,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's word
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self._page = Page()
        self._painter = PagePainter(self._word)
        self._anchor = 0
        self._pending: list[str] = []
        self._frame: Timer | None = None
        self._slicing = False
        self._moving = False
        self._base = Style.null()

    @property
    def text(self) -> str:
        """Exactly the text that was given, pieces joined."""
        return self._page.given + "".join(self._pending)

    def clear(self, hint: str = "") -> None:
        """Shows no text but ``hint``, our own words, in the middle."""
        self._painter.hint = hint
        self._replace(Kind.EMPTY, "")

    def append_draft(self, text: str) -> None:
        """Adds a delta to the draft; painted at once, or with the next frame while streaming."""
        if self._page.kind is not Kind.DRAFT:
            self.show_draft("")
        self._pending.append(text)
        if self._frame is None:
            self._paint_frame()

    def show_draft(self, text: str) -> None:
        """Shows a whole draft and follows its end; more may be appended."""
        self._replace(Kind.DRAFT, text)

    def show_partial(self, text: str) -> None:
        """Shows a draft whose stream was cut, with a mark where that happened."""
        self._replace(Kind.PARTIAL, text)

    def show_final(self, text: str, changed: Sequence[tuple[int, int]] = ()) -> None:
        """Shows the final text: in place of what was shown, or after ``clear`` from its top.

        ``changed`` holds ``[start, end)`` code points of ``text`` that differ from the draft.
        """
        self._replace(Kind.FINAL, text, changed)

    def follow(self) -> None:
        """Goes to the end and stays there as the text grows."""
        self.following = True
        self._settle()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The painted rows: no border or padding is drawn, so Textual's pass is not needed."""
        base = self.rich_style
        if base != self._base:
            self._base = base
            self._painter.forget_styles()
        top = self.scroll_offset.y
        size, selection = self.size, self._selected(self.text_selection)
        strips = [
            self._painter.strip(self._page, top + y, size, selection) for y in crop.line_range
        ]
        background = self.background_colors[1]
        for line_filter in self.get_line_filters():
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        if crop.column_span != (0, self.size.width):
            strips = [strip.crop(*crop.column_span) for strip in strips]
        return strips

    def render_line(self, y: int) -> Strip:
        """The row under the mouse: Textual asks for it to find a place in the text."""
        return self._painter.pointer(self._page, self.scroll_offset.y + y, self.size)

    def watch_following(self, following: bool) -> None:
        self.post_message(self.FollowChanged(following))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        super().watch_scroll_y(old_value, new_value)
        if self._moving:
            return
        self._anchor = self._page.place_at(round(new_value))
        at_end = new_value >= self.max_scroll_y and not self._slicing
        if at_end and new_value > old_value:
            self.following = True
        elif new_value < old_value and not at_end:
            self.following = False

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._painter.forget_styles()

    def selection_updated(self, selection: "Selection | None") -> None:
        """Who selects is reading: the text stays where it is meanwhile."""
        if selection is not None and self._page.kind is Kind.DRAFT and self.following:
            self._anchor = self._page.place_at(self.scroll_offset.y)
            self.following = False
        self._painter.forget()
        self.refresh()

    def get_selection(self, selection: "Selection") -> tuple[str, str] | None:
        """The given text under ``selection``; rows that only wrap are joined."""
        return self._page.given_in(*self._selected(selection)), "\n"

    def on_resize(self, _event: "events.Resize") -> None:
        width = min(MEASURE, self.size.width - LEFT - RIGHT)
        if width > 0 and width != self._page.rows.width:
            self._page.rewrap(width)
        self._settle()

    def action_follow(self) -> None:
        self.follow()

    def action_scroll_end(self) -> None:
        self.follow()

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

    def _replace(self, kind: Kind, text: str, changed: Sequence[tuple[int, int]] = ()) -> None:
        opened = self._page.kind is Kind.EMPTY and kind in (Kind.FINAL, Kind.PARTIAL)
        if opened or kind is Kind.EMPTY:
            self._anchor = 0
        elif not self.following:
            self._anchor = self._page.same_place(self._anchor, text)
        self._drop_selection()
        self._pending.clear()
        self._page = Page(kind, text, width=self._page.rows.width, changed=changed)
        if opened:
            self.set_reactive(TranscriptView.following, False)
            self._settle()
            self.set_reactive(TranscriptView.following, True)
            self.following = self._page.whole and self.max_scroll_y == 0
        else:
            self.following = self.following or kind in (Kind.DRAFT, Kind.EMPTY)
            self._settle()

    def _drop_selection(self) -> None:
        """The places of a selection mean nothing in another text."""
        if self.is_attached and self in self.screen.selections:
            rest = {of: what for of, what in self.screen.selections.items() if of is not self}
            self.screen.selections = rest

    def _settle(self) -> None:
        """Wraps what has to be seen and goes there: the end, or the text that was on top."""
        self._painter.forget()
        self.refresh()
        if self.following:
            self._page.wrap()
        else:
            self._page.wrap(self._anchor + self._page.rows.width * (self.size.height + 1))
        self._measure()
        self._slice_later()
        self._go_to(self.max_scroll_y if self.following else self._page.row_at(self._anchor))

    def _paint_frame(self) -> None:
        """Takes up what arrived since the last frame; the timer ends when nothing did."""
        self._frame = None
        if not self._pending:
            return
        self._page.append("".join(self._pending))
        self._pending.clear()
        if not self._slicing:
            self._rows_changed(self._page.wrap())
        if self.is_mounted:
            self._frame = self.set_timer(FRAME, self._paint_frame)

    def _slice_later(self) -> None:
        if not self._slicing and not self._page.whole and self.is_mounted:
            self._slicing = self.call_later(self._slice)

    def _slice(self) -> None:
        self._slicing = False
        before = len(self._page.rows.text)
        self._rows_changed(self._page.wrap_slice())
        if len(self._page.rows.text) > before:
            self._slice_later()

    def _rows_changed(self, first: int) -> None:
        """Has the rows from ``first`` on painted, as far as they are in view."""
        self._measure()
        self._painter.forget(first)
        top = self.scroll_offset.y
        start, end = max(first, top), min(self.virtual_size.height, top + self.size.height)
        if start < end:
            self.refresh_lines(start, end - start)
        if self.following:
            self._go_to(self.max_scroll_y)

    def _measure(self) -> None:
        """Tells Textual how many rows there are, without a layout of the screen."""
        height = 0 if self._page.kind is Kind.EMPTY else len(self._page.rows)
        if self._page.kind is Kind.PARTIAL:
            height += 2
        self.set_reactive(ScrollView.virtual_size, Size(self.size.width, height))
        if self.show_vertical_scrollbar:
            self.vertical_scrollbar.window_virtual_size = height

    def _go_to(self, row: int) -> None:
        """Scrolls on our own account: the person's wish to follow stays as it is."""
        if not self.is_mounted:
            return
        self._moving = True
        try:
            self.scroll_to(y=row, animate=False, force=True)
        finally:
            self._moving = False

    def _selected(self, selection: "Selection | None") -> tuple[int, int]:
        if selection is None:
            return 0, 0
        start, end = selection
        return self._page.stretch(
            None if start is None else start.x, None if end is None else end.x
        )

    def _word(self, name: str) -> Style:
        """The style of one of our component classes, or Textual's ground for what is selected."""
        if name == "selection":
            # Its text colour is transparent by default: laid over ours it would hide the words.
            selection = self.screen.get_component_rich_style("screen--selection")
            return Style(bgcolor=selection.bgcolor)
        return self.get_component_rich_style(f"transcript-view--{name}")
