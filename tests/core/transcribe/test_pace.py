"""Turns and waits, on a clock that only moves when somebody sleeps."""

import asyncio
from contextlib import AsyncExitStack, suppress
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepasr_tui.core.errors import Again, AttemptError
from stepasr_tui.core.transcribe.pace import JobRetries, Pace, Retries


class Clock:
    """Monotonic seconds."""

    def __init__(self) -> None:
        self.now = 1000.0

    async def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds
        await asyncio.sleep(0)


def pace(clock: Clock | None = None, tier: str = "V0", share: float = 0.0) -> Pace:
    clock = clock or Clock()
    return Pace(
        tier,
        monotonic=lambda: clock.now,
        sleep=clock.sleep,
        uniform=lambda low, high: low + (high - low) * share,
    )


def error(again: Again, retry_after: float | None = None) -> AttemptError:
    return AttemptError("No.", again=again, retry_after=retry_after)


async def turns_of_loop(count: int = 20) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


class Holder:
    """A task that holds a turn until told to leave."""

    def __init__(self, of: Pace, entered: list[str] | None = None, name: str = "") -> None:
        self.inside = False
        self._leave = asyncio.Event()
        self._entered, self._name = entered, name
        self.task = asyncio.create_task(self._hold(of))

    async def _hold(self, of: Pace) -> None:
        async with of.turn():
            self.inside = True
            if self._entered is not None:
                self._entered.append(self._name)
            await self._leave.wait()
        self.inside = False

    async def leave(self) -> None:
        self._leave.set()
        await self.task

    async def drop(self) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError):
            await self.task


async def inside(of: Pace, count: int) -> int:
    """How many of ``count`` get a turn at once."""
    holders = [Holder(of) for _ in range(count)]
    await turns_of_loop(40)
    found = sum(holder.inside for holder in holders)
    for holder in holders:
        await holder.drop()
    return found


async def test_two_at_once_then_as_many_as_the_tier_allows() -> None:
    of = pace()
    assert await inside(of, 8) == 2
    for expected in (3, 4, 5, 5):
        of.went_well()
        assert of.at_once == expected
    assert await inside(of, 5) == 5


async def test_another_tier_counts_from_the_moment_it_is_chosen() -> None:
    of = pace()
    of.keep_to("V1")
    for _ in range(9):
        of.went_well()
    assert of.at_once == 11
    of.keep_to("V0")
    assert of.at_once == 5 and await inside(of, 8) == 5


async def test_nobody_starts_before_the_wait_that_one_was_told() -> None:
    clock = Clock()
    of = pace(clock)
    of.too_fast(8.0)
    async with of.turn():
        assert clock.now == 1008.0
    # An hour is the person's to decide: it is not waited for in silence.
    of.too_fast(3600.0)
    async with of.turn():
        assert clock.now < 1010.0


async def test_growing_lets_in_who_waits() -> None:
    of = pace()
    holders = [Holder(of) for _ in range(3)]
    await turns_of_loop()
    assert [holder.inside for holder in holders] == [True, True, False]
    of.went_well()
    await turns_of_loop()
    assert all(holder.inside for holder in holders)
    for holder in holders:
        await holder.leave()


async def test_too_fast_halves_and_ten_successes_earn_one() -> None:
    of = pace(tier="V1")
    for _ in range(6):
        of.went_well()
    assert of.at_once == 8
    for expected in (4, 2, 1, 1):
        of.too_fast()
        assert of.at_once == expected
    for _ in range(9):
        of.went_well()
    assert of.at_once == 1
    of.went_well()
    assert of.at_once == 2
    for _ in range(10):
        of.went_well()
    assert of.at_once == 3
    for _ in range(5):
        of.went_well()
    of.too_fast()
    for _ in range(9):
        of.went_well()
    assert of.at_once == 1


async def starts(of: Pace, clock: Clock, count: int) -> list[float]:
    found = []
    for _ in range(count):
        async with of.turn():
            found.append(clock.now)
    return found


async def test_starts_are_apart_and_ten_a_minute() -> None:
    clock = Clock()
    found = await starts(pace(clock), clock, 25)
    assert all(b - a >= 0.4 - 1e-6 for a, b in pairwise(found))
    assert all(b - a >= 60 - 1e-6 for a, b in zip(found, found[10:], strict=False))
    assert found[9] - found[0] < 4 and found[19] - found[0] < 64.1


async def test_a_higher_tier_may_more_a_minute() -> None:
    clock = Clock()
    found = await starts(pace(clock, "V1"), clock, 30)
    assert found[-1] - found[0] < 12


async def test_who_comes_back_at_once_does_not_overtake_who_waits() -> None:
    of, entered = pace(), list[str]()
    first, second = Holder(of), Holder(of)
    await turns_of_loop()
    waiting = [Holder(of, entered, name) for name in "abc"]
    await turns_of_loop()

    async def again() -> None:
        await first.leave()
        async with of.turn():
            entered.append("again")

    back = asyncio.create_task(again())
    await turns_of_loop()
    assert entered == ["a"]
    for holder in (second, *waiting):
        await holder.leave()
        await turns_of_loop()
    await back
    assert entered == ["a", "b", "c", "again"]


