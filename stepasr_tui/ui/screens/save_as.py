"""Asks where a transcript goes when the usual place will not do; the writing is not its job."""

import os
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from stepasr_tui.core.display import visible, visible_path, visible_row

_LONGEST_NAME = 255
"""Bytes; what most file systems take."""


def free_name(path: Path) -> Path:
    """``path``, or ``name (2).txt`` and so on: the first that does not exist. Blocks."""
    number = 2
    found = path
    while os.path.lexists(found):
        end = f" ({number}){path.suffix}"
        stem = path.stem
        while len(os.fsencode(stem + end)) > _LONGEST_NAME:
            stem = stem[:-1]
        found = path.with_name(stem + end)
        number += 1
    return found


class SaveAs(ModalScreen["SaveAs.Wanted | None"]):
    """A path to change or to accept; replacing a file takes a button of its own."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "leave", "Not now")]

    class Wanted:
        """Where the text is to go."""

        def __init__(self, path: Path, replace: bool) -> None:
            self.path = path
            """The file."""
            self.replace = replace
            """True when the person agreed that what is there goes."""

    def __init__(self, path: Path, why: str) -> None:
        """``why`` is our own sentence on the reason for asking; ``path`` the suggestion."""
        super().__init__()
        self._path = path
        self._shown = visible_row(str(path))
        self._why = visible(why)

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "Save the transcript"
            dialog.border_subtitle = "esc not now"
            yield Static(self._why, id="why", markup=False)
            yield Input(self._shown, id="path", select_on_focus=False)
            yield Static("", id="note", markup=False)
            with Horizontal(id="buttons"):
                yield Button("Save", id="save", compact=True)
                yield Button("Replace it", id="replace", compact=True)

    def on_mount(self) -> None:
        self._look()
        # Of a long path the end is what people change; the field scrolls to it once it has a size,
        # and only when its cursor moves.
        field = self.query_one("#path", Input)
        field.action_home()
        self.call_after_refresh(field.action_end)

    @property
    def _wanted(self) -> Path:
        """What the field means: a bare name is beside the recording.

        The field holds what is safe to show: what of it was not changed means the real path.
        """
        text = self.query_one("#path", Input).value.strip()
        if text == self._shown.strip():
            return self._path
        folder = self._path.parent
        path = Path(os.path.expanduser(text))  # noqa: PTH111 - Path's own raises for ~nobody
        if str(path.parent) == visible_row(str(folder)):
            return folder / path.name
        return folder / path

    @on(Input.Changed)
    def _look(self) -> None:
        path = self._wanted
        # Unlike Path's own, these answer for any text: a name too long, a folder not ours.
        folder = os.path.isdir(path)  # noqa: PTH112
        taken = os.path.lexists(path) and not folder
        self.query_one("#replace", Button).display = taken
        self.query_one("#save", Button).display = not taken
        self.query_one("#save", Button).disabled = folder
        note = ""
        if taken:
            note = f"{visible_path(path)} exists already. Change the name to keep both."
        elif folder:
            note = "That is a folder: add a name."
        elif not os.path.isdir(path.parent):  # noqa: PTH112
            note = f"{visible_path(path.parent)} does not exist; it will be made."
        self.query_one("#note", Static).update(note)

    @on(Input.Submitted)
    def _submitted(self) -> None:
        if self.query_one("#replace", Button).display:
            self.query_one("#replace", Button).focus()
        elif not self.query_one("#save", Button).disabled:
            self._save()

    @on(Button.Pressed, "#save")
    def _save(self) -> None:
        self.dismiss(self.Wanted(self._wanted, replace=False))

    @on(Button.Pressed, "#replace")
    def _replace(self) -> None:
        self.dismiss(self.Wanted(self._wanted, replace=True))

    def action_leave(self) -> None:
        self.dismiss(None)
