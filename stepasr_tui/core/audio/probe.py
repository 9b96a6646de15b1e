"""What a recording on disk really is, by its content; decodes nothing, converts nothing."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import BinaryIO

from stepasr_tui.core import folders
from stepasr_tui.core.audio import mpeg, ogg, riff
from stepasr_tui.core.audio.closed import must_be_file, unreadable
from stepasr_tui.core.audio.contents import LONGEST, NoTrack, Unopened, contents, demuxed
from stepasr_tui.core.audio.recording import Accepted, FileIdentity, Recording, Track
from stepasr_tui.core.audio.sniff import Family, Kind, kind_of, tag_length
from stepasr_tui.core.errors import (
    NotARecording,
    RecordingChanged,
    RecordingError,
    RecordingUnreadable,
)

EXTENSIONS: frozenset[str] = folders.EXTENSIONS
"""Endings worth listing in a picker, lower case, with the dot; the content decides in the end."""

_HEAD = 65536
"""Bytes read to tell what a file is: a few frames of the largest MP3, a page of Ogg."""

_LONGEST = 8 / 50
"""Seconds of sound that a byte can hold at most: 50 bits a second, below any codec's silence."""

_PASSED_CHANNELS = 2
"""Channels of a WAV that the service gets as it is; who knows how it mixes more."""

_AGAIN = "Copy it again from where it was recorded."
_CONVERT = "Convert it, for instance: ffmpeg -i INPUT -vn -c:a libopus -b:a 24k OUTPUT.ogg"


def probe(path: Path) -> Recording:
    """What ``path`` is; blocking (a few reads, about 1 ms on a local disk).

    The duration of a WAV comes from the bytes that are there, of an Ogg from its last page, of
    others from the header if sound is found where that says the end is. Where it does not
    (cut off, joined, live) or where there is none (mp3 of varying rate, AAC, AMR…), the
    duration is an estimate or None, and ``exact`` is False: ``measured`` finds it out.

    Raises NotARecording, RecordingUnreadable.
    """
    with opened(path) as (file, identity):
        if identity.size == 0:
            raise NotARecording(
                f"{path.name} is empty: it has 0 bytes.",
                remedy="Copy it again, or look whether the recorder has finished writing it.",
            )
        kind, start = _kind(file)
        if kind.family in (Family.OTHER, Family.FOREIGN):
            raise _not_readable(path, kind)
        found = _looked_into(path, file, identity, kind, start)
        if found.duration is not None and found.duration <= 0:
            raise _no_sound(path)
        if not _sane(found.tracks[0]):
            raise _damaged(path, kind)
    if found.duration is None:
        return found
    return replace(found, bit_rate=round(identity.size * 8 / found.duration))


def pcm(path: Path, rate: int, channels: int) -> Recording:
    """``path`` taken as raw 16-bit little-endian samples at ``rate`` Hz, interleaved; blocking.

    Raises NotARecording (also for a rate or channel count that cannot be), RecordingUnreadable.
    """
    if not _sane(Track("pcm_s16le", rate, channels)):
        raise NotARecording(
            f"{rate} samples a second with {channels} channels cannot be right.",
            remedy="Speech is mostly recorded at 8000, 16000, 44100 or 48000 with 1 or 2 channels.",
        )
    with opened(path) as (_, identity):
        frames = identity.size // (2 * channels)
    if frames == 0:
        raise _no_sound(path)
    track = Track("pcm_s16le", rate, channels)
    found = _recording(path, identity, "pcm", (track,), frames / rate, accepted="pcm")
    return replace(found, bit_rate=rate * channels * 16)


