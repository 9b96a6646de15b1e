"""The header of a WAV file, read so that a wrong size in it cannot fool us; decodes no sound."""

import struct
from dataclasses import dataclass
from typing import BinaryIO

_CHUNKS_AT_MOST = 1000
"""A file of zero-length chunks must not keep us busy; real ones have about ten."""

_EXTENSIBLE = 0xFFFE
_UNKNOWN = 0xFFFFFFFF
_HARDLY_REAL = 0x7FFFF000
"""Bytes: programs that write into a pipe put this or more where the size should be."""

_CODECS = {
    0x02: "adpcm_ms",
    0x06: "pcm_alaw",
    0x07: "pcm_mulaw",
    0x11: "adpcm_ima_wav",
    0x31: "gsm_ms",
    0x50: "mp2",
    0x55: "mp3",
}
"""Format tags (RFC 2361) and the names that ffmpeg gives them."""

_AFTER_SOUND = (b"LIST", b"id3 ", b"ID3 ", b"bext", b"cue ", b"fact", b"PEAK", b"JUNK", b"iXML")
LOWEST_RATE = 1000
"""Hz: below any telephone; making 16 kHz of less takes much memory (250 MB for 1 Hz)."""

HIGHEST_RATE = 768_000
"""Hz: twice what any recorder does; more is a broken header."""

MOST_CHANNELS = 64


class BrokenHeader(Exception):
    """The header makes no sense; the text says where, for people."""


@dataclass(frozen=True, slots=True)
class WavHeader:
    """What a WAV file's header says, with the sound's length taken from the file itself."""

    codec: str
    """As ffmpeg names it: ``pcm_s16le``, ``pcm_f32le``, ``pcm_alaw``…"""
    sample_rate: int
    """Hz."""
    channels: int
    """1…64."""
    data_start: int
    """Where the sound begins, bytes from the start of the file."""
    data_bytes: int
    """Bytes of sound that are really there."""
    bytes_per_second: int
    """Of the sound as it is stored; an average where it is compressed."""
    declared: bool
    """True when the header's own size is right, so that other readers get it right too."""
    claimed: float | None = None
    """Seconds that the header claims where that is more than there is; None for sizes that
    programs write when they do not know."""

    @property
    def duration(self) -> float:
        """Seconds; an estimate where it is compressed, 0 when the header gives no average."""
        return self.data_bytes / self.bytes_per_second if self.bytes_per_second else 0.0


def read_header(file: BinaryIO, size: int) -> WavHeader:
    """The header of a WAV, RF64 or BW64 file of ``size`` bytes; raises BrokenHeader, OSError."""
    file.seek(0)
    large = file.read(12)[:4] in (b"RF64", b"BW64")
    at, form, real_size = 12, b"", None
    for _ in range(_CHUNKS_AT_MOST):
        file.seek(at)
        head = file.read(8)
        if len(head) < 8:
            break
        name, length = head[:4], struct.unpack("<I", head[4:])[0]
        at += 8
        if name == b"data":
            if not form:
                raise BrokenHeader("the sound comes before its description")
            declared = real_size if large and length == _UNKNOWN else length
            if declared and not large and not _ends_there(file, at + declared, size):
                # A size that wrapped round, or was never put right: what is there counts.
                declared = _UNKNOWN
            file.seek(at)
            return _header(form, at, declared, size, file.read(4))
        if name == b"fmt ":
            form = file.read(min(length, 64))
        elif name == b"ds64":
            body = file.read(min(length, 28))
            real_size = struct.unpack("<Q", body[8:16])[0] if len(body) >= 16 else None
        at += length + (length & 1)
        if at > size:
            break
    raise BrokenHeader("it ends before any sound" if form else "it does not describe its sound")


def _ends_there(file: BinaryIO, end: int, size: int) -> bool:
    """Whether at ``end`` the file ends too, or another chunk begins."""
    end += end & 1
    if end >= size:
        return True
    file.seek(end)
    name = file.read(4)
    return len(name) == 4 and all(0x20 <= byte < 0x7F for byte in name)


def _header(form: bytes, start: int, declared: int | None, size: int, after: bytes) -> WavHeader:
    if len(form) < 16:
        raise BrokenHeader("its description is cut short")
    tag, channels, rate, per_second, _align, bits = struct.unpack("<HHIIHH", form[:16])
    if tag == _EXTENSIBLE and len(form) >= 26:
        tag = struct.unpack("<H", form[24:26])[0]
    if not LOWEST_RATE <= rate <= HIGHEST_RATE:
        raise BrokenHeader(f"it claims {rate} samples a second")
    if not 0 < channels <= MOST_CHANNELS:
        raise BrokenHeader(f"it claims {channels} channels")
    codec = _codec(tag, bits)
    if tag in (6, 7):
        per_second = rate * channels
    elif tag in (1, 3):
        per_second = rate * channels * ((bits + 7) // 8)
    there = max(0, size - start)
    right = declared is not None and 0 < declared <= there
    if declared == 0 and after in _AFTER_SOUND:
        there = 0
    return WavHeader(
        codec=codec,
        sample_rate=rate,
        channels=channels,
        data_start=start,
        data_bytes=declared if right and declared is not None else there,
        bytes_per_second=per_second,
        declared=right,
        claimed=declared / per_second
        if declared is not None and per_second and there < declared < _HARDLY_REAL
        else None,
    )


def _codec(tag: int, bits: int) -> str:
    if tag not in (1, 3):
        return _CODECS.get(tag, f"wav 0x{tag:04x}")
    if not 0 < bits <= 64 or (tag == 3 and bits not in (32, 64)):
        raise BrokenHeader(f"it claims {bits} bits a sample")
    if tag == 3:
        return f"pcm_f{bits}le"
    return "pcm_u8" if bits <= 8 else f"pcm_s{(bits + 7) // 8 * 8}le"
