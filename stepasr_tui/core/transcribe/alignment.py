"""Where a final text and its draft are the same: for changed places and for times. Pure."""

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

_SENTENCE = re.compile(r"[^。！？!?\n.]*[。！？!?\n.]*\s*")
_TOKEN = re.compile(r"[^\W\u3400-\u9fff\uf900-\ufaff]+|\s+|.", re.DOTALL)

_MOST_PAIRS = 1_000_000
"""Pairs of equal pieces that are compared one by one: about half a second's work."""
_ANCHORS = 8, 3
"""Pieces in a row that, when they come once only, show where two long texts run together."""

_Match = tuple[int, int, int]
"""Where in the first, where in the second, and how many pieces are the same."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of the draft and the stretch of the final that stands for it."""

    draft: tuple[int, int]
    """[start, end) offsets into the draft."""
    final: tuple[int, int]
    """[start, end) offsets into the final."""
    same: bool
    """True when their characters are equal."""


def align(draft: str, final: str) -> list[Stretch]:
    """Stretches that cover both texts in order.

    Sentences are matched first, and only what differs is compared word by word (Chinese:
    character by character): comparing two hours of text so takes a fraction of a second. Where
    that would take long (a loop of one word, say), only what comes once is matched.
    """
    return list(_compare(draft, final, (_SENTENCE, _TOKEN)))


def changed_places(stretches: list[Stretch], draft: str, final: str) -> tuple[tuple[int, int], ...]:
    """[start, end) offsets into ``final`` that differ from the draft by more than white space.

    A place where the final leaves words out is an empty stretch.
    """
    return tuple(
        each.final
        for each in stretches
        if not each.same
        and "".join(draft[slice(*each.draft)].split()) != "".join(final[slice(*each.final)].split())
    )


def _compare(
    draft: str, final: str, grains: tuple[re.Pattern[str], ...], at: tuple[int, int] = (0, 0)
) -> Iterator[Stretch]:
    first, second = (_pieces(grains[0], text) for text in (draft, final))
    starts = _starts(first, at[0]), _starts(second, at[1])
    i = j = 0
    for i2, j2, length in [*_matches(first, second), (len(first), len(second), 0)]:
        a, b = (starts[0][i], starts[0][i2]), (starts[1][j], starts[1][j2])
        if i < i2 and j < j2 and len(grains) > 1:
            yield from _compare(
                "".join(first[i:i2]), "".join(second[j:j2]), grains[1:], (a[0], b[0])
            )
        elif i < i2 or j < j2:
            yield Stretch(a, b, False)
        i, j = i2 + length, j2 + length
        if length:
            yield Stretch((starts[0][i2], starts[0][i]), (starts[1][j2], starts[1][j]), True)


def _matches(first: list[str], second: list[str]) -> Iterator[_Match]:
    """Runs of equal pieces in order, none of them empty."""
    begin = _common(first, second)
    end = _common(first[begin:][::-1], second[begin:][::-1])
    if begin:
        yield 0, 0, begin
    middle = first[begin : len(first) - end], second[begin : len(second) - end]
    for i, j, length in _inner(*middle):
        yield begin + i, begin + j, length
    if end:
        yield len(first) - end, len(second) - end, end


def _inner(
    first: list[str], second: list[str], anchors: tuple[int, ...] = _ANCHORS
) -> Iterator[_Match]:
    if _pairs(first, second) <= _MOST_PAIRS:
        matcher = SequenceMatcher(None, first, second, autojunk=False)
        yield from ((i, j, length) for i, j, length in matcher.get_matching_blocks() if length)
    elif anchors:
        # Between two anchors there is little, or a loop that has no middle worth finding.
        i = j = 0
        ends = (len(first), len(second), 0)
        for i2, j2, length in [*_anchored(first, second, anchors[0]), ends]:
            for a, b, n in _inner(first[i:i2], second[j:j2], anchors[1:]):
                yield i + a, j + b, n
            if length:
                yield i2, j2, length
            i, j = i2 + length, j2 + length


def _anchored(first: list[str], second: list[str], row: int) -> Iterator[_Match]:
    """Rows of pieces that come once in each text, in the order of both, grown into runs."""
    places = _once(second, row)
    pairs = [(i, places[pieces]) for pieces, i in _once(first, row).items() if pieces in places]
    i = j = 0
    for i2, j2 in _rising(pairs):
        if i2 < i or j2 < j:
            continue
        length = row
        while (
            i2 + length < len(first)
            and first[i2 + length : i2 + length + 1] == (second[j2 + length : j2 + length + 1])
        ):
            length += 1
        yield i2, j2, length
        i, j = i2 + length, j2 + length


def _once(pieces: list[str], row: int) -> dict[tuple[str, ...], int]:
    rows = [tuple(pieces[at : at + row]) for at in range(len(pieces) - row + 1)]
    counts = Counter(rows)
    return {each: at for at, each in enumerate(rows) if counts[each] == 1}


def _rising(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of ``pairs``, in order of their firsts, whose seconds rise too."""
    ends: list[int] = []
    last: list[int] = []
    before: list[int | None] = []
    for number, (_, second) in enumerate(pairs):
        at = bisect_left(ends, second)
        before.append(last[at - 1] if at else None)
        ends[at : at + 1] = [second]
        last[at : at + 1] = [number]
    found = []
    step = last[-1] if last else None
    while step is not None:
        found.append(pairs[step])
        step = before[step]
    return found[::-1]


def _pairs(first: list[str], second: list[str]) -> int:
    counts = Counter(second)
    return sum(count * counts[piece] for piece, count in Counter(first).items())


def _common(first: list[str], second: list[str]) -> int:
    """How many pieces are equal at the start."""
    pairs = enumerate(zip(first, second, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(first), len(second)))


def _pieces(grain: re.Pattern[str], text: str) -> list[str]:
    return [piece for piece in grain.findall(text) if piece]


def _starts(pieces: list[str], at: int) -> list[int]:
    starts = [at]
    for piece in pieces:
        starts.append(starts[-1] + len(piece))
    return starts
