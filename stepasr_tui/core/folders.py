"""What a folder holds for someone choosing a recording; reads names and sizes, never contents."""

import os
import re
import shlex
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

EXTENSIONS: frozenset[str] = frozenset(
    {".mp3", ".wav", ".ogg", ".oga", ".opus", ".spx", ".m4a", ".m4b", ".mp4", ".m4v", ".mov",
     ".3gp", ".3g2", ".aac", ".flac", ".webm", ".mkv", ".mka", ".wma", ".wmv", ".asf", ".amr",
     ".awb", ".aif", ".aiff", ".aifc", ".caf", ".au", ".mp2", ".ac3", ".eac3", ".avi", ".flv",
     ".mts", ".mpg", ".mpeg", ".vob", ".w64", ".wv", ".tta", ".voc", ".sph"}
)  # fmt: skip
"""Endings of names worth listing, lower case; what a file really is, only ``probe`` says."""

_LONGEST_PASTE = 8192
"""Characters; Linux allows 4,096 bytes in a path, and each may be written as ``%XX``."""

_NUMBERS = re.compile(r"([0-9]+)")
_QUOTES = {"'", '"'}


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of a folder."""

    path: Path
    """The folder's path with the name, bytes that are not UTF-8 kept as surrogates."""
    is_folder: bool
    """True for a folder, and for a link to one."""
    size: int
    """Bytes; 0 for a folder."""
    mtime_ns: int
    """Nanoseconds since 1970; 0 for a folder."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A folder as it was when it was read."""

    path: Path
    """The folder."""
    entries: tuple[Entry, ...]
    """Folders first, then recordings, each in natural order; hidden ones left out."""
    problem: str = ""
    """Why it could not be read, a few words; empty when it could."""


def read_folder(path: Path) -> Listing:
    """The folders and recordings in ``path``; blocking, about 0.2 s for 100,000 names.

    Raises nothing: a folder that cannot be read has a ``problem``.
    """
    entries: list[Entry] = []
    try:
        with os.scandir(path) as found:
            for item in found:
                if item.name.startswith("."):
                    continue
                entry = _entry(path, item)
                if entry is not None:
                    entries.append(entry)
    except (OSError, ValueError) as error:
        return Listing(path, (), problem=_problem(error))
    return Listing(path, in_order(entries))


def in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Folders first, then recordings, each in natural order."""
    return tuple(sorted(entries, key=lambda entry: (not entry.is_folder, *_order(entry))))


def entry_of(path: Path) -> Entry | None:
    """The row of any file or folder, whatever its ending; None if it is neither. Blocking."""
    try:
        facts = path.stat()
    except (OSError, ValueError):
        return None
    if stat.S_ISDIR(facts.st_mode):
        return Entry(path, is_folder=True, size=0, mtime_ns=0)
    # Even a pipe is shown when it is named: choosing it then says what it is.
    return Entry(path, is_folder=False, size=facts.st_size, mtime_ns=facts.st_mtime_ns)


def natural_key(name: str) -> tuple[list[tuple[int, int, str]], str]:
    """A sort key: case left aside, digits compared as numbers (``take 2`` before ``take 10``)."""
    parts = _NUMBERS.split(name.casefold())
    # Past 18 digits it is no number anyone counts by, and int() refuses 4,300 of them.
    key = [
        (0, int(part), "") if number and len(part) <= 18 else (1, 0, part)
        for number, part in ((index % 2, part) for index, part in enumerate(parts))
        if part
    ]
    return key, name


def pasted_path(text: str) -> Path | None:
    """The existing file or folder that a paste or drop names, or None.

    Terminals write it plain, quoted, with backslashes before odd characters, or as a
    ``file://`` address with ``%20``; of several lines only the first that is not empty
    is looked at. Blocking: it asks the disk.
    """
    line = next((line for line in text.strip().splitlines() if line.strip()), "").strip()
    if not line or len(line) > _LONGEST_PASTE:
        return None
    # The text as it stands comes first: a name may hold quotes, backslashes or ``%20``.
    for reading in (line, *_readings(line)):
        path = _expanded(reading)
        if path is not None and path.is_absolute() and _exists(path):
            return path
    return None


def _entry(folder: Path, item: os.DirEntry[str]) -> Entry | None:
    try:
        if item.is_dir():
            return Entry(folder / item.name, is_folder=True, size=0, mtime_ns=0)
        if _ending(item.name) not in EXTENSIONS or not item.is_file():
            return None
        facts = item.stat()
    except OSError:
        return None
    return Entry(folder / item.name, False, facts.st_size, facts.st_mtime_ns)


def _ending(name: str) -> str:
    # Making a Path for each of 100,000 names would take a second.
    stem, dot, ending = name.rpartition(".")
    return (dot + ending).lower() if stem else ""


def _order(entry: Entry) -> tuple[list[tuple[int, int, str]], str]:
    return natural_key(entry.path.name)


def _problem(error: OSError | ValueError) -> str:
    match error:
        case PermissionError():
            return "no permission"
        case FileNotFoundError():
            return "no longer there"
        case NotADirectoryError():
            return "not a folder"
        case OSError(strerror=str(reason)) if reason:
            return f"cannot be read: {reason.lower()}"
        case _:
            return "cannot be read"


def _readings(line: str) -> list[str]:
    readings = []
    if line[0] in _QUOTES and line[-1] == line[0] and len(line) > 2:
        readings.append(line[1:-1])
    if line.lower().startswith("file:"):
        readings.append(_from_address(line))
    try:
        words = shlex.split(line)
    except ValueError:
        words = []
    if len(words) == 1:
        readings.append(words[0])
    readings.append(re.sub(r"\\(.)", r"\1", line))
    return readings


def _from_address(line: str) -> str:
    try:
        parts = urlsplit(line)
    except ValueError:
        return ""
    if parts.netloc not in ("", "localhost"):
        return ""
    # A "?" or "#" that the sender left unescaped belongs to the name.
    rest = line[len("file:") :]
    if rest.startswith("//"):
        rest = rest[2 + len(parts.netloc) :]
    return os.fsdecode(unquote_to_bytes(rest))


def _expanded(text: str) -> Path | None:
    if not text or "\0" in text:
        return None
    try:
        return Path(text).expanduser()
    except RuntimeError:
        return None


def _exists(path: Path) -> bool:
    try:
        path.stat()
    except (OSError, ValueError):
        return False
    return True
