"""One ``config.json``: read with patience, changed under a lock; what its fields mean is not known.

Fields that nobody here knows are written back unchanged and in place. A broken file is left alone
by reading, and set aside (never overwritten) by writing.
"""

import json
import os
import stat
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from stepasr_tui.core.errors import NotSaved, SettingsError
from stepasr_tui.core.files import locked, not_saved, write_whole

LIMIT = 1_000_000
"""Bytes; a longer file is none of ours."""


@dataclass(frozen=True)
class Contents:
    """What a config file held when it was read."""

    values: dict[str, object] = field(default_factory=dict)
    """Its fields, in their order; empty when there is no file, or a broken one."""
    problem: str = ""
    """Why the file could not be read, in words, without any of its text; else empty."""
    notes: tuple[str, ...] = ()
    """Sentences for the person: a problem, a mode that was too wide."""
    exists: bool = False
    """True when something has that name."""


class ConfigFile:
    """A file that several instances, and other tools, may read and write at once."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Contents:
        """The fields as they are now; never raises.

        A file of ours that holds a key and can be read by others is made private on the way. A
        file that belongs to another user (root excepted) is not used: it could name another
        address for the key to be sent to.
        """
        notes: list[str] = []
        try:
            values = self._values(notes)
        except FileNotFoundError:
            return Contents()
        except OSError as error:
            problem = f"{self.path} cannot be read: {_lower(not_saved(self.path, error).cause)}"
        except _Broken as broken:
            problem = f"{self.path} cannot be read: {broken}"
        else:
            return Contents(values, notes=tuple(notes), exists=True)
        said = f"{problem} It is left as it is, and not used."
        return Contents(problem=problem, notes=(*notes, said), exists=True)

    def change(self, changes: Mapping[str, object]) -> list[str]:
        """Set fields under the lock, the others unchanged; returns sentences for the person.

        Waits up to 2 s for the lock and syncs the disk: call it in a thread. Raises
        ``SettingsError`` when it is busy, belongs to another user, or cannot be written.
        """
        notes: list[str] = []
        try:
            target = Path(os.path.realpath(self.path))
            self._make_folder(target, notes)
            with locked(target):
                contents = self.read()
                if contents.exists and not contents.problem:
                    notes += contents.notes
                values = contents.values | dict(changes)
                data = _as_json(values)
                if contents.problem:
                    notes.append(self._set_aside(target, contents.problem))
                elif contents.exists and _others_may(target, 0o077):
                    notes.append(f"{self.path} could be read by others; now only you can.")
                write_whole(target, data, mode=0o600, replace=True)
        except NotSaved as error:
            raise SettingsError(
                "The settings were not saved.", cause=error.cause, remedy=error.remedy
            ) from error
        except OSError as error:
            reason = not_saved(self.path, error)
            raise SettingsError(
                "The settings were not saved.", cause=reason.cause, remedy=reason.remedy
            ) from error
        return notes

    def _values(self, notes: list[str]) -> dict[str, object]:
        # O_NONBLOCK: opening a pipe that was put there would wait for ever.
        descriptor = os.open(self.path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
        with os.fdopen(descriptor, "rb") as file:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise _Broken("it is not a plain file.")
            if hasattr(os, "getuid") and found.st_uid not in (os.getuid(), 0):
                raise _Broken(f"it belongs to another user (number {found.st_uid}).")
            values = _parsed(file.read(LIMIT + 1))
            if "api_key" in values and hasattr(os, "fchmod") and found.st_mode & 0o077:
                try:
                    os.fchmod(descriptor, 0o600)
                    notes.append(f"{self.path} could be read by others; now only you can.")
                except OSError:
                    notes.append(f"{self.path} holds a key and can be read by others.")
        return values

    def _make_folder(self, target: Path, notes: list[str]) -> None:
        """The folder, for its owner only; one that others can write to is tightened or refused."""
        folder = target.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not hasattr(os, "getuid"):
            return
        for path in (folder, target):
            if path.exists() and path.stat().st_uid != os.getuid():
                raise SettingsError(
                    "The settings were not saved.",
                    cause=f"{path} belongs to another user.",
                    remedy="Give it back to yourself, or remove it.",
                )
        if _others_may(folder, 0o022):
            folder.chmod(stat.S_IMODE(folder.stat().st_mode) & ~0o022)
            notes.append(f"{folder} could be written to by others; now only you can.")

    def _set_aside(self, target: Path, problem: str) -> str:
        """Rename the broken file (we hold the lock); returns the sentence that says so."""
        stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
        aside = target.with_name(f"{target.name}.bad-{stamp}")
        number = 2
        while os.path.lexists(aside):
            aside = target.with_name(f"{target.name}.bad-{stamp}-{number}")
            number += 1
        if not target.is_file():
            raise SettingsError("The settings were not saved.", cause=f"{problem}")
        target.rename(aside)
        # It may hold a key.
        aside.chmod(0o600)
        return f"{problem} It was kept as {aside.name}."


class _Broken(Exception):
    """Why the bytes are not a config; never holds any of them."""


def _parsed(data: bytes) -> dict[str, object]:
    if len(data) > LIMIT:
        raise _Broken("it is far too long.")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise _Broken("it is written in UTF-16, not in UTF-8.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _Broken("it is not written in UTF-8.") from None
    if not text.strip():
        raise _Broken("it is empty.")
    try:
        values = json.loads(text)
    except json.JSONDecodeError as error:
        raise _Broken(f"it is not JSON (line {error.lineno}).") from None
    except (ValueError, RecursionError):
        raise _Broken("it is not JSON that can be read.") from None
    if not isinstance(values, dict):
        raise _Broken("it is JSON, but not an object.")
    return values


def _as_json(values: Mapping[str, object]) -> bytes:
    try:
        return (json.dumps(values, ensure_ascii=False, indent=2) + "\n").encode()
    except UnicodeEncodeError:
        # Half a surrogate pair, as in a folder's name that is not UTF-8: only escapes can say it.
        return (json.dumps(values, indent=2) + "\n").encode()


def _others_may(path: Path, bits: int) -> bool:
    return hasattr(os, "getuid") and bool(path.stat().st_mode & bits)


def _lower(sentence: str) -> str:
    return sentence[:1].lower() + sentence[1:]
