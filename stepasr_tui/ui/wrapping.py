"""Cuts a growing text into rows by display width; it knows no widget, colour or screen.

A row ends after a line break, after the spaces at which a line of words is full, or between
two characters where Chinese and Japanese typesetting allows it (no closing mark begins a
row, no opening mark ends one). A character as people see it, which may be many code
points, is never cut. Widths are Rich's, as Textual pads and crops by them.

Each code point becomes one byte, its class. Rows are found in those bytes, so ordinary
text costs a few byte searches a row; only rows with joined characters are walked.
"""

import re
import unicodedata
from array import array
from bisect import bisect_left, bisect_right

from rich.cells import cell_len, get_character_cell_size

_CLOSING = set("，。！？、；：」』）】》〉〕］｝〗〙〛”’…‥·・％℃°!),.:;?]}%»›ー々〻ヽヾゝゞ～")
_CLOSING |= set("ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ｡｣､･")
_OPENING = set("「『（【《〈〔［｛〖〘〚“‘([{«‹$£¥￥＄#＃")
_HYPHENS = set("-‐–—/")

_WIDE = b"SwcoW"
_SPACES = b"sS"
_JOINED = re.compile(rb"[zjr]")
_CLUSTER = re.compile(rb"(?:rr?|[^zjr])?(?:z|j(?:rr?|[^zjr])?){0,30}")
"""One character as people see it. Unicode annex 29 has no limit to its marks; 30 is where
annex 15 stops, and keeps hostile text from growing one for ever."""


class _Classes(dict[int, str]):
    """Code point → class, filled as code points are met.

    ``s`` space, ``n`` letter, ``h`` hyphen, ``C`` closing, ``O`` opening: one cell.
    ``S`` ideographic space, ``w`` ideograph, ``c`` closing, ``o`` opening: two cells.
    ``z`` belongs to what precedes it, ``j`` joins what precedes and follows it, ``r`` half
    of a flag: these need a walk.
    """

    def __missing__(self, code: int) -> str:
        self[code] = found = _class_of(chr(code))
        return found


def _class_of(char: str) -> str:
    if char in "\n ":
        return "\n" if char == "\n" else "s"
    if "\U0001f1e6" <= char <= "\U0001f1ff":
        return "r"
    cells = get_character_cell_size(char)
    category = unicodedata.category(char)
    if cells == 0 or category in ("Mn", "Mc", "Me"):
        joins = category == "Cf" or unicodedata.combining(char) == 9
        return "j" if joins else "z"
    if char == "\u3000":
        return "S"
    if char in _CLOSING:
        return "c" if cells == 2 else "C"
    if char in _OPENING:
        return "o" if cells == 2 else "O"
    if char in _HYPHENS and cells == 1:
        return "h"
    return "w" if cells == 2 else "n"


_CLASSES = _Classes()


def _may_part(before: str, after: str) -> bool:
    if after in "sScC" or before in "oO":
        return before in "sS" and after not in "sS"
    return before in "sSwcr" or after in "wor" or (before == "h" and after == "n")


_PARTINGS = frozenset(
    f"{before}{after}".encode()
    for before in "snhCOSwcor"
    for after in "snhCOSwcor"
    if _may_part(before, after)
)
"""Pairs of classes between which a row may end."""


def row_end(text: str, classes: bytes, at: int, width: int) -> int:
    """Where the row that begins at ``at`` ends, or -1 while more text could still join it.

    ``classes`` has one byte a code point of ``text``; ``width`` is in cells, 2 or more.
    """
    # A row of nothing but spaces or marks takes no width: a count ends it all the same.
    most = at + 8 * width + 64
    stop = classes.find(b"\n", at, most)
    limit = stop if stop >= 0 else min(len(classes), most)
    over, starts = _overflow(text, classes, at, limit, width)
    if over < limit:
        after = over
        while after < limit and classes[after] in _SPACES:
            after += 1
        if after == over:
            return _part(classes, at, over, starts)
        if after < len(classes) and classes[after] in b"zj":
            return max(after - 1, at + 1)
        if after < limit:
            return after
    if stop >= 0:
        return stop + 1
    return limit if most < len(classes) else -1


