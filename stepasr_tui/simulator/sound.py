"""What the bytes of a request are: container by content, and the sound as numbers.

It hears Ogg (Vorbis, Opus) and MP3 with PyAV, WAV and raw PCM with soundfile. What was said is
not its business. The bytes may come from anyone: they are read from memory, by the one demuxer of
the container that was found, which may open nothing else.
"""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from av.container import InputContainer
    from numpy.typing import NDArray

    from stepasr_tui.simulator.asr_request import AsrRequest

    Mono = NDArray[np.float32]

_CODECS = {
    "ogg": {"opus": "Ogg/Opus", "vorbis": "Ogg/Vorbis"},
    "mp3": {"mp3float": "MP3"},
}
"""What PyAV reads, by container and by ffmpeg's name of the codec, and its name for people."""
_LONGEST = 12 * 3600.0
"""Seconds after which the length of a sound is no longer counted: no limit is above that."""
_PACKET_SECONDS = 2.0
"""Sound is handed on when so much was decoded, or as much as was asked for."""


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

    audio: bytes = field(repr=False)
    """The bytes as they were sent."""
    format: str
    """``ogg`` and ``mp3`` are read by PyAV, anything else by soundfile."""
    reading: dict[str, Any]
    """How soundfile has to be told to read them (only raw PCM has to be told)."""
    container: str
    """For people: ``Ogg/Opus``, ``MP3``, ``WAV``, ``PCM``."""
    rate: int
    """Hz; of Opus, which always decodes to 48 kHz, what it was made from."""
    channels: int
    """How many."""
    seconds: float
    """Counted packet by packet where the container has packets, by its own word elsewhere."""

    def blocks(self, seconds: float) -> Iterator[Mono]:
        """The sound mixed to one channel, shape ``(frames,)``, −1…1, a stretch at a time.

        Every stretch but the last has that many seconds at `rate`. Damage ends it early, without
        an error.
        """
        import numpy as np

        size = max(1, round(seconds * self.rate))
        if self.format not in _CODECS:
            yield from self._read(size)
            return
        waiting: list[Mono] = []
        count = 0
        for block in self._decoded():
            waiting.append(block)
            count += len(block)
            if count < size:
                continue
            joined = np.concatenate(waiting)
            for start in range(0, count - size + 1, size):
                yield joined[start : start + size]
            waiting = [joined[count - count % size :]]
            count %= size
        if count:
            yield np.concatenate(waiting)

    def _read(self, size: int) -> Iterator[Mono]:
        import numpy as np
        import soundfile

        try:
            with soundfile.SoundFile(io.BytesIO(self.audio), **self.reading) as file:
                while len(block := file.read(size, dtype="float32", always_2d=True)):
                    yield np.nan_to_num(block.mean(axis=1)).astype(np.float32)
        except (soundfile.LibsndfileError, RuntimeError):
            return

    def _decoded(self) -> Iterator[Mono]:
        """The sound as PyAV decodes it, some seconds at a time, at `rate`."""
        import numpy as np
        import soxr

        stream = None
        for rate, sound in self._packets():
            stream = stream or soxr.ResampleStream(rate, self.rate, 1, dtype="float32")
            yield stream.resample_chunk(sound)
        if stream:
            yield stream.resample_chunk(np.zeros(0, np.float32), last=True)

    def _packets(self) -> Iterator[tuple[int, Mono]]:
        """Some seconds of packets, decoded and joined, each time with their sample rate.

        It is the same each time: where it changes, the sound ends.
        """
        import av

        before = 0
        try:
            with _opened(self.audio, self.format) as file:
                packets = file.demux(file.streams.audio[0])
                while frames := _some(packets):
                    rate = frames[0].sample_rate
                    if {frame.sample_rate for frame in frames} | {before or rate} != {rate}:
                        return
                    before = rate
                    yield rate, _mixed([frame.to_ndarray() for frame in frames])
        except (av.FFmpegError, ValueError):
            return


def _some(packets: Iterator[Any]) -> list[Any]:
    """The frames of the next few seconds, damaged packets left out; none at the end."""
    import av

    found: list[Any] = []
    count = 0
    for packet in packets:
        with suppress(av.FFmpegError):
            frames = packet.decode()
            found += frames
            count += sum(frame.samples for frame in frames)
        if found and count >= _PACKET_SECONDS * found[0].sample_rate:
            break
    return found


def _mixed(decoded: list[Any]) -> Mono:
    import numpy as np

    # A change of channels in the middle of a file: each block is mixed on its own.
    same = len({block.shape[0] for block in decoded}) == 1
    blocks = [np.concatenate(decoded, axis=1)] if same else decoded
    mono: Mono = np.concatenate([block.mean(axis=0, dtype=np.float32) for block in blocks])
    return np.nan_to_num(mono, copy=False)


def _opened(audio: bytes, container: str) -> InputContainer:
    """The bytes under this container's demuxer and no other; raises av.FFmpegError."""
    import av

    # Without the lists, a text that says so could make ffmpeg open another file.
    allowed = {"format_whitelist": container, "protocol_whitelist": ""}
    return av.open(io.BytesIO(audio), mode="r", format=container, options=allowed)


def listen(request: AsrRequest) -> Sound | None:
    """The recording in a request, or None where nothing can be heard in the bytes."""
    if request.container in _CODECS:
        return _packed(request)
    return _plain(request)


def _packed(request: AsrRequest) -> Sound | None:
    import av

    container = request.container
    try:
        with _opened(request.audio, container) as file:
            streams = file.streams.audio
            name = _CODECS[container].get(streams[0].codec_context.name) if streams else None
            # PyAV 18.1 reads past the end of what it has of 8 channels or more.
            if name is None or streams[0].rate < 1 or not 1 <= streams[0].channels < 8:
                return None
            context = streams[0].codec_context
            rate, skipped = context.sample_rate, 0.0
            if context.name == "opus" and len(head := context.extradata or b"") >= 16:
                # RFC 7845, 5.1: samples to skip, at 48 kHz, and the rate it was made from.
                skipped = int.from_bytes(head[10:12], "little") / 48_000
                made_from = int.from_bytes(head[12:16], "little")
                rate = made_from if made_from in (8000, 12000, 16000, 24000) else rate
            seconds = _length(file, container) - skipped
            channels = streams[0].channels
    except (av.FFmpegError, ValueError):
        return None
    if seconds <= 0:
        return None
    return Sound(request.audio, container, {}, name, rate, channels, seconds)


def _length(file: InputContainer, container: str) -> float:
    """Seconds of sound in the packets of a file's first stream, which are read to their end."""
    stream = file.streams.audio[0]
    base = float(stream.time_base or 0)
    ticks = 0
    for packet in file.demux(stream):
        ticks += packet.duration or 0
        if ticks * base > _LONGEST:
            break
    # Vorbis packets do not tell all of their length; a chained Ogg's container tells too little.
    known = stream.duration if container == "ogg" else None
    return max(ticks, known or 0) * base


def _plain(request: AsrRequest) -> Sound | None:
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
            rate, frames, channels = file.samplerate, file.frames, file.channels
    except (soundfile.LibsndfileError, RuntimeError, ValueError, TypeError):
        return None
    if rate < 1 or frames < 1:
        return None
    container = request.container
    return Sound(
        request.audio, container, reading, container.upper(), rate, channels, frames / rate
    )
