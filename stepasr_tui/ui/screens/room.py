"""A screen that needs so much room, and says so where there is less; what is in it is not here."""

from textual import events
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

_COLUMNS, _ROWS = 60, 16
"""Below these nothing can be laid out that is of use."""

_WIDE = 110
"""Columns from which nothing need be left out."""


class Room(Screen[None]):
    """Has the class ``-narrow`` where it is not wide, ``-too-small`` where a card hides it."""

    _before_card: Widget | None = None

    def compose(self) -> ComposeResult:
        yield Static(
            "This window is too small.\n"
            f"stepasr-tui needs {_COLUMNS} columns and {_ROWS} rows.\n\n"
            "Everything goes on meanwhile.",
            id="too-small",
        )

    def on_resize(self, event: events.Resize) -> None:
        was_small = self.has_class("-too-small")
        small = event.size.width < _COLUMNS or event.size.height < _ROWS
        if small and not was_small:
            self._before_card = self.focused
        self.set_class(small, "-too-small")
        if was_small and not small and self.focused is None:
            # What is hidden loses the focus, and nothing gives it back.
            self.call_after_refresh(self.set_focus, self._before_card)
        self.set_class(event.size.width < _WIDE, "-narrow")
