"""How recordings are sent: quality, length of segments, the account's limits; it sends nothing."""

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from stepasr_tui.core.settings import SEGMENT_MINUTES
from stepasr_tui.core.stepfun.service import TIERS
from stepasr_tui.ui.widgets.choice import Choice

_UPLOADS = {
    "small": ("small  quickest to send, heard the same", ""),
    "best": ("best   more bits, fewer conversions", ""),
}


class Sending(ModalScreen["Sending.Wanted | None"]):
    """Three choices; Enter or the button keeps them, Escape leaves all as it was."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Not now"),
        Binding("enter", "keep", "Keep", show=False),
    ]

    @dataclass(frozen=True)
    class Wanted:
        """What was chosen."""

        best: bool
        """Quality over size."""
        segment_minutes: int
        """The longest segment of a recording that must be cut."""
        tier: str
        """The account's rate limit."""

    def __init__(self, best: bool, segment_minutes: int, tier: str) -> None:
        """What is in force now."""
        super().__init__()
        self._before = self.Wanted(best, segment_minutes, tier)

    def compose(self) -> ComposeResult:
        before = self._before
        tiers = {
            name: (f"{name}  {at_once:,} at once, {a_minute:,} a minute", "")
            for name, (at_once, a_minute) in TIERS.items()
        }
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "Sending"
            dialog.border_subtitle = "enter keeps · esc leaves as it was"
            with Horizontal(classes="field"):
                yield Label("upload")
                yield Choice(_UPLOADS, "best" if before.best else "small", id="upload")
            with Horizontal(classes="field"):
                yield Label("segments")
                yield Input(
                    str(before.segment_minutes),
                    id="minutes",
                    type="integer",
                    max_length=2,
                    select_on_focus=True,
                )
                yield Static(self._meant, id="meant", markup=False)
            with Horizontal(classes="field"):
                yield Label("tier")
                yield Choice(tiers, before.tier, id="tier")
            yield Static(
                "The tier is on your account's page; it grows with what was ever paid in.",
                id="about",
            )
            with Horizontal(id="buttons"):
                yield Button("Keep", id="keep", compact=True)

    @property
    def _meant(self) -> str:
        return "minutes at most ({} to {})".format(*SEGMENT_MINUTES)

    @property
    def _minutes(self) -> int | None:
        text = self.query_one("#minutes", Input).value
        number = int(text) if text.isascii() and text.isdigit() else 0
        lowest, highest = SEGMENT_MINUTES
        return number if lowest <= number <= highest else None

    @on(Input.Changed)
    def _changed(self) -> None:
        meant = self.query_one("#meant", Static)
        meant.set_class(self._minutes is None, "-bad")
        self.query_one("#keep", Button).disabled = self._minutes is None

    @on(Input.Submitted)
    @on(Button.Pressed)
    def _submitted(self) -> None:
        self.action_keep()

    def action_keep(self) -> None:
        minutes = self._minutes
        if minutes is None:
            self.query_one("#minutes", Input).focus()
            return
        best = self.query_one("#upload", Choice).value == "best"
        self.dismiss(self.Wanted(best, minutes, self.query_one("#tier", Choice).value))

    def action_leave(self) -> None:
        self.dismiss(None)
