"""One of a few, chosen with the arrow keys alone; what the choice means is not its job."""

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

_NAME_WIDTH = 15
"""Cells for the names, so that two choices above each other line up."""


class Choice(Widget, can_focus=True):
    """A row for each option; an arrow key moves and chooses at once, and so does a click."""

    DEFAULT_CSS = """
    Choice { width: 1fr; height: auto; text-wrap: nowrap; text-overflow: ellipsis; }
    Choice > .choice--mark { color: $faint; }
    Choice > .choice--chosen { color: $primary; text-style: bold; }
    Choice > .choice--cursor { background: $cursor; }
    Choice > .choice--words { color: $faint; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "choice--mark",
        "choice--chosen",
        "choice--cursor",
        "choice--words",
    }
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,left", "move(-1)", "Previous", show=False),
        Binding("down,right,space", "move(1)", "Next", show=False),
    ]

    value: reactive[str] = reactive("")
    """The value chosen."""

    @dataclass
    class Changed(Message):
        """Another option was chosen."""

        choice: "Choice"
        """Where."""
        value: str
        """The value of the option."""

    def __init__(self, options: dict[str, tuple[str, str]], chosen: str, *, id: str) -> None:  # noqa: A002
        """``options``: value → its name and a few words about it, both our own."""
        super().__init__(id=id)
        self._options = options
        self.set_reactive(Choice.value, chosen)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:  # noqa: ARG002
        return len(self._options)

    def render(self) -> Content:
        """``● name   words``, one row for each option."""
        rows = []
        for value, (name, words) in self._options.items():
            chosen = value == self.value
            mark, style = ("●", "choice--chosen") if chosen else ("○", "choice--mark")
            label = Content.assemble(name, " " * max(1, _NAME_WIDTH - len(name)))
            if chosen and self.has_focus:
                label = Content.assemble(
                    (name, self.get_visual_style("choice--cursor", partial=True)),
                    " " * max(1, _NAME_WIDTH - len(name)),
                )
            rows.append(
                Content.assemble(
                    (mark, self.get_visual_style(style, partial=True)),
                    " ",
                    label,
                    (words, self.get_visual_style("choice--words", partial=True)),
                )
            )
        return Content("\n").join(rows)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and offset.y < len(self._options):
            self._choose(offset.y)

    def action_move(self, step: int) -> None:
        self._choose((list(self._options).index(self.value) + step) % len(self._options))

    def _choose(self, index: int) -> None:
        value = list(self._options)[index]
        if value != self.value:
            self.value = value
            self.post_message(self.Changed(self, value))
