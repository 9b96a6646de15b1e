"""Texts that were only on the screen when the app had to end: kept aside, and found again."""

import stat
import time
from contextlib import suppress
from pathlib import Path

from stepasr_tui.core.errors import NotSaved
from stepasr_tui.core.files import write_whole


def rescue(folder: Path, name: str, text: str) -> Path | None:
    """Write ``text`` into ``folder`` for its owner only; None when even that fails.

    Blocks. Never raises: it runs while the app is going down.
    """
    stem = "".join(char if char.isalnum() or char in " -_" else "_" for char in name)[:60]
    stamp = time.strftime("%Y%m%dT%H%M%S")
    with suppress(OSError, ValueError, NotSaved):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for number in range(100):
            path = folder / f"{stem or 'transcript'}-{stamp}{f'-{number}' if number else ''}.txt"
            with suppress(FileExistsError):
                write_whole(path, text.encode("utf-8", "replace"), mode=0o600, replace=False)
                return path
    return None


def rescued(folder: Path) -> list[Path]:
    """Texts kept aside by earlier runs, oldest first."""
    found: list[tuple[int, str, Path]] = []
    with suppress(OSError):
        for path in folder.iterdir():
            with suppress(OSError):
                facts = path.stat()
                if path.suffix == ".txt" and stat.S_ISREG(facts.st_mode):
                    found.append((facts.st_mtime_ns, path.name, path))
    return [path for *_, path in sorted(found)]
