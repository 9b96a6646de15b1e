"""One question with a yes; what is asked, and what follows from the answer, is the caller's."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from stepasr_tui.core.display import visible


class Ask(ModalScreen[bool]):
    """True for Enter on the first button, False for leaving."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "answer(False)", "Not now"),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(self, title: str, question: str, yes: str) -> None:
        """``yes`` says in a word or two what Enter does."""
        super().__init__()
        self._title = title
        self._question = visible(question)
        self._yes = yes

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = "esc not now"
            yield Static(self._question, id="why", markup=False)
            with Horizontal(id="buttons"):
                yield Button(self._yes, id="yes", compact=True)
                yield Button("Not now", id="no", compact=True)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.action_answer(event.button.id == "yes")

    def action_answer(self, answer: bool) -> None:
        self.dismiss(answer)
