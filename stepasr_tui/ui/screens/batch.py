"""What a folder full of recordings would take, counted while it is looked at; it starts none."""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Button, Static

from stepasr_tui.core.audio.recording import Recording
from stepasr_tui.core.figures import length
from stepasr_tui.core.folders import Entry
from stepasr_tui.ui.fact_rows import FactRow, as_content, laid_out
from stepasr_tui.ui.pieces import Piece
from stepasr_tui.ui.widgets.spending import spending_rows

if TYPE_CHECKING:
    from stepasr_tui.core.transcribe.estimate import Estimate

_PAINT = 0.1
"""Seconds between two paintings while it counts."""

_ROWS = 14
"""Rows of the table at most."""


class Batch(ModalScreen[list[Path] | None]):
    """The totals of many recordings; Enter gives back those that can be sent."""

    CSS_PATH = "dialog.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Not now"),
        Binding("left", "app.focus_previous", show=False),
        Binding("right", "app.focus_next", show=False),
    ]

    def __init__(
        self,
        entries: Sequence[Entry],
        *,
        running: int,
        done: int,
        look: Callable[[Entry], Awaitable[Recording | str]],
        estimate: Callable[[Recording], "Estimate"],
        total: Callable[[Sequence["Estimate"]], "Estimate"],
    ) -> None:
        """``running`` and ``done`` are recordings of the list that are not in ``entries``.

        ``look`` gives the recording in a file, or a word or two on why there is none;
        ``estimate`` what it takes to send it, and ``total`` what several take together.
        """
        super().__init__()
        self._entries = entries
        self._aside = {"running": running, "done": done}
        self._look = look
        self._estimate = estimate
        self._total = total
        self._estimates: dict[Path, Estimate] = {}
        self._unfit: dict[Path, str] = {}
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as dialog:
            dialog.border_title = "Transcribe all shown"
            dialog.border_subtitle = "esc not now"
            yield Static(id="table")
            with Horizontal(id="buttons"):
                yield Button("Transcribe", id="yes", compact=True)
                yield Button("Not now", id="no", compact=True)

    def on_mount(self) -> None:
        self._timer = self.set_interval(_PAINT, self._paint)
        self._paint()
        self._count()

    def on_resize(self) -> None:
        self._paint()

    @property
    def counting(self) -> bool:
        """Whether some have not been looked at yet."""
        return len(self._estimates) + len(self._unfit) < len(self._entries)

    @work(exclusive=True)
    async def _count(self) -> None:
        for entry in self._entries:
            found = await self._look(entry)
            if isinstance(found, str):
                self._unfit[entry.path] = found
                continue
            estimate = self._estimate(found)
            if estimate.asks:
                self._unfit[entry.path] = "to be asked about alone"
            else:
                self._estimates[entry.path] = estimate
        if self._timer is not None:
            self._timer.stop()
        self._paint()

    def _paint(self) -> None:
        table = self.query_one("#table", Static)
        width = table.content_size.width
        if not width:
            self.call_after_refresh(self._paint)
            return
        height = max(4, min(_ROWS, self.size.height - 6))
        table.update(as_content(laid_out(self._rows(), width, height)))
        number = len(self._wanted)
        button = self.query_one("#yes", Button)
        label = f"Transcribe {number:,}" if number else "Nothing to transcribe"
        button.label = label
        # It keeps the width that its first label had.
        button.styles.width = len(label) + 4
        button.disabled = not number

    def _rows(self) -> list[FactRow]:
        number = len(self._wanted)
        rows = [FactRow("recordings", (Piece(f"{number:,}", "primary"), *self._still()))]
        known = [each for each in self._estimates.values() if each.duration is not None]
        if known:
            total = self._total(known)
            shown = length(total.duration, exact=total.exact and not self.counting)
            rows.append(FactRow("length", (Piece(shown, "foreground"),)))
            rows += spending_rows(total)
        unknown = len(self._estimates) - len(known)
        notes = [FactRow("not counted", (Piece(f"{unknown:,} of unknown length", "warning"),))]
        left_out = self._left_out()
        if unknown or left_out:
            rows.append(FactRow(rank=3))
        return [*rows, *(notes if unknown else []), *left_out]

    def _still(self) -> tuple[Piece, ...]:
        if not self.counting:
            return ()
        seen = len(self._estimates) + len(self._unfit)
        return (Piece(f"still counting: {seen:,} of {len(self._entries):,}", "accent"),)

    def _left_out(self) -> list[FactRow]:
        reasons = Counter(self._unfit.values())
        reasons.update({word: number for word, number in self._aside.items() if number})
        facts = tuple(Piece(f"{n:,} {why}", "secondary") for why, n in reasons.most_common())
        return [FactRow("left out", facts)] if facts else []

    @property
    def _wanted(self) -> list[Path]:
        """All that may be recordings: what was not looked at yet is not given up."""
        return [entry.path for entry in self._entries if entry.path not in self._unfit]

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss(self._wanted if event.button.id == "yes" else None)

    def action_leave(self) -> None:
        self.dismiss(None)
