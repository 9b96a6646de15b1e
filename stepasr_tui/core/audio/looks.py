"""Short looks into a recording that is open: how loud it is around a second of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Protocol

from stepasr_tui.core.audio import riff
from stepasr_tui.core.audio.container import opened_sounds, packets
from stepasr_tui.core.audio.contents import origin
from stepasr_tui.core.audio.decode import decoded, decoder_of
from stepasr_tui.core.audio.mono import mixed, samples_of, shares
from stepasr_tui.core.audio.recording import Recording

if TYPE_CHECKING:
    import soundfile
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer

_RUN_UP = 0.15
"""Seconds decoded and thrown away before a look: codecs need a frame or two to swing in."""

_RUN_UP_MP3 = (0.25, 0.5)
"""Likewise for MP3 from 32 kHz on, and below: a frame takes up to 511 bytes (MPEG 2: 255) from
those before it, eight at 32 kbit/s, twenty at 8, and without them comes out silent."""

_MOST_PACKETS = 1000
"""Packets read for one look: where ffmpeg lands further before it, it stays unheard."""

_BEYOND = 30 * 86400.0
"""Seconds: later than any recording ends."""

_BY_BYTES = {"mp3", "mp2", "aac", "ac3", "eac3", "dts", "ts"}
"""Containers in which any byte is a place to begin. While the duration is only an estimate, the
share of the bytes is a better guess at the time, and spares reading all that is before it."""

_RAW_SUBTYPES = {
    "pcm_u8": "PCM_U8",
    "pcm_s16le": "PCM_16",
    "pcm_s24le": "PCM_24",
    "pcm_s32le": "PCM_32",
    "pcm_f32le": "FLOAT",
    "pcm_f64le": "DOUBLE",
    "pcm_alaw": "ALAW",
    "pcm_mulaw": "ULAW",
}
"""Codecs that can be read with no header, and libsndfile's names for them."""


def is_by_bytes(recording: Recording) -> bool:
    """Whether places in it are found by their share of the bytes, not by time."""
    return not recording.exact and recording.container in _BY_BYTES


class Ear(Protocol):
    """A recording that is open."""

    def power(self, at: float, look: float) -> float | None:
        """Mean square of ``look`` seconds from ``at`` seconds on; None where nothing is heard."""


@contextmanager
def opened_ear(recording: Recording, file: BinaryIO, track: int, seconds: float) -> Iterator[Ear]:
    """``recording`` with ``file`` open on it, ``seconds`` long, open to be looked into."""
    if recording.container in ("pcm", "wav") and recording.codec in _RAW_SUBTYPES:
        with _sound(recording, file) as sound:
            yield _Samples(sound)
    else:
        with opened_sounds(file, recording.container) as (container, sounds):
            per_second = recording.size / seconds if is_by_bytes(recording) else None
            yield _Packets(container, sounds[track], per_second)


def end_of(recording: Recording, file: BinaryIO, track: int) -> float | None:
    """Seconds at which the last packet ends; None where ffmpeg cannot find that."""
    with opened_sounds(file, recording.container) as (container, sounds):
        return _Packets(container, sounds[track], None).end()


class _Samples:
    """Plain samples: each has its place."""

    def __init__(self, sound: "soundfile.SoundFile") -> None:
        self._sound = sound

    def power(self, at: float, look: float) -> float | None:
        import numpy as np

        rate = self._sound.samplerate
        try:
            self._sound.seek(min(int(at * rate), self._sound.frames))
            block = self._sound.read(max(1, int(look * rate)), dtype="float32", always_2d=True)
        except RuntimeError:  # all of soundfile's own are
            return None
        sound = mixed(block, shares([""] * self._sound.channels))
        return float(np.mean(sound**2)) if len(sound) else None


class _Packets:
    """Compressed sound, found by its time or by its share of the bytes."""

    def __init__(
        self, container: "InputContainer", sound: "AudioStream", per_second: float | None
    ) -> None:
        """``per_second``: bytes of the whole file, where places are found by bytes."""
        self._container = container
        self._stream = sound
        self._per_second = per_second
        self._decoder = decoder_of(sound)
        self._base = float(sound.time_base or 1)
        self._zero = origin(container) or 0.0
        self._run_up = _RUN_UP
        if self._decoder.name.startswith("mp3"):
            self._run_up = _RUN_UP_MP3[sound.sample_rate < 32000]

    def power(self, at: float, look: float) -> float | None:
        import av
        import numpy as np

        total, count = 0.0, 0
        try:
            for start, frame in self._frames(max(0.0, at - self._run_up)):
                rate = frame.sample_rate
                first, last = (round((edge - start) * rate) for edge in (at, at + look))
                if last > 0 and first < frame.samples:
                    speakers = [channel.name for channel in frame.layout.channels]
                    sound = mixed(samples_of([frame]), shares(speakers))
                    sound = sound[max(0, first) : max(1, last)]
                    total += float(np.sum(sound**2))
                    count += len(sound)
                if last <= frame.samples:
                    break
        except av.error.FFmpegError:
            return None
        return total / count if count else None

    def end(self) -> float | None:
        """Seconds at which the last packet ends; None where ffmpeg cannot find that."""
        import av

        try:
            self._container.seek(int(_BEYOND / self._base), stream=self._stream)
        except av.error.FFmpegError:
            return None
        ends = [
            packet.pts + (packet.duration or 0)
            for packet in packets(self._container, self._stream)
            if packet.pts is not None
        ]
        return max(ends) * self._base - self._zero if ends else None

    def _frames(self, early: float) -> Iterator[tuple[float, "AudioFrame"]]:
        """Frames from about ``early`` seconds on, and the second at which each begins."""
        self._seek(early)
        clock = early
        for packet in islice(packets(self._container, self._stream), _MOST_PACKETS):
            if self._per_second is None and packet.pts is not None:
                clock = packet.pts * self._base - self._zero
                if clock + (packet.duration or 0) * self._base < early:
                    continue
            for frame in decoded(self._decoder, packet) or ():
                if self._per_second is None and frame.time is not None:
                    clock = frame.time - self._zero
                yield clock, frame
                clock += frame.samples / frame.sample_rate

    def _seek(self, early: float) -> None:
        if self._per_second is None:
            self._container.seek(int((early + self._zero) / self._base), stream=self._stream)
        else:
            place = int(early * self._per_second)
            self._container.seek(place, stream=self._stream, unsupported_byte_offset=True)
        self._decoder.flush_buffers()


def _sound(recording: Recording, file: BinaryIO) -> "soundfile.SoundFile":
    """The samples in ``file``, read past a header, which may lie about their number."""
    import soundfile

    start = 0
    if recording.container == "wav":
        start = riff.read_header(file, recording.size).data_start
    return soundfile.SoundFile(
        _From(file, start),
        samplerate=recording.sample_rate,
        channels=recording.channels,
        format="RAW",
        subtype=_RAW_SUBTYPES[recording.codec],
        endian="LITTLE",
    )


class _From:
    """A file from ``start`` on: libsndfile skips no header in what it is told is raw."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file = file
        self._start = start
        file.seek(start)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_SET:
            offset += self._start
        return self._file.seek(offset, whence) - self._start

    def tell(self) -> int:
        return self._file.tell() - self._start

    def read(self, count: int = -1) -> bytes:
        return self._file.read(count)
