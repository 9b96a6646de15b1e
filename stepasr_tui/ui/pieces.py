"""Pieces of a line side by side: the least important shrink, then go. It paints nothing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rich.cells import cell_len

from stepasr_tui.ui.wrapping import boundaries

Line = list[tuple[str, str]]
"""Texts side by side, each with the colour word it is drawn in (``draft`` for ``$draft``)."""

_SHORTEST_CUT = 10
"""Cells; a sentence cut to less than that says nothing."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a line that is drawn whole or not at all."""

    text: str
    """Safe to show."""
    word: str
    """Its colour word."""
    rank: int = 0
    """The highest goes first when the line is too narrow; 0 stays."""
    glue: str = " · "
    """What stands before it, unless it is the first."""
    short: str = ""
    """What it becomes before it goes."""
    cut: bool = False
    """True for a sentence that may end in ``…`` instead."""


def fitted(pieces: Sequence[Piece], width: int) -> Line:
    """The pieces side by side in at most ``width`` cells: the least important shrink, then go."""
    kept = list(pieces)
    while kept and (over := _cells(kept) - width) > 0:
        least = max(range(len(kept)), key=lambda place: kept[place].rank)
        piece = kept[least]
        room = cell_len(piece.text) - over
        if piece.cut and room >= _SHORTEST_CUT:
            kept[least] = replace(piece, text=_cut(piece.text, room), cut=False)
        elif piece.short:
            kept[least] = replace(piece, text=piece.short, short="")
        elif len(kept) > 1:
            del kept[least]
        else:
            kept = [replace(piece, text=_cut(piece.text, width))] if width > 1 else []
            break
    line: Line = []
    for place, piece in enumerate(kept):
        if place:
            line.append((piece.glue, "faint"))
        line.append((piece.text, piece.word))
    return line


def _cells(pieces: Sequence[Piece]) -> int:
    glue = sum(len(piece.glue) for piece in pieces[1:])
    return glue + sum(cell_len(piece.text) for piece in pieces)


def _cut(text: str, room: int) -> str:
    """The words of ``text`` that fit into ``room`` cells, and ``…``; a long word is cut."""
    if cell_len(text) <= room:
        return text
    end = max(place for place in boundaries(text) if cell_len(text[:place]) < room)
    whole = text.rfind(" ", 0, end + 1)
    return text[: whole if whole > 0 else end].rstrip(" ,;:.，；：。") + "…"
