"""The first signal stops the work in good order, the second ends it at once.

What stopping means is not its job.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator
from types import FrameType

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
