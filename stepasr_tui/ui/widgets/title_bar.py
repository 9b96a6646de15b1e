"""The line on top: where requests go, with what, and how many jobs there are; it asks nobody."""

from dataclasses import dataclass

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from stepasr_tui.core.display import visible_row
from stepasr_tui.ui.pieces import Line, Piece, fitted

_MARK = "stepasr"
_GAP = 2
"""Cells at least between the wordmark and the facts."""


@dataclass(frozen=True, slots=True)
class TitleFacts:
    """All that the line says."""

    region: str = ""
    """As the screen says it: ``China``."""
    plan: str = ""
    """Likewise: ``Normal``."""
    model: str = ""
    """As the service calls it."""
    language: str = ""
    """As the screen says it."""
    key: str = ""
    """The key as it may be shown, ``sk-…a1b2``; empty when there is none."""
    key_source: str = ""
    """Where it came from; may be empty."""
    host: str = ""
    """Where requests go, when that is not the region's own service; else empty."""
    needs_key: bool = True
    """False where none is asked for, such as in the demo: then its absence is not told."""
    running: int = 0
    """Jobs with something still to come."""
    done: int = 0
    """Jobs with their final text."""
    incomplete: int = 0
    """Jobs that were cut off or stopped."""
    failed: int = 0
    """Jobs that ended without a text."""


def title_line(facts: TitleFacts, width: int) -> Line:
    """The facts that fit beside the wordmark in ``width`` cells, each with its colour word."""
    return fitted(_facts(facts), width - len(_MARK) - _GAP)


def _facts(facts: TitleFacts) -> list[Piece]:
    found = [
        Piece(f"{facts.running} running" if facts.running else "", "accent", 2),
        Piece(f"{facts.done} done" if facts.done else "", "success", 4),
        Piece(f"{facts.incomplete} incomplete" if facts.incomplete else "", "partial", 3),
        Piece(f"{facts.failed} failed" if facts.failed else "", "error", 3),
        Piece(visible_row(facts.host), "warning", 1),
        Piece(visible_row(facts.region), "secondary", 6),
        Piece(visible_row(facts.plan), "secondary", 5),
        Piece(visible_row(facts.model), "foreground", 8),
        Piece(visible_row(facts.language), "secondary", 7),
    ]
    if facts.key:
        found.append(Piece(visible_row(facts.key), "foreground", 0))
        source = f"(from {visible_row(facts.key_source)})" if facts.key_source else ""
        found.append(Piece(source, "faint", 9, " "))
    elif facts.needs_key:
        found.append(Piece("no key", "warning", 0))
    return [fact for fact in found if fact.text]


class TitleBar(Widget):
    """The wordmark at the left, the facts at the right."""

    DEFAULT_CSS = """
    TitleBar {
        height: 1;
        padding: 0 1;
        background: $surface;
        color: $secondary;
        text-wrap: nowrap;
    }
    """

    facts: reactive[TitleFacts] = reactive(TitleFacts())
    """What the line says now."""

    def __init__(
        self,
        facts: TitleFacts = TitleFacts(),
        *,
        id: str | None = None,  # noqa: A002 - Textual's word
    ) -> None:
        super().__init__(id=id)
        self.set_reactive(TitleBar.facts, facts)

    def update_facts(self, facts: TitleFacts) -> None:
        """Says these facts from now on."""
        self.facts = facts

    def render(self) -> Content:
        width = self.content_size.width
        parts = title_line(self.facts, width)
        line = Content("").join(Content.styled(text, f"${word}") for text, word in parts)
        gap = " " * max(_GAP, width - len(_MARK) - line.cell_length)
        return Content.assemble((_MARK, "bold $primary"), gap, line)
