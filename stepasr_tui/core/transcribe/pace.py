"""How many requests at once, how many a minute, and how long to wait; it sends nothing.

One ``Pace`` serves a whole account: its limits are shared by all jobs.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from math import inf

from stepasr_tui.core.errors import Again, AttemptError
from stepasr_tui.core.stepfun.service import TIERS

_FIRST_AT_ONCE = 2
_APART = 0.4
"""Seconds between two starts at least."""
_MINUTE = 60.0
_CALM = 10
"""Successes after a 429 that earn one more at once."""

_MOST: dict[Again, int] = {Again.NOT_SENT: 5, Again.REJECTED: 6, Again.AMBIGUOUS: 1}
"""Automatic attempts more, by retry class; the classes that are missing have none."""
_BASE = {Again.NOT_SENT: (1.0, 30.0), Again.AMBIGUOUS: (1.0, 30.0), Again.REJECTED: (6.0, 60.0)}
"""Seconds of the first wait and of the longest; V0 allows 10 a minute: one in 6 s."""
_LONGEST_ASKED = 120.0
"""Seconds that the service may ask us to wait without asking the person."""
_BUDGET = 300.0
"""Seconds of waiting that one request may come to."""


class Pace:
    """A limiter for one account: at once, a minute, and apart."""

    def __init__(
        self,
        tier: str = "V0",
        *,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        uniform: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self.monotonic = monotonic
        self.sleep = sleep
        self.uniform = uniform
        self._most, self._a_minute = TIERS.get(tier, TIERS["V0"])
        self._allowed = min(_FIRST_AT_ONCE, self._most)
        self._calm: int | None = None
        self._running = 0
        self._starts: deque[float] = deque(maxlen=self._a_minute)
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._starting = asyncio.Lock()
        self._not_before = -inf

    @property
    def at_once(self) -> int:
        """Requests allowed at once now."""
        return self._allowed

    def keep_to(self, tier: str) -> None:
        """Obey the limits of another tier from here on; what runs goes on."""
        self._most, self._a_minute = TIERS.get(tier, TIERS["V0"])
        self._allowed = min(self._allowed, self._most)
        self._starts = deque(self._starts, maxlen=self._a_minute)
        self._admit()

    @property
    def crowded(self) -> bool:
        """Whether a turn asked for now would have to be waited for, longer than an eye sees."""
        full = bool(self._waiting) or self._running >= self._allowed or self._starting.locked()
        return full or self._until_start(self.monotonic()) > _APART

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn to send one request, first come first served; it ends with the block."""
        await self._enter()
        try:
            async with self._starting:
                await self._wait_for_start()
            yield
        finally:
            self._leave()

    def went_well(self) -> None:
        """A request was answered: more may run at once."""
        if self._calm is not None:
            self._calm += 1
            if self._calm < _CALM:
                return
            self._calm = 0
        self._allowed = min(self._most, self._allowed + 1)
        self._admit()

    def too_fast(self, retry_after: float = 0.0) -> None:
        """The service said 429: half as many at once from here, and none for so many seconds.

        A wait that is too long for any request to be waited for holds nobody back.
        """
        self._allowed = max(1, self._allowed // 2)
        self._calm = 0
        if retry_after <= _LONGEST_ASKED:
            self._not_before = max(self._not_before, self.monotonic() + retry_after)

    async def _enter(self) -> None:
        mine: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(mine)
        self._admit()
        try:
            await mine
        except asyncio.CancelledError:
            if not mine.cancelled():
                # The turn was given and the wait given up at the same moment.
                self._leave()
            elif mine in self._waiting:
                self._waiting.remove(mine)
            raise

    def _admit(self) -> None:
        while self._waiting and self._running < self._allowed:
            first = self._waiting.popleft()
            if not first.done():
                self._running += 1
                first.set_result(None)

    def _leave(self) -> None:
        self._running -= 1
        self._admit()

    async def _wait_for_start(self) -> None:
        while (wait := self._until_start(self.monotonic())) > 0:
            await self.sleep(wait)
        self._starts.append(self.monotonic())

    def _until_start(self, now: float) -> float:
        waits = [0.0, self._not_before - now]
        if self._starts:
            waits.append(self._starts[-1] + _APART - now)
        if len(self._starts) == self._a_minute:
            waits.append(self._starts[0] + _MINUTE - now)
        return max(waits)


class JobRetries:
    """What the segments of one job share: how often a doubtful attempt was sent again.

    Each such attempt may have been billed, so at most one in ten segments is sent twice by
    itself (one, of fewer than twenty): the person decides about more.
    """

    def __init__(self, pace: Pace, *, strict_billing: bool = False) -> None:
        """With ``strict_billing`` nothing is sent again that may have been billed."""
        self._pace = pace
        self._strict = strict_billing
        self._segments = 0
        self._doubtful = 0

    def of_segment(self) -> "Retries":
        """The retries of one segment more."""
        self._segments += 1
        return Retries(self._pace, self)

    def take_doubtful(self) -> bool:
        """Whether one doubtful attempt more may be made by itself; it counts as made."""
        if self._strict or self._doubtful >= max(1, self._segments // 10):
            return False
        self._doubtful += 1
        return True


class Retries:
    """How often one segment was tried again, and whether it may be once more."""

    def __init__(self, pace: Pace, job: JobRetries) -> None:
        self._pace = pace
        self._job = job
        self._tried: dict[Again, int] = {}
        self._waited = 0.0

    def wait(self, error: AttemptError) -> float | None:
        """Seconds to wait before trying again after ``error``; None when it must not be."""
        kind = error.again
        tried = self._tried.get(kind, 0)
        if tried >= _MOST.get(kind, 0):
            return None
        asked = error.retry_after
        if asked is not None and asked > _LONGEST_ASKED:
            return None
        seconds = self._backoff(kind, tried) if asked is None else self._asked(asked)
        if self._waited + seconds > _BUDGET:
            return None
        if kind is Again.AMBIGUOUS and not self._job.take_doubtful():
            return None
        self._tried[kind] = tried + 1
        self._waited += seconds
        return seconds

    def _backoff(self, kind: Again, tried: int) -> float:
        base, longest = _BASE[kind]
        whole = min(base * 2.0**tried, longest)
        return whole / 2 + self._pace.uniform(0, whole / 2)

    def _asked(self, seconds: float) -> float:
        # Upwards only: all who were told the same time must not come back at once.
        return seconds + self._pace.uniform(0, seconds / 10)
