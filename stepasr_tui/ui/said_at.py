"""Where in the pages a second of the recording is said, and when a place in them was; pure.

Where a passage has cues, the time runs evenly inside each; where it has none, it runs evenly
from the passage's first second to its last.
"""

from bisect import bisect_right
from collections.abc import Sequence

from stepasr_tui.ui.page_stack import PageStack, Place

Stretches = Sequence[tuple[float, float]]
"""``[start, end)`` seconds that the text of each passage stands for, as in
``Job.heard_stretches``; what is not known is taken from where the next passage begins."""


def place_of(stack: PageStack, heard: Stretches, seconds: float) -> Place | None:
    """Where ``seconds`` of the recording stands; None when there is no passage."""
    if not stack.parts:
        return None
    begun = [n for n, part in enumerate(stack.parts) if part.start <= seconds]
    n = begun[-1] if begun else 0
    part, text = stack.parts[n], stack.pages[n].given
    if part.missing and seconds >= part.missing[0]:
        return Place(n, len(text), 1)
    places, times = _knots(stack, heard, n)
    return Place(n, min(round(_between(times, places, seconds)), max(0, len(text) - 1)))


def second_at(stack: PageStack, heard: Stretches, place: Place) -> float:
    """The second of the recording at which ``place`` is said; what follows it is later."""
    part = stack.parts[place.page]
    if place.beside < 0:
        return part.start
    if place.beside > 0:
        return part.missing[0] if part.missing else _end(stack, heard, place.page)
    places, times = _knots(stack, heard, place.page)
    return _between(places, times, place.at)


def _end(stack: PageStack, heard: Stretches, n: int) -> float:
    part = stack.parts[n]
    if n < len(heard):
        return heard[n][1]
    if part.missing:
        return part.missing[0]
    if n + 1 < len(stack.parts):
        return stack.parts[n + 1].start
    return part.cues[-1].end if part.cues else part.start


def _knots(stack: PageStack, heard: Stretches, n: int) -> tuple[list[float], list[float]]:
    """Code points of a passage, and the seconds at which they are said; both rise."""
    part, text = stack.parts[n], stack.pages[n].given
    places: list[float] = [0]
    times = [part.start]
    at = 0
    for cue in part.cues:
        found = text.find(cue.text, at)
        if found >= 0:
            at = found + len(cue.text)
            places += [found, at]
            times += [max(times[-1], cue.start), max(times[-1], cue.end)]
    return [*places, len(text)], [*times, max(times[-1], _end(stack, heard, n))]


def _between(here: Sequence[float], there: Sequence[float], value: float) -> float:
    """What is in ``there`` where ``value`` is in ``here``, as if it ran evenly between them."""
    index = bisect_right(here, value)
    if index == 0:
        return there[0]
    if index == len(here):
        return there[-1]
    low, high = here[index - 1], here[index]
    return there[index - 1] + (there[index] - there[index - 1]) * (value - low) / (high - low)
