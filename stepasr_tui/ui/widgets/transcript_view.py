"""The text of one recording as it arrives; it takes passages, never facts about jobs.

Painted row by row (Textual's Line API): a row becomes a strip only when it is seen, only
rows that changed are painted again, and pieces that arrive within one frame are painted
together. Each passage has a page of its own, so that several can grow at once.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual.binding import Binding, BindingType
from textual.message import Message

from stepasr_tui.core.transcribe.passages import Kind, Passage
from stepasr_tui.ui.chosen import Spot, Spots, text_between, text_with
from stepasr_tui.ui.page_scroll import PageScroll
from stepasr_tui.ui.page_stack import Place
from stepasr_tui.ui.said_at import Stretches, place_of, second_at

if TYPE_CHECKING:
    from textual.geometry import Offset
    from textual.selection import Selection
    from textual.timer import Timer

FRAME = 1 / 30
"""Seconds between two paintings while text streams in."""


class TranscriptView(PageScroll, can_focus=True):
    """The text of one recording: passages that grow, are cut off, or stay as they are."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "transcript-view--hint",
        "transcript-view--draft",
        "transcript-view--text",
        "transcript-view--changed",
        "transcript-view--cut",
        "transcript-view--edge",
        "transcript-view--seam",
        "transcript-view--doubtful",
        "transcript-view--hole",
        "transcript-view--here",
    }

    DEFAULT_CSS = """
    TranscriptView {
        & > .transcript-view--hint { color: $faint; }
        & > .transcript-view--draft { color: $draft; }
        & > .transcript-view--text { color: $foreground; }
        & > .transcript-view--changed { color: $changed; text-style: underline; }
        & > .transcript-view--cut { color: $partial; }
        & > .transcript-view--edge { color: $accent; }
        & > .transcript-view--seam { color: $faint; }
        & > .transcript-view--doubtful { color: $warning; }
        & > .transcript-view--hole { color: $faint; }
        & > .transcript-view--here { background: $cursor; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "follow", "Follow the text", show=False),
    ]

    @dataclass
    class FollowChanged(Message):
        """The view left the place where text comes in, or returned to it."""

        following: bool
        """True when it is followed again."""

    def __init__(
        self,
        *,
        name: str | None = None,
        id: str | None = None,  # noqa: A002 - Textual's word
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.heard: Stretches = ()
        """``Job.heard_stretches``: for finding a second in text that has no times."""
        self._pending: dict[int, list[str]] = {}
        self._frame: Timer | None = None

    @property
    def text(self) -> str:
        """Exactly the text that was given, joined as the transcript of a job is."""
        return text_with(self._stack, self._pending)

    def clear(self, hint: str = "") -> None:
        """Shows no text but ``hint``, our own words, in the middle."""
        self._painter.hint = hint
        self._pending.clear()
        self._anchor, self._here = Place(), None
        self._drop_selection(self._stack.show((), running=False))
        self.following = True
        self._settle()

    def show(self, parts: Sequence[Passage], *, running: bool) -> None:
        """Shows the passages of a job, in order; only those that differ are laid out again.

        What is read stays in place. After ``clear``, a text to which nothing more is to
        come (``running`` is False) opens at its top.
        """
        self._hand_over()
        stack, opened = self._stack, not self._stack.pages
        ends = stack.running and not running
        begins = running and not stack.running and not any(map(_is_final, parts))
        if self.following and ends and not self._front_is_last:
            # The end of the last passage may be far from what was followed.
            self._anchor = stack.place_at(self.scroll_offset.y)
            self.following = False
        gone = stack.show(parts, running=running)
        n = self._anchor.page
        if n in gone and n < len(parts):
            at = gone[n].same_place(self._anchor.at, stack.pages[n].given)
            self._anchor = self._anchor._replace(at=at)
        if self._here and self._here.page in gone:
            self._here = None
        self._drop_selection(gone)
        if opened and parts and not running:
            self._open()
            return
        self.following = self.following or begins
        self._settle()

    def append_draft(self, index: int, text: str) -> None:
        """Adds a delta to passage ``index``; painted at once, or with the next frame."""
        pages = self._stack.pages
        if not self._stack.running or len(pages) <= index or pages[index].kind is not Kind.DRAFT:
            self._begin_draft(index)
        self._pending.setdefault(index, []).append(text)
        if self._frame is None:
            self._paint_frame()

    def go_to(self, seconds: float) -> None:
        """Goes where that second of the recording is said, and marks the row till one moves on."""
        place = place_of(self._stack, self.heard, seconds)
        if place is None:
            return
        self.following = False
        self._here = place
        self._stack.wrap_through(place.page)
        row = self._stack.row_at(place)
        self._anchor = self._stack.place_at(max(0, row - self.size.height // 3))
        self._settle()

    def place(self) -> float | None:
        """The second that is said in the marked row, else in the row on top; None without text."""
        top = self.scroll_offset.y
        if self._stack.find(top) is None:
            return None
        return second_at(self._stack, self.heard, self._here or self._stack.place_at(top))

    def watch_following(self, following: bool) -> None:
        self.post_message(self.FollowChanged(following))

    def selection_updated(self, selection: "Selection | None") -> None:
        """Who selects is reading: the text stays where it is meanwhile."""
        if selection is not None and self._stack.running and self.following:
            self._anchor = self._stack.place_at(self.scroll_offset.y)
            self.following = False
        self._painter.chosen = _spots(selection)
        self._painter.forget()
        self.refresh()

    def get_selection(self, selection: "Selection") -> tuple[str, str] | None:
        """The given text under ``selection``; rows that only wrap are joined."""
        spots = _spots(selection)
        return (text_between(self._stack, spots), "\n") if spots else None

    def _open(self) -> None:
        """Shows a text that is complete from its top."""
        self.set_reactive(TranscriptView.following, False)
        self._settle()
        self.set_reactive(TranscriptView.following, True)
        self.following = not self._stack.behind and self.max_scroll_y == 0

    def _begin_draft(self, index: int) -> None:
        """Makes room for deltas of a passage that was not shown, or not as a draft."""
        self._hand_over()
        parts = self._stack.as_shown
        start = parts[-1].start if parts else 0.0
        while len(parts) <= index:
            parts.append(Passage(len(parts), Kind.DRAFT, "", start, doubtful=False))
        if (part := parts[index]).kind is not Kind.DRAFT:
            parts[index] = Passage(index, Kind.DRAFT, "", part.start, part.doubtful)
        self.show(parts, running=True)

    def _drop_selection(self, gone: Collection[int]) -> None:
        """The places of a selection mean nothing in another text."""
        if not gone or not self.is_attached or (spots := _spots(self.text_selection)) is None:
            return
        start, end = spots
        first, last = start[0] if start else 0, end[0] if end else max(gone)
        if any(first <= n <= last for n in gone):
            rest = {of: what for of, what in self.screen.selections.items() if of is not self}
            self.screen.selections = rest

    def _paint_frame(self) -> None:
        """Takes up what arrived since the last frame; the timer ends when nothing did."""
        self._frame = None
        if not self._pending:
            return
        self._take_up()
        if self.is_mounted:
            self._frame = self.set_timer(FRAME, self._paint_frame)

    def _take_up(self) -> None:
        pending, self._pending = self._pending, {}
        with self._steady():
            for index, pieces in pending.items():
                self._grow(index, "".join(pieces))

    def _hand_over(self) -> None:
        """Gives the pages what arrived, for ``_settle`` to lay out."""
        for index, pieces in self._pending.items():
            self._stack.append(index, "".join(pieces))
        self._pending.clear()

    def _word(self, name: str) -> Style:
        """The style of one of our component classes; of some, only the ground."""
        if name == "selection":
            # Its text colour is transparent by default: laid over ours it would hide the words.
            selection = self.screen.get_component_rich_style("screen--selection")
            return Style(bgcolor=selection.bgcolor)
        style = self.get_component_rich_style(f"transcript-view--{name}")
        return Style(bgcolor=style.bgcolor) if name == "here" else style


def _is_final(part: Passage) -> bool:
    return part.kind is Kind.FINAL and bool(part.text)


def _spots(selection: "Selection | None") -> Spots | None:
    """Where ``selection`` begins and ends: its rows are our pages."""

    def spot(offset: "Offset | None") -> Spot | None:
        return None if offset is None else (offset.y, offset.x)

    return None if selection is None else (spot(selection.start), spot(selection.end))
