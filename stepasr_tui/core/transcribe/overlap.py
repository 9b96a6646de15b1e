"""Where two texts of overlapping sound say the same words: so that they are joined once. Pure."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_TOKEN = re.compile(r"[^\W\u3400-\u9fff\uf900-\ufaff]+|[\u3400-\u9fff\uf900-\ufaff]")
_NEAR = 200
"""Characters at the seam that are compared: twice as many as the fastest say in the overlap."""
_ENOUGH = 5
"""Letters (a Chinese character counts as two), in two words or more, that must be the same:
fewer can be chance."""


@dataclass(frozen=True, slots=True)
class Shared:
    """Where to go from the first text to the second so that no word comes twice."""

    first: int
    """The first text is used up to here."""
    second: int
    """The second text is used from here on."""


def shared(first: str, second: str) -> Shared | None:
    """The place in the middle of what both say at the seam; None where they share nothing.

    Case and signs are left aside: the service may end a sentence in one of them only. A word
    that the overlap's edge cut in two stands at an edge of what is shared, and is not used.
    """
    base = max(0, len(first) - _NEAR)
    before = list(_TOKEN.finditer(first, base))
    after = list(_TOKEN.finditer(second, 0, _NEAR))
    words = [each.group().casefold() for each in before]
    others = [each.group().casefold() for each in after]
    match = SequenceMatcher(None, words, others, autojunk=False).find_longest_match()
    same = words[match.a : match.a + match.size]
    letters = sum(len(word) if word.isascii() else 2 * len(word) for word in same)
    if len(same) < 2 or letters < _ENOUGH:
        return None
    middle = match.size // 2
    # The second text takes over, with the signs before its next word.
    return Shared(before[match.a + middle].start(), after[match.b + middle].start())
