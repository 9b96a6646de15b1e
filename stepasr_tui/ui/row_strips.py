"""Rows of text as Textual strips, to paint and to point at; it decides no style and no row."""

from collections.abc import Sequence
from itertools import pairwise

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from stepasr_tui.ui.wrapping import boundaries

Mark = tuple[int, int, Style]
"""``[start, end)`` code points of a row and the style laid over them."""


def body_of(row: str, room: int) -> str:
    """``row`` without its line break, and without spaces that hang beyond ``room`` cells."""
    body = row.rstrip("\n")
    return body if cell_len(body) <= room else body.rstrip(" \u3000")


def text_strip(
    body: str,
    style: Style,
    marks: Sequence[Mark],
    *,
    left: int,
    width: int,
    lead: Segment | None = None,
    tail: Segment | None = None,
) -> Strip:
    """``body`` after ``left`` free cells, then ``tail``, filled up to ``width`` cells.

    ``lead`` stands in place of the free cells, and is as wide. The segments carry colours
    only: nothing in them can be clicked.
    """
    free = Style(bgcolor=style.bgcolor)
    segments = [lead or Segment(" " * left, free)]
    ends = {place for start, end, _ in marks for place in (start, end) if 0 < place < len(body)}
    for start, end in pairwise(sorted({0, len(body), *ends})):
        drawn = style
        for mark_start, mark_end, over in marks:
            if mark_start <= start < mark_end:
                drawn += over
        segments.append(Segment(body[start:end], drawn))
    if tail is not None:
        segments.append(tail)
    used = sum(segment.cell_length for segment in segments)
    if used < width:
        segments.append(Segment(" " * (width - used), free))
    strip = Strip(segments, max(used, width))
    return strip if used <= width else strip.crop(0, width)


def centred_strip(body: str, style: Style, width: int) -> Strip:
    """``body`` in the middle of ``width`` cells."""
    body = body.strip()
    return text_strip(body, style, (), left=max(0, width - cell_len(body)) // 2, width=width)


def pointer_strip(body: str, start: int, end: int, *, page: int, left: int, width: int) -> Strip:
    """One segment a cell, each knowing its place in the text, to find what a mouse is over.

    ``start`` and ``end`` are the row's places in the text of page ``page``. Textual adds
    one to where a drag ends; free cells stand for the row's last code point, so that the
    row is taken whole and nothing of the next.
    """
    places = [start] * left
    for first, after in pairwise(boundaries(body)):
        places += [start + first] * cell_len(body[first:after])
    places = places[:width]
    places += [max(start, end - 1)] * (width - len(places))
    return Strip(
        [Segment(" ", Style.from_meta({"offset": (place, page)})) for place in places], width
    )
