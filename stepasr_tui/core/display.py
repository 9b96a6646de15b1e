"""Text from outside made safe to look at: nothing acts, nothing disappears.

Transcripts, error messages, file names and header values pass through here on their way
to any screen. Control characters become visible pictures (U+2400 block), characters that
reorder or hide text become marks such as ``⟨RLO⟩``; ``[brackets]`` are just text. It
does not decide colours or layout.
"""

import re
from pathlib import Path

_REORDERING = {
    "\u061c": "ALM",
    "\u200e": "LRM",
    "\u200f": "RLM",
    "\u202a": "LRE",
    "\u202b": "RLE",
    "\u202c": "PDF",
    "\u202d": "LRO",
    "\u202e": "RLO",
    "\u2066": "LRI",
    "\u2067": "RLI",
    "\u2068": "FSI",
    "\u2069": "PDI",
}
"""Bidirectional controls (Unicode annex 9): they can make a text read as another."""

_HIDDEN = {"\u00ad": "SHY", "\u200b": "ZWSP", "\u2060": "WJ", "\ufeff": "BOM"}
"""Characters that take no room and are not part of a grapheme."""

_MARKS = {ord(char): f"⟨{name}⟩" for char, name in (_REORDERING | _HIDDEN).items()}
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "\u2421"}
_C1 = {code: f"⟨{code:02X}⟩" for code in range(0x80, 0xA0)}
_SEPARATORS = {0x2028: "\n", 0x2029: "\n", 0x85: "\n"}
_TAGS = dict.fromkeys(range(917504, 917632), "⟨TAG⟩")
_SURROGATES = dict.fromkeys(range(55296, 57344), "�")

_ROW = {**_PICTURES, **_C1, **_MARKS, **_TAGS, **_SURROGATES, 0x2028: "⟨LS⟩", 0x2029: "⟨PS⟩"}
_TEXT = {**_ROW, **_SEPARATORS, 0x0A: "\n", 0x09: "    "}

_SUSPECT = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def visible(text: str) -> str:
    """``text`` with line breaks kept and everything else that could act made visible."""
    text = text.replace("\r\n", "\n")
    return text.translate(_TEXT) if _SUSPECT.search(text) else text


def visible_row(text: str, limit: int | None = None) -> str:
    """``text`` on one row: line breaks too become visible; cut with ``…`` after ``limit``."""
    if limit is not None and len(text) > limit:
        text = text[: limit - 1] + "…"
    return text.translate(_ROW) if _SUSPECT.search(text) else text


def visible_path(path: Path) -> str:
    """A path on one row, home as ``~``; bytes that are not UTF-8 show as ``\ufffd``."""
    text = str(path)
    try:
        home = str(Path.home())
    except RuntimeError:
        home = ""
    if home and home != "/" and (text == home or text.startswith(home + "/")):
        text = "~" + text[len(home) :]
    return visible_row(text)


def clock(seconds: float, *, tenths: bool = False) -> str:
    """Seconds as ``m:ss`` or ``h:mm:ss``; with ``tenths``, ``m:ss.t``."""
    total = max(0.0, seconds)
    whole = int(total)
    hours, rest = divmod(whole, 3600)
    minutes, secs = divmod(rest, 60)
    text = f"{hours}:{minutes:02}:{secs:02}" if hours else f"{minutes}:{secs:02}"
    return f"{text}.{int((total - whole) * 10)}" if tenths else text


def size(count: int) -> str:
    """A number of bytes as people read it: ``812 B``, ``48 KB``, ``3.4 MB``, ``1.2 GB``."""
    if count < 1000:
        return f"{count} B"
    value = float(count)
    for unit in ("KB", "MB", "GB", "TB"):
        value /= 1000
        if value < 999.5 or unit == "TB":
            return f"{value:.0f} {unit}" if unit == "KB" or value >= 100 else f"{value:.1f} {unit}"
    raise AssertionError("unreachable")
