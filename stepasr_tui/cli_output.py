"""Words for people on stderr, and texts on stdout; what they say is not its job."""

import contextlib
import os
import re
import select
import sys
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from stepasr_tui.cli_exit import ReaderGone
from stepasr_tui.core.display import visible, visible_row
from stepasr_tui.core.errors import NotSaved
from stepasr_tui.core.library.export import as_txt

if TYPE_CHECKING:
    from stepasr_tui.core.paths import Paths

_ERASE = "\r\x1b[K"


class Console:
    """Sentences and one line of progress on stderr."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.live = _is_tty(sys.stderr) and env.get("TERM", "") not in ("", "dumb")
        """True when stderr is a terminal that can erase a line."""
        self._shown = ""

    def say(self, *lines: str) -> None:
        """Each line on a row of its own; text from outside may be in them."""
        self.clear()
        self._write("".join(f"{visible_row(line)}\n" for line in lines))

    def progress(self, line: str) -> None:
        """Show ``line`` in place of the last one, where there is a terminal."""
        if self.live:
            line = fitted(visible_row(line), _columns() - 1)
            if line != self._shown:
                self._shown = line
                self._write(_ERASE + line)

    def clear(self) -> None:
        """Take the line of progress away."""
        if self._shown:
            self._shown = ""
            self._write(_ERASE)

    def _write(self, text: str) -> None:
        # Nobody can be told that stderr is gone.
        with contextlib.suppress(OSError, ValueError):
            if sys.stderr is not None:
                sys.stderr.write(text)
                sys.stderr.flush()


def put(text: str) -> None:
    """Write ``text`` to stdout: made visible for a terminal, as it is for a pipe or a file.

    Raises ``NotSaved``, and ``ReaderGone`` when the pipe was closed.
    """
    if sys.stdout is None:
        raise _unwritten("It is closed.")
    if _is_tty(sys.stdout):
        text = visible(text)
    view = memoryview(re.sub("[\ud800-\udfff]", "\ufffd", text).encode())
    # Not through a buffer: Python would try to write it again at its exit, and complain.
    try:
        descriptor = sys.stdout.fileno()
        while view:
            try:
                view = view[os.write(descriptor, view) :]
            except BlockingIOError:
                select.select([], [descriptor], [])
    except BrokenPipeError:
        raise ReaderGone from None
    except (OSError, ValueError) as error:
        reason = (error.strerror if isinstance(error, OSError) else "") or "It is closed"
        raise _unwritten(f"{reason}.") from error


def must_be_open() -> None:
    """Raise ``NotSaved`` when stdout is closed: nothing is to be paid for a text without a place.

    Besides, the next file to be opened would take its number.
    """
    if sys.stdout is None:
        raise _unwritten("It is closed.")


def kept_aside(text: str, name: str, paths: "Paths") -> Path | None:
    """The file that a text without another place was written to: it may have been paid for.

    In the library's folder, else a temporary one; None when neither can be written.
    """
    import tempfile

    from stepasr_tui.core.library.rescue import rescue

    if not text.strip():
        return None
    stem = Path(name).stem
    kept = rescue(paths.data / "unsaved", stem, as_txt(text))
    if kept is None:
        with contextlib.suppress(OSError):
            return rescue(Path(tempfile.mkdtemp(prefix="stepasr-tui-")), stem, as_txt(text))
    return kept


def fitted(line: str, columns: int) -> str:
    """``line`` cut with ``…`` so that it takes at most ``columns`` cells of a terminal."""
    if _cells(line) <= columns:
        return line
    kept, room = "", columns - 1
    for char in line:
        room -= _cells(char)
        if room < 0:
            break
        kept += char
    return kept + "…"


@contextlib.contextmanager
def quiet_libraries() -> Iterator[None]:
    """While it lasts, descriptor 2 is nothing, and ``sys.stderr`` what descriptor 2 was.

    libmpg123 writes there about files that it can read well enough.
    """
    before = sys.stderr
    try:
        keep = os.dup(before.fileno())
    except (AttributeError, OSError, ValueError):
        yield
        return
    with (
        os.fdopen(keep, "w", encoding=before.encoding, errors="backslashreplace") as stream,
        open(os.devnull, "wb") as nothing,  # noqa: PTH123 - its number is wanted
    ):
        before.flush()
        os.dup2(nothing.fileno(), 2)
        sys.stderr = stream
        try:
            yield
        finally:
            sys.stderr = before
            os.dup2(keep, 2)


def lines_of(sentences: Iterable[str], name: str) -> list[str]:
    """``sentences`` about a recording, with its name before the first that does not say it."""
    first, *rest = sentences
    base = name.rpartition("/")[2]
    return [first if first.startswith((name, base)) else f"{name}: {first}", *rest]


def _unwritten(cause: str) -> NotSaved:
    return NotSaved(
        "The text could not be written to standard output.",
        cause=cause,
        remedy="Send it to a file on a disk with room.",
    )


def _is_tty(stream: object) -> bool:
    try:
        return bool(stream.isatty())  # type: ignore[attr-defined]
    except (AttributeError, ValueError):
        return False


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except (OSError, ValueError):
        return 80


def _cells(text: str) -> int:
    """Columns that ``text`` takes: two for wide characters, none for combining ones."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )
