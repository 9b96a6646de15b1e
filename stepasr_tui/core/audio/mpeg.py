"""Frames of MPEG audio (MP3, MP2) and of AAC: what their headers say; decodes none."""

import struct
from dataclasses import dataclass
from typing import BinaryIO

_KBPS = {
    (3, 1): (32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    (3, 2): (32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    (3, 3): (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
    (2, 1): (32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    (2, 2): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    (2, 3): (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
"""Kilobits a second by version (3 is MPEG 1, else 2) and layer (ISO 11172-3, 2.4.2.3)."""

_RATES = (44100, 48000, 32000)
_IN_A_ROW = 3
"""Frames that must follow each other: two can happen by chance in 64 KB of noise."""

_PLACES = 16
"""Where a file is looked at to see whether its bit rate stays the same."""

_PLACE = 8192
"""Bytes looked at there: at least four of the largest frames."""


_LEAST = 7000
"""Bits a second: with fewer, a count in the first frame cannot be right."""

_PADDING = 2 * 0xFFF
"""Samples that an encoder may have put before and after the sound, at most."""

_SMALL = _PLACES * _PLACE
"""Bytes up to which every frame is looked at instead: 10 ms."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What the four bytes of a frame's header say."""

    layer: int
    """3 for MP3, 2 for MP2."""
    length: int
    """Bytes with the header."""
    samples: int
    """Of each channel."""
    sample_rate: int
    """Hz."""
    channels: int
    """1 or 2."""
    bit_rate: int
    """Bits a second."""


@dataclass(frozen=True, slots=True)
class Length:
    """How long an MPEG audio file is, as far as it can be told without reading all of it."""

    frame: Frame
    """Its first."""
    seconds: float
    """Its duration."""
    exact: bool
    """True when a count in it fits the file, or its bit rate is the same everywhere."""
    declared: float | None
    """Seconds that a count in it claims, right or wrong."""


@dataclass(frozen=True, slots=True)
class _Count:
    """The Xing, Info or VBRI table in the first frame."""

    samples: int
    """Of sound, without the encoder's padding."""
    size: int
    """Bytes from that frame on; 0 when it does not say."""


def frame(header: bytes) -> Frame | None:
    """The frame with this header, None if it is none (ISO 11172-3, 2.4.1.3)."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE0 != 0xE0:
        return None
    version, layer = header[1] >> 3 & 3, 4 - (header[1] >> 1 & 3)
    kbps, rate, padding = header[2] >> 4, header[2] >> 2 & 3, header[2] >> 1 & 1
    if version == 1 or layer == 4 or rate == 3 or kbps in (0, 15):
        return None
    hertz = _RATES[rate] >> {3: 0, 2: 1, 0: 2}[version]
    bits = _KBPS[3 if version == 3 else 2, layer][kbps - 1] * 1000
    samples = 384 if layer == 1 else 576 if layer == 3 and version != 3 else 1152
    if layer == 1:
        length = (12 * bits // hertz + padding) * 4
    else:
        length = samples // 8 * bits // hertz + padding
    return Frame(layer, length, samples, hertz, 1 if header[3] >> 6 == 3 else 2, bits)


def first_frame(head: bytes) -> int | None:
    """Where in ``head`` the first of several frames in a row begins; None if nowhere."""
    start = head.find(b"\xff")
    while start >= 0:
        if _row(head, start):
            return start
        start = head.find(b"\xff", start + 1)
    return None


def adts(head: bytes) -> bool:
    """Whether ``head`` holds AAC frames in a row (ISO 14496-3, 1.A.2.2)."""
    start = head.find(b"\xff")
    while start >= 0:
        at, count = start, 0
        while head[at : at + 1] == b"\xff" and len(head) > at + 6 and head[at + 1] & 0xF6 == 0xF0:
            length = (head[at + 3] & 3) << 11 | head[at + 4] << 3 | head[at + 5] >> 5
            if length < 7:
                break
            at, count = at + length, count + 1
            if count == _IN_A_ROW or (start == 0 and at >= len(head)):
                return True
        start = head.find(b"\xff", start + 1)
    return False


def loas(head: bytes) -> bool:
    """Whether ``head`` begins with AAC frames in a row as broadcasts send them (LOAS)."""
    at = 0
    for count in range(_IN_A_ROW):
        if len(head) < at + 3 or head[at] != 0x56 or head[at + 1] & 0xE0 != 0xE0:
            return count > 0 and at >= len(head)
        at += ((head[at + 1] & 0x1F) << 8 | head[at + 2]) + 3
    return True


def length(file: BinaryIO, start: int, size: int) -> Length | None:
    """How long the frames of a file are; those before ``start`` bytes are a tag. None: no frames.

    ``size`` is the file's. Reads about 150 KB at most, under 2 ms; raises OSError.
    """
    file.seek(start)
    head = file.read(1 << 16)
    offset = first_frame(head)
    one = None if offset is None else frame(head[offset : offset + 4])
    if offset is None or one is None:
        return None
    start += offset
    end = _without_tags(file, size)
    count = _count(head[offset : offset + one.length], one)
    declared = count.samples / one.sample_rate if count is not None else None
    if end - start <= _SMALL:
        samples, whole = _walked(file, start, end, one)
        if count is not None and 0 <= samples - count.samples <= _PADDING + one.samples:
            samples = count.samples
        return Length(one, samples / one.sample_rate, whole, declared)
    ratio = 0.0
    if declared and count is not None and count.size and count.size * 8 / declared > _LEAST:
        ratio = (end - start) / count.size
        if abs(ratio - 1) <= 0.005:
            return Length(one, declared, True, declared)
    rates = _bit_rates(file, start, end)
    if rates and set(rates) == {rates[0]} and len(rates) == _PLACES:
        return Length(one, (end - start) * 8 / rates[0], True, declared)
    if declared and ratio:
        # Several files joined, or one cut off: the rest is taken to be like the part counted.
        return Length(one, declared * ratio, False, declared)
    bit_rate = sum(rates) / len(rates) if rates else one.bit_rate
    return Length(one, (end - start) * 8 / bit_rate, False, declared)


def _row(head: bytes, start: int) -> bool:
    at, first = start, None
    for count in range(_IN_A_ROW):
        now = frame(head[at : at + 4])
        if now is None or (first and (now.layer, now.sample_rate) != first):
            # A clip may hold fewer frames, but then nothing stands before them.
            return count > 0 and start == 0 and at >= len(head)
        first = now.layer, now.sample_rate
        at += now.length
    return True


def _walked(file: BinaryIO, start: int, end: int, one: Frame) -> tuple[int, bool]:
    """Samples of every frame from the first on, and whether nothing else lies between them."""
    file.seek(start)
    data, at, samples, whole = file.read(end - start), 0, 0, True
    while at < len(data):
        now = frame(data[at : at + 4])
        if now is not None and now.sample_rate == one.sample_rate:
            whole = whole and at + now.length <= len(data)
            samples, at = samples + now.samples, at + now.length
            continue
        whole, offset = False, first_frame(data[at + 1 :])
        if offset is None:
            break
        at += 1 + offset
    return samples, whole


def _bit_rates(file: BinaryIO, start: int, end: int) -> list[int]:
    """The bit rate at each of some places, evenly spread; places without frames left out."""
    found = []
    for place in range(_PLACES):
        file.seek(start + max(0, end - start - _PLACE) * place // (_PLACES - 1))
        head = file.read(_PLACE)
        offset = first_frame(head)
        # The very first frame may be a table of another bit rate.
        for _ in range(2):
            now = None if offset is None else frame(head[offset : offset + 4])
            if now is None or offset is None:
                break
            bit_rate, offset = now.bit_rate, offset + now.length
        else:
            found.append(bit_rate)
    return found


def _without_tags(file: BinaryIO, size: int) -> int:
    """Where the sound ends: before an ID3v1 tag (128 bytes) and an APE tag, if there are any."""
    end = size
    file.seek(max(0, end - 128))
    if size > 128 and file.read(3) == b"TAG":
        end -= 128
    file.seek(max(0, end - 32))
    footer = file.read(32)
    if footer.startswith(b"APETAGEX"):
        ape, flags = struct.unpack("<I", footer[12:16])[0], struct.unpack("<I", footer[20:24])[0]
        end -= ape + (32 if flags & 1 << 31 else 0)
    return end if end > 0 else size


def _count(data: bytes, one: Frame) -> _Count | None:
    """The table in the first frame (the Xing, LAME and VBRI header descriptions)."""
    side = {(1152, 2): 32, (1152, 1): 17, (576, 2): 17, (576, 1): 9}[(one.samples, one.channels)]
    if one.layer != 3:
        return None
    xing = data[4 + side :]
    if xing[:4] in (b"Xing", b"Info") and len(xing) >= 8:
        return _xing(xing, one)
    vbri = data[36:]
    if vbri.startswith(b"VBRI") and len(vbri) >= 18:
        size, frames = struct.unpack(">II", vbri[10:18])
        return _Count(frames * one.samples, size)
    return None


def _xing(table: bytes, one: Frame) -> _Count | None:
    flags, at = struct.unpack(">I", table[4:8])[0], 8
    values = []
    for bit in (1, 2):
        has = bool(flags & bit) and len(table) >= at + 4
        values.append(struct.unpack(">I", table[at : at + 4])[0] if has else 0)
        at += 4 if has else 0
    frames, size = values
    if not frames:
        return None
    at += (100 if flags & 4 else 0) + (4 if flags & 8 else 0)
    padding = 0
    if len(table) >= at + 24 and table[at : at + 4].strip(b"\0"):
        delay_and_padding = int.from_bytes(table[at + 21 : at + 24], "big")
        padding = (delay_and_padding >> 12) + (delay_and_padding & 0xFFF)
    return _Count(max(0, frames * one.samples - padding), size)
