"""StepFun's regions, plans, models, prices and limits as tables, and the addresses made of them.

The facts are from StepFun's public documentation, each with the month it was read.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stepasr_tui.core.errors import SettingsError

BASE_URL_VARIABLE = "STEPASR_BASE_URL"
"""Environment variable with an address to use instead of the region's."""


@dataclass(frozen=True, slots=True)
class Region:
    """Where an account lives; accounts and keys are not shared between regions."""

    name: str
    """``cn`` or ``intl``, as settings and options say it."""
    title: str
    """As the screen says it."""
    host: str
    """Origin of the service."""
    console: str
    """Page where a key is made."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a transcription is paid for; a key may answer on one plan only."""

    name: str
    """``standard`` or ``step_plan``."""
    title: str
    """As the screen says it."""
    prefix: str
    """Start of every path."""


@dataclass(frozen=True, slots=True)
class Model:
    """A speech model that hears whole recordings over SSE."""

    name: str
    """As the service calls it."""
    yuan_per_hour: float
    """Price of an hour of audio."""
    priced: str
    """Month in which that price was read."""
    plans: tuple[str, ...]
    """Plans that list it."""


REGIONS = {
    region.name: region
    for region in (
        Region(
            "cn",
            "China",
            "https://api.stepfun.com",
            "https://platform.stepfun.com/interface-key",
        ),
        Region(
            "intl",
            "International",
            "https://api.stepfun.ai",
            "https://platform.stepfun.ai/interface-key",
        ),
    )
}
PLANS = {
    plan.name: plan
    for plan in (
        Plan("standard", "Normal", "/v1"),
        Plan("step_plan", "Plan", "/step_plan/v1"),
    )
}
MODELS = {
    model.name: model
    for model in (
        Model("stepaudio-2.5-asr", 0.15, "2026-06", ("standard", "step_plan")),
        Model("stepaudio-3-asr-max", 2.8, "2026-09", ("standard",)),
        Model("stepaudio-2-asr-pro", 2.0, "2026-06", ("standard", "step_plan")),
    )
}
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,251}[a-z0-9_])?\.?")

LANGUAGES = {"zh": "Chinese", "en": "English"}

SHORTEST = 1.5
"""Seconds; shorter clips come back with an empty text and no error (measured 2026)."""

LONGEST = 30 * 60
"""Seconds of audio that one request may hold, about (32K tokens of context)."""

TIERS: Mapping[str, tuple[int, int]] = {
    "V0": (5, 10),
    "V1": (100, 1000),
    "V2": (200, 5000),
    "V3": (400, 10_000),
    "V4": (1000, 20_000),
    "V5": (10_000, 200_000),
}
"""Requests at once and requests a minute, by the account's total recharge (2026-06)."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where requests go: one origin, one prefix."""

    base: str
    """Address up to and with the plan's prefix, without a slash at the end."""
    region: str
    """``cn`` or ``intl``: whose console and remedies apply."""
    plan: str
    """``standard`` or ``step_plan``."""
    own: bool
    """True when the address is the region's own, not one that the person gave."""

    @property
    def host(self) -> str:
        """Host, and port where it is not the usual one."""
        return self.base.split("://", 1)[1].split("/", 1)[0]

    @property
    def asr(self) -> str:
        """Transcribe over SSE."""
        return f"{self.base}/audio/asr/sse"

    @property
    def models(self) -> str:
        """List models: free."""
        return f"{self.base}/models"


def endpoint(region: str, plan: str, base_url: str | None = None) -> Endpoint:
    """Where requests of ``region`` and ``plan`` go; ``base_url`` takes the region's place.

    An address without a path gets the plan's prefix; one whose path ends in ``/v1`` is taken
    as it stands. Raises ``SettingsError`` for an address that the key must not go to.
    """
    if not base_url:
        return Endpoint(REGIONS[region].host + PLANS[plan].prefix, region, plan, True)
    address = _checked(base_url)
    # Not the address as a whole: a host may be called v1.
    if address.count("/") < 3 or not address.endswith("/v1"):
        address += PLANS[plan].prefix
    else:
        # The address decides who pays, whatever was chosen.
        plan = "step_plan" if address.endswith("/step_plan/v1") else "standard"
    return Endpoint(address, region, plan, False)


def cost(model: str, seconds: float) -> float | None:
    """Estimated price in yuan of ``seconds`` of audio; None for a model without a known price.

    Billing is by the duration sent; the answer's ``usage`` never shows audio tokens.
    """
    known = MODELS.get(model)
    return known.yuan_per_hour * seconds / 3600 if known else None


def listed_models(answer: Any) -> tuple[str, ...]:
    """Names in the answer of ``GET /models``; empty when it is not such an answer."""
    rows = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        return ()
    names = (row.get("id") for row in rows if isinstance(row, dict))
    return tuple(name for name in names if isinstance(name, str))


def _checked(base_url: str) -> str:
    from urllib.parse import urlsplit

    text = base_url.strip().rstrip("/")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise _bad_address("It cannot be read as an address.") from None
    if any(char.isspace() or ord(char) < 0x20 for char in text):
        raise _bad_address("It has a space or a control character in it.")
    if parts.scheme not in ("http", "https") or not host:
        raise _bad_address("It does not start with https:// and a host.")
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        raise _bad_address("It has a user name or password in it.")
    if parts.query or parts.fragment or "?" in text or "#" in text:
        raise _bad_address("It has a query (?) or a fragment (#) in it.")
    if parts.scheme == "http" and not is_loopback(host):
        raise _bad_address("It would send your key unencrypted.")
    if not host.isascii():
        raise _bad_address("Its host holds letters that can look like others.")
    if port == 0 or not (_HOST.fullmatch(host) or ":" in host):
        raise _bad_address("Its host or port cannot be one.")
    where = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{where}{f':{port}' if port else ''}{parts.path}"


def is_loopback(host: str) -> bool:
    """Whether ``host`` is this machine by name or number: no one else can listen there."""
    import ipaddress

    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bad_address(cause: str) -> SettingsError:
    return SettingsError(
        "The base URL is refused.",
        cause=cause,
        remedy="Give an address such as https://api.stepfun.com, or http://127.0.0.1:PORT.",
    )
