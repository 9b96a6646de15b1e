"""Where a final text and its draft are the same: for changed places and for times. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

_SENTENCE = re.compile(r"[^。！？!?\n.]*[。！？!?\n.]*\s*")
_TOKEN = re.compile(r"[^\W\u3400-\u9fff\uf900-\ufaff]+|\s+|.", re.DOTALL)


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
    character by character): comparing two hours of text so takes a fraction of a second.
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
    matcher = SequenceMatcher(None, first, second, autojunk=False)
    for kind, i1, i2, j1, j2 in matcher.get_opcodes():
        a, b = (starts[0][i1], starts[0][i2]), (starts[1][j1], starts[1][j2])
        if kind == "replace" and len(grains) > 1:
            yield from _compare(
                "".join(first[i1:i2]), "".join(second[j1:j2]), grains[1:], (a[0], b[0])
            )
        else:
            yield Stretch(a, b, kind == "equal")


def _pieces(grain: re.Pattern[str], text: str) -> list[str]:
    return [piece for piece in grain.findall(text) if piece]


def _starts(pieces: list[str], at: int) -> list[int]:
    starts = [at]
    for piece in pieces:
        starts.append(starts[-1] + len(piece))
    return starts
