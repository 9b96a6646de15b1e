"""Leaves the terminal as it was found, whatever happens; what the app shows is not its job.

A crash ends in one line and a private report, a signal in an orderly exit, and what C libraries
write to descriptor 2 in a log instead of on the screen.
"""

import asyncio
import contextlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

from textual.app import App, ReturnType

from stepasr_tui.core.crash import CRASHED, crash_line, write_crash_report
from stepasr_tui.core.errors import NotSaved

GRACE = 2.0
"""Seconds between a signal and the end, however the app is doing."""

_LOG_LIMIT = 1_000_000
"""Bytes; a longer log of stray output is begun anew."""

_RESTORE = (
    b"\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[?2004l\x1b[?2048l\x1b[?1004l"
    b"\x1b[<u\x1b[?7h\x1b[?1049l\x1b[?25h\x1b[0m"
)
"""Takes back all that Textual 8 asks of a terminal: mouse, paste, focus, keys, screen, cursor."""


@contextlib.contextmanager
def quiet_descriptor_two(log: Path | None) -> Iterator[None]:
    """While the app runs, descriptor 2 is ``log`` (or nothing), and Textual keeps the terminal.

    libmpg123 and ALSA write there, and Textual draws on it (measured: 0 stray lines so).
    """
    try:
        keep = os.dup(2)
    except OSError:
        yield
        return
    stream = os.fdopen(keep, "w", encoding="utf-8", errors="backslashreplace")
    before = (sys.stderr, sys.__stderr__)
    for old in before:
        if old is not None:
            old.flush()
    elsewhere = _opened_log(log)
    os.dup2(elsewhere, 2)
    os.close(elsewhere)
    sys.stderr = sys.__stderr__ = stream  # type: ignore[misc]  # Textual draws on __stderr__
    try:
        yield
    finally:
        with contextlib.suppress(OSError):
            stream.flush()
        os.dup2(keep, 2)
        sys.stderr, sys.__stderr__ = before  # type: ignore[misc]
        with contextlib.suppress(OSError):
            stream.close()


def catch_signals(on_signal: Callable[[int], None], *, grace: float = GRACE) -> Callable[[], None]:
    """SIGTERM, SIGHUP, SIGINT call ``on_signal`` in the running loop; returns what undoes it.

    The second signal ends the process at once, and so does ``grace`` seconds after the first: a
    closed terminal, or a loop that is stuck, must not keep it alive. Plain handlers, not the
    loop's own, because those wait for a loop that may be stuck. Call it in the main thread.
    """
    loop = asyncio.get_running_loop()
    seen: list[int] = []
    timers: list[threading.Timer] = []

    def handle(number: int, _frame: FrameType | None) -> None:
        seen.append(number)
        if len(seen) > 1:
            end_at_once(number)
        timer = threading.Timer(grace, end_at_once, (number,))
        timer.daemon = True
        timer.start()
        timers.append(timer)
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(on_signal, number)

    names = ("SIGTERM", "SIGHUP", "SIGINT")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, handle) for number in numbers}

    def undo() -> None:
        for timer in timers:
            timer.cancel()
        for number, old in before.items():
            signal.signal(number, old)

    return undo


def end_at_once(number: int) -> None:
    """Restore the terminal by hand and end with ``128 + number``; nothing else is flushed."""
    # In a thread: a terminal that is gone, or held by ctrl+s, must not keep us here.
    restoring = threading.Thread(target=_restore_terminal, daemon=True)
    restoring.start()
    restoring.join(0.3)
    os._exit(128 + number)


class CrashSafe(App[ReturnType]):
    """An app whose crash restores the terminal, says one line, and returns ``CRASHED``.

    Textual would print a traceback with local variables, keys among them. Its private
    ``_handle_exception``, ``_fatal_error`` and ``_print_error_renderables`` are overridden, as of
    8.2.8; the tests run them in a real terminal.
    """

    crash_folder: Path | None = None
    """Where reports go; without it there are none."""

    _crash_line = ""

    @property
    def return_code(self) -> int | None:
        """``CRASHED`` after a crash, whatever was asked for later."""
        return CRASHED if self._crash_line else super().return_code

    def on_load(self) -> None:
        asyncio.get_running_loop().set_exception_handler(self._on_stray_error)

    def panic(self, *_renderables: object) -> None:
        """Called by Textual's input thread alone; what it hands over is a traceback to print."""
        self._handle_exception(RuntimeError("the terminal's input could not be read"))

    def _handle_exception(self, error: Exception) -> None:
        if self._exception is None:
            # Pilot raises it again in tests.
            self._exception = error
            self._exception_event.set()
        self._return_code = CRASHED
        if not self._crash_line:
            self._crash_line = (
                crash_line(self.crash_folder, error)
                if self.crash_folder
                else "stepasr-tui stopped because of a bug of ours."
            )
        self._close_messages_no_wait()

    def _fatal_error(self) -> None:
        error = sys.exc_info()[1]
        self._handle_exception(error if isinstance(error, Exception) else RuntimeError("unknown"))

    def _print_error_renderables(self) -> None:
        """Called by Textual when the terminal is restored: the one line, and no traceback."""
        if not self._crash_line:
            super()._print_error_renderables()
            return
        self._exit_renderables.clear()
        with contextlib.suppress(OSError, ValueError):
            sys.stderr.write(self._crash_line + "\n")
            sys.stderr.flush()

    def _on_stray_error(self, _loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """An error in a task that nobody awaits: reported, and the app goes on."""
        error = context.get("exception")
        if self.crash_folder and isinstance(error, BaseException):
            with contextlib.suppress(NotSaved):
                write_crash_report(self.crash_folder, error)


def _opened_log(log: Path | None) -> int:
    if log is not None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
        with contextlib.suppress(OSError):
            log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(log, flags, 0o600)
            if os.fstat(descriptor).st_size > _LOG_LIMIT:
                os.ftruncate(descriptor, 0)
            return descriptor
    return os.open(os.devnull, os.O_WRONLY)


def _restore_terminal() -> None:
    with contextlib.suppress(Exception):
        import termios

        # What Textual took away and any shell wants back; the rest it never touched.
        modes = termios.tcgetattr(0)
        modes[0] |= termios.ICRNL | termios.IXON
        modes[3] |= termios.ECHO | termios.ICANON | termios.IEXTEN | termios.ISIG
        termios.tcsetattr(0, termios.TCSANOW, modes)
    with contextlib.suppress(Exception):
        stream = sys.__stderr__
        if stream is not None and os.isatty(stream.fileno()):
            os.write(stream.fileno(), _RESTORE)
