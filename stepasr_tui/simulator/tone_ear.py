"""Hears the words of `tones.py` in any sound, as it comes in; nothing else is ever a word to it.

A word is heard where all three syllables are whole, at least four fifths of each: of a word that
was cut in two, neither half is heard, unless the other lacks no more than 18 ms of it. Words are
told only when two were heard (or one, when the sound is over), and as long as most of the sound's
energy so far is in them: so speech, music and noise have none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from stepasr_tui.simulator.clips import Piece
from stepasr_tui.simulator.tones import (
    GAP_MS,
    HIGH,
    LOW,
    RAMP_MS,
    SHORTEST_PAUSE_MS,
    SYLLABLE_MS,
    SYLLABLES,
    WORD_SYLLABLES,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import numpy as np
    from numpy.typing import NDArray

    Mono = NDArray[np.float32]
    Floats = NDArray[np.float32]
    Places = NDArray[np.intp]

_RATE = 8000
"""Hz at which it listens: the band of a telephone."""
_WINDOW, _HOP = 160, 40
"""Samples of a frame (20 ms: its spectrum has a line each 50 Hz, on which all tones lie) and
between two frames (5 ms)."""
_HOP_MS = 1000 * _HOP / _RATE
_BAND = slice(6, 69)
"""Lines of the spectrum from 300 to 3,400 Hz."""
_SHARE = 0.5
"""Of a frame's energy in the band, at least so much is in its two tones. Noise at −10 dB leaves
them 0.9 of it; noise alone gives 0.07."""
_WEAKER = 0.04
"""The weaker tone has at least so much of the energy of both: a codec may tilt them by 14 dB."""
_FAINTER = 0.01
"""A frame counts where its tones have at least so much energy as the strongest within `_NEAR`: a
filter's ringing and a codec's echo are fainter than 20 dB."""
_NEAR = 15
"""Frames (75 ms) to each side."""
_FLOOR = 1e-5
"""Energy of two tones at about −80 dBFS in a frame: what is fainter is a rest."""
_SHORTEST, _LONGEST = 0.8 * SYLLABLE_MS, 1.25 * SYLLABLE_MS
_FRAGMENT = 0.4 * SYLLABLE_MS
"""Milliseconds of tone from which on it counts, whole or not: a word has three, no fourth."""
_JOINED = (GAP_MS + SHORTEST_PAUSE_MS) / 2
"""Milliseconds of silence from which on a new word begins."""
_FLICKER = 2
"""Frames that noise may spoil in the middle of a syllable; the gap between two spoils more."""
_REST = round(2 * SHORTEST_PAUSE_MS / 3 / _HOP_MS)
"""Frames without tones after which what came before can be read."""
_PATIENCE = 2000
"""Frames (10 s) after which it is read without such a rest: then it is no language."""
_MOST = 0.5
"""Share of all the sound's energy that the words must have."""
_BLOCK = 16384
"""Least frames of sound that are looked at together."""


@dataclass(slots=True)
class _Frames:
    """A stretch of sound as the ear sees it: one row a frame."""

    first: int
    """Number of its first frame, from the start of the sound."""
    power: Floats
    """Shape ``(frames, 8)``: energy of each low and each high tone."""
    band: Floats
    """Shape ``(frames,)``: all energy in the band."""

    def __len__(self) -> int:
        return len(self.band)

    def time(self, place: float) -> float:
        """Milliseconds, from the start of the sound, of the middle of a frame."""
        # The first frame lies before the sound: a window of silence was put there.
        return (self.first + place) * _HOP_MS - 500 * _WINDOW / _RATE

    def split(self, at: int) -> tuple[_Frames, _Frames]:
        before = _Frames(self.first, self.power[:at], self.band[:at])
        return before, _Frames(self.first + at, self.power[at:], self.band[at:])

    def syllables(self) -> Places:
        """Places in `SYLLABLES`, −1 where a frame's energy is not in one low and one high tone."""
        import numpy as np

        low, high = self.power[:, :4], self.power[:, 4:]
        lowest, highest = low.max(axis=1), high.max(axis=1)
        both = lowest + highest
        padded = np.pad(both, _NEAR)
        near = np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEAR + 1).max(axis=1)
        clear = (
            (both > _SHARE * self.band)
            & (np.minimum(lowest, highest) > _WEAKER * both)
            & (both > np.maximum(_FAINTER * near, _FLOOR))
        )
        return np.where(clear, low.argmax(axis=1) * 4 + high.argmax(axis=1), -1)


