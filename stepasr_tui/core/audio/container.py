"""A recording opened by ffmpeg's demuxers (PyAV), so that no file can reach beyond itself."""

import errno
import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet

DEMUXERS = {
    "mp3": "mp3",
    "mp2": "mp3",
    "wav": "wav",
    "ogg": "ogg",
    "aac": "aac",
    "loas": "loas",
    "m4a": "mov",
    "mp4": "mov",
    "mov": "mov",
    "3gp": "mov",
    "mkv": "matroska",
    "webm": "matroska",
    "flac": "flac",
    "wma": "asf",
    "wmv": "asf",
    "amr": "amr",
    "ac3": "ac3",
    "eac3": "eac3",
    "dts": "dts",
    "aiff": "aiff",
    "caf": "caf",
    "au": "au",
    "w64": "w64",
    "avi": "avi",
    "flv": "flv",
    "ts": "mpegts",
    "mpeg": "mpeg",
    "wv": "wv",
    "tta": "tta",
    "ape": "ape",
    "voc": "voc",
    "sph": "nistsphere",
    "rm": "rm",
}
"""``Recording.container`` and the one ffmpeg demuxer that is let near such a file."""

_LOOK = 1 << 16
"""Bytes read to find out what is inside: enough for all of 89 kinds of file, 3 ms at most."""

_THOROUGH = 1 << 23
"""Bytes read where that found no sound: video may fill the first megabytes of a stream."""

_LARGEST_PACKET = 16 << 20
"""Bytes of one packet; the largest honest ones are pictures of uncompressed 4K video."""

_FAILURES = 20
"""Times that no packet comes, one after the other, before the rest is given up."""

_M_MMAP_THRESHOLD = -3
"""The number of that setting in glibc's ``malloc.h``."""

_LARGE_BLOCK = 4 << 20
"""Bytes: above any block of sound, below any index that is worth giving back."""

_BUFFER = 1 << 18
"""Bytes per read: each goes through Python."""


@cache
def _let_go_of_memory() -> None:
    """Has large blocks go back to the system once they are freed, where glibc manages them.

    It keeps them as soon as one was freed, and the second time that ffmpeg makes its index of a
    3-hour m4a the process holds 107 MB in place of 91 (measured with glibc 2.36).
    """
    if sys.platform != "linux":
        return
    import ctypes

    with suppress(AttributeError, OSError):  # another C library has no such setting
        ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, _LARGE_BLOCK)


@contextmanager
def opened_av(
    file: "BinaryIO | Reader", container: str, *, thorough: bool = False
) -> Iterator["InputContainer"]:
    """``file`` (from ``probe.opened``) as the demuxer for ``container`` shows it.

    ``container`` is a key of ``DEMUXERS``: what a file is has been told by its first bytes, and
    ffmpeg guesses nothing. It gets no path, so no name is taken for an address, and it may open
    nothing else: without both, a text named ``.mp3`` was opened as a list of other files. No
    video is decoded to find out about it. ``thorough`` looks at 8 MB instead of 64 KB.

    Raises ``av.error.FFmpegError``; errors of the disk come through as ``OSError``.
    """
    import av

    _let_go_of_memory()
    reader = file if isinstance(file, Reader) else Reader(file)
    reader.seek(0)
    demuxer = DEMUXERS[container]
    try:
        with av.open(
            reader,
            "r",
            format=demuxer,
            container_options={
                "format_whitelist": demuxer,
                "protocol_whitelist": "none",
                "codec_whitelist": _audio_decoders(),
                "probesize": str(_THOROUGH if thorough else _LOOK),
            },
            metadata_errors="replace",
            buffer_size=_BUFFER,
        ) as opened:
            yield opened
    except av.error.FFmpegError:
        if reader.problem is not None:
            raise reader.problem from None
        raise
    if reader.problem is not None:
        raise reader.problem


@contextmanager
def opened_sounds(
    file: "BinaryIO | Reader", container: str
) -> Iterator[tuple["InputContainer", list["AudioStream"]]]:
    """Like ``opened_av``, with the tracks of sound that have a decoder, in the file's order.

    Looks again, thoroughly, where it finds none; there may be none then either.
    """
    import av

    with ExitStack() as stack:
        try:
            opened = stack.enter_context(opened_av(file, container))
            sounds = _sounds(opened)
        except av.error.FFmpegError:
            sounds = []
        if not sounds:
            stack.close()
            opened = stack.enter_context(opened_av(file, container, thorough=True))
            sounds = _sounds(opened)
        yield opened, sounds


def packets(container: "InputContainer", sound: "AudioStream") -> Iterator["Packet[AudioStream]"]:
    """The packets of one track, in the file's order, past places that are damaged.

    Raises ``av.error.FFmpegError`` where it cannot go on, and OSError of the disk.
    """
    import av

    for stream in container.streams:
        # Not in every version; it spares reading the pictures of a video whose index is known.
        if stream.index != sound.index and hasattr(stream, "discard"):
            stream.discard = av.stream.Discard.all
    failed = 0
    while True:
        try:
            for packet in container.demux(sound):
                failed = 0
                # An empty one would tell the decoder that this is the end.
                if packet.size:
                    yield packet
            return
        except IndexError:
            # PyAV at the end of a stream in which tracks have turned up on the way.
            return
        except av.error.FFmpegError:
            failed += 1
            if failed == _FAILURES:
                raise


def _sounds(container: "InputContainer") -> list["AudioStream"]:
    return [stream for stream in container.streams.audio if stream.codec_context is not None]


@cache
def _audio_decoders() -> str:
    """Names of every audio decoder there is, for ffmpeg's ``codec_whitelist``."""
    from av.codec import Codec, codecs_available
    from av.codec.codec import UnknownCodecError

    names = set()
    for name in codecs_available:
        try:
            codec = Codec(name, "r")
        except UnknownCodecError:  # only an encoder
            continue
        if codec.type == "audio":
            names.add(codec.name)
    return ",".join(sorted(names))


class Reader:
    """What ffmpeg sees of a file, or of a part of it: it can read and seek, nothing else."""

    def __init__(self, file: BinaryIO, start: int = 0, end: int | None = None) -> None:
        """``start`` and ``end``: bytes; to the end of the file when that is None."""
        self._file, self._start, self._end = file, start, end
        self.problem: OSError | None = None
        """What the disk answered last, if not with bytes: PyAV prints on the screen what is raised
        here, if more than one thing is."""
        self.left: int | None = None
        """Bytes that may still be read before it seems to end; None for all."""

    def read(self, count: int) -> bytes:
        """At most ``count`` bytes."""
        # ffmpeg asks for a packet's bytes at once, and makes room for what it gets.
        if count > _LARGEST_PACKET or (self.left is not None and self.left <= 0):
            return b""
        count = min(count, _BUFFER)
        try:
            if self._end is not None:
                count = max(0, min(count, self._end - self._file.tell()))
            data = self._file.read(count)
        except OSError as error:
            self.problem = error
            return b""
        if self.left is not None:
            self.left -= len(data)
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move to ``offset``, as files do; a negative number where that is nowhere."""
        if whence == os.SEEK_SET:
            offset += self._start
        elif whence == os.SEEK_END and self._end is not None:
            offset, whence = offset + self._end, os.SEEK_SET
        try:
            return self._file.seek(offset, whence) - self._start
        except (OSError, OverflowError):
            # Damaged files lead to places before their start.
            return -errno.EINVAL

    def tell(self) -> int:
        """Where the next byte is read."""
        return self._file.tell() - self._start
