"""The rows of a check as they come in; running the check is not its job."""

from typing import TYPE_CHECKING, Literal

from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Static

from stepasr_tui.core.display import visible, visible_row

if TYPE_CHECKING:
    from stepasr_tui.core.stepfun.keycheck import CheckRow

State = Literal["running", "ok", "warning", "failed"]

_MARKS: dict[State, str] = {"running": "…", "ok": "✓", "warning": "!", "failed": "✗"}


class _Row(Horizontal):
    """One check: mark, name, meaning, and beneath it what to do."""

    def __init__(self) -> None:
        super().__init__()
        self._mark_cell = Static(classes="mark", markup=False)
        self._name_cell = Static(classes="name", markup=False)
        self._meaning_cell = Static(classes="meaning", markup=False)
        self._time_cell = Static(classes="time", markup=False)

    def compose(self) -> ComposeResult:
        yield self._mark_cell
        yield self._name_cell
        yield self._meaning_cell
        yield self._time_cell

    def fill(
        self, name: str, state: State, meaning: str, remedy: str, seconds: float | None
    ) -> None:
        """Show the row in this state."""
        self.set_classes(f"-{state}")
        self._mark_cell.update(_MARKS[state])
        self._name_cell.update(visible_row(name))
        self._meaning_cell.update("\n".join(visible(text) for text in (meaning, remedy) if text))
        self._time_cell.update("" if seconds is None else f"{seconds:.1f} s")


class CheckRows(VerticalScroll, can_focus=False):
    """The rows so far; a row of the same name takes the place of the earlier one."""

    DEFAULT_CSS = """
    CheckRows {
        height: 1fr;
        scrollbar-size-vertical: 1;
        & > _Row { height: auto; }
        & .mark { width: 2; color: $faint; }
        & .name { width: 8; color: $foreground; }
        & .meaning { width: 1fr; height: auto; color: $secondary; }
        & .time { width: 7; color: $faint; text-align: right; }
        & > _Row.-ok > .mark { color: $success; }
        & > _Row.-warning > .mark { color: $warning; }
        & > _Row.-failed > .mark { color: $error; }
        & > _Row.-warning > .meaning, & > _Row.-failed > .meaning { color: $foreground; }
        & > #hint { color: $faint; }
    }
    """

    def __init__(self, hint: str, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._hint = Static(hint, id="hint", markup=False)
        self._rows: dict[str, _Row] = {}
        self._states: dict[str, State] = {}

    def compose(self) -> ComposeResult:
        yield self._hint

    @property
    def failed(self) -> bool:
        """True when a row failed."""
        return "failed" in self._states.values()

    def clear(self) -> None:
        """No rows; the hint again."""
        for row in self._rows.values():
            row.remove()
        self._rows.clear()
        self._states.clear()
        self._hint.display = True

    def show(self, row: "CheckRow") -> None:
        """Show ``row``, in its place."""
        self.put(row.name, row.state, row.meaning, row.remedy, row.seconds)

    def put(
        self, name: str, state: State, meaning: str, remedy: str = "", seconds: float | None = None
    ) -> None:
        """Show one row, in the place of an earlier one of that ``name``."""
        self._hint.display = False
        if name not in self._rows:
            self._rows[name] = _Row()
            self.mount(self._rows[name])
        self._states[name] = state
        self._rows[name].fill(name, state, meaning, remedy, seconds)
        # What happened stays in view where what to do about it is long.
        row = self._rows[name]
        self.call_after_refresh(self.scroll_to_widget, row, animate=False, top=True)
