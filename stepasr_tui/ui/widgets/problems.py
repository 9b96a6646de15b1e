"""The panel of what went wrong, newest on top; it tries nothing again and copies nothing itself."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from stepasr_tui.core.display import visible, visible_row
from stepasr_tui.core.transcribe.problem import Problem
from stepasr_tui.ui.file_rows import fit_middle

if TYPE_CHECKING:
    from textual import events
    from textual.geometry import Size

MOST = 200
"""Problems kept; the oldest go first."""

_HIGHEST = 8
"""Rows of the panel, header and all; a quarter of the screen when that is less."""
_LOWEST = 4
_LONGEST_NAME = 28
"""Cells of a recording's name in a row."""
_PARTS = {"what": "", "why": "why", "do": "to do", "ids": ""}
"""Parts of the detail and what stands before them."""
_KEYS = (("↑↓", "choose"), ("c", "copy"), ("r", "retry"), ("x", "remove"), ("esc", "close"))
_MORE = ("pgdn", "more")


def _name_cell(name: str, width: int) -> str:
    """``name`` in at most a third of ``width``, cut in its middle."""
    shown, room = visible_row(name), min(_LONGEST_NAME, width // 3)
    head, tail = fit_middle(shown, room)
    return shown if head + tail >= len(shown) else f"{shown[:head]}…{shown[len(shown) - tail :]}"


class _Line(Widget):
    """One problem on one row: when, whose, what."""

    @dataclass
    class Chosen(Message):
        """A click."""

        line: "_Line"

    def __init__(self, problem: Problem) -> None:
        super().__init__(classes="-warning" if problem.is_warning else "-error")
        self.problem = problem

    def render(self) -> Content:
        width = self.content_size.width
        name = _name_cell(self.problem.recording, width)
        what = visible_row(self.problem.what)
        line = Content.assemble(
            (self.problem.time, "$faint"),
            ("  " if name else "", ""),
            (name, "$foreground"),
            "  ",
            (what, "$warning" if self.problem.is_warning else "$error"),
        )
        return line.truncate(width, ellipsis=True)

    def cuts(self, width: int) -> bool:
        """Whether what happened does not fit into ``width`` cells."""
        name = cell_len(_name_cell(self.problem.recording, width))
        used = len(self.problem.time) + (2 + name if name else 0) + 2
        return used + cell_len(visible_row(self.problem.what)) > width

    def on_click(self) -> None:
        self.post_message(self.Chosen(self))


class _Retry(Static):
    """The words to click on."""

    class Pressed(Message):
        """A click."""

    def on_click(self) -> None:
        self.post_message(self.Pressed())


class _Detail(Vertical):
    """All that the chosen row has no room for, wrapped."""

    def __init__(self) -> None:
        super().__init__()
        self._texts = {name: Static(markup=False, classes="text") for name in _PARTS}
        self._rows = {name: Horizontal(classes=name) for name in (*self._texts, "retry")}

    def compose(self) -> ComposeResult:
        for name, row in self._rows.items():
            with row:
                yield Static(_PARTS.get(name, ""), classes="label")
                yield self._texts.get(name) or _Retry("Retry (r)", markup=False)

    def fill(self, problem: Problem, *, with_what: bool) -> None:
        """Tells about ``problem``; ``with_what`` once more what happened, in full."""
        ids = (("trace", problem.trace_id), ("session", problem.session_id))
        told = {
            "what": visible(problem.what) if with_what else "",
            "why": visible(problem.cause),
            "do": visible(problem.remedy),
            "ids": "   ".join(f"{kind} {visible_row(text)}" for kind, text in ids if text),
        }
        for name, text in told.items():
            self._texts[name].update(text)
            self._rows[name].display = bool(text)
        self._rows["retry"].display = problem.can_retry


class _Body(VerticalScroll, can_focus=False):
    """The rows and the detail; as high as they are, up to what the panel may take."""

    def get_content_height(self, container: "Size", viewport: "Size", width: int) -> int:
        most = max(_LOWEST, min(_HIGHEST, viewport.height // 4))
        return min(most - 1, super().get_content_height(container, viewport, width))


class Problems(Vertical, can_focus=True):
    """What went wrong: rows, and beneath the chosen one why and what to do."""

    DEFAULT_CSS = """
    Problems {
        height: auto;
        background: $surface;
        color: $foreground;
        & > #head { height: 1; padding: 0 1 0 2; text-wrap: nowrap; }
        & > #body {
            height: auto;
            background: $surface;
            scrollbar-gutter: stable;
            scrollbar-size: 0 1;
            scrollbar-color: $line;
            scrollbar-color-hover: $secondary;
            scrollbar-color-active: $primary;
            scrollbar-background: $surface;
            scrollbar-background-hover: $surface;
            scrollbar-background-active: $surface;
        }
        & _Line { height: 1; padding: 0 1 0 2; text-wrap: nowrap; }
        & _Line.-chosen { background: $panel; }
        &:focus _Line.-chosen { background: $cursor; }
        & _Detail { height: auto; padding: 0 1 0 2; }
        & _Detail > Horizontal { height: auto; }
        & _Detail Static { width: 1fr; height: auto; color: $secondary; }
        & _Detail .what > .text, & _Detail .do > .text { color: $foreground; }
        & _Detail .ids > .text { color: $faint; }
        & _Detail .label { width: 10; color: $faint; }
        & _Detail _Retry { width: auto; color: $primary; text-style: underline; }
        & _Detail _Retry:hover { text-style: bold underline; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Newer", show=False),
        Binding("down", "move(1)", "Older", show=False),
        Binding("home", "move(-9999)", "Newest", show=False),
        Binding("end", "move(9999)", "Oldest", show=False),
        Binding("pageup", "page(-1)", "Detail up", show=False),
        Binding("pagedown", "page(1)", "Detail down", show=False),
        Binding("c", "copy", "Copy"),
        Binding("r", "retry", "Retry"),
        Binding("x,delete", "remove_row", "Remove", key_display="x"),
        Binding("escape", "close", "Close"),
    ]

    @dataclass
    class CopyWanted(Message):
        """The person wants the text of this problem."""

        problem: Problem
        """Its ``as_text`` is what to copy."""

    @dataclass
    class RetryWanted(Message):
        """The person wants this job tried again."""

        problem: Problem
        """``can_retry`` is true, so it has a ``job_id``."""

    class Closed(Message):
        """The person wants the panel away, or took away its last row."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._lines: list[_Line] = []
        self._chosen: _Line | None = None
        self._ready = False
        self._head = Static(id="head", markup=False)
        self._body = _Body(id="body")
        self._detail = _Detail()

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All of them, newest first."""
        return tuple(line.problem for line in self._lines)

    @property
    def chosen(self) -> Problem | None:
        """The one whose detail is shown."""
        return self._chosen.problem if self._chosen else None

    def compose(self) -> ComposeResult:
        yield self._head
        with self._body:
            yield self._detail

    def add(self, problem: Problem) -> None:
        """Puts a problem on top, and chooses it unless somebody is reading another here."""
        line = _Line(problem)
        self._lines.insert(0, line)
        if self._ready:
            self._body.mount(line, before=0)
        for old in self._lines[MOST:]:
            self._drop(old)
        self._choose(self._chosen if self.has_focus and self._chosen else line)

    def settle(self, job_ids: set[int]) -> None:
        """Takes away what went wrong with these jobs: the recording has its text now."""
        for line in [each for each in self._lines if each.problem.job_id in job_ids]:
            self._drop(line)
        if self._chosen is None:
            self._choose(self._lines[0] if self._lines else None)
        else:
            self._write_head()

    def on_mount(self) -> None:
        self._ready = True
        self._body.mount(*self._lines, before=self._detail)
        self._choose(self._chosen)

    def on_resize(self, _event: "events.Resize") -> None:
        self._tell()

    def watch_has_focus(self, _has_focus: bool) -> None:
        super().watch_has_focus(_has_focus)
        self._write_head()

    @on(_Line.Chosen)
    def _on_line(self, message: _Line.Chosen) -> None:
        message.stop()
        self._choose(message.line)

    @on(_Retry.Pressed)
    def _on_retry(self, message: _Retry.Pressed) -> None:
        message.stop()
        self.action_retry()

    def check_action(self, action: str, _parameters: tuple[object, ...]) -> bool | None:
        if action == "retry":
            return self._chosen is not None and self._chosen.problem.can_retry
        if action in ("copy", "remove_row"):
            return self._chosen is not None
        return True

    def action_move(self, by: int) -> None:
        if self._chosen:
            place = self._lines.index(self._chosen) + by
            self._choose(self._lines[max(0, min(place, len(self._lines) - 1))])

    def action_page(self, by: int) -> None:
        self._body.scroll_relative(y=by * max(1, self._body.size.height - 1), animate=False)

    def action_copy(self) -> None:
        if self._chosen:
            self.post_message(self.CopyWanted(self._chosen.problem))

    def action_retry(self) -> None:
        if self._chosen and self._chosen.problem.can_retry:
            self.post_message(self.RetryWanted(self._chosen.problem))

    def action_remove_row(self) -> None:
        if self._chosen is None:
            return
        place = self._lines.index(self._chosen)
        self._drop(self._chosen)
        self._choose(self._lines[min(place, len(self._lines) - 1)] if self._lines else None)
        if not self._lines:
            self.post_message(self.Closed())

    def action_close(self) -> None:
        self.post_message(self.Closed())

    def _drop(self, line: _Line) -> None:
        self._lines.remove(line)
        if line is self._chosen:
            self._chosen = None
        if line.is_attached:
            line.remove()

    def _choose(self, line: _Line | None) -> None:
        """Makes ``line`` the chosen row, and brings it and its detail into view."""
        self._chosen = line
        for each in self._lines:
            each.set_class(each is line, "-chosen")
        if not self._ready:
            return
        self._detail.display = line is not None
        self._write_head()
        self.refresh_bindings()
        if line is not None:
            self._body.move_child(self._detail, after=line)
            self._tell()
            self.call_after_refresh(self._show_chosen)

    def _tell(self) -> None:
        if self._chosen:
            width = self._body.scrollable_content_region.width - 3
            self._detail.fill(self._chosen.problem, with_what=self._chosen.cuts(width))
            self.refresh(layout=True)

    def _show_chosen(self) -> None:
        if self._chosen and self._chosen.is_attached:
            self._body.scroll_to(y=self._lines.index(self._chosen), animate=False, force=True)
            self._write_head()

    def _write_head(self) -> None:
        title = "bold $primary" if self.has_focus else "bold $secondary"
        head = Content.assemble(("Problems", title), (f" · {len(self._lines):,}", "$secondary"))
        if self.has_focus:
            more = [_MORE] if 1 + self._detail.size.height > self._body.size.height else []
            for key, does in [*_KEYS, *more]:
                if key != "r" or (self._chosen and self._chosen.problem.can_retry):
                    head += Content.assemble("  ", (key, "$accent"), (f" {does}", "$faint"))
        self._head.update(head)
