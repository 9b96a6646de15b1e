"""The sounds in one file, to choose the one that is heard; it opens no file."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from stepasr_tui.core.audio.recording import Track
from stepasr_tui.core.display import visible_row
from stepasr_tui.ui.widgets.spending import channels_of, track_name

_NAME = 24
"""Cells for language and title, so that what follows lines up."""


class Tracks(ModalScreen[int | None]):
    """Language, title and codec of each; a digit or Enter chooses."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Not now"),
        *(Binding(str(digit), f"nth({digit})", show=False) for digit in range(1, 10)),
    ]

    def __init__(self, tracks: tuple[Track, ...], chosen: int) -> None:
        super().__init__()
        self._tracks = tracks
        self._chosen = chosen

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "Which sound is heard?"
            dialog.border_subtitle = "esc leave as it is"
            yield Static("The others are not sent.", id="why")
            yield OptionList(
                *(Option(self._row(place, track)) for place, track in enumerate(self._tracks))
            )

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = self._chosen

    def _row(self, place: int, track: Track) -> Content:
        mark = ("● ", "$primary") if place == self._chosen else ("○ ", "$faint")
        name = Content(track_name(track) or f"track {place + 1}")
        gap = " " * max(2, _NAME - name.cell_length)
        what = f"{visible_row(track.codec)} · {channels_of(track)}"
        return Content.assemble((f"{place + 1} ", "$faint"), mark, name, gap, (what, "$secondary"))

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(event.option_index)

    def action_nth(self, number: int) -> None:
        if number <= len(self._tracks):
            self.dismiss(number - 1)

    def action_leave(self) -> None:
        self.dismiss(None)
