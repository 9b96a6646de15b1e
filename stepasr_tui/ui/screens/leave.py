"""Asks before something would be lost by leaving; it stops and saves nothing itself."""

from typing import ClassVar, Literal

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

Answer = Literal["stay", "save", "leave"]


class Leave(ModalScreen[Answer]):
    """Stay, save all and leave, or leave."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer('stay')", "Stay"),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, running: int, unsaved: int) -> None:
        """How many recordings are being transcribed, and how many texts are not in a file."""
        super().__init__()
        self._on_their_way = running
        self._unsaved = unsaved

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "Leave?"
            dialog.border_subtitle = "esc stay"
            yield Static(self._what(), id="why", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Stay", id="stay", compact=True)
                yield Button("Save all and leave", id="save", compact=True)
                yield Button("Leave", id="leave", compact=True)

    def _what(self) -> str:
        said = []
        if self._on_their_way:
            said.append(
                f"{_count(self._on_their_way, 'recording is', 'recordings are')} still being "
                f"transcribed. Leaving stops {'it' if self._on_their_way == 1 else 'them'}; "
                "what was sent may be billed."
            )
        if self._unsaved:
            said.append(f"{_count(self._unsaved, 'transcript is', 'transcripts are')} not saved.")
        return "\n".join(said)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.action_answer(event.button.id or "stay")

    def action_answer(self, answer: str) -> None:
        found: dict[str, Answer] = {"stay": "stay", "save": "save", "leave": "leave"}
        self.dismiss(found[answer])


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"