async def test_a_wait_that_is_given_up_takes_and_gives_nothing() -> None:
    of = pace()
    holders = [Holder(of) for _ in range(2)]
    waiting = [Holder(of) for _ in range(3)]
    await turns_of_loop()
    for holder in waiting:
        await holder.drop()
    late = [Holder(of) for _ in range(2)]
    await turns_of_loop()
    assert not any(holder.inside for holder in late)
    await holders[0].leave()
    await turns_of_loop()
    assert [holder.inside for holder in late] == [True, False]
    await holders[1].leave()
    for holder in late:
        await holder.leave()
    assert await inside(of, 5) == 2


async def test_a_wait_given_up_as_its_turn_comes_passes_the_turn_on() -> None:
    of = pace()
    holders = [Holder(of) for _ in range(2)]
    await turns_of_loop()
    chosen, other = Holder(of), Holder(of)
    await turns_of_loop()
    of.went_well()
    await chosen.drop()
    await turns_of_loop()
    assert other.inside and not chosen.inside
    for holder in (*holders, other):
        await holder.leave()
    assert await inside(of, 6) == 3


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4)), max_size=25))
def test_never_more_than_allowed_and_nothing_is_lost(steps: list[tuple[int, int]]) -> None:
    async def play() -> None:
        of, holders = pace(tier="V1"), list[Holder]()
        for what, which in steps:
            before = sum(holder.inside for holder in holders)
            if what <= 2 or not holders:
                holders.append(Holder(of))
            elif what == 3:
                await holders.pop(which % len(holders)).drop()
            elif what == 4:
                of.too_fast()
            else:
                of.went_well()
            await turns_of_loop(5)
            now = sum(holder.inside for holder in holders)
            assert now <= max(of.at_once, before)
        await turns_of_loop(80)
        now = sum(holder.inside for holder in holders)
        assert now >= min(of.at_once, len(holders))
        for holder in holders:
            await holder.drop()
        assert await inside(of, of.at_once + 1) == of.at_once

    asyncio.run(play())


async def test_crowded_tells_whether_there_is_a_wait() -> None:
    clock = Clock()
    of = pace(clock)
    assert not of.crowded
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(of.turn())
        assert not of.crowded
        await stack.enter_async_context(of.turn())
        assert of.crowded
    assert not of.crowded
    await starts(of, clock, 8)
    assert of.crowded
    clock.now += 61
    assert not of.crowded


@pytest.mark.parametrize(
    ("again", "bounds"),
    [
        (Again.NOT_SENT, [1, 2, 4, 8, 16]),
        (Again.REJECTED, [6, 12, 24, 48, 60, 60]),
        (Again.AMBIGUOUS, [1]),
        (Again.MANUAL, []),
        (Again.NEVER, []),
    ],
)
def test_waits_of_each_class(again: Again, bounds: list[float]) -> None:
    for share, part in ((0.0, 0.5), (1.0, 1.0)):
        retries = retries_of(pace(share=share))
        found = [retries.wait(error(again)) for _ in range(len(bounds) + 1)]
        expected: list[float] = []
        for bound in bounds:
            if sum(expected) + bound * part <= 300:
                expected.append(bound * part)
        assert found == [*expected, *[None] * (len(found) - len(expected))]


def retries_of(pace: Pace) -> Retries:
    return JobRetries(pace).of_segment()


def test_of_many_segments_one_in_ten_is_sent_twice_that_may_have_been_billed() -> None:
    for count, most in ((1, 1), (19, 1), (20, 2), (31, 3)):
        job = JobRetries(pace())
        segments = [job.of_segment() for _ in range(count)]
        again = [each for each in segments if each.wait(error(Again.AMBIGUOUS)) is not None]
        assert len(again) == most
        assert all(each.wait(error(Again.NOT_SENT)) for each in segments)


def test_classes_count_apart() -> None:
    retries = retries_of(pace())
    assert retries.wait(error(Again.AMBIGUOUS)) == 0.5
    assert retries.wait(error(Again.REJECTED)) == 3
    assert retries.wait(error(Again.AMBIGUOUS)) is None
    assert retries.wait(error(Again.NOT_SENT)) == 0.5


def test_strict_billing_sends_nothing_that_may_be_billed_again() -> None:
    retries = JobRetries(pace(), strict_billing=True).of_segment()
    assert retries.wait(error(Again.AMBIGUOUS)) is None
    assert retries.wait(error(Again.REJECTED)) == 3
    assert retries.wait(error(Again.NOT_SENT)) == 0.5


@given(st.floats(0.001, 120), st.floats(0, 1))
def test_a_wait_that_was_asked_for_is_only_lengthened(asked: float, share: float) -> None:
    found = retries_of(pace(share=share)).wait(error(Again.REJECTED, asked))
    assert found is not None and asked <= found <= asked * 1.1 + 1e-9


def test_a_long_wait_is_the_persons_to_decide() -> None:
    assert retries_of(pace()).wait(error(Again.REJECTED, 120.0)) == 120
    assert retries_of(pace()).wait(error(Again.REJECTED, 120.1)) is None
    assert retries_of(pace()).wait(error(Again.NEVER, 1.0)) is None


def test_a_request_waits_five_minutes_at_most() -> None:
    retries = retries_of(pace())
    asked = [retries.wait(error(Again.REJECTED, 110.0)) for _ in range(3)]
    assert asked == [110, 110, None]
    assert retries.wait(error(Again.REJECTED, 80.0)) == 80
    assert retries.wait(error(Again.NOT_SENT)) is None