def _overflow(
    text: str, classes: bytes, at: int, limit: int, width: int
) -> tuple[int, list[int] | None]:
    """The first code point beyond ``width`` cells (``limit`` when all fit).

    With it come the beginnings of the characters before it, or None when each is one code
    point.
    """
    room, over = width, at
    while room and over < limit:
        step = min(max(1, room >> 1), limit - over)
        if over == at and width <= limit - at:
            ahead = classes[at : at + width]
            step = width if len(ahead.translate(None, _WIDE)) == width else step
        piece = classes[over : over + step]
        cells = 2 * step - len(piece.translate(None, _WIDE))
        if cells > room:
            break
        room -= cells
        over += step
    if _JOINED.search(classes, at, min(over + 1, limit)):
        return _walk(text, classes, at, limit, width)
    return (max(over, at + 1) if over < limit else over), None


def _walk(text: str, classes: bytes, at: int, limit: int, width: int) -> tuple[int, list[int]]:
    room = width
    starts: list[int] = []
    for match in _CLUSTER.finditer(classes, at, limit):
        start, end = match.span()
        if start == end:
            break
        cells = cell_len(text[start:end])
        if cells > room:
            if start > at:
                return start, starts
            end = at + 1  # wider than a whole row: the one case where it has to be cut
            while cell_len(text[at : end + 1]) <= width:
                end += 1
            return end, starts
        room -= cells
        starts.append(start)
    if len(starts) > 1 and limit < len(classes) and classes[limit : limit + 1] != b"\n":
        return starts[-1], starts[:-1]  # stopped by the count, perhaps inside a character
    return limit, starts


def _part(classes: bytes, at: int, over: int, starts: list[int] | None) -> int:
    """The last place in ``(at, over]`` where the row may end; ``over`` when there is none."""
    if starts is None:
        for place in range(over, at, -1):
            if classes[place - 1 : place + 1] in _PARTINGS:
                return place
        return over
    after = over
    for start in reversed(starts):
        if classes[start : start + 1] + classes[after : after + 1] in _PARTINGS:
            return after
        after = start
    return over


def boundaries(row: str) -> list[int]:
    """The places in ``row`` where a character as people see it begins, and its end."""
    classes = row.translate(_CLASSES).encode("ascii")
    if not _JOINED.search(classes):
        return list(range(len(row) + 1))
    return sorted({0, *(match.end() for match in _CLUSTER.finditer(classes))})


class Rows:
    """A text and the places where its rows begin; grows at its end only."""

    def __init__(self, width: int) -> None:
        self.width = max(2, width)
        """Cells in a row; spaces at which a row is full may hang beyond it."""
        self.text = ""
        """All the text, exactly as appended."""
        self._starts = array("I", [0])

    def __len__(self) -> int:
        return len(self._starts)

    def append(self, text: str) -> int:
        """Adds ``text`` and wraps it; only the last row is wrapped again.

        Returns the first row that may have changed. Time depends on ``text`` alone.
        """
        first = len(self._starts) - 1
        # One reference to the string lets CPython grow it in place.
        whole, self.text = self.text, ""
        whole += text
        self.text = whole
        base = self._starts[first]
        tail = whole[base:]
        classes = tail.translate(_CLASSES).encode("ascii")
        at = 0
        while (at := row_end(tail, classes, at, self.width)) >= 0:
            self._starts.append(base + at)
        return first

    def span(self, row: int) -> tuple[int, int]:
        """Where ``row`` begins and ends in the text; its line break is part of it."""
        following = row + 1
        end = self._starts[following] if following < len(self._starts) else len(self.text)
        return self._starts[row], end

    def row(self, row: int) -> str:
        """The text of ``row`` with the spaces and the line break that end it."""
        start, end = self.span(row)
        return self.text[start:end]

    def row_at(self, offset: int) -> int:
        """The row in which the code point at ``offset`` stands."""
        return max(0, bisect_right(self._starts, offset) - 1)

    def edge_of(self, offset: int, *, after: bool = False) -> int:
        """The beginning of the character in which ``offset`` falls, or its end ``after``."""
        start, end = self.span(self.row_at(offset))
        places = boundaries(self.text[start:end])
        if after:
            return start + places[min(bisect_left(places, offset - start), len(places) - 1)]
        return start + places[bisect_right(places, offset - start) - 1]
