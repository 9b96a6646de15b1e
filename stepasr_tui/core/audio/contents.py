"""What a file of tracks and packets holds, and how long it really is; decodes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from stepasr_tui.core.audio import ogg
from stepasr_tui.core.audio.container import DEMUXERS, Reader, opened_sounds, packets
from stepasr_tui.core.audio.recording import Track
from stepasr_tui.core.audio.timeline import Timeline

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer

ESTIMATED = frozenset({"aac", "loas", "ac3", "eac3", "dts", "amr", "ts", "mpeg", "mp3", "mp2"})
"""Containers without a duration of their own: ffmpeg guesses it from the bit rate."""

_NEAR = 0.5
"""Seconds before the claimed end at which there must be sound."""

_BEYOND = 0.1
"""Seconds after it at which there may be none, with 1 % more: else the claim was a guess."""

_BEFORE = 2.0
"""Seconds before the claimed end from which it is looked for."""

_LOOKED = 1 << 24
"""Bytes read for that: some formats have no index, and all before would be read."""

LONGEST = 7 * 86400.0
"""Seconds; a header that claims more is not believed."""


class Unopened(Exception):
    """ffmpeg makes nothing of the file."""

    def __init__(self, *, cut_off: bool = False, foreign: bool = False) -> None:
        super().__init__()
        self.cut_off = cut_off
        """True for an MP4 whose index is missing: it is written last."""
        self.foreign = foreign
        """True when there are tracks, but in nothing that can be decoded, perhaps protected."""


class NoTrack(Exception):
    """The file has no track of sound."""

    def __init__(self, *, video: bool) -> None:
        super().__init__()
        self.video = video
        """True when it has pictures that move."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a file."""

    container: str
    """As it was told, except ``wmv`` for ``wma`` with pictures."""
    tracks: tuple[Track, ...]
    """Every sound in it that can be decoded, at least one."""
    seconds: float | None
    """Duration of the first, as the header claims; None when it claims none."""
    exact: bool
    """True when sound was found where the header says that the end is."""


@dataclass(frozen=True, slots=True)
class Demuxed:
    """What counting packets came to."""

    seconds: float
    """Duration; an estimate when it is not ``whole``."""
    whole: bool
    """False when counting stopped early."""


def contents(file: BinaryIO, container: str, size: int) -> Contents:
    """What is in ``file`` of ``size`` bytes; about 1 ms. Raises Unopened, NoTrack, OSError."""
    import av

    reader = Reader(file)
    try:
        with opened_sounds(reader, container) as (opened, sounds):
            video = any(
                not stream.disposition & av.stream.Disposition.attached_pic
                for stream in opened.streams.video
            )
            if not sounds:
                if opened.streams.audio:
                    raise Unopened(foreign=True)
                raise NoTrack(video=video)
            tracks = tuple(_track(sound) for sound in sounds)
            seconds = claimed(opened, sounds[0])
            reader.left = _LOOKED
            exact = (
                seconds is not None
                and container not in ESTIMATED
                and _reaches(opened, sounds[0], seconds)
                and reader.left > 0
            )
    except av.error.FFmpegError as error:
        raise Unopened(cut_off=_without_index(file, container, size)) from error
    return Contents("wmv" if container == "wma" and video else container, tracks, seconds, exact)


def demuxed(file: BinaryIO, container: str, size: int, upto: float | None) -> Demuxed:
    """How long the first track is, by its packets; ``upto`` seconds are enough where given.

    Raises Unopened, OSError.
    """
    import av

    before = 0.0
    try:
        for start, end in parts(file, container, size):
            reader = Reader(file, start, end)
            with opened_sounds(reader, container) as (opened, sounds):
                if not sounds:
                    raise Unopened
                line = timeline(opened, sounds[0], container)
                for at in _counted(opened, sounds[0], line):
                    if upto is not None and before + line.position > upto:
                        # Where it reads is ahead of the packet by a buffer.
                        read = max(1, start + (at or reader.tell()))
                        seconds = before + line.position
                        return Demuxed(max(seconds, seconds * size / read), whole=False)
                before += line.position
    except av.error.FFmpegError as error:
        raise Unopened(cut_off=_without_index(file, container, size)) from error
    return Demuxed(before, whole=True)


def timeline(opened: "InputContainer", sound: "AudioStream", container: str) -> Timeline:
    """A new one for a track of a file that was just opened."""
    believed = None if container in ESTIMATED else claimed(opened, sound)
    return Timeline(origin(opened), believed)


def parts(file: BinaryIO, container: str, size: int) -> list[tuple[int, int]]:
    """Start and end, in bytes, of what must be opened one after the other: joined Ogg files."""
    return ogg.links(file, size) if container == "ogg" else [(0, size)]


def _counted(
    container: "InputContainer", sound: "AudioStream", line: Timeline
) -> Iterator[int | None]:
    """Go along ``line`` packet by packet, to the end or to where it cannot be read any more.

    Yields where each packet is in the file, where that is known.
    """
    import av

    base = sound.time_base
    try:
        for packet in packets(container, sound):
            if base and not packet.is_discard:
                line.missing_before(None if packet.pts is None else float(packet.pts * base))
                line.heard(float((packet.duration or 0) * base))
            yield packet.pos
    except av.error.FFmpegError:
        return


def claimed(container: "InputContainer", sound: "AudioStream") -> float | None:
    """Seconds from the file's start to the track's end, as the header has it; None if it has not.

    For containers without a header it is ffmpeg's guess.
    """
    seconds: float | None = None
    if sound.duration and sound.duration > 0 and sound.time_base:
        seconds = float(sound.duration * sound.time_base)
        begin = origin(container)
        if sound.start_time is not None and begin is not None:
            seconds += max(0.0, float(sound.start_time * sound.time_base) - begin)
    elif container.duration and container.duration > 0:
        seconds = container.duration / 1_000_000
    return seconds if seconds is not None and seconds <= LONGEST else None


def origin(container: "InputContainer") -> float | None:
    """The first time stamp of the file, seconds."""
    return None if container.start_time is None else container.start_time / 1_000_000


def _track(sound: "AudioStream") -> Track:
    context, said = sound.codec_context, sound.metadata
    language = said.get("language", "")
    return Track(
        context.codec.canonical_name,
        context.sample_rate,
        context.layout.nb_channels,
        "" if language == "und" else language,
        said.get("title", ""),
    )


def _reaches(container: "InputContainer", sound: "AudioStream", end: float) -> bool:
    """Whether the last packets of sound are close to ``end``, seconds from the file's start."""
    import av

    base, begin = sound.time_base, origin(container) or 0.0
    if not base:
        return False
    try:
        container.seek(int((max(0.0, end - _BEFORE) + begin) / base), stream=sound)
        last = None
        for packet in packets(container, sound):
            if packet.pts is not None:
                last = float((packet.pts + (packet.duration or 0)) * base) - begin
                if last > end * 1.01 + _BEYOND:
                    return False
    except av.error.FFmpegError:
        return False
    return last is not None and last >= end - min(_NEAR, end / 2)


def _without_index(file: BinaryIO, container: str, size: int) -> bool:
    """Whether this is an MP4 that lacks its ``moov`` (ISO 14496-12, 8.2.1)."""
    if DEMUXERS[container] != "mov":
        return False
    at = 0
    for _ in range(1000):
        file.seek(at)
        head = file.read(16)
        if len(head) < 8:
            break
        length, name = int.from_bytes(head[:4], "big"), head[4:8]
        if name in (b"moov", b"moof"):
            return False
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length < 8 or at + length > size:
            break
        at += length
    return True
