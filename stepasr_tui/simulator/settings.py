"""What can be set on the simulator, and its demo keys; nothing here imports a web server."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Literal

NORMAL_KEY = "sk-demo-normal-0000000000000000000a1b2"
PLAN_KEY = "sk-demo-plan-000000000000000000000c3d4"
BOTH_KEY = "sk-demo-both-000000000000000000000e5f6"
REVOKED_KEY = "sk-demo-revoked-000000000000000000a7b8"
OTHER_REGION_KEY = "sk-demo-elsewhere-0000000000000000c9d0"
NO_BALANCE_KEY = "sk-demo-empty-00000000000000000000e1f2"

KeyState = Literal["good", "revoked", "other-region", "no-balance"]


@dataclass(frozen=True, slots=True)
class DemoKey:
    """A key that this service once gave out, and what it is good for."""

    key: str
    """The whole key, as it stands after ``Bearer``."""
    plans: tuple[str, ...]
    """The plans it answers on: ``standard``, ``step_plan``."""
    state: KeyState = "good"
    """``revoked`` and ``other-region`` answer 401; ``no-balance`` answers 402 to speech."""
    balance: float = 42.0
    """Yuan on the account, as ``GET /accounts`` tells it."""


DEMO_KEYS = (
    DemoKey(NORMAL_KEY, ("standard",)),
    DemoKey(PLAN_KEY, ("step_plan",)),
    DemoKey(BOTH_KEY, ("standard", "step_plan")),
    DemoKey(REVOKED_KEY, ("standard", "step_plan"), "revoked"),
    DemoKey(OTHER_REGION_KEY, ("standard", "step_plan"), "other-region"),
    DemoKey(NO_BALANCE_KEY, ("standard", "step_plan"), "no-balance", 0.0),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulatorSettings:
    """Everything about one simulator that is decided before it starts."""

    keys: tuple[DemoKey, ...] = DEMO_KEYS
    """The keys it knows; any other answers 401."""
    body_limit: int = 64 * 1024 * 1024
    """Bytes of request body above which it answers 413."""
    audio_limit: float = 1800.0
    """Seconds of audio above which it answers 400 (the contract: about 30 minutes)."""
    at_once: int | None = None
    """Transcriptions that one key may have running; one more answers 429 with ``Retry-After``. None
    is any number. The contract's lowest tier has 5."""
    a_minute: int | None = None
    """Transcriptions that one key may begin within 60 seconds, likewise; refused ones do not count.
    The contract's lowest tier has 10."""
    speed: float | None = None
    """How many times faster than the recording the text comes; None is as fast as it can."""
    first_text: float = 0.2
    """Seconds within which the first piece comes when ``speed`` is set."""
    scenario: str | Sequence[str] = "ok"
    """What happens to every transcription; a list is used up one a POST, then ``ok``."""
    pause: float = 0.3
    """Seconds a scenario waits where it wants what it sent to be seen first."""
    slow_first_byte: float = 20.0
    """Seconds before the answer starts in ``slow-first-byte``."""
    stall: float = 180.0
    """Seconds of silence in the scenarios that stall or hang."""
    ping_every: float = 5.0
    """Seconds between two comments in ``pings-only``."""
    retry_after: int = 3
    """Seconds that ``rate-limit``, and one too many at once, ask the client to wait."""
    many: int = 20_000
    """How many deltas ``many-deltas`` sends."""
    huge_event: int = 6 * 1024 * 1024
    """Bytes of the one event of ``huge`` and of the line in ``endless-line``."""
    huge_stream: int = 72 * 1024 * 1024
    """Bytes of deltas that ``huge-stream`` sends, and of ``gzip-bomb`` once unpacked."""
    clock: Callable[[], float] = time.monotonic
    """Monotonic seconds; tests give their own."""
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    """Waits that many seconds; tests give one that only moves their clock."""
