"""Whether two sounds are the same recording, by the energy of a few bands over time.

Made for clips of some seconds that may have been through another codec, sample rate or
loudness; it does not understand speech. Shapes: ``(frames, bands)``, a frame each 20 ms.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    Print = NDArray[np.float32]

STEP = 0.02
"""Seconds between two frames."""
_WINDOW = 0.04
_LOWEST, _HIGHEST, _BANDS = 150.0, 3400.0, 12
_RANGE = 4.0
"""Powers of ten below the loudest frame at which everything counts as silence: codecs
differ in how they draw silence."""


@dataclass(frozen=True, slots=True)
class Match:
    """How well a sound fits over a longer or an equally long one."""

    likeness: float
    """Correlation, −1…1; the same recording is above 0.9, other speech stays below 0.6."""
    offset: float
    """Seconds into the first sound at which the second one starts; may be negative."""


def fingerprint(mono: NDArray[np.float32], rate: int) -> Print:
    """The band energies of a sound of shape ``(frames,)``, as powers of ten."""
    import numpy as np

    width = max(16, round(_WINDOW * rate))
    starts = np.round(np.arange(0, max(0.0, len(mono) / rate - _WINDOW), STEP) * rate).astype(int)
    if not len(starts):
        return np.zeros((0, _BANDS), np.float32)
    edges = np.geomspace(_LOWEST, _HIGHEST, _BANDS + 1)
    bins = np.searchsorted(np.fft.rfftfreq(width, 1 / rate), edges)
    frames = mono[starts[:, None] + np.arange(width)] * np.hanning(width)
    power = np.abs(np.fft.rfft(frames)) ** 2
    bands = np.add.reduceat(power, bins[:-1], axis=1) if power.shape[1] > bins[-1] else power
    if bands.shape[1] != _BANDS:
        return np.zeros((0, _BANDS), np.float32)
    level = np.log10(np.maximum(bands, 1e-12))
    floor: Print = np.maximum(level, level.max() - _RANGE).astype(np.float32)
    return floor


def best_match(first: Print, second: Print, offsets: Iterable[int]) -> Match:
    """The offset (in frames) at which the two sounds are most alike where they overlap."""
    best = Match(-1.0, 0.0)
    for offset in offsets:
        a = first[max(0, offset) : offset + len(second)]
        b = second[max(0, -offset) : max(0, -offset) + len(a)]
        a = a[: len(b)]
        if len(a) < 1 / STEP:
            continue
        likeness = _correlation(a, b)
        if likeness > best.likeness:
            best = Match(likeness, offset * STEP)
    return best


def _correlation(a: Print, b: Print) -> float:
    import numpy as np

    # Each band's mean goes first: a codec's or a microphone's tone must not count.
    a, b = a - a.mean(axis=0), b - b.mean(axis=0)
    size = float(np.sqrt((a * a).sum() * (b * b).sum()))
    return float((a * b).sum()) / size if size > 0 else 0.0
