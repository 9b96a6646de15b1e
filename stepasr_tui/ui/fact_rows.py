"""A small table of facts: names at the left, what is known at the right; it knows no widget."""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells
from textual.content import Content

from stepasr_tui.ui.pieces import Line, Piece

_GAP = 2
"""Cells between a name and what is known."""


@dataclass(frozen=True, slots=True)
class FactRow:
    """A name and its facts; without any facts it is an empty row."""

    name: str = ""
    """A word."""
    facts: tuple[Piece, ...] = ()
    """Side by side while they fit, then below each other; the highest rank goes first."""
    word: str = "faint"
    """Colour word of the name."""
    rank: int = 0
    """Higher goes first when there is not height enough; 0 stays."""


def laid_out(rows: Sequence[FactRow], width: int, height: int) -> list[Line]:
    """The rows in ``width`` cells; what ranks highest goes until they fit into ``height``."""
    kept = list(rows)
    while True:
        lines = _lines(kept, width)
        if len(lines) <= height or not (ranks := [rank for row in kept for rank in _ranks(row)]):
            return lines[:height] if height > 0 else []
        kept = _without(kept, max(ranks))


def as_content(lines: Sequence[Line]) -> Content:
    """The lines in the theme's colours."""
    rows = [
        Content("").join(Content.styled(text, f"${word}") for text, word in line if text)
        for line in lines
    ]
    return Content("\n").join(rows)


def _ranks(row: FactRow) -> list[int]:
    return [rank for rank in (row.rank, *(fact.rank for fact in row.facts)) if rank]


def _without(rows: Sequence[FactRow], rank: int) -> list[FactRow]:
    """The rows without the last thing of that rank."""
    for at in range(len(rows) - 1, -1, -1):
        row = rows[at]
        if row.rank == rank:
            return [*rows[:at], *rows[at + 1 :]]
        for place in range(len(row.facts) - 1, -1, -1):
            if row.facts[place].rank == rank:
                facts = (*row.facts[:place], *row.facts[place + 1 :])
                fewer = FactRow(row.name, facts, row.word, row.rank)
                return [*rows[:at], *([fewer] if facts else []), *rows[at + 1 :]]
    raise AssertionError("unreachable")


def _lines(rows: Sequence[FactRow], width: int) -> list[Line]:
    names = max((cell_len(row.name) for row in rows), default=0) + _GAP
    found: list[Line] = []
    for row in rows:
        for number, line in enumerate(_flowed(row.facts, max(1, width - names)) or [[]]):
            name = row.name if number == 0 else ""
            found.append([(name + " " * (names - cell_len(name)), row.word), *line])
    return found


def _flowed(facts: Sequence[Piece], width: int) -> list[Line]:
    """The facts side by side, on as many lines as they need."""
    lines: list[Line] = []
    used = width
    for fact in facts:
        cells = cell_len(fact.text)
        if lines and used + len(fact.glue) + cells <= width:
            lines[-1] += [(fact.glue, "faint"), (fact.text, fact.word)]
            used += len(fact.glue) + cells
            continue
        for part in _wrapped(fact.text, width):
            lines.append([(part, fact.word)])
            used = cell_len(part)
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    """``text`` on as many lines as it needs, cut between words where that is possible."""
    lines: list[str] = []
    for word in text.split(" "):
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines += chop_cells(word, width) or [""]
    return lines
