"""Every key, from the one table of commands."""

from itertools import groupby
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from stepasr_tui.ui.commands import COMMANDS


class Help(ModalScreen[None]):
    """A page of keys by pane."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape,f1,q,question_mark", "leave", "Close")]

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "Keys"
            dialog.border_subtitle = "esc close · ctrl+p finds commands by name"
            with VerticalScroll(id="scroll"):
                for number, (pane, rows) in enumerate(groupby(COMMANDS, lambda each: each.pane)):
                    yield Static(pane, classes="pane -first" if number == 0 else "pane")
                    for each in rows:
                        if each.keys:
                            yield Static(
                                Content.assemble((f"{each.keys:<11}", "$accent"), each.help)
                            )

    def action_leave(self) -> None:
        self.dismiss(None)
