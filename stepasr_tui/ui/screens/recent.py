"""A short list of folders used before; going there is not its job."""

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from stepasr_tui.core.display import visible_path


class Recent(ModalScreen[Path | None]):
    """Folders, newest first; a digit or Enter chooses."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Not now"),
        *(Binding(str(digit), f"nth({digit})", show=False) for digit in range(1, 10)),
    ]

    def __init__(self, folders: tuple[str, ...]) -> None:
        super().__init__()
        self._folders = folders

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "Recent folders"
            dialog.border_subtitle = "esc not now"
            if not self._folders:
                yield Static("None yet: folders that you transcribe from appear here.", id="why")
            yield OptionList(
                *(
                    Option(Content.assemble((f"{at} ", "$faint"), visible_path(Path(folder))))
                    for at, folder in enumerate(self._folders, 1)
                )
            )

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.action_nth(event.option_index + 1)

    def action_nth(self, number: int) -> None:
        if number <= len(self._folders):
            self.dismiss(Path(self._folders[number - 1]))

    def action_leave(self) -> None:
        self.dismiss(None)
