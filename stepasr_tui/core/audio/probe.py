"""What a recording on disk really is, by its content; decodes nothing, converts nothing."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

from stepasr_tui.core import folders
from stepasr_tui.core.audio import riff
from stepasr_tui.core.audio.sniff import Family, Kind, id3_length, kind_of
from stepasr_tui.core.errors import NotARecording, RecordingUnreadable

EXTENSIONS: frozenset[str] = folders.EXTENSIONS
"""Endings worth listing in a picker, lower case, with the dot; the content decides in the end."""

Container = Literal["mp3", "wav", "ogg", "pcm"]

_HEAD = 65536
"""Bytes read to tell what a file is: a few frames of the largest MP3, a page of Ogg."""

_LONGEST = 8 / 50
"""Seconds of sound that a byte can hold at most: 50 bits a second, below any codec's silence."""

_SENDABLE = "Only mp3, wav and ogg (Vorbis or Opus) can be sent so far."
_CONVERT = "Convert it, for instance: ffmpeg -i INPUT -vn -c:a libopus -b:a 24k OUTPUT.ogg"


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """Enough to notice that a file is no longer the one that was looked at."""

    device: int
    """Number of the file system."""
    inode: int
    """Number of the file on it."""
    size: int
    """Bytes."""
    mtime_ns: int
    """Last change, nanoseconds since 1970."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A file that can be sent."""

    path: Path
    """As it was given."""
    size: int
    """Bytes."""
    container: Container
    """The ``format.type`` that the service is told."""
    codec: str
    """``mp3``, ``vorbis``, ``opus``, ``pcm_s16le``… as ffmpeg names them."""
    duration: float | None
    """Seconds; None when it cannot be known without decoding. An estimate for mp3."""
    sample_rate: int
    """Hz."""
    channels: int
    """1 for mono."""
    identity: FileIdentity
    """Taken from the open file, so it belongs to the bytes that were read."""


def probe(path: Path) -> Recording:
    """What ``path`` is; blocking (a few reads, well under 1 ms on a local disk).

    The duration of a WAV comes from the bytes that are there; of an Ogg from its last page
    (None when several are joined, or when it cannot be right). Of an mp3 it is the Xing or
    Info header's, else an estimate from the first frames' bit rate: files of varying rate
    without such a header, joined and cut-off ones can be off by half (measured with
    libsndfile 1.2.2).

    Raises NotARecording, RecordingUnreadable.
    """
    with opened(path) as (file, identity):
        if identity.size == 0:
            raise NotARecording(
                f"{path.name} is empty: it has 0 bytes.",
                remedy="Copy it again, or look whether the recorder has finished writing it.",
            )
        kind = _kind(file)
        if kind.family is not Family.SENDABLE:
            raise _not_sendable(path, kind)
        if kind.name == "wav":
            return _wav(path, file, identity)
        return _compressed(path, file, identity, kind)


def pcm(path: Path, rate: int, channels: int) -> Recording:
    """``path`` taken as raw 16-bit little-endian samples at ``rate`` Hz, interleaved; blocking.

    Raises NotARecording (also for a rate or channel count that cannot be), RecordingUnreadable.
    """
    if not 0 < rate <= riff.HIGHEST_RATE or not 0 < channels <= riff.MOST_CHANNELS:
        raise NotARecording(
            f"{rate} samples a second with {channels} channels cannot be right.",
            remedy="Speech is mostly recorded at 8000, 16000, 44100 or 48000 with 1 or 2 channels.",
        )
    with opened(path) as (_, identity):
        frames = identity.size // (2 * channels)
    if frames == 0:
        raise _no_sound(path)
    return Recording(
        path, identity.size, "pcm", "pcm_s16le", frames / rate, rate, channels, identity
    )


@contextmanager
def opened(path: Path) -> Iterator[tuple[BinaryIO, FileIdentity]]:
    """``path`` open for reading, unbuffered, once it is known to be a plain file.

    It waits for no pipe and no device. Errors of reading inside the block become ours.
    Raises RecordingUnreadable.
    """
    if "\0" in str(path):
        raise RecordingUnreadable(f"{path.name} cannot be a file: its name holds a zero byte.")
    try:
        _must_be_file(path, path.stat().st_mode)
        # Without O_NONBLOCK a pipe that took the file's place since would hang us for good.
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with os.fdopen(os.open(path, flags), "rb", buffering=0) as file:
            facts = os.fstat(file.fileno())
            _must_be_file(path, facts.st_mode)
            yield (
                file,
                FileIdentity(facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns),
            )
    except OSError as error:
        raise _unreadable(path, error) from error


def _kind(file: BinaryIO) -> Kind:
    head = file.read(_HEAD)
    tag = id3_length(head)
    if tag:
        file.seek(tag)
        head = file.read(_HEAD)
    return kind_of(head)


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
    return Recording(
        path,
        identity.size,
        "wav",
        header.codec,
        header.duration,
        header.sample_rate,
        header.channels,
        identity,
    )


def _compressed(path: Path, file: BinaryIO, identity: FileIdentity, kind: Kind) -> Recording:
    import soundfile

    joined = kind.name == "ogg" and _joined(file, identity.size)
    # libsndfile takes the descriptor's position for the start of the file.
    file.seek(0)
    try:
        with soundfile.SoundFile(file.fileno(), closefd=False) as sound:
            frames, rate, channels = int(sound.frames), sound.samplerate, sound.channels
    except (soundfile.SoundFileError, RuntimeError, TypeError, ValueError) as error:
        raise _damaged(path, kind) from error
    if not 0 < rate <= riff.HIGHEST_RATE or not 0 < channels <= riff.MOST_CHANNELS:
        raise _damaged(path, kind)
    if frames <= 0:
        raise _no_sound(path)
    container: Container = "mp3" if kind.name == "mp3" else "ogg"
    # A damaged last page can claim centuries.
    duration = None if joined or frames / rate > identity.size * _LONGEST else frames / rate
    return Recording(path, identity.size, container, kind.codec, duration, rate, channels, identity)


def _joined(file: BinaryIO, size: int) -> bool:
    """Whether an Ogg file's last page belongs to another stream than its first (RFC 3533)."""
    file.seek(0)
    first = file.read(18)[14:]
    file.seek(max(0, size - _HEAD))
    tail = file.read(_HEAD)
    at = tail.rfind(b"OggS")
    return 0 <= at <= len(tail) - 18 and tail[at + 14 : at + 18] != first


def _must_be_file(path: Path, mode: int) -> None:
    if stat.S_ISREG(mode):
        return
    kinds = {
        stat.S_IFDIR: "a folder",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a disk",
    }
    what = kinds.get(stat.S_IFMT(mode), "something special")
    raise RecordingUnreadable(
        f"{path.name or path} is {what}, not a file.",
        remedy="Choose a recording inside it."
        if stat.S_ISDIR(mode)
        else "Save the sound to a file first, then choose that file.",
    )


def _unreadable(path: Path, error: OSError) -> RecordingUnreadable:
    name, code = path.name or str(path), error.errno
    if code == errno.ENOENT:
        if path.is_symlink():
            return RecordingUnreadable(f"{name} is a link to a file that is not there.")
        return RecordingUnreadable(
            f"{name} is not there.", remedy="It may have been moved, renamed or deleted."
        )
    if code == errno.ENOTDIR:
        return RecordingUnreadable(f"{name} is not there.", cause="Its folder is not a folder.")
    if code == errno.ELOOP:
        return RecordingUnreadable(f"{name} is a link that leads back to itself.")
    if code in (errno.EACCES, errno.EPERM):
        return RecordingUnreadable(
            f"No permission to read {name}.",
            cause=_owner(path),
            remedy="Copy it to a place of yours, or ask its owner for permission.",
        )
    if code == errno.ENAMETOOLONG:
        return RecordingUnreadable(f"{name[:40]}… is a longer name than the system allows.")
    return RecordingUnreadable(
        f"{name} cannot be read.",
        cause=f"The system says: {error.strerror}." if error.strerror else "",
        remedy="If it is on a USB disk or a network, look whether that is still connected.",
    )


def _owner(path: Path) -> str:
    """Whose ``path`` is, or of the nearest folder above that can be looked at."""
    for place in (path, *path.parents):
        try:
            owner = place.owner()
        except KeyError:
            owner = "a user without a name"
        except (OSError, NotImplementedError):
            continue
        return f"{'It' if place == path else 'A folder it is in'} belongs to {owner}."
    return ""


def _not_sendable(path: Path, kind: Kind) -> NotARecording:
    if kind.family is Family.AUDIO:
        return NotARecording(f"{path.name} is {kind.name}.", cause=_SENDABLE, remedy=_CONVERT)
    return NotARecording(
        f"{path.name} is not audio: it is {kind.name}.",
        cause=_SENDABLE,
        remedy="Choose a recording instead.",
    )


def _damaged(path: Path, kind: Kind) -> NotARecording:
    return NotARecording(
        f"{path.name} is {kind.name}, but so damaged that no sound can be read from it.",
        remedy="Copy it again from where it was recorded.",
    )


def _no_sound(path: Path) -> NotARecording:
    return NotARecording(
        f"{path.name} has no sound in it: its length is 0 seconds.",
        remedy="Look whether the recorder has finished writing it.",
    )
