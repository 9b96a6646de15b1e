"""The spoken clips that the simulator ships and knows by heart; it does not compare sounds.

The clips say our own sentences with the voice of eSpeak NG. Their times are the
synthesiser's own word events (a character at a time for Mandarin), so they are exact.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Piece:
    """A bit of text with the time at which it was said."""

    start: int
    """Milliseconds from the start of the audio that was sent."""
    end: int
    """Milliseconds from the start of the audio that was sent."""
    text: str
    """One to four Chinese characters, or a word or two of English."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A clip, what is said in it, and how the service would first mishear it."""

    file: str
    """Its file name in the package, ASCII only."""
    name: str
    """The file name people see when the clip is copied for them."""
    title: str
    """One line that names it to people."""
    language: str
    """``zh`` or ``en``: asked for in the other one, the service hears nothing."""
    seconds: float
    """How long the clip is."""
    text: str
    """The final text, numbers as figures."""
    text_without_itn: str
    """The final text, numbers as words."""
    pieces: tuple[Piece, ...]
    """The draft: what the deltas say, and when."""

    def audio(self) -> bytes:
        """The clip as it is shipped: Ogg/Opus, 16 kHz, one channel."""
        return _shelf().joinpath(self.file).read_bytes()


def _shelf() -> Traversable:
    return files("stepasr_tui.simulator").joinpath("samples")


@cache
def samples() -> tuple[Sample, ...]:
    """All the clips, in the order in which they are best met."""
    document = json.loads(_shelf().joinpath("samples.json").read_text(encoding="utf-8"))
    return tuple(
        Sample(
            file=row["file"],
            name=row["name"],
            title=row["title"],
            language=row["language"],
            seconds=row["seconds"],
            text=row["text"],
            text_without_itn=row["text_without_itn"],
            pieces=tuple(Piece(*piece) for piece in row["pieces"]),
        )
        for row in document["samples"]
    )


def copy_samples(folder: Path) -> list[Path]:
    """Write the clips into ``folder`` (made if need be) under their names for people.

    Raises OSError where the folder cannot be written; a clip already there is replaced.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for sample in samples():
        target = folder / sample.name
        target.write_bytes(sample.audio())
        written.append(target)
    return written