@dataclass(frozen=True, slots=True)
class _Tone:
    """A syllable, or a part of one, where it was heard."""

    syllable: int
    start: float
    """Milliseconds from the start of the sound."""
    end: float
    """Likewise."""
    energy: float
    """Of both tones, summed over its frames."""

    @property
    def whole(self) -> bool:
        return _SHORTEST <= self.end - self.start <= _LONGEST


def heard(blocks: Iterable[Mono], rate: int) -> Iterator[Piece]:
    """The words in a sound of ``rate`` Hz, each when it can be sure, in order, with its times.

    Times are in milliseconds from the start of the sound, exact within 10 ms. The blocks are read
    one by one and may be of any size. A sound below 7 kHz has no room for the tones: no words.
    """
    if rate < 7000:
        return
    ear = _Ear()
    waiting: list[Piece] = []
    sure = False
    for samples in _at_ears_rate(blocks, rate):
        waiting += ear.hear(samples)
        sure = sure or len(waiting) > 1
        if sure and ear.mostly_words:
            yield from waiting
            waiting = []
    waiting += ear.rest()
    if ear.mostly_words:
        yield from waiting


class _Ear:
    """Listens to one sound, a stretch at a time."""

    def __init__(self) -> None:
        import numpy as np

        self._samples = np.zeros(_WINDOW, np.float32)
        self._frames = _Frames(0, np.zeros((0, 8), np.float32), np.zeros(0, np.float32))
        self._all_energy = 0.0
        self._words_energy = 0.0

    @property
    def mostly_words(self) -> bool:
        """Whether most of the sound's energy so far is in its words."""
        return self._words_energy > _MOST * self._all_energy

    def hear(self, samples: Mono) -> list[Piece]:
        """The words that these samples complete."""
        self._look(samples)
        frames = self._frames
        syllables = frames.syllables()
        if not (end := _last_rest(syllables)):
            if len(frames) < _PATIENCE:
                return []
            end = len(frames)
        before, self._frames = frames.split(end)
        return self._words(before, syllables[:end])

    def rest(self) -> list[Piece]:
        """The words before the end of the sound."""
        import numpy as np

        self._look(np.zeros(2 * _WINDOW, np.float32))
        return self._words(self._frames, self._frames.syllables())

    def _look(self, samples: Mono) -> None:
        """Make the samples into frames."""
        import numpy as np

        samples = np.concatenate([self._samples, samples])
        count = max(0, (len(samples) - _WINDOW) // _HOP + 1)
        self._samples = samples[count * _HOP :]
        if not count:
            return
        windows = np.lib.stride_tricks.sliding_window_view(samples, _WINDOW)[: count * _HOP : _HOP]
        spectrum = np.fft.rfft(windows)[:, _BAND]
        energy = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
        self._all_energy += float(energy.sum(dtype=np.float64))
        power = energy[:, [hertz // 50 - _BAND.start for hertz in (*LOW, *HIGH)]]
        before = self._frames
        self._frames = _Frames(
            before.first,
            np.concatenate([before.power, power]),
            np.concatenate([before.band, energy.sum(axis=1)]),
        )

    def _words(self, frames: _Frames, syllables: Places) -> list[Piece]:
        found = []
        for group in _together(_tones(frames, syllables)):
            if len(group) == WORD_SYLLABLES and all(tone.whole for tone in group):
                self._words_energy += sum(tone.energy for tone in group)
                text = "".join(SYLLABLES[tone.syllable] for tone in group)
                found.append(Piece(max(0, round(group[0].start)), round(group[-1].end), text))
        return found


def _at_ears_rate(blocks: Iterable[Mono], rate: int) -> Iterator[Mono]:
    """The sound at 8 kHz, in blocks that are worth a look."""
    import numpy as np
    import soxr

    stream = soxr.ResampleStream(rate, _RATE, 1, dtype="float32", quality="MQ")
    waiting: list[Mono] = []
    count = 0
    for block in blocks:
        waiting.append(block)
        count += len(block)
        if count >= _BLOCK:
            yield stream.resample_chunk(np.concatenate(waiting))
            waiting, count = [], 0
    waiting.append(np.zeros(0, np.float32))
    yield stream.resample_chunk(np.concatenate(waiting), last=True)


def _last_rest(syllables: Places) -> int:
    """The place after the last long stretch without tones; 0 where there is none."""
    import numpy as np

    toned = np.flatnonzero(syllables >= 0)
    edges = np.concatenate([[-1], toned, [len(syllables)]])
    rests = np.flatnonzero(np.diff(edges) > _REST)
    if not len(rests):
        return 0
    # In the middle of the rest: what is cut off must not have begun.
    start, end = edges[rests[-1]], edges[rests[-1] + 1]
    return int(start + end) // 2


def _tones(frames: _Frames, syllables: Places) -> Iterator[_Tone]:
    """Every stretch in which one syllable sounds long enough to count."""
    import numpy as np

    toned = np.flatnonzero(syllables >= 0)
    if not len(toned):
        return
    new = (np.diff(toned) > _FLICKER + 1) | (np.diff(syllables[toned]) != 0)
    for run in np.split(toned, np.flatnonzero(new) + 1):
        syllable = int(syllables[run[0]])
        power = frames.power[:, syllable // 4] + frames.power[:, 4 + syllable % 4]
        start, end = _edges(np.sqrt(power), int(run[0]), int(run[-1]))
        if end - start < _FRAGMENT / _HOP_MS:
            continue
        energy = float(power[max(0, int(start)) : int(end) + 2].sum(dtype=np.float64))
        # A soft edge reaches half its height in its middle.
        soft = RAMP_MS / 2
        yield _Tone(syllable, frames.time(start) - soft, frames.time(end) + soft, energy)


def _edges(loudness: Floats, first: int, last: int) -> tuple[float, float]:
    """Where a tone reaches half its loudness and falls below it, in frames and parts of one.

    A frame of which the tone fills half has half its loudness, so its middle is the tone's edge.
    """
    import numpy as np

    half = float(np.median(loudness[first : last + 1])) / 2
    while first > 0 and loudness[first - 1] >= half:
        first -= 1
    while first < last and loudness[first] < half:
        first += 1
    while last + 1 < len(loudness) and loudness[last + 1] >= half:
        last += 1
    while last > first and loudness[last] < half:
        last -= 1
    return (
        first - _part(loudness, first, first - 1, half),
        last + _part(loudness, last, last + 1, half),
    )


def _part(loudness: Floats, inside: int, outside: int, half: float) -> float:
    """How far from ``inside`` to ``outside`` the loudness passes ``half``, 0…1."""
    if not 0 <= outside < len(loudness):
        return 0.5
    above, below = float(loudness[inside]), float(loudness[outside])
    return (above - half) / (above - below) if above > below else 0.5


def _together(tones: Iterable[_Tone]) -> Iterator[list[_Tone]]:
    """The tones that stand close, together: a word, or none."""
    group: list[_Tone] = []
    for tone in tones:
        if group and tone.start - group[-1].end > _JOINED:
            yield group
            group = []
        group.append(tone)
    if group:
        yield group
