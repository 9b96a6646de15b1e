"""The watchdog with clocks of the test's own; its ticks take no time."""

import asyncio
from collections.abc import Callable

import pytest

from stepasr_tui.core.stepfun.watchdog import Quiet, Timeouts, Watchdog

LIMITS = Timeouts(tick=0.0)


class Clocks:
    """Seconds that pass only when a test says so."""

    def __init__(self) -> None:
        self.monotonic = 100.0
        self.wall = 1e9

    def move(self, seconds: float) -> None:
        self.monotonic += seconds
        self.wall += seconds

    def watchdog(self, audio: float = 0.0) -> Watchdog:
        return Watchdog(LIMITS, audio, monotonic=lambda: self.monotonic, wall=lambda: self.wall)


async def ticks(count: int = 5) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


def writing(watch: Watchdog) -> None:
    watch.written()


def waiting(watch: Watchdog) -> None:
    watch.uploaded()


def hearing(watch: Watchdog) -> None:
    watch.uploaded()
    watch.answered()


@pytest.mark.parametrize(
    ("phase", "seconds", "audio", "reason"),
    [
        (writing, 60.0, 0.0, Quiet.WRITE),
        (waiting, 60.0, 0.0, Quiet.FIRST_BYTE),
        (waiting, 90.0, 600.0, Quiet.FIRST_BYTE),
        (waiting, 300.0, 36_000.0, Quiet.FIRST_BYTE),
        (hearing, 45.0, 0.0, Quiet.SILENCE),
        (hearing, 45.0, 36_000.0, Quiet.SILENCE),
    ],
)
async def test_each_phase_ends_after_its_own_patience(
    phase: Callable[[Watchdog], None], seconds: float, audio: float, reason: Quiet
) -> None:
    clocks = Clocks()
    watch = clocks.watchdog(audio)
    with pytest.raises(TimeoutError, match=reason.value):
        async with watch:
            phase(watch)
            clocks.move(seconds - 0.5)
            await ticks()
            assert watch.reason is None
            clocks.move(1.0)
            await ticks()
            raise AssertionError("it was not ended")
    assert watch.reason is reason
    task = asyncio.current_task()
    assert task
    assert task.cancelling() == 0


async def test_progress_is_never_ended_however_slow() -> None:
    clocks = Clocks()
    watch = clocks.watchdog()
    async with watch:
        for _ in range(100):
            clocks.move(59.0)
            watch.written()
            await ticks(2)
    assert watch.reason is None


async def test_comments_do_not_keep_a_dead_exchange_alive() -> None:
    clocks = Clocks()
    watch = clocks.watchdog()
    beats = 0
    with pytest.raises(TimeoutError, match="no event"):
        async with watch:
            hearing(watch)
            while True:
                clocks.move(10.0)
                watch.heard_byte()
                beats += 1
                await ticks(2)
    assert beats in (12, 13, 14)


@pytest.mark.parametrize(("audio", "most"), [(0.0, 120.0), (600.0, 240.0), (36_000.0, 1200.0)])
async def test_an_answer_has_an_end(audio: float, most: float) -> None:
    clocks = Clocks()
    watch = clocks.watchdog(audio)
    passed = 0.0
    with pytest.raises(TimeoutError, match="too long"):
        async with watch:
            hearing(watch)
            while True:
                clocks.move(10.0)
                passed += 10.0
                watch.heard_byte()
                watch.heard_event()
                await ticks(2)
    assert most < passed <= most + 30


async def test_waking_from_sleep_ends_it_within_a_tick() -> None:
    clocks = Clocks()
    watch = clocks.watchdog()
    with pytest.raises(TimeoutError, match="slept"):
        async with watch:
            hearing(watch)
            await ticks()
            clocks.wall += 600
            await ticks()
            raise AssertionError("it was not ended")
    assert watch.reason is Quiet.SLEPT


async def test_a_clock_that_is_set_bit_by_bit_is_no_sleep() -> None:
    clocks = Clocks()
    watch = clocks.watchdog()
    async with watch:
        hearing(watch)
        for _ in range(50):
            clocks.wall += 10
            await ticks(2)
        clocks.wall -= 86_400
        await ticks(2)
    assert watch.reason is None


async def test_someone_elses_cancellation_stays_one() -> None:
    clocks = Clocks()
    watch = clocks.watchdog()
    entered = asyncio.Event()

    async def exchange() -> None:
        async with watch:
            entered.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(exchange())
    await entered.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert watch.reason is None


async def test_both_cancellations_at_once_are_the_other_ones() -> None:
    clocks = Clocks()
    watch = clocks.watchdog()
    entered = asyncio.Event()

    async def exchange() -> None:
        async with watch:
            entered.set()
            try:
                await asyncio.Event().wait()
            finally:
                # The person's stop comes while the watchdog's own is being delivered.
                task.cancel()

    task = asyncio.create_task(exchange())
    await entered.wait()
    clocks.move(1000)
    with pytest.raises(asyncio.CancelledError):
        await task
    assert watch.reason is Quiet.WRITE


async def test_another_error_leaves_no_cancellation_behind() -> None:
    clocks = Clocks()
    watch = clocks.watchdog()
    task = asyncio.current_task()
    assert task
    with pytest.raises(ValueError, match="other"):
        async with watch:
            clocks.move(1000)
            try:
                await ticks()
            except asyncio.CancelledError:
                raise ValueError("other") from None
    assert task.cancelling() == 0


async def test_it_stops_watching_when_left() -> None:
    clocks = Clocks()
    before = asyncio.all_tasks()
    async with clocks.watchdog():
        await ticks()
    clocks.move(1000)
    await ticks()
    assert asyncio.all_tasks() == before
