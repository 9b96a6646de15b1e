"""How one row of the file picker is drawn; knows no widget and reads no file."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from rich.cells import cell_len
from rich.style import Style
from rich.text import Text
from textual.content import Content

from stepasr_tui.core.display import visible_row

LEAD = 2
"""Cells before the name: a folder's arrow or a recording's mark, then a space."""

_DURATION = 8
"""Cells: ``~1:02:10``."""
_SIZE = 7
_NARROW = 34
"""Below so many cells the size goes: the duration says more about the wait to come."""
_SHORTEST_NAME = 6
"""Cells; before a name gets less, the duration goes too."""

_SHORTEST_FOLDER = 8
"""Cells; with less beside the filter, the folder's name says nothing."""


class Mark(Enum):
    """What has become of a recording; the value is the name of its component class."""

    QUEUED = "queued"
    """It waits for its turn."""
    RUNNING = "running"
    """It is being transcribed."""
    DONE = "done"
    """Its text is complete."""
    PARTIAL = "partial"
    """Part of its text arrived."""
    FAILED = "failed"
    """Nothing of it arrived."""
    STOPPED = "stopped"
    """The person stopped it."""
    EMPTY = "empty"
    """It is done, and no speech was found."""
    SAVED = "saved"
    """Its text is in a file."""

    @property
    def glyph(self) -> str:
        """One cell."""
        return _GLYPHS[self]


_GLYPHS = {
    Mark.QUEUED: "○",
    Mark.RUNNING: "●",
    Mark.DONE: "✓",
    Mark.PARTIAL: "½",
    Mark.FAILED: "✗",
    Mark.STOPPED: "■",
    Mark.EMPTY: "!",
    Mark.SAVED: "↓",
}


@dataclass(frozen=True, slots=True)
class Styles:
    """Rich styles for the parts of a row, from the widget's component classes."""

    folder: Style
    """A folder's name and arrow."""
    name: Style
    """A recording's name."""
    faint: Style
    """Size, notes, what is not audio."""
    figure: Style
    """Duration."""
    match: Style
    """The letters that the filter asked for."""
    marks: Mapping[Mark, Style]
    """The glyph of each mark."""


@lru_cache(maxsize=4096)
def shown_name(name: str) -> str:
    """A file's name on one row, with nothing in it that could act."""
    return visible_row(name)


def folded(text: str) -> str:
    """``text`` for comparing without case, every character in its place."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(char.lower() if len(char.lower()) == 1 else char for char in text)


def has_words(name: str, words: Sequence[str]) -> bool:
    """Whether every one of ``words`` (already folded) is somewhere in ``name``."""
    text = folded(shown_name(name))
    return all(word in text for word in words)


_STARTING = 8
"""Cells of a name's start before any go to the number at its end."""


def fit_middle(text: str, width: int) -> tuple[int, int]:
    """How many characters to keep of the start and of the end so that ``text`` fits.

    The two add up to the whole length when nothing has to go; else one cell is left for
    ``…`` between them, and the ending of the name (``.mp3``) is kept while there is room.
    """
    if cell_len(text) <= width:
        return len(text), 0
    room = max(0, width - 1)
    dot = text.rfind(".")
    ending = cell_len(text[dot:]) if dot > 0 else 0
    wanted = room // 3
    if ending <= min(8, room // 2):
        # Recordings are often told apart by a number before the ending, so where there are cells
        # enough for a start that says something, some are for that.
        rest = room - ending
        wanted = max(wanted, ending + max(0, min(rest // 3, rest - _STARTING)))
    tail = _keep(text[::-1], wanted)
    head = _keep(text, room - cell_len(text[len(text) - tail :]))
    # A combining mark must not open the tail: it would join the ellipsis.
    while tail and cell_len(text[len(text) - tail]) == 0:
        tail -= 1
    return head, tail


def fit_left(text: str, width: int) -> str:
    """``text`` with its start replaced by ``…`` when it is wider than ``width`` cells."""
    if cell_len(text) <= width:
        return text
    if width <= 0:
        return ""
    return "…" + text[len(text) - _keep(text[::-1], width - 1) :]


def heading(folder: str, typed: str, counts: tuple[int, int], width: int) -> Content:
    """The line above the tree: the folder, and what is typed with how many of how many match."""
    if not typed:
        return Content.styled(fit_left(folder, width), "$secondary")
    count = f"{counts[0]:,} of {counts[1]:,}"
    found = [
        Content.styled(
            f"/ {fit_left(shown_name(typed), max(4, width - len(count) - 5))}▍", "$accent"
        ),
        Content("  "),
        Content.styled(count, "$faint"),
    ]
    room = width - sum(part.cell_length for part in found) - 2
    if room < _SHORTEST_FOLDER:
        return Content("").join(found)
    where = Content.styled(fit_left(folder, room), "$secondary")
    return Content("").join([where, Content("  "), *found])


def note_row(text: str, width: int, styles: Styles, base: Style) -> Text:
    """A row that is no file: ``reading…``, ``no permission``."""
    head, tail = fit_middle(text, width - LEAD)
    shown = text if head + tail >= len(text) else f"{text[:head]}…{text[len(text) - tail :]}"
    return _line([("  ", base), (shown, base + styles.faint)], width, base)


def folder_row(
    name: str, width: int, styles: Styles, base: Style, words: Sequence[str], *, opened: bool
) -> Text:
    """A folder's row, ``width`` cells; its arrow opens and closes it at a click."""
    arrow = Style.from_meta({"toggle": True}) + base + styles.folder
    parts = [("▾ " if opened else "▸ ", arrow)]
    parts += _name(name, width - LEAD, base + styles.folder, base + styles.match, words)
    return _line(parts, width, base)


def recording_row(
    name: str,
    duration: str,
    size: str,
    width: int,
    styles: Styles,
    base: Style,
    words: Sequence[str],
    *,
    pane: int,
    mark: Mark | None,
    usable: bool = True,
) -> Text:
    """A recording's row, ``width`` of the ``pane``'s cells; columns line up at the right."""
    lead = (mark.glyph + " ", base + styles.marks[mark]) if mark else ("  ", base)
    columns = [(duration, _DURATION, base + (styles.figure if usable else styles.faint))]
    if pane >= _NARROW:
        columns.append((size, _SIZE, base + styles.faint))
    right = _right(columns, base)
    while columns and width - LEAD - _cells(right) < _SHORTEST_NAME:
        columns.pop()
        right = _right(columns, base)
    room = width - LEAD - _cells(right)
    plain = base + (styles.name if usable else styles.faint)
    name_parts = _name(name, room, plain, base + styles.match, words)
    gap = room - _cells(name_parts)
    return _line([lead, *name_parts, (" " * gap, base), *right], width, base)


def _keep(text: str, width: int) -> int:
    """How many characters from the start of ``text`` fit into ``width`` cells."""
    used = 0
    for count, char in enumerate(text):
        used += cell_len(char)
        if used > width:
            return count
    return len(text)


def _name(
    name: str, width: int, plain: Style, found: Style, words: Sequence[str]
) -> list[tuple[str, Style]]:
    """The name within ``width`` cells, the letters that ``words`` found in it in ``found``."""
    text = shown_name(name)
    hits = _hits(text, words)
    head, tail = fit_middle(text, max(0, width))
    if head + tail >= len(text):
        return _coloured(text, 0, hits, plain, found)
    after = len(text) - tail
    hidden = any(head <= place < after for place in hits)
    return [
        *_coloured(text[:head], 0, hits, plain, found),
        ("…", found if hidden else plain),
        *_coloured(text[after:], after, hits, plain, found),
    ]


def _hits(text: str, words: Sequence[str]) -> set[int]:
    places: set[int] = set()
    if not words:
        return places
    text = folded(text)
    for word in words:
        at = text.find(word)
        while at >= 0:
            places.update(range(at, at + len(word)))
            at = text.find(word, at + 1)
    return places


def _coloured(
    text: str, offset: int, hits: Collection[int], plain: Style, found: Style
) -> list[tuple[str, Style]]:
    if not hits:
        return [(text, plain)]
    return [(char, found if offset + place in hits else plain) for place, char in enumerate(text)]


def _right(columns: Sequence[tuple[str, int, Style]], base: Style) -> list[tuple[str, Style]]:
    parts = []
    for text, width, style in columns:
        parts.append((" " * max(1, width + 1 - len(text)), base))
        parts.append((text, style))
    return parts


def _cells(parts: Sequence[tuple[str, Style]]) -> int:
    return sum(cell_len(text) for text, _ in parts)


def _line(parts: Sequence[tuple[str, Style]], width: int, base: Style) -> Text:
    line = Text(no_wrap=True, end="")
    for text, style in parts:
        line.append(text, style)
    line.append(" " * max(0, width - line.cell_len), base)
    return line
