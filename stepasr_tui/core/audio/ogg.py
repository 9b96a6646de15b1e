"""Pages of an Ogg file (RFC 3533): what streams it holds and where they end; decodes none."""

import struct
from dataclasses import dataclass
from typing import BinaryIO, Literal

_MOST_PAGES = 20_000
"""Pages looked at, one by one: five hours of Opus, a tenth of a second's work."""

_LATE = 5
"""Seconds at which a first page may end: later, it was cut out of a longer stream."""

End = Literal["whole", "cut", "joined", "damaged", "unknown"]
"""``cut`` inside the last page; ``joined`` to another stream; ``unknown`` with too many pages."""

_AUDIO = (b"\x01vorbis", b"OpusHead", b"\x7fFLAC", b"Speex   ")


@dataclass(frozen=True, slots=True)
class OggStreams:
    """What the pages of an Ogg file say."""

    heads: tuple[bytes, ...]
    """The identification header of each stream that begins at the start of the file."""
    end: End
    """How it ends."""
    granule: int | None
    """Position at the end of the last page of the first stream of sound, in its own units."""
    late: int | None
    """The same for its first page with sound."""

    @property
    def single(self) -> bool:
        """True for one stream from the first page to the last, none missing or damaged."""
        return self.end == "whole" and len(self.heads) == 1


@dataclass(frozen=True, slots=True)
class _Page:
    """The header of a page."""

    flags: int
    granule: int
    serial: int
    sequence: int
    body: int
    """Bytes from the page's start to its content."""
    length: int
    """Bytes of the whole page."""


def streams(file: BinaryIO, size: int) -> OggStreams:
    """The streams of an Ogg file of ``size`` bytes; raises OSError."""
    heads: dict[int, bytes] = {}
    at, count, last, late = 0, 0, None, None
    end: End = "whole"
    sound: int | None = None
    while at < size and count < _MOST_PAGES:
        page = _page(file, at)
        if page is None:
            end = "damaged"
            break
        if page.flags & 2:
            if count > len(heads):
                # It begins where another has already sounded.
                end = "joined"
                break
            file.seek(at + page.body)
            heads[page.serial] = file.read(min(64, page.length - page.body))
            if sound is None and heads[page.serial].startswith(_AUDIO):
                sound = page.serial
        if at + page.length > size:
            end = "cut"
            break
        if page.sequence != count and len(heads) == 1:
            end = "damaged"
        if page.serial == sound and page.granule > 0:
            last, late = page.granule, late or page.granule
        at, count = at + page.length, count + 1
    if end == "damaged" or (end == "whole" and at < size):
        end = "damaged" if end == "damaged" else "unknown"
        last = _last_granule(file, size, sound)
    return OggStreams(tuple(heads.values()), end, last, late)


def links(file: BinaryIO, size: int) -> list[tuple[int, int]]:
    """Start and end, in bytes, of each of the files that were joined to this one; mostly one.

    ffmpeg gives up where the rate changes from one to the next. Looks at every page, about
    5 µs each; raises OSError.
    """
    starts, at, begun = [0], 0, False
    while at < size:
        page = _page(file, at)
        if page is None:
            at = _next_page(file, at + 1, size)
            continue
        if page.flags & 2 and begun:
            starts.append(at)
        begun = not page.flags & 2
        at += page.length
    return list(zip(starts, [*starts[1:], size], strict=True))


def facts(head: bytes) -> tuple[str, int, int, int] | None:
    """Codec, Hz, channels and samples to skip of a Vorbis or Opus header; None for others.

    Opus counts in 1/48000 s whatever was recorded (RFC 7845, 5.1; Vorbis I, 4.2.2).
    """
    if head.startswith(b"OpusHead") and len(head) >= 19:
        return "opus", 48000, head[9], struct.unpack("<H", head[10:12])[0]
    if head.startswith(b"\x01vorbis") and len(head) >= 30:
        return "vorbis", struct.unpack("<I", head[12:16])[0], head[11], 0
    return None


def seconds(found: OggStreams, rate: int, skip: int) -> float | None:
    """Duration by the last page; None when there is none, or it was cut out of a longer one."""
    if found.end == "joined" or found.granule is None or (found.late or 0) > _LATE * rate:
        return None
    return max(0.0, (found.granule - skip) / rate)


def _page(file: BinaryIO, at: int) -> _Page | None:
    file.seek(at)
    data = file.read(27 + 255)
    if len(data) < 27 or not data.startswith(b"OggS\0"):
        return None
    flags, granule, serial, sequence, _crc, count = struct.unpack("<BqIIIB", data[5:27])
    if len(data) < 27 + count:
        return None
    body = 27 + count
    return _Page(flags, granule, serial, sequence, body, body + sum(data[27:body]))


def _next_page(file: BinaryIO, at: int, size: int) -> int:
    """Where the next page may begin, from ``at`` on."""
    while at < size:
        file.seek(at)
        data = file.read(1 << 16)
        found = data.find(b"OggS\0")
        if found >= 0:
            return at + found
        at += max(1, len(data) - 4)
    return size


def _last_granule(file: BinaryIO, size: int, serial: int | None) -> int | None:
    file.seek(max(0, size - 65536))
    tail = file.read(65536)
    at = tail.rfind(b"OggS\0")
    while at >= 0:
        if len(tail) >= at + 18:
            granule, number = struct.unpack("<qI", tail[at + 6 : at + 18])
            if number == serial and granule > 0:
                return int(granule)
        at = tail.rfind(b"OggS\0", 0, at)
    return None
