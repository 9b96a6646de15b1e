"""The answers a service, or a proxy before it, can give instead of a stream."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.utils import formatdate

from stepasr_tui.simulator.contract import Refusal
from stepasr_tui.simulator.settings import SimulatorSettings
from stepasr_tui.simulator.stream_faults import HOSTILE
from stepasr_tui.simulator.wire import compact


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole HTTP answer."""

    status: int
    """HTTP status."""
    body: bytes
    """As it is sent."""
    media_type: str = "application/json"
    """``Content-Type``."""
    headers: dict[str, str] = field(default_factory=dict)
    """Further headers."""


Answer = Callable[[SimulatorSettings, str], Reply]
"""From the settings and the model that was asked for."""

_PAGE = (
    "<!DOCTYPE html><html><head><title>{0}</title></head>"
    "<body><center><h1>{0}</h1></center><hr><center>gateway</center></body></html>"
)


def refusal(refused: Refusal, headers: dict[str, str] | None = None) -> Answer:
    """An error in the contract's shape."""
    return lambda _settings, _model: Reply(
        refused.status, compact(refused.body()), headers=headers or {}
    )


def page(status: int, title: str, headers: dict[str, str] | None = None) -> Answer:
    """A web page, as gateways and login portals send."""
    body = _PAGE.format(title).encode()
    return lambda _settings, _model: Reply(status, body, "text/html", headers or {})


def fixed(status: int, body: bytes, media_type: str = "application/json") -> Answer:
    """Just these bytes."""
    return lambda _settings, _model: Reply(status, body, media_type)


def too_fast(wait: Callable[[SimulatorSettings], str | None]) -> Answer:
    """429; ``wait`` gives the value of ``Retry-After``, None leaves the header out."""

    def answer(settings: SimulatorSettings, _model: str) -> Reply:
        value = wait(settings)
        headers = {} if value is None else {"Retry-After": value}
        refused = Refusal(429, "Rate limit reached, please slow down", "rate_limit_exceeded")
        return Reply(429, compact(refused.body()), headers=headers)

    return answer


def over_the_limit(settings: SimulatorSettings, wait: int) -> Reply:
    """429 for one request too many, with the seconds after which there is room."""
    return too_fast(lambda _: str(wait))(settings, "")


def seconds(settings: SimulatorSettings) -> str:
    return str(settings.retry_after)


def http_date(settings: SimulatorSettings) -> str:
    return formatdate(time.time() + settings.retry_after, usegmt=True)


def unsupported_model(_settings: SimulatorSettings, model: str) -> Reply:
    refused = Refusal(400, f"model {model} not supported")
    return Reply(400, compact(refused.body()))


def hostile_refusal(_settings: SimulatorSettings, _model: str) -> Reply:
    """An error whose message wants to be more than text."""
    return Reply(400, compact(Refusal(400, HOSTILE, HOSTILE).body()))


def huge_refusal(settings: SimulatorSettings, _model: str) -> Reply:
    """An error as large as a book."""
    message = "x" * settings.huge_event
    return Reply(500, compact(Refusal(500, message, "server_error").body()))
