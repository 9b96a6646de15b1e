"""Ends an exchange that has gone quiet: time-outs by phase, and waking from sleep.

It knows times and phases, nothing of HTTP.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from types import TracebackType
from typing import Self


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds of patience in each phase of one attempt."""

    connect: float = 10.0
    """Name, TCP and TLS, each."""
    write: float = 30.0
    """One block of 64 KiB: a floor of about 2 KB a second."""
    first_byte: float = 60.0
    """From the last byte sent to the first received, and 0.05 × the audio's duration more…"""
    first_byte_most: float = 300.0
    """… but never more than this: routers forget connections after 60 to 350 s."""
    silence: float = 45.0
    """Without any byte, comments included, once the answer has begun."""
    no_event: float = 120.0
    """Without an event: comments must not keep a dead exchange alive."""
    attempt: float = 120.0
    """Of the answer as a whole, and 0.2 × the audio's duration more…"""
    attempt_most: float = 1200.0
    """… but never more than this."""
    refusal: float = 5.0
    """For the body of a refusal, whose status is known already."""
    asleep: float = 15.0
    """By how much the wall clock may outrun the monotonic one: more means that we slept."""
    tick: float = 1.0
    """Between two looks at all of these."""


class Quiet(Enum):
    """Why an exchange was ended."""

    WRITE = "write"
    FIRST_BYTE = "first byte"
    SILENCE = "silence"
    NO_EVENT = "no event"
    TOO_LONG = "too long"
    SLEPT = "slept"


class Watchdog:
    """Cancels the task it was entered in when a phase takes too long; ``reason`` says which.

    Like ``asyncio.timeout``: its own cancellation ends at its ``__aexit__`` as TimeoutError.
    """

    def __init__(
        self,
        timeouts: Timeouts,
        audio_seconds: float,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.reason: Quiet | None = None
        self._timeouts = timeouts
        self._audio = audio_seconds
        self._monotonic = monotonic
        self._wall = wall
        now = monotonic()
        self._byte = self._event = self._began = now
        self._phase = Quiet.WRITE
        self._task: asyncio.Task[object] | None = None
        self._watching: asyncio.Task[None] | None = None

    def written(self) -> None:
        """A block of the body is on its way."""
        self._byte = self._monotonic()

    def uploaded(self) -> None:
        """The whole body is on its way: the wait for the first byte begins."""
        self._byte = self._began = self._monotonic()
        self._phase = Quiet.FIRST_BYTE

    def answered(self) -> None:
        """The status arrived."""
        self._byte = self._event = self._monotonic()
        self._phase = Quiet.SILENCE

    def heard_byte(self) -> None:
        """Any bytes arrived."""
        self._byte = self._monotonic()

    def heard_event(self) -> None:
        """An event that means something arrived."""
        self._event = self._byte

    async def __aenter__(self) -> Self:
        self._task = asyncio.current_task()
        self._watching = asyncio.create_task(self._watch())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._watching:
            self._watching.cancel()
        if self.reason is None or self._task is None:
            return
        # Someone else's cancellation, at the same moment, goes on as what it is.
        if self._task.uncancel() <= 0 and kind is asyncio.CancelledError:
            raise TimeoutError(self.reason.value) from error

    async def _watch(self) -> None:
        drift = self._wall() - self._monotonic()
        while self.reason is None:
            await asyncio.sleep(self._timeouts.tick)
            now = self._monotonic()
            if self._wall() - now - drift > self._timeouts.asleep:
                self.reason = Quiet.SLEPT
            else:
                drift = self._wall() - now
                self.reason = self._too_quiet(now)
        if self._task:
            self._task.cancel()

    def _too_quiet(self, now: float) -> Quiet | None:
        limits, idle = self._timeouts, now - self._byte
        if self._phase is Quiet.WRITE:
            return Quiet.WRITE if idle > limits.connect * 3 + limits.write else None
        if self._phase is Quiet.FIRST_BYTE:
            most = min(limits.first_byte + 0.05 * self._audio, limits.first_byte_most)
            return Quiet.FIRST_BYTE if idle > most else None
        if idle > limits.silence:
            return Quiet.SILENCE
        if now - self._event > limits.no_event:
            return Quiet.NO_EVENT
        most = min(limits.attempt + 0.2 * self._audio, limits.attempt_most)
        return Quiet.TOO_LONG if now - self._began > most else None
