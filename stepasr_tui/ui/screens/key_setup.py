"""The dialog that takes a key: region, plan, paste, check, save; it does none of the work itself.

Checking and saving are functions handed in; the key is never shown, and forgotten on leaving.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from stepasr_tui.core.credentials import FoundKey, Secret, shown
from stepasr_tui.core.display import visible_path, visible_row
from stepasr_tui.core.errors import KeyProblem, SettingsError, StepasrError
from stepasr_tui.ui.clipboard import copy
from stepasr_tui.ui.widgets.check_rows import CheckRows
from stepasr_tui.ui.widgets.choice import Choice
from stepasr_tui.ui.widgets.key_field import KeyField

if TYPE_CHECKING:
    from stepasr_tui.core.stepfun.keycheck import CheckRow

REGIONS = {
    "cn": ("China", "platform.stepfun.com"),
    "intl": ("International", "platform.stepfun.ai"),
}
"""Region → its name and the site of its console, where keys are made."""

PLANS = {
    "standard": ("Normal", "pay as you go, from the account's balance"),
    "step_plan": ("Plan", "a subscription's monthly credit"),
}
"""Plan → its name and how it is paid."""

Check = Callable[[Secret, str, str], "AsyncIterator[CheckRow]"]
Save = Callable[[Secret, str, str], Path]


class KeySetup(ModalScreen["KeySetup.Done | None"]):
    """Returns ``Done`` once a key is saved, ``None`` when left with escape."""

    CSS_PATH = "key_setup.tcss"
    AUTO_FOCUS = "#key"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (80, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (24, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Not now"),
        Binding("ctrl+y", "copy_address", "Copy the address"),
    ]

    @dataclass(frozen=True)
    class Done:
        """A key was saved."""

        secret: Secret
        """The key."""
        region: str
        """``cn`` or ``intl``."""
        plan: str
        """``standard`` or ``step_plan``."""
        path: Path
        """The file that it was written to."""

    def __init__(
        self,
        *,
        check: Check,
        save: Save,
        path: Path,
        region: str = "cn",
        plan: str = "standard",
        current: FoundKey | None = None,
    ) -> None:
        """``save`` runs in a thread and writes ``path``; ``current`` is the key in force."""
        super().__init__()
        self._check = check
        self._save = save
        self._path = path
        self._region = region if region in REGIONS else "cn"
        self._plan = plan if plan in PLANS else "standard"
        self._current = current

    def compose(self) -> ComposeResult:
        with VerticalScroll(id="dialog", can_focus=False) as dialog:
            dialog.border_title = "StepFun key"
            dialog.border_subtitle = "esc not now · ctrl+y copy the address"
            yield Static("Recordings are sent to StepFun with a key of your own.", id="why")
            with Horizontal(classes="field"):
                yield Label("Region")
                yield Choice(REGIONS, self._region, id="region")
            with Horizontal(classes="field"):
                yield Label("Plan")
                yield Choice(PLANS, self._plan, id="plan")
            with Horizontal(classes="line"):
                yield Label("Get one at")
                yield Static(self._address, id="address", markup=False)
                yield Button("Copy", id="copy", compact=True)
            with Horizontal(classes="line"):
                yield Label("Key")
                yield KeyField(placeholder=self._placeholder(), id="key")
            yield Static("", id="note", markup=False)
            yield CheckRows("Check asks StepFun about the key; it costs nothing.", id="rows")
            with Horizontal(classes="line", id="file"):
                yield Label("Saves to")
                yield Static(self._where(), id="where", markup=False)
            if self._variable:
                yield Static(
                    f"{self._variable} is set, and overrides the key in this file.",
                    id="override",
                    markup=False,
                )
            with Horizontal(id="buttons"):
                yield Button("Check", id="check", compact=True)
                yield Button("Save", id="save", compact=True)

    def on_mount(self) -> None:
        # Reached by ctrl+y and the mouse: the tab key goes from the plan straight to the key.
        self.query_one("#copy").can_focus = False

    def on_paste(self, event: events.Paste) -> None:
        """A key pasted anywhere goes to its field."""
        event.stop()
        field = self.query_one(KeyField)
        field.take(event.text)
        field.focus()

    @property
    def _address(self) -> str:
        return f"https://{REGIONS[self._region][1]}/interface-key"

    @property
    def _variable(self) -> str:
        """The environment variable that holds the key in force; empty when none does."""
        return self._current.source if self._current and not self._current.path else ""

    def _placeholder(self) -> str:
        if self._current:
            return f"paste another; now {shown(self._current.secret)}, from {self._current.source}"
        return "paste it here"

    def _where(self) -> Content:
        return Content.assemble(
            visible_path(self._path), ("\nreadable by you only (mode 0600)", "$faint")
        )

    @on(Choice.Changed)
    def _chosen(self) -> None:
        self._region = self.query_one("#region", Choice).value
        self._plan = self.query_one("#plan", Choice).value
        self.query_one("#address", Static).update(self._address)
        self._forget_check()

    @on(Input.Changed)
    def _typed(self) -> None:
        self._forget_check()
        self._say("")

    @on(KeyField.Pasted)
    def _pasted(self, event: KeyField.Pasted) -> None:
        self._forget_check()
        if event.problem:
            self._complain(event.problem)
            return
        key = shown(event.field.key().secret)
        removed = " and ".join(
            part for part in (", ".join(event.cleaned[:-1]), *event.cleaned[-1:]) if part
        )
        self._say(f"{key} · removed {removed}" if removed else key)

    @on(Input.Submitted)
    @on(Button.Pressed, "#check")
    def _check_asked(self) -> None:
        secret = self._secret(saving=False)
        if secret:
            self._run_check(secret, self._region, self._plan)

    @on(Button.Pressed, "#save")
    def _save_asked(self) -> None:
        secret = self._secret(saving=True)
        if secret:
            self._run_save(secret, self._region, self._plan)

    @on(Button.Pressed, "#copy")
    async def action_copy_address(self) -> None:
        self._say(await copy(self._address, self.app))

    def action_leave(self) -> None:
        self.dismiss(None)

    @work(group="check", exclusive=True)
    async def _run_check(self, secret: Secret, region: str, plan: str) -> None:
        rows = self.query_one(CheckRows)
        self._forget_check(stop=False)
        found = self._check(secret, region, plan)
        try:
            async for row in found:
                rows.show(row)
        except StepasrError as error:
            rows.put("Check", "failed", f"{error.what} {error.cause}".strip(), error.remedy)
        finally:
            # Leaving must close the connection now, not when the generator is collected.
            if close := getattr(found, "aclose", None):
                await close()
        self._name_save("Save anyway" if rows.failed else "Save")
        if not rows.failed and self.focused in (None, *self.query("#key, #check")):
            self.query_one("#save").focus()

    @work(group="save", exclusive=True)
    async def _run_save(self, secret: Secret, region: str, plan: str) -> None:
        try:
            path = await asyncio.to_thread(self._save, secret, region, plan)
        except SettingsError as error:
            self._complain(error)
        else:
            self.dismiss(self.Done(secret, region, plan, path))

    def _secret(self, *, saving: bool) -> Secret | None:
        """The key in the field, else the one in force; says why when there is none."""
        field = self.query_one(KeyField)
        if not field.value.strip() and self._current and not (saving and self._variable):
            return self._current.secret
        if not field.value.strip():
            self._complain(KeyProblem("Paste a key first."))
        else:
            try:
                return field.key().secret
            except KeyProblem as problem:
                self._complain(problem)
        field.focus()
        return None

    def _forget_check(self, *, stop: bool = True) -> None:
        """What was checked is no longer what would be saved."""
        if stop:
            self.workers.cancel_group(self, "check")
        self.query_one(CheckRows).clear()
        self._name_save("Save")

    def _name_save(self, label: str) -> None:
        save = self.query_one("#save", Button)
        save.label = label
        # A button does not grow with its label by itself.
        save.refresh(layout=True)

    def _complain(self, problem: StepasrError) -> None:
        self._say(str(problem), bad=True)

    def _say(self, sentence: str, *, bad: bool = False) -> None:
        note = self.query_one("#note", Static)
        note.set_class(bad, "-bad")
        note.update(visible_row(sentence))
