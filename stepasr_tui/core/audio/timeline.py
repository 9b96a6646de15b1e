"""Where a track's sound stands in time, so that what is missing in it moves nothing after it."""

_SMALLEST_GAP = 0.03
"""Seconds; time stamps in whole milliseconds, or of packets, are off by less."""

_LEAD = 0.1
"""Seconds that a track may begin after the file does: less is an encoder's delay."""

_LONGEST_GAP = 60.0
"""Seconds believed of any stamp; more only where the header's duration has room for it."""

_BACK = 1.0
"""Seconds backwards that mean a new count (files joined), not a stamp that is a little off."""


class Timeline:
    """Compares the sound so far with the time stamps that come with it."""

    def __init__(self, origin: float | None, claimed: float | None) -> None:
        """``origin``: the file's first stamp; ``claimed``: its header's duration. Seconds."""
        self.position = 0.0
        """Seconds of sound so far, the silence put in included."""
        self.gaps = 0
        """Places where sound was missing."""
        self._origin = origin
        self._claimed = claimed or 0.0
        self._zero: float | None = None

    def missing_before(self, stamp: float | None) -> float:
        """Seconds of silence to put in before the sound with this stamp; counts them as sound."""
        if stamp is None:
            return 0.0
        if self._zero is None:
            lead = stamp - self._origin if self._origin is not None else 0.0
            self._zero = self._origin if self._origin is not None and lead > _LEAD else stamp
        gap = stamp - self._zero - self.position
        if gap > _SMALLEST_GAP and self._believed(gap):
            if self.position:
                self.gaps += 1
            self.position += gap
            return gap
        if gap > _SMALLEST_GAP or gap < -_BACK:
            self._zero += gap
        return 0.0

    def heard(self, seconds: float) -> None:
        """Count ``seconds`` of sound."""
        self.position += seconds

    def _believed(self, gap: float) -> bool:
        return gap <= _LONGEST_GAP or self.position + gap <= self._claimed
