"""What kind of file the first bytes show; it decodes no sound."""

import codecs
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO

from stepasr_tui.core.audio import mpeg


class Family(Enum):
    """What can be done with a file of this kind."""

    SENDABLE = "sendable"
    """Sound that the service may take as it is."""
    AUDIO = "audio"
    """Sound, or video that may have some, to be made into something else first."""
    FOREIGN = "foreign"
    """Sound in a form that nothing here can read."""
    OTHER = "other"
    """Not sound at all."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the bytes are."""

    family: Family
    """Whether it can be read."""
    name: str
    """Words for a sentence: ``FLAC audio``."""
    container: str = ""
    """What ``Recording.container`` calls it; empty when it cannot be read."""


MP3 = Kind(Family.SENDABLE, "MP3 audio", "mp3")
WAV = Kind(Family.SENDABLE, "WAV audio", "wav")
OGG = Kind(Family.SENDABLE, "Ogg audio", "ogg")

_AUDIO: tuple[tuple[int, bytes, str, str], ...] = (
    (0, b"fLaC", "FLAC audio", "flac"),
    (0, b"#!AMR", "AMR audio, as phones record it", "amr"),
    (0, b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "Windows Media (WMA or WMV)", "wma"),
    (0, b"caff", "Core Audio (CAF)", "caf"),
    (0, b".snd", "AU audio", "au"),
    (0, b"wvpk", "WavPack audio", "wv"),
    (0, b"TTA1", "True Audio (TTA)", "tta"),
    (0, b"MAC ", "Monkey's Audio (APE)", "ape"),
    (0, b"FLV\x01", "Flash video", "flv"),
    (0, b".RMF", "RealMedia", "rm"),
    (0, b".ra\xfd", "RealAudio", "rm"),
    (0, b"\x7f\xfe\x80\x01", "DTS audio", "dts"),
    (0, b"\x00\x00\x01\xba", "MPEG video", "mpeg"),
    (0, b"Creative Voice File", "VOC audio", "voc"),
    (0, b"NIST_1A", "NIST Sphere audio", "sph"),
    (0, b"riff\x2e\x91\xcf\x11", "Wave64 audio", "w64"),
    (0, b"RIFX", "big-endian WAV audio", "wav"),
    (4, b"moov", "QuickTime (MOV)", "mov"),
    (4, b"mdat", "QuickTime (MOV)", "mov"),
    (4, b"wide", "QuickTime (MOV)", "mov"),
    (0, b"DSD ", "DSD audio", ""),
    (0, b"FRM8", "DSD audio", ""),
    (0, b"ADIF", "AAC audio without frames (ADIF)", ""),
    (0, b"MPCK", "Musepack audio", ""),
    (0, b"MP+", "Musepack audio", ""),
    (0, b"\x02dss", "a dictation (DSS)", ""),
    (0, b"\x03dss", "a dictation (DSS)", ""),
    (0, b"\x03ds2", "a dictation (DS2)", ""),
)
"""Offset, bytes, words and container; from the formats' own specifications."""

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

_PICTURE_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"avif", b"avis")
_TS_PACKET = 188
"""Bytes (ISO 13818-1, 2.4.3.2); cameras put a time of 4 bytes before each."""


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


def tag_length(file: BinaryIO) -> int:
    """Bytes of all ID3v2 tags at the start of ``file``: one may stand before another."""
    start, length = 0, -1
    while length:
        file.seek(start)
        length = id3_length(file.read(10))
        start += length
    return start


def _riff(head: bytes) -> Kind | None:
    if head[:4] in (b"RIFF", b"RF64", b"BW64"):
        match head[8:12]:
            case b"WAVE":
                return WAV
            case b"WEBP":
                return Kind(Family.OTHER, "a picture (WebP)")
            case b"AVI ":
                return Kind(Family.AUDIO, "AVI video", "avi")
    return None


def _ogg(head: bytes) -> Kind | None:
    if not head.startswith(b"OggS") or len(head) < 28:
        return None
    first = head[27 + head[26] :]
    if first.startswith((b"\x01vorbis", b"OpusHead")):
        return OGG
    return Kind(Family.AUDIO, "Ogg audio or video", "ogg")


def _mp4(head: bytes) -> Kind | None:
    if head[4:8] != b"ftyp":
        return None
    brand = head[8:12]
    if brand in _PICTURE_BRANDS:
        return Kind(Family.OTHER, "a picture (HEIC or AVIF)")
    if brand in (b"M4A ", b"M4B ", b"M4P "):
        return Kind(Family.AUDIO, "M4A audio", "m4a")
    if brand.startswith(b"3g"):
        return Kind(Family.AUDIO, "3GP, as phones record it", "3gp")
    if brand == b"qt  ":
        return Kind(Family.AUDIO, "QuickTime (MOV)", "mov")
    return Kind(Family.AUDIO, "MP4 (audio or video)", "mp4")


def _matroska(head: bytes) -> Kind | None:
    if not head.startswith(b"\x1a\x45\xdf\xa3"):
        return None
    if b"webm" in head[:64]:
        return Kind(Family.AUDIO, "WebM", "webm")
    return Kind(Family.AUDIO, "Matroska (MKV or MKA)", "mkv")


def _aiff(head: bytes) -> Kind | None:
    if head.startswith(b"FORM") and head[8:12] in (b"AIFF", b"AIFC"):
        return Kind(Family.AUDIO, "AIFF audio", "aiff")
    return None


def _other(head: bytes) -> Kind | None:
    for magic, name in _OTHER:
        if head.startswith(magic):
            return Kind(Family.OTHER, name)
    return None


def _audio(head: bytes) -> Kind | None:
    for offset, magic, name, container in _AUDIO:
        if head.startswith(magic, offset):
            return Kind(Family.AUDIO if container else Family.FOREIGN, name, container)
    for before in (0, 4):
        step = _TS_PACKET + before
        if head[before : before + 2 * step + 1 : step] == b"\x47\x47\x47":
            return Kind(Family.AUDIO, "MPEG transport stream", "ts")
    if head.startswith(b"\x0b\x77") and len(head) > 5 and head[5] >> 3 <= 16:
        extended = head[5] >> 3 > 10
        return Kind(Family.AUDIO, "AC-3 audio", "eac3" if extended else "ac3")
    return None


def _mpeg(head: bytes) -> Kind | None:
    start = mpeg.first_frame(head)
    if start is not None:
        first = mpeg.frame(head[start : start + 4])
        if first is not None and first.layer == 3:
            return MP3
        return Kind(Family.AUDIO, "MPEG layer I or II audio (MP2)", "mp2")
    if mpeg.adts(head):
        return Kind(Family.AUDIO, "AAC audio", "aac")
    if mpeg.loas(head):
        return Kind(Family.AUDIO, "AAC audio", "loas")
    return None


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
