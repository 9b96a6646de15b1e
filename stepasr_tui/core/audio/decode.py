"""Any recording → blocks of mono sound at 16 kHz; encodes nothing and cuts nothing."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO, cast

from stepasr_tui.core.audio import mpeg, riff
from stepasr_tui.core.audio.container import Reader, opened_sounds, packets
from stepasr_tui.core.audio.contents import ESTIMATED, claimed, parts, timeline
from stepasr_tui.core.audio.mono import Mono, mixed, samples_of, shares
from stepasr_tui.core.audio.probe import changed, opened
from stepasr_tui.core.audio.recording import SAMPLE_RATE, Recording
from stepasr_tui.core.audio.sniff import tag_length
from stepasr_tui.core.display import clock
from stepasr_tui.core.errors import NotARecording

if TYPE_CHECKING:
    from av.audio.codeccontext import AudioCodecContext
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from numpy.typing import NDArray

    from stepasr_tui.core.audio.mono import Block
    from stepasr_tui.core.audio.timeline import Timeline

_PLAIN = {
    "pcm_u8": "u1",
    "pcm_s16le": "<i2",
    "pcm_s24le": "",
    "pcm_s32le": "<i4",
    "pcm_f32le": "<f4",
    "pcm_f64le": "<f8",
}
"""Samples that numpy reads as they stand in a file; three bytes are no type of its own."""

_PLAIN_CHANNELS = 2
"""More need the places of their speakers, which ffmpeg reads from the header."""

_LARGEST = 4 << 20
"""Bytes of one packet of sound: two seconds of anything honest; more could become 100 MB."""

_MOST_PLANAR = 8
"""Channels of compressed sound: 7.1. More is what damaged AAC claims."""

_HOPELESS = 200
"""Packets after which it is given up when not one was good: protected files are so throughout."""

_SHORT = 1.0
"""Seconds that may be missing at the end before it is said."""


class Decoder:
    """One track of a recording as mono sound at 16 kHz, block by block.

    Memory stays below 64 MB whatever the file claims to be. Places that cannot be decoded are
    left out; where time stamps show that sound is missing there is silence, so that what comes
    after is where it belongs.
    """

    def __init__(self, recording: Recording, track: int = 0) -> None:
        self.notes: list[str] = []
        """Once it ended: what was odd about the file, a sentence each."""
        self._recording = recording
        self._track = track
        self._mono = Mono()
        self._good = self._bad = self._places = 0
        self._stuck = False

    @property
    def position(self) -> float:
        """Seconds given so far."""
        return self._mono.frames / SAMPLE_RATE

    def blocks(self) -> Iterator["Block"]:
        """The sound: shape ``(frames,)``, float32, −1…1, at most a second each. Blocking.

        It can be gone through once; closing it closes the file. Decoding and resampling an hour
        takes about 0.5 s for WAV and 3 s for MP3.

        Raises NotARecording (also at the end, when most of it was bad), RecordingUnreadable,
        RecordingChanged.
        """
        recording = self._recording
        with opened(recording.path) as (file, identity):
            if identity != recording.identity:
                raise changed(recording.path)
            yield from self._plain(file) if self._is_plain(file) else self._packed(file)
            yield from self._mono.rest()
            facts = os.fstat(file.fileno())
            if (facts.st_size, facts.st_mtime_ns) != (identity.size, identity.mtime_ns):
                raise changed(recording.path)

    def _is_plain(self, file: BinaryIO) -> bool:
        recording = self._recording
        file.seek(0)
        return recording.container == "pcm" or (
            recording.container == "wav"
            and recording.codec in _PLAIN
            and recording.channels <= _PLAIN_CHANNELS
            and file.read(4) != b"RIFX"
        )

    def _plain(self, file: BinaryIO) -> Iterator["Block"]:
        recording = self._recording
        start, left = 0, recording.size
        if recording.container == "wav":
            header = riff.read_header(file, recording.size)
            start, left = header.data_start, header.data_bytes
            self._end_note(header.claimed, header.duration)
        width = 3 if recording.codec == "pcm_s24le" else int(_PLAIN[recording.codec][-1])
        frame = width * recording.channels
        parts = shares([""] * recording.channels)
        file.seek(start)
        left -= left % frame
        while left:
            data = _read(file, min(left, frame * recording.sample_rate))
            left -= len(data)
            whole = len(data) - len(data) % frame
            if not whole:
                raise changed(recording.path)
            sound = mixed(_samples(data[:whole], recording), parts)
            yield from self._mono.take(sound, recording.sample_rate)

    def _packed(self, file: BinaryIO) -> Iterator["Block"]:
        import av

        recording, header, gaps = self._recording, 0.0, 0
        for start, end in parts(file, recording.container, recording.size):
            reader = Reader(file, start, end)
            try:
                with opened_sounds(reader, recording.container) as (container, sounds):
                    sound = self._chosen(sounds)
                    claim = claimed(container, sound)
                    line = timeline(container, sound, recording.container)
                    yield from self._mixed(self._frames(container, sound), line)
            except av.error.FFmpegError as error:
                if start == 0:
                    raise self._unreadable() from error
                self._places += 1
                continue
            header, gaps = header + (claim or 0.0), gaps + line.gaps
        if recording.container in ("mp3", "mp2"):
            length = mpeg.length(file, tag_length(file), recording.size)
            header = (length and length.declared) or 0.0
        elif recording.container in ESTIMATED:
            header = 0.0
        self._judge(header, gaps)

    def _chosen(self, sounds: list["AudioStream"]) -> "AudioStream":
        if self._track < len(sounds):
            return sounds[self._track]
        raise NotARecording(
            f"{self._recording.path.name} has no track {self._track + 1}.",
            cause=f"It has {len(sounds)}.",
        )

    def _frames(self, container: "InputContainer", sound: "AudioStream") -> Iterator["AudioFrame"]:
        import av

        decoder, was_bad = decoder_of(sound), False
        try:
            for packet in packets(container, sound):
                frames = decoded(decoder, packet) if packet.size <= _LARGEST else None
                if frames is None:
                    self._bad += 1
                    was_bad = True
                    if self._bad >= _HOPELESS and not self._good:
                        break
                    continue
                self._good += bool(frames)
                # Not counted until something good follows: the end of a file is often cut.
                self._places += was_bad
                was_bad = False
                yield from frames
        except av.error.FFmpegError:
            self._stuck = True
        last = decoded(decoder, None) or []
        self._good += bool(last)
        yield from last

    def _mixed(self, frames: Iterator["AudioFrame"], line: "Timeline") -> Iterator["Block"]:
        """Frames put together to about half a second before they are worked on: each costs."""
        held: list[AudioFrame] = []
        count, rate = 0, 0
        for frame in frames:
            missing = line.missing_before(frame.time)
            same = held and (frame.format.name, frame.layout.name, frame.sample_rate) == (
                held[0].format.name,
                held[0].layout.name,
                rate,
            )
            if held and (missing or not same or count * 2 > rate):
                yield from self._taken(held)
                held, count = [], 0
            rate = frame.sample_rate
            if missing:
                yield from self._mono.silence(missing)
            held.append(frame)
            count += frame.samples
            line.heard(frame.samples / rate)
        if held:
            yield from self._taken(held)

    def _taken(self, frames: list["AudioFrame"]) -> Iterator["Block"]:
        parts = shares([channel.name for channel in frames[0].layout.channels])
        yield from self._mono.take(mixed(samples_of(frames), parts), frames[0].sample_rate)

    def _judge(self, header: float, gaps: int) -> None:
        """Say what was odd, or that it was too odd. ``header``: seconds it claims, or 0."""
        if not self._good:
            raise self._unreadable()
        if self._bad > self._good:
            raise NotARecording(
                f"{self._recording.path.name} is damaged or protected: most of it cannot be read.",
                remedy="Copy it again from where it was recorded. Bought music and films often "
                "play only in their shop's own program.",
            )
        if self._places:
            places = "1 damaged place" if self._places == 1 else f"{self._places} damaged places"
            self.notes.append(f"It has {places}, which cannot be heard.")
        if gaps:
            times = "1 gap" if gaps == 1 else f"{gaps} gaps"
            self.notes.append(f"It has {times} without sound, heard as silence.")
        self._end_note(header, self.position)
        if self._stuck and not self.notes:
            self.notes.append(f"It cannot be read past {clock(self.position)}.")

    def _end_note(self, header: float | None, end: float) -> None:
        if header is not None and header - end > max(_SHORT, header * 0.005):
            self.notes.append(
                f"It ends at {clock(end)}, though its header says {clock(header)}: "
                "it may be cut off."
            )

    def _unreadable(self) -> NotARecording:
        return NotARecording(
            f"No sound can be read from {self._recording.path.name}.",
            cause="It is damaged, or protected as bought music often is.",
            remedy="Copy it again from where it was recorded.",
        )


def decoder_of(sound: "AudioStream") -> "AudioCodecContext":
    """The decoder for a track; ffmpeg's own for AMR fails at the pauses of phones."""
    from av.codec import Codec, CodecContext
    from av.codec.codec import UnknownCodecError

    name = {"amrnb": "libopencore_amrnb", "amrwb": "libopencore_amrwb"}.get(sound.codec.name)
    if name is not None:
        try:
            Codec(name, "r")
        except UnknownCodecError:
            return sound.codec_context
        return cast("AudioCodecContext", CodecContext.create(name, "r"))
    return sound.codec_context


