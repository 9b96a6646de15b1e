"""Whether a file can be the raw samples that it is said to be; raw samples have no header."""

from pathlib import Path

from stepasr_tui.core.audio.probe import opened
from stepasr_tui.core.audio.sniff import Family, id3_length, kind_of
from stepasr_tui.core.errors import RecordingError

_SIGNATURES = (b"RIFF", b"RIFX", b"RF64", b"OggS", b"fLaC", b"FORM", b"caff", b"\x1aE\xdf\xa3")
"""What no raw samples start with; two bytes alone, as of MPEG or AC-3, quiet samples can have."""


def may_be_raw(path: Path) -> bool:
    """Whether nothing in the file clearly says that it is not raw samples; blocking.

    True too when it cannot be read: that is found out, and said, later.
    """
    try:
        with opened(path) as (file, _):
            head = file.read(65536)
    except RecordingError:
        return True
    signed = head.startswith(_SIGNATURES) or head[4:8] == b"ftyp" or id3_length(head) > 0
    return not signed and kind_of(head).family is not Family.SENDABLE