def measured(recording: Recording, upto: float | None = None) -> Recording:
    """``recording`` with its true duration, found by reading all of it; decodes nothing. Blocking.

    A 3-hour mp3 takes about 1 s. Once ``upto`` seconds are proven it stops: ``duration`` is then
    the best estimate and ``exact`` stays False. Unchanged when it is exact already.

    Raises NotARecording, RecordingUnreadable, RecordingChanged.
    """
    if recording.exact:
        return recording
    path = recording.path
    with opened(path) as (file, identity):
        if identity != recording.identity:
            raise changed(path)
        try:
            found = demuxed(file, recording.container, identity.size, upto)
        except Unopened as error:
            raise _unopened(path, error) from error
    if found.seconds <= 0:
        raise _no_sound(path)
    if found.seconds > LONGEST:
        return replace(recording, duration=None)
    bit_rate = round(identity.size * 8 / found.seconds)
    return replace(recording, duration=found.seconds, exact=found.whole, bit_rate=bit_rate)


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, FileIdentity]]:
    """``path`` open for reading, unbuffered, once it is known to be a plain file.

    It waits for no pipe and no device. Errors of reading inside the block become ours.
    Raises RecordingUnreadable.
    """
    if "\0" in str(path):
        raise RecordingUnreadable(f"{path.name} cannot be a file: its name holds a zero byte.")
    try:
        must_be_file(path, path.stat().st_mode)
        # Without O_NONBLOCK a pipe that took the file's place since would hang us for good.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags), "rb", buffering=0) as file:
            facts = os.fstat(file.fileno())
            must_be_file(path, facts.st_mode)
            yield (
                file,
                FileIdentity(facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns),
            )
    except OSError as error:
        raise unreadable(path, error) from error


def changed(path: Path) -> RecordingChanged:
    """The error for a file that is no longer the one that was looked at."""
    return RecordingChanged(
        f"{path.name} changed since it was looked at.",
        remedy="Choose it again when nothing writes to it any more.",
    )


def _kind(file: BinaryIO) -> tuple[Kind, int]:
    """What the file is, and the length of the tag before it."""
    start = tag_length(file)
    file.seek(start)
    return kind_of(file.read(_HEAD)), start


def _looked_into(
    path: Path, file: BinaryIO, identity: FileIdentity, kind: Kind, start: int
) -> Recording:
    file.seek(0)
    if kind.container == "wav" and file.read(4) != b"RIFX":
        found = _wav(path, file, identity)
        if found.codec.startswith("pcm_"):
            return found
    elif kind.container in ("mp3", "mp2"):
        return _mpeg(path, file, identity, kind, start)
    elif kind.family is Family.SENDABLE and kind.container == "ogg":
        single = _ogg(path, file, identity, kind)
        if single is not None:
            return single
    return _contained(path, file, identity, kind)


def _wav(path: Path, file: BinaryIO, identity: FileIdentity) -> Recording:
    try:
        header = riff.read_header(file, identity.size)
    except riff.BrokenHeader as error:
        raise NotARecording(
            f"{path.name} is a WAV file with a broken header: {error}.",
            remedy="Copy it again from where it was recorded, or export it once more.",
        ) from error
    if header.data_bytes == 0:
        raise _no_sound(path)
    track = Track(header.codec, header.sample_rate, header.channels)
    file.seek(0)
    plain = header.declared and file.read(4) == b"RIFF" and header.codec == "pcm_s16le"
    accepted: Accepted | None = "wav" if plain and track.channels <= _PASSED_CHANNELS else None
    return _recording(path, identity, "wav", (track,), header.duration, accepted=accepted)


def _mpeg(path: Path, file: BinaryIO, identity: FileIdentity, kind: Kind, start: int) -> Recording:
    found = mpeg.length(file, start, identity.size)
    if found is None:
        raise _damaged(path, kind)
    first = found.frame
    track = Track(kind.container, first.sample_rate, first.channels)
    accepted: Accepted | None = "mp3" if kind.container == "mp3" else None
    return _recording(
        path, identity, kind.container, (track,), found.seconds, found.exact, accepted
    )


