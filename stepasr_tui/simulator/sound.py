"""What the bytes of a request are: container by content, and the sound as numbers.

It reads with soundfile, so it hears Ogg (Vorbis, Opus), MP3, WAV and raw PCM. What was
said is not its business.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray

    from stepasr_tui.simulator.asr_request import AsrRequest

    Mono = NDArray[np.float32]

_NAMES = {"OPUS": "Ogg/Opus", "VORBIS": "Ogg/Vorbis"}


def sniffed(audio: bytes) -> str | None:
    """The container that the first bytes speak of; None where they speak of none.

    Sources: RFC 3533 (Ogg), the RIFF and ID3 documents, ISO 11172-3 (the eleven set bits that
    start an MPEG frame), ISO 14496-12 (``ftyp``).
    """
    if audio[:4] == b"OggS":
        return "ogg"
    if audio[:4] in (b"RIFF", b"RF64") and audio[8:12] == b"WAVE":
        return "wav"
    if audio[4:8] == b"ftyp":
        return "m4a"
    if audio[:4] == b"fLaC":
        return "flac"
    if audio[:3] == b"ID3":
        return "mp3"
    if len(audio) > 1 and audio[0] == 0xFF and audio[1] & 0xE0 == 0xE0 and audio[1] & 0x06:
        return "mpeg frames"
    return None


def is_what_it_says(request: AsrRequest) -> bool:
    """Whether ``format.type`` names what the bytes are; raw PCM is whatever is nothing else."""
    found = sniffed(request.audio)
    if request.container == "pcm":
        return found in (None, "mpeg frames")
    return (found or "").replace("mpeg frames", "mp3") == request.container


@dataclass(frozen=True, slots=True)
class Sound:
    """A recording that can be read, and the facts about it."""

    audio: bytes
    """The bytes as they were sent."""
    reading: dict[str, Any]
    """How soundfile has to be told to read them (only raw PCM has to be told)."""
    container: str
    """For people: ``Ogg/Opus``, ``MP3``, ``WAV``, ``PCM``."""
    rate: int
    """Hz."""
    channels: int
    """How many."""
    seconds: float
    """By the container's own word."""

    def blocks(self, seconds: float) -> Iterator[Mono]:
        """The sound mixed to one channel, shape ``(frames,)``, −1…1, a stretch at a time.

        Damage ends it early, without an error.
        """
        import numpy as np
        import soundfile

        size = max(1, round(seconds * self.rate))
        try:
            with soundfile.SoundFile(io.BytesIO(self.audio), **self.reading) as file:
                while len(block := file.read(size, dtype="float32", always_2d=True)):
                    yield np.nan_to_num(block.mean(axis=1)).astype(np.float32)
        except (soundfile.LibsndfileError, RuntimeError):
            return


def listen(request: AsrRequest) -> Sound | None:
    """The recording in a request, or None where nothing can be heard in the bytes."""
    import soundfile

    reading: dict[str, Any] = {}
    if request.container == "pcm":
        reading = {
            "format": "RAW",
            "subtype": "PCM_16",
            "endian": "LITTLE",
            "samplerate": request.rate,
            "channels": request.channels,
        }
    try:
        with soundfile.SoundFile(io.BytesIO(request.audio), **reading) as file:
            rate, frames, subtype = file.samplerate, file.frames, file.subtype
            channels = file.channels
    except (soundfile.LibsndfileError, RuntimeError, ValueError, TypeError):
        return None
    if rate < 1 or frames < 1 or (request.container == "ogg" and subtype not in _NAMES):
        return None
    container = _NAMES.get(subtype, request.container.upper())
    return Sound(request.audio, reading, container, rate, channels, frames / rate)
