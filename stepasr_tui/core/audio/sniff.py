"""What kind of file the first bytes show; it reads no file and decodes no sound."""

import codecs
from dataclasses import dataclass
from enum import Enum


class Family(Enum):
    """What can be done with a file of this kind."""

    SENDABLE = "sendable"
    """The service takes it."""
    AUDIO = "audio"
    """Sound or video, in a form that cannot be sent so far."""
    OTHER = "other"
    """Not sound at all."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the bytes are."""

    family: Family
    """Whether it can be sent."""
    name: str
    """``mp3``, ``wav`` or ``ogg`` when sendable; else words for a sentence: ``FLAC audio``."""
    codec: str = ""
    """For ogg: ``vorbis`` or ``opus``."""


MP3 = Kind(Family.SENDABLE, "mp3", "mp3")
WAV = Kind(Family.SENDABLE, "wav")

_AUDIO: tuple[tuple[int, bytes, str], ...] = (
    (0, b"fLaC", "FLAC audio"),
    (0, b"#!AMR", "AMR audio, as phones record it"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media (WMA or WMV)"),
    (0, b"caff", "Core Audio (CAF)"),
    (0, b".snd", "AU audio"),
    (0, b"wvPK", "WavPack audio"),
    (0, b"TTA1", "True Audio (TTA)"),
    (0, b"MAC ", "Monkey's Audio (APE)"),
    (0, b"DSD ", "DSD audio"),
    (0, b"FRM8", "DSD audio"),
    (0, b"FLV\x01", "Flash video"),
    (0, b".RMF", "RealMedia"),
    (0, b".ra\xfd", "RealAudio"),
    (0, b"ADIF", "AAC audio"),
    (0, b"\x0b\x77", "AC-3 audio"),
    (0, b"\x7f\xfe\x80\x01", "DTS audio"),
    (0, b"\x00\x00\x01\xba", "MPEG video"),
    (0, b"Creative Voice File", "VOC audio"),
    (0, b"NIST_1A", "NIST Sphere audio"),
    (0, b"riff\x2e\x91\xcf\x11", "Wave64 audio"),
    (0, b"RIFX", "big-endian WAV audio"),
    (4, b"moov", "QuickTime (MOV)"),
    (4, b"mdat", "QuickTime (MOV)"),
)
"""Offset, bytes and words; from the formats' own specifications."""

_OTHER: tuple[tuple[bytes, str], ...] = (
    (b"\x89PNG", "a picture (PNG)"),
    (b"\xff\xd8\xff", "a picture (JPEG)"),
    (b"GIF8", "a picture (GIF)"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or office document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"MThd", "a MIDI file, which holds notes and no sound"),
)

_OGG_AUDIO = {b"\x7fFLAC": "FLAC in Ogg", b"Speex   ": "Speex in Ogg"}
_OGG_VIDEO = (b"\x80theora", b"fishead\0", b"BBCD")
_PICTURE_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis")
_KBPS_1 = (32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_KBPS_2 = (8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)
_RATES = (44100, 48000, 32000)
_FRAMES_IN_A_ROW = 3
"""MP3 frames that must follow each other: two can happen by chance in 64 KB of noise."""


def kind_of(head: bytes) -> Kind:
    """The kind of file that starts with ``head`` (64 KB is plenty), after any ID3 tag."""
    return (
        _riff(head)
        or _ogg(head)
        or _mp4(head)
        or _matroska(head)
        or _aiff(head)
        or _other(head)
        or _text(head)
        or _audio(head)
        or _mpeg(head)
        or Kind(Family.OTHER, "not audio of any kind known here")
    )


def id3_length(head: bytes) -> int:
    """Bytes of the ID3v2 tag that ``head`` starts with, 0 for none (id3.org, section 3.1)."""
    if len(head) < 10 or not head.startswith(b"ID3") or any(byte & 0x80 for byte in head[6:10]):
        return 0
    length = 0
    for byte in head[6:10]:
        length = length << 7 | byte
    return length + (20 if head[5] & 0x10 else 10)


def _riff(head: bytes) -> Kind | None:
    if head[:4] in (b"RIFF", b"RF64", b"BW64"):
        match head[8:12]:
            case b"WAVE":
                return WAV
            case b"WEBP":
                return Kind(Family.OTHER, "a picture (WebP)")
            case b"AVI ":
                return Kind(Family.AUDIO, "AVI video")
    return None


def _ogg(head: bytes) -> Kind | None:
    if not head.startswith(b"OggS") or len(head) < 28:
        return None
    first = head[27 + head[26] :]
    if first.startswith(b"\x01vorbis"):
        return Kind(Family.SENDABLE, "ogg", "vorbis")
    if first.startswith(b"OpusHead"):
        return Kind(Family.SENDABLE, "ogg", "opus")
    if first.startswith(_OGG_VIDEO):
        return Kind(Family.AUDIO, "Ogg video")
    for magic, name in _OGG_AUDIO.items():
        if first.startswith(magic):
            return Kind(Family.AUDIO, name)
    return Kind(Family.AUDIO, "Ogg with neither Vorbis nor Opus in it")


def _mp4(head: bytes) -> Kind | None:
    if head[4:8] != b"ftyp":
        return None
    brand = head[8:12]
    if brand in _PICTURE_BRANDS:
        return Kind(Family.OTHER, "a picture (HEIC or AVIF)")
    if brand in (b"M4A ", b"M4B "):
        return Kind(Family.AUDIO, "M4A audio")
    if brand.startswith(b"3g"):
        return Kind(Family.AUDIO, "3GP, as phones record it")
    return Kind(Family.AUDIO, "QuickTime (MOV)" if brand == b"qt  " else "MP4 (audio or video)")


def _matroska(head: bytes) -> Kind | None:
    if not head.startswith(b"\x1a\x45\xdf\xa3"):
        return None
    return Kind(Family.AUDIO, "WebM" if b"webm" in head[:64] else "Matroska (MKV or MKA)")


def _aiff(head: bytes) -> Kind | None:
    if head.startswith(b"FORM") and head[8:12] in (b"AIFF", b"AIFC"):
        return Kind(Family.AUDIO, "AIFF audio")
    return None


def _other(head: bytes) -> Kind | None:
    for magic, name in _OTHER:
        if head.startswith(magic):
            return Kind(Family.OTHER, name)
    return None


def _audio(head: bytes) -> Kind | None:
    for offset, magic, name in _AUDIO:
        if head.startswith(magic, offset):
            return Kind(Family.AUDIO, name)
    if head[:1] == b"\x47" and head[188:189] == b"\x47" and head[376:377] == b"\x47":
        return Kind(Family.AUDIO, "MPEG transport stream")
    return None


def _mpeg(head: bytes) -> Kind | None:
    """MP3 by a row of frames that follow each other; AAC and MPEG layer I/II by their first."""
    if len(head) > 6 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        length = (head[3] & 3) << 11 | head[4] << 3 | head[5] >> 5
        if length > 7 and head[length : length + 1] in (b"", b"\xff"):
            return Kind(Family.AUDIO, "AAC audio")
    start = head.find(b"\xff")
    while start >= 0:
        if _frames_from(head, start):
            return MP3
        start = head.find(b"\xff", start + 1)
    if len(head) > 3 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[1] & 0x06 in (4, 6):
        return Kind(Family.AUDIO, "MPEG layer I or II audio (MP2)")
    return None


def _frames_from(head: bytes, start: int) -> bool:
    at = start
    for count in range(_FRAMES_IN_A_ROW):
        length = _frame_length(head[at : at + 4])
        if not length:
            # A clip may hold fewer frames, but then nothing stands before them.
            return count > 0 and start == 0 and at >= len(head)
        at += length
    return True


def _frame_length(header: bytes) -> int:
    """Bytes of the layer III frame with this header (ISO 11172-3, 2.4.1.3), 0 if it is none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version, rate, kbps = header[1] >> 3 & 3, header[2] >> 2 & 3, header[2] >> 4
    if version == 1 or rate == 3 or kbps in (0, 15):
        return 0
    hertz = _RATES[rate] >> {3: 0, 2: 1, 0: 2}[version]
    bits = (_KBPS_1 if version == 3 else _KBPS_2)[kbps - 1] * 1000
    return (144 if version == 3 else 72) * bits // hertz + (header[2] >> 1 & 1)


def _text(head: bytes) -> Kind | None:
    start = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html")):
        return Kind(Family.OTHER, "a web page, perhaps a download that asked for a login")
    some = head[:1024]
    try:
        # Not final: the cut may have split a character.
        text = codecs.getincrementaldecoder("utf-8")().decode(some)
    except UnicodeDecodeError:
        return None
    if not text or any(char < " " and char not in "\t\n\r\f" for char in text):
        return None
    return Kind(Family.OTHER, "a text")
