"""A transcript → txt or JSON: text in, text out; where it is written is not its job."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from stepasr_tui.core.display import clock

_UNSAFE = re.compile(
    "[\x7f-\x9f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""What JSON allows as it is, and yet ends a line, acts on a terminal, or is no UTF-8."""


class Timed(Protocol):
    """A sentence with the time at which it begins."""

    @property
    def start(self) -> float:
        """Seconds from the start of the recording."""

    @property
    def text(self) -> str:
        """The sentence."""


def as_txt(text: str) -> str:
    """``text`` with one line break at its end; nothing when there is only white space."""
    stripped = text.strip()
    return f"{stripped}\n" if stripped else ""


def as_timed_txt(cues: Iterable[Timed]) -> str:
    """A line for each sentence: ``[m:ss.t] sentence``."""
    return "".join(f"[{clock(cue.start, tenths=True)}] {cue.text}\n" for cue in cues)


def as_json(facts: Mapping[str, object]) -> str:
    """One line of JSON, readable as it stands in any language, and safe to look at.

    Characters that could act on a terminal are written as ``\\u`` escapes: nothing is lost.
    """
    line = json.dumps(facts, ensure_ascii=False, separators=(", ", ": "), allow_nan=False)
    return _UNSAFE.sub(_escaped, line) + "\n"


def _escaped(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"
