"""Where one segment of a recording ends and the next begins, found while it is decoded."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from stepasr_tui.core.audio import pauses
from stepasr_tui.core.audio.recording import SAMPLE_RATE
from stepasr_tui.core.errors import RecordingChanged

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Block = NDArray[np.float32]

_REST = 30 * SAMPLE_RATE
"""Samples; fewer than that at the end belong to the segment before, if it has room."""


@dataclass(frozen=True, slots=True)
class Seam:
    """The place between two segments, in samples of the recording."""

    end: int
    """End of the one before."""
    begin: int
    """Begin of the one after: the same place, or before it where they overlap."""
    last: bool = False
    """True when there is none after."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is known of the seams before anything is decoded, in samples of the recording."""

    known: Sequence[tuple[int, int]]
    """Begin and end of the first segments, where they are certain."""
    wanted: Sequence[int]
    """Where segments should end, in order, without the last. Those after it are as long as they
    may be."""
    end: int | None
    """The recording's end, where it is known."""
    first: int
    """The most that the first segment may have."""
    longest: int
    """The most that any other may have."""

    def room(self, index: int) -> int:
        """The most that segment ``index`` may have."""
        return self.longest if index else self.first

    def window(self, index: int, begin: int) -> tuple[int, int, int]:
        """From where to where to look for the end of segment ``index``, and best where between.

        ``begin`` is where the segment begins.
        """
        room = self.room(index)
        reach = reach_in(room)
        wanted = begin + room - reach
        if index < len(self.wanted) and self.wanted[index] >= begin + reach:
            wanted = min(wanted, self.wanted[index])
        low = max(wanted - 2 * reach, begin + reach)
        after = [*self.wanted, *([] if self.end is None else [self.end])]
        if index + 1 < len(after):
            # What is left for the next one must not be too long for it.
            low = max(low, after[index + 1] - self.longest)
        return min(low, wanted), wanted, min(wanted + 2 * reach, begin + room)


class Sound:
    """The sound of a recording as it comes, of which only a stretch is held."""

    def __init__(self, blocks: Iterator["Block"]) -> None:
        self._blocks = blocks
        self._held: deque[Block] = deque()
        self._begin = 0
        """Samples before what is held."""
        self.end = 0
        """Samples up to which it has come."""

    def goes_beyond(self, at: int) -> bool:
        """Whether there is any sound after sample ``at``; takes in as much as tells."""
        while self.end <= at:
            block = next(self._blocks, None)
            if block is None:
                return False
            self._held.append(block)
            self.end += len(block)
        return True

    def up_to(self, at: int) -> Iterator["Block"]:
        """What is held, and what follows, up to sample ``at``; it is held no longer."""
        while self._begin < at and self.goes_beyond(self._begin):
            block = self._held.popleft()
            much = self._begin + len(block) - at
            if much > 0:
                self._held.appendleft(block[-much:])
                block = block[:-much]
            self._begin += len(block)
            yield block

    def held(self, start: int, stop: int) -> "Block":
        """The samples from ``start`` to ``stop``, all of which are still held."""
        import numpy as np

        if start >= stop:
            return np.zeros(0, np.float32)
        return np.concatenate(self._held)[start - self._begin : stop - self._begin]


class Seams:
    """The seams of one recording."""

    def __init__(self, plan: Plan, sound: Sound, name: str) -> None:
        self._plan = plan
        self._sound = sound
        self._name = name

    @property
    def beginning(self) -> Seam:
        """Where the first segment begins."""
        start = self._plan.known[0][0] if self._plan.known else 0
        return Seam(start, start)

    def certain(self, index: int, begin: int) -> int:
        """Up to where the sound belongs to segment ``index`` alone, wherever its end is."""
        known = self._plan.known
        low = self._plan.window(index, begin)[0]
        if index >= len(known):
            return low
        end = known[index][1]
        if index + 1 < len(known):
            return min(end, known[index + 1][0])
        return min(end - pauses.OVERLAP, low)

    def after(self, index: int, begin: int) -> Seam:
        """The end of segment ``index``; what follows ``certain`` must still be held.

        Raises RecordingChanged when the sound ends before a known end.
        """
        known = self._plan.known
        if index >= len(known):
            return self._found(index, begin)
        end = known[index][1]
        if not self._sound.goes_beyond(end - 1):
            raise RecordingChanged(
                f"{self._name} is shorter than when it was first read.",
                remedy="Send all of it again.",
            )
        if index + 1 < len(known):
            return Seam(end, known[index + 1][0])
        # Found again as it was then, this tells whether what follows overlaps.
        found = self._found(index, begin)
        return found if found.end == end else Seam(end, end, not self._sound.goes_beyond(end))

    def _found(self, index: int, begin: int) -> Seam:
        sound, (low, wanted, high) = self._sound, self._plan.window(index, begin)
        if not sound.goes_beyond(high):
            return Seam(sound.end, sound.end, last=True)
        cut = pauses.cut(sound.held(low, high), wanted - low)
        end = low + cut.end
        if not sound.goes_beyond(min(end + _REST, begin + self._plan.room(index))):
            return Seam(sound.end, sound.end, last=True)
        return Seam(end, low + cut.begin)


def reach_in(room: int) -> int:
    """How far to look for a pause in segments of at most ``room`` samples."""
    return min(pauses.REACH, room // 4)