def _ogg(path: Path, file: BinaryIO, identity: FileIdentity, kind: Kind) -> Recording | None:
    """An Ogg file with Vorbis or Opus alone; None for one that ffmpeg must look into."""
    streams = ogg.streams(file, identity.size)
    facts = ogg.facts(streams.heads[0]) if len(streams.heads) == 1 else None
    if facts is None:
        if not streams.heads:
            raise _damaged(path, kind)
        return None
    codec, rate, channels, skip = facts
    track = Track(codec, rate, channels)
    if streams.granule is None and streams.end != "joined":
        raise _damaged(path, kind)
    if not _sane(track):
        raise _damaged(path, kind)
    duration = ogg.seconds(streams, rate, skip)
    # A damaged last page can claim centuries.
    if duration is not None and duration > identity.size * _LONGEST:
        duration = None
    exact = duration is not None and streams.end in ("whole", "cut")
    accepted: Accepted | None = "ogg" if exact and streams.single else None
    return _recording(path, identity, "ogg", (track,), duration, exact, accepted)


def _contained(path: Path, file: BinaryIO, identity: FileIdentity, kind: Kind) -> Recording:
    try:
        found = contents(file, kind.container, identity.size)
    except NoTrack as error:
        what = "it is a video without an audio track" if error.video else "it has no audio track"
        raise NotARecording(
            f"{path.name} has no sound: {what}.",
            remedy="Choose the recording that its sound is in.",
        ) from error
    except Unopened as error:
        raise _unopened(path, error, kind) from error
    duration, exact = found.seconds, found.exact
    if duration is not None and duration > identity.size * _LONGEST:
        duration, exact = None, False
    return _recording(path, identity, found.container, found.tracks, duration, exact)


def _recording(
    path: Path,
    identity: FileIdentity,
    container: str,
    tracks: tuple[Track, ...],
    duration: float | None,
    exact: bool = True,
    accepted: Accepted | None = None,
) -> Recording:
    first = tracks[0]
    return Recording(
        path,
        identity.size,
        container,
        first.codec,
        duration,
        first.sample_rate,
        first.channels,
        identity,
        accepted,
        exact,
        tracks=tracks,
    )


def _sane(track: Track) -> bool:
    rate, channels = track.sample_rate, track.channels
    right = riff.LOWEST_RATE <= rate <= riff.HIGHEST_RATE
    return right and 0 < channels <= riff.MOST_CHANNELS


def _not_readable(path: Path, kind: Kind) -> NotARecording:
    if kind.family is Family.FOREIGN:
        return NotARecording(
            f"{path.name} is {kind.name}, which cannot be read here.", remedy=_CONVERT
        )
    return NotARecording(
        f"{path.name} is not audio: it is {kind.name}.",
        remedy="Choose a recording, or a video with sound, instead.",
    )


def _unopened(path: Path, error: Unopened, kind: Kind | None = None) -> RecordingError:
    if error.cut_off:
        return RecordingUnreadable(
            f"{path.name} was never finished: the part that says where its sound is is missing.",
            cause="The recorder was cut off before it could write that, or is still recording.",
            remedy="If it is still recording, stop it first. If it crashed, a repair tool such as "
            "untrunc may save the sound.",
        )
    if error.foreign:
        return NotARecording(
            f"{path.name} has sound in a form that nothing here can read.",
            cause="It may be protected, as bought music and rented films are.",
            remedy=_CONVERT,
        )
    return _damaged(path, kind)


def _damaged(path: Path, kind: Kind | None = None) -> NotARecording:
    what = f"is {kind.name}, but so" if kind else "is so"
    return NotARecording(
        f"{path.name} {what} damaged that no sound can be read from it.", remedy=_AGAIN
    )


def _no_sound(path: Path) -> NotARecording:
    return NotARecording(
        f"{path.name} has no sound in it: its length is 0 seconds.",
        remedy="Look whether the recorder has finished writing it.",
    )
