"""The JSON body of one transcription, streamed, its exact length known before the first byte."""

import json
from base64 import b64encode
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Protocol

BLOCK = 48 * 1024
"""Bytes of audio in one block: 64 KiB of base64, the unit of progress and of time-outs."""

_READ = 16 * BLOCK
"""Bytes read at a time: one hop to a thread for sixteen blocks."""

_MARK = "\x00audio\x00"


class AudioSource(Protocol):
    """Bytes of audio that can be read more than once, and that know their length."""

    @property
    def size(self) -> int:
        """Bytes."""

    def chunks(self, size: int) -> AsyncGenerator[bytes, None]:
        """All the bytes from the start, in pieces of exactly ``size`` but for the last.

        Raises ``RecordingError`` when they cannot be read, or are not what they were.
        """


@dataclass(frozen=True, slots=True)
class AudioFormat:
    """What the bytes really are; a wrong type gives an empty transcript and no error."""

    container: str
    """``ogg``, ``mp3``, ``wav`` or ``pcm``."""
    rate: int | None = None
    """Hz; required for pcm."""
    channels: int | None = None
    """Required for pcm, whose samples are 16-bit little-endian."""


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked of the model."""

    model: str
    """Its name at the service."""
    language: str
    """``zh`` or ``en``."""
    enable_itn: bool = True
    """Numbers and dates as figures."""
    enable_timestamp: bool = True
    """Times with each delta."""
    hotwords: tuple[str, ...] = ()
    """Names and terms to expect."""


@dataclass(frozen=True, slots=True)
class TranscriptionRequest:
    """One request: what is asked, and the audio it is asked of."""

    options: Options
    """What is asked."""
    format: AudioFormat
    """What the audio's bytes are."""
    audio: AudioSource
    """The bytes."""
    duration: float | None = None
    """Seconds of audio, where known: time-outs grow with it."""

    def frame(self) -> tuple[bytes, bytes]:
        """The body before and after the base64 of the audio (the contract's request)."""
        transcription: dict[str, object] = {
            "model": self.options.model,
            "language": self.options.language,
            "enable_itn": self.options.enable_itn,
            "enable_timestamp": self.options.enable_timestamp,
        }
        if self.options.hotwords:
            transcription["hotwords"] = list(self.options.hotwords)
        shape: dict[str, object] = {"type": self.format.container}
        if self.format.container == "pcm":
            shape |= {"codec": "pcm_s16le", "bits": 16}
        if self.format.rate and self.format.channels:
            shape |= {"rate": self.format.rate, "channel": self.format.channels}
        body = {
            "audio": {"data": _MARK, "input": {"transcription": transcription, "format": shape}}
        }
        text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
        before, after = text.split(json.dumps(_MARK)[1:-1], 1)
        # A hot word from the command line can hold a byte that is no text.
        return before.encode(errors="replace"), after.encode(errors="replace")

    @property
    def length(self) -> int:
        """Bytes of the whole body."""
        before, after = self.frame()
        return len(before) + 4 * ((self.audio.size + 2) // 3) + len(after)

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """The body in pieces of at most 64 KiB; can be asked for again for another attempt.

        Raises ``RecordingError`` when the audio is not what it was.
        """
        before, after = self.frame()
        yield before
        async with aclosing(self.audio.chunks(_READ)) as chunks:
            async for chunk in chunks:
                for at in range(0, len(chunk), BLOCK):
                    yield b64encode(chunk[at : at + BLOCK])
        yield after
