"""A bug of ours ends in one line and a private report; restoring a terminal is not its job."""

import contextlib
import os
import re
import sys
import threading
import time
import traceback
from pathlib import Path

from stepasr_tui.core.display import visible_path, visible_row
from stepasr_tui.core.errors import NotSaved
from stepasr_tui.core.files import write_whole

CRASHED = 70
"""The exit code of a bug of ours (EX_SOFTWARE of sysexits.h)."""

_SECRETS = re.compile(
    r"""(?i)\bbearer\s+[^\s'"]+|\bsk-[^\s'"]+|(?=[\w+=-]*\d)(?=[\w+=-]*[a-z])[\w+=-]{20,}"""
)
_SAID_LIMIT = 300


def redacted(text: str) -> str:
    """``text`` on one row, without anything that looks like a key, and not long."""
    return visible_row(_SECRETS.sub("…", text[: 4 * _SAID_LIMIT]), _SAID_LIMIT)


def write_crash_report(folder: Path, error: BaseException) -> Path:
    """A report of ``error`` for its owner only: what, where, versions. Raises ``NotSaved``.

    No values of variables and no source lines: both have held keys. The messages of the errors
    are redacted.
    """
    lines = [*_versions(), ""]
    for each in _chain(error):
        lines.append(f"{type(each).__module__}.{type(each).__qualname__}: {redacted(str(each))}")
        for frame in traceback.StackSummary.extract(
            traceback.walk_tb(each.__traceback__), lookup_lines=False, capture_locals=False
        ):
            place = visible_path(Path(frame.filename))
            lines.append(f"  {place}:{frame.lineno} {frame.name}")
        lines.append("")
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    data = "\n".join(lines).encode("utf-8", "replace")
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as problem:
        raise NotSaved("The crash report was not saved.") from problem
    for number in range(100):
        path = folder / f"crash-{stamp}-{os.getpid()}{f'-{number}' if number else ''}.txt"
        with contextlib.suppress(FileExistsError):
            write_whole(path, data, mode=0o600, replace=False)
            return path
    raise NotSaved("The crash report was not saved.", cause="There are too many of them.")


def crash_line(folder: Path, error: BaseException) -> str:
    """Write a report of ``error`` and return the one line that says so; never raises."""
    try:
        report = f"A report is in {visible_path(write_crash_report(folder, error))}."
    except Exception:
        report = "A report could not be written."
    return f"stepasr-tui stopped because of a bug of ours. {report}"


def install_hooks(folder: Path) -> None:
    """Errors outside the app, and in threads, end in the same one line: never in a traceback."""

    def of_process(_kind: type[BaseException], error: BaseException, _trace: object) -> None:
        sys.stderr.write(crash_line(folder, error) + "\n")

    def of_thread(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            with contextlib.suppress(NotSaved):
                write_crash_report(folder, args.exc_value)

    sys.excepthook = of_process
    threading.excepthook = of_thread


def _chain(error: BaseException) -> list[BaseException]:
    """``error``, what it came from, and what it holds (a worker's ``error``, groups); each once."""
    found: list[BaseException] = []
    waiting: list[BaseException | None] = [error]
    while waiting and len(found) < 20:
        each = waiting.pop(0)
        if each is None or any(each is old for old in found):
            continue
        found.append(each)
        inner = getattr(each, "error", None)
        if isinstance(inner, BaseException):
            waiting.append(inner)
        if isinstance(each, BaseExceptionGroup):
            waiting += each.exceptions
        waiting.append(each.__cause__ or each.__context__)
    return found


def _versions() -> list[str]:
    import importlib.metadata
    import platform

    found = []
    for name in ("stepasr-tui", "textual", "httpx", "httpx-sse", "soundfile", "numpy"):
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            found.append(f"{name} {importlib.metadata.version(name)}")
    return [*found, f"Python {platform.python_version()}", platform.platform()]