def decoded(
    decoder: "AudioCodecContext", packet: "Packet[AudioStream] | None"
) -> list["AudioFrame"] | None:
    """The frames of a packet, or, of None, those held back; None when it is bad."""
    import av

    try:
        frames = [frame for frame in decoder.decode(packet) if frame.samples]
    except av.error.FFmpegError:
        return None
    return frames if all(map(_sane, frames)) else None


def _sane(frame: "AudioFrame") -> bool:
    """Whether the frame can be what was recorded: a damaged packet may decode to anything."""
    from av.audio.frame import format_dtypes

    most = _MOST_PLANAR if frame.format.is_planar else riff.MOST_CHANNELS
    return (
        riff.LOWEST_RATE <= frame.sample_rate <= riff.HIGHEST_RATE
        and 0 < frame.layout.nb_channels <= most
        and frame.format.name in format_dtypes
    )


def _samples(data: bytes, recording: Recording) -> "NDArray[Any]":
    """The samples in ``data``, shape ``(frames, channels)``."""
    import numpy as np

    if recording.codec == "pcm_s24le":
        wide = np.zeros((len(data) // 3, 4), np.uint8)
        wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
        values: NDArray[Any] = wide.view("<i4")
    else:
        values = np.frombuffer(data, _PLAIN[recording.codec])
    return values.reshape(-1, recording.channels)


def _read(file: BinaryIO, count: int) -> bytes:
    """``count`` bytes, fewer only at the end: a file on a network may give less at once."""
    data = file.read(count)
    while len(data) < count and (more := file.read(count - len(data))):
        data += more
    return data
