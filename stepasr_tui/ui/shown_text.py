"""A text from outside beside the form in which it may be shown; it wraps and paints nothing.

``core.display.visible`` makes some characters longer (a tab, ``⟨RLO⟩``) and one pair
shorter (a carriage return before a line feed). Places in the one text are found in the
other through the list of just those.
"""

import re
from array import array
from bisect import bisect_left, bisect_right

from stepasr_tui.core.display import visible


class ShownText:
    """The given text, handed out piece by piece as it may be shown."""

    def __init__(self, given: str = "") -> None:
        self.given = given
        """The text exactly as it came."""
        self.rewind()

    def rewind(self) -> None:
        """Hands the text out from its beginning again."""
        self.taken = 0
        """Code points of ``given`` handed out so far."""
        self._shown = 0
        # Four columns, not objects: hostile text can hold a million of them.
        self._given_from = array("I")
        self._given_to = array("I")
        self._shown_from = array("I")
        self._shown_to = array("I")

    @property
    def done(self) -> bool:
        """True when all of it has been handed out."""
        return self.taken >= len(self.given)

    def append(self, text: str) -> None:
        """Adds to the end of the given text."""
        # One reference to the string lets CPython grow it in place.
        whole, self.given = self.given, ""
        whole += text
        self.given = whole

    def take(self, count: int, *, more_comes: bool = False) -> str:
        """The next ``count`` code points or so, as they may be shown.

        A carriage return at the very end waits for its line feed when ``more_comes``.
        """
        given, end = self.given, min(len(self.given), self.taken + count)
        if given[end - 1 : end + 1] == "\r\n":
            end += 1
        if more_comes and end == len(given) and end > self.taken and given[end - 1] == "\r":
            end -= 1
        piece = given[self.taken : end]
        shown = visible(piece)
        if shown != piece:
            self._note(piece)
        self.taken = end
        self._shown += len(shown)
        return shown

    def _note(self, piece: str) -> None:
        longer = [char for char in set(piece) if len(visible(char)) != 1]
        anyof = f"|[{re.escape(''.join(longer))}]" if longer else ""
        given, shown = self.taken, self._shown
        last = 0
        for match in re.finditer("\r\n" + anyof, piece):
            start, end = match.span()
            given, shown = given + start - last, shown + start - last
            last = end
            self._given_from.append(given)
            self._shown_from.append(shown)
            given, shown = given + end - start, shown + len(visible(match.group()))
            self._given_to.append(given)
            self._shown_to.append(shown)

    def given_at(self, shown: int, *, after: bool = False) -> int:
        """The place in the given text of one in the shown text.

        Inside a mark that stands for one character: before that character, or ``after`` it.
        """
        return _across(
            shown, self._shown_from, self._shown_to, self._given_from, self._given_to, after
        )

    def shown_at(self, given: int, *, after: bool = False) -> int:
        """The place in the shown text of one in the given text; ``after`` as above."""
        return _across(
            given, self._given_from, self._given_to, self._shown_from, self._shown_to, after
        )


def _across(
    place: int,
    from_here: "array[int]",
    to_here: "array[int]",
    from_there: "array[int]",
    to_there: "array[int]",
    after: bool,
) -> int:
    index = bisect_right(to_here, place) - 1
    following = bisect_left(from_here, place) - 1
    if following > index:
        return to_there[following] if after else from_there[following]
    if index < 0:
        return place
    return to_there[index] + place - to_here[index]
