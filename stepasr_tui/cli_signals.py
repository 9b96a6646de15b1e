"""The first signal stops the work in good order, the second ends it at once.

What stopping means is not its job.
"""

import contextlib
import os
import select
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import BinaryIO

from stepasr_tui.cli_exit import Interrupted

GRACE = 2.0
"""Seconds between the first signal and the end, however the work is doing."""


class Signals:
    """What SIGINT, SIGTERM and SIGHUP do while ``caught`` lasts."""

    def __init__(self) -> None:
        self.number: int | None = None
        """The first signal that came."""
        self.stop: Callable[[], object] | None = None
        """Stops what is running; without it a signal raises ``Interrupted`` where it came."""
        self.at_the_end: list[Callable[[], None]] = []
        """Called before the process is ended by hand."""

    @contextlib.contextmanager
    def caught(self) -> Iterator[None]:
        """Handle the signals in the main thread.

        Those that the parent told us to ignore (nohup, a background job) stay ignored.
        """
        before = {}
        for name in ("SIGINT", "SIGTERM", "SIGHUP"):
            number = getattr(signal, name, None)
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                before[number] = signal.signal(number, self._handle)
        try:
            yield
        finally:
            for number, old in before.items():
                signal.signal(number, old)

    def _handle(self, number: int, _frame: FrameType | None) -> None:
        if self.number is not None:
            self._end(number)
        self.number = number
        if self.stop is None:
            raise Interrupted(number)
        timer = threading.Timer(GRACE, self._end, (number,))
        timer.daemon = True
        timer.start()
        self.stop()

    def _end(self, number: int) -> None:
        for call in self.at_the_end:
            with contextlib.suppress(Exception):
                call()
        os._exit(128 + number)


def blocks_of(stream: BinaryIO, size: int = 65536) -> Iterator[bytes]:
    """What comes on ``stream``, in the main thread, where every signal ends the wait for more.

    A plain read can miss one: it comes after Python last looked and before the system call, and
    the read then waits for the other end of the pipe.
    """
    if sys.platform == "win32":
        yield from iter(lambda: stream.read(size), b"")
        return
    descriptor = stream.fileno()
    woken, wake = os.pipe()
    os.set_blocking(wake, False)
    before = signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
    try:
        while True:
            ready, _, _ = select.select([descriptor, woken], [], [])
            if woken in ready:
                os.read(woken, 4096)
            if descriptor not in ready:
                continue
            block = os.read(descriptor, size)
            if not block:
                return
            yield block
    finally:
        signal.set_wakeup_fd(before)
        os.close(woken)
        os.close(wake)
