"""What is known of a recording once it was looked into; it opens no file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Accepted = Literal["mp3", "wav", "ogg", "pcm"]
"""The ``format.type`` values for bytes that the service takes."""

SAMPLE_RATE = 16_000
"""Hz of all sound inside this app, one channel: what the models hear."""

OVERLAP = 5.0
"""Seconds of sound that two segments share where no pause was found between them."""


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
class Track:
    """One of the sounds in a file: a film may have one for each language."""

    codec: str
    """As ffmpeg names it: ``aac``, ``opus``, ``pcm_s16le``…"""
    sample_rate: int
    """Hz."""
    channels: int
    """1 for mono."""
    language: str = ""
    """As the file says it (``eng``, ``chi``…); may be empty."""
    title: str = ""
    """Likewise."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A file that holds sound."""

    path: Path
    """As it was given."""
    size: int
    """Bytes."""
    container: str
    """What the file is, in a word: ``mp3``, ``wav``, ``ogg``, ``m4a``, ``mp4``, ``mkv``… or
    ``pcm``."""
    codec: str
    """Of its first track: ``mp3``, ``vorbis``, ``opus``, ``pcm_s16le``… as ffmpeg names them."""
    duration: float | None
    """Seconds; None when it cannot be known without reading all of it."""
    sample_rate: int
    """Hz, of its first track."""
    channels: int
    """Of its first track."""
    identity: FileIdentity
    """Taken from the open file, so it belongs to the bytes that were read."""
    accepted: Accepted | None = None
    """The ``format.type`` under which the service takes these bytes as they are; None when they
    must be made into something else first."""
    exact: bool = True
    """False when ``duration`` is an estimate."""
    bit_rate: int | None = None
    """Bits a second of the whole file, where it can be told."""
    tracks: tuple[Track, ...] = ()
    """Every sound in the file, in its order: at least one."""


@dataclass(frozen=True, slots=True)
class UploadChoices:
    """How a recording is made into uploads, as the person chose."""

    track: int = 0
    """Place in ``Recording.tracks`` of the one that is heard."""
    best: bool = False
    """Quality over size: more bits, and nothing converted that need not be."""
    longest: float = 25 * 60.0
    """Seconds that a segment of a long recording may have, 60 to 1,680."""
    whole: float = 30 * 60.0
    """Seconds up to which a recording is sent in one request: less, where the service refused it
    as too large."""
