"""Where two texts of overlapping sound say the same words: so that they are joined once. Pure."""

import re
from dataclasses import dataclass
from difflib import SequenceMatcher

_TOKEN = re.compile(r"[^\W\u3400-\u9fff\uf900-\ufaff]+|[\u3400-\u9fff\uf900-\ufaff]")
_LETTERS, _CHARACTERS = 100, 40
"""The most that is said in the overlap: letters at 20 a second, Chinese characters at 8."""

_ENOUGH = 8
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
    before = list(_TOKEN.finditer(first, len(first) - _near(first[::-1])))
    after = list(_TOKEN.finditer(second, 0, _near(second)))
    words = [each.group().casefold() for each in before]
    others = [each.group().casefold() for each in after]
    match = SequenceMatcher(None, words, others, autojunk=False).find_longest_match()
    same = words[match.a : match.a + match.size]
    if len(same) < 2 or sum(_weight(word) for word in same) < _ENOUGH:
        return None
    # What stands before it in the second and from it on in the first was all said in the overlap.
    said = first[before[match.a].start() :] + second[: after[match.b].start()]
    if _near(said) < len(said):
        return None
    middle = match.size // 2
    # The second text takes over, with the signs before its next word.
    return Shared(before[match.a + middle].start(), after[match.b + middle].start())


def _near(text: str) -> int:
    """How many characters at the start of ``text`` can have been said in the overlap."""
    share = 0.0
    for count, char in enumerate(text):
        share += 1 / (_LETTERS if char.isascii() else _CHARACTERS)
        if share > 1:
            return count
    return len(text)


def _weight(word: str) -> int:
    return len(word) if word.isascii() else 2 * len(word)
