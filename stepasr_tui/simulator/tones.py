"""A little language of tones: what a program says in it, a program can hear, word for word.

A syllable is two tones at once for 90 ms, as on a telephone's keys: one of four low ones (its
consonant) and one of four high ones (its vowel). A word is three syllables, 350 ms; between words
there is silence. All tones lie in the band of a telephone, so the words outlive codecs.
Arrays of sound have the shape ``(frames,)``, float32, −1…1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import cycle, pairwise
from typing import TYPE_CHECKING, BinaryIO

from stepasr_tui.simulator.clips import Piece

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    Mono = NDArray[np.float32]

CONSONANTS, LOW = "bdgk", (450, 600, 800, 1000)
VOWELS, HIGH = "aeio", (1450, 1900, 2150, 2600)
"""Hz of each letter: multiples of 50, 150 apart or more; no high one is a harmonic of a low one."""

SYLLABLES = tuple(consonant + vowel for consonant in CONSONANTS for vowel in VOWELS)
"""All sixteen: ``ba`` to ``ko``."""
SYLLABLE_MS, GAP_MS = 90, 40
"""Milliseconds of a syllable, and of the silence between two of the same word."""
WORD_SYLLABLES = 3
WORD_MS = WORD_SYLLABLES * SYLLABLE_MS + (WORD_SYLLABLES - 1) * GAP_MS
WORDS = len(SYLLABLES) ** WORD_SYLLABLES
"""How many different words there are."""
RAMP_MS = 5
"""Milliseconds in which a syllable swells, and fades."""
SHORTEST_PAUSE_MS = 150
"""Milliseconds between two words below which they would run together."""

_PAUSES = (420, 650, 270, 880, 350, 540, 310, 760, 480, 250, 600)
_LEVEL = 0.2
_HUSH = 0.001


def word(number: int) -> str:
    """The word of that number, 0 to `WORDS` − 1; neighbours in number sound unlike each other."""
    if not 0 <= number < WORDS:
        raise ValueError(f"there is no word {number}: the last one is {WORDS - 1}")
    # An odd factor reaches each of the 4,096 once.
    mixed = (number * 1597 + 1234) % WORDS
    return "".join(SYLLABLES[mixed >> shift & 15] for shift in (8, 4, 0))


def words(count: int) -> tuple[str, ...]:
    """So many words; none comes again before all the others were said."""
    return tuple(word(number % WORDS) for number in range(count))


@dataclass(frozen=True, slots=True)
class Spoken:
    """A text in tones: its times at once, its sound when it is read."""

    pieces: tuple[Piece, ...]
    """Each word with its exact times."""
    milliseconds: int
    """From the start to the end of the last pause."""
    rate: int
    """Hz of the sound."""
    level: float
    """Amplitude of each of the two tones; together they reach twice that."""
    hush: float
    """Root mean square of the noise of an empty room under it all."""

    @property
    def text(self) -> str:
        """The words with a space between each two."""
        return " ".join(piece.text for piece in self.pieces)

    def blocks(self) -> Iterator[Mono]:
        """The sound, a word and its pause at a time; hours need no more memory than that."""
        import numpy as np

        room = self.hush * _room(self.rate)
        begins = [self._frame(piece.start) for piece in self.pieces]
        begins.append(self._frame(self.milliseconds))
        yield room[np.arange(begins[0]) % len(room)]
        for piece, (begin, end) in zip(self.pieces, pairwise(begins), strict=True):
            # Not mode="wrap": that goes round once for each length that a place lies beyond.
            block = room[np.arange(begin, end) % len(room)]
            for index in range(WORD_SYLLABLES):
                sound = _syllable(piece.text[2 * index : 2 * index + 2], self.rate)
                at = self._frame(index * (SYLLABLE_MS + GAP_MS))
                block[at : at + len(sound)] += self.level * sound
            yield block

    def _frame(self, milliseconds: int) -> int:
        return round(milliseconds * self.rate / 1000)


def spoken(
    said: Sequence[str],
    rate: int = 16000,
    pauses: Sequence[int] = _PAUSES,
    lead: int = 500,
    level: float = _LEVEL,
    hush: float = _HUSH,
) -> Spoken:
    """The words in tones at ``rate`` Hz (8,000 or more), after ``lead`` ms of silence.

    ``pauses`` are the milliseconds after each word, used again and again where there are fewer of
    them than words. ``hush`` keeps the silence from being absolute: measured, libopus at full
    complexity spoils the end of 3 of 4,096 words that are followed by zeros, and of none above
    noise of −70 to −45 dBFS. Raises ValueError for what is no word, or a pause that joins two.
    """
    if not pauses or min(pauses) < SHORTEST_PAUSE_MS:
        raise ValueError(f"a pause must be at least {SHORTEST_PAUSE_MS} ms long")
    if rate < 8000:
        raise ValueError("tones of 2,600 Hz need a sample rate of 8,000 Hz or more")
    at = lead
    pieces = []
    for one, pause in zip(said, cycle(pauses), strict=False):
        pairs = [one[start : start + 2] for start in range(0, len(one), 2)]
        if len(pairs) != WORD_SYLLABLES or not set(pairs) <= set(SYLLABLES):
            raise ValueError(f"{one!r} is no word of three syllables")
        pieces.append(Piece(at, at + WORD_MS, one))
        at += WORD_MS + pause
    return Spoken(tuple(pieces), at, rate, level, hush)


@lru_cache(maxsize=64)
def _syllable(name: str, rate: int) -> Mono:
    import numpy as np

    at = np.arange(round(SYLLABLE_MS * rate / 1000)) / rate
    low, high = LOW[CONSONANTS.index(name[0])], HIGH[VOWELS.index(name[1])]
    sound = np.sin(2 * np.pi * low * at) + np.sin(2 * np.pi * high * at)
    # Soft edges: a click would be heard in every band.
    edge = np.minimum(1.0, np.minimum(at, at[::-1]) * 1000 / RAMP_MS)
    result: Mono = (sound * np.sin(edge * np.pi / 2) ** 2).astype(np.float32)
    result.flags.writeable = False
    return result


@lru_cache(maxsize=4)
def _room(rate: int) -> Mono:
    """Two seconds of white noise, the same every time, root mean square 1."""
    import numpy as np

    result: Mono = np.random.default_rng(rate).standard_normal(2 * rate, dtype=np.float32)
    result.flags.writeable = False
    return result


def write_practice(path: Path, minutes: float) -> Spoken:
    """Write a recording of tone words, about that long, and tell what it says.

    The suffix decides: ``.wav`` (16 bit, 115 MB an hour) or ``.ogg`` (Opus, 24 kbit/s); both have
    16 kHz and one channel. Raises ValueError for another suffix, OSError where the file cannot be
    written.
    """
    each = WORD_MS + sum(_PAUSES) / len(_PAUSES)
    said = spoken(words(max(1, round(minutes * 60_000 / each))))
    writers = {".wav": _write_wav, ".ogg": _write_ogg}
    if (write := writers.get(path.suffix.lower())) is None:
        raise ValueError(f"{path.suffix or 'no suffix'}: must be .wav or .ogg")
    with path.open("wb") as file:
        write(file, said)
    return said


def _write_wav(file: BinaryIO, said: Spoken) -> None:
    import soundfile

    with soundfile.SoundFile(
        file, "w", samplerate=said.rate, channels=1, format="WAV", subtype="PCM_16"
    ) as out:
        for block in said.blocks():
            out.write(block)


def _write_ogg(file: BinaryIO, said: Spoken) -> None:
    import av

    with av.open(file, "w", format="ogg") as out:
        # Tones lose nothing at the lowest complexity, which is six times as fast as the highest.
        stream = out.add_stream(
            "libopus", rate=said.rate, layout="mono", options={"compression_level": "0"}
        )
        stream.bit_rate = 24_000
        at = 0
        for block in said.blocks():
            frame = av.AudioFrame.from_ndarray(block[None, :], format="flt", layout="mono")
            frame.sample_rate, frame.pts = said.rate, at
            at += len(block)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
