"""What the simulator remembers of each request, for tests and for the curious; never a key."""

import threading
from dataclasses import dataclass, field
from typing import Literal

Ending = Literal["open", "answered", "client left"]


@dataclass(slots=True)
class RequestRecord:
    """One request as it arrived, and how it ended."""

    method: str
    """``GET``, ``POST``, …"""
    path: str
    """The whole path, a scenario's prefix included."""
    headers: dict[str, str]
    """By lower-case name; the key in ``authorization`` is shortened to its last four."""
    at: float
    """When it arrived, on the settings' clock, in seconds."""
    scenario: str = ""
    """The scenario that answered it."""
    byte_count: int = 0
    """Bytes of body that were read."""
    complete: bool = False
    """Whether the body was read to its end."""
    model: str = ""
    """``transcription.model``, once the request was understood."""
    container: str = ""
    """``format.type``."""
    language: str = ""
    """``language``."""
    rate: int | None = None
    """``format.rate`` in Hz."""
    channels: int | None = None
    """``format.channel``."""
    itn: bool | None = None
    """``enable_itn``; None until the request was understood."""
    timestamps: bool | None = None
    """``enable_timestamp``; None until the request was understood."""
    hotwords: tuple[str, ...] = ()
    """``hotwords``."""
    audio_bytes: int = 0
    """Bytes of audio once out of base64."""
    audio_sha256: str = ""
    """Of those bytes, as hexadecimal."""
    status: int = 0
    """The status of the answer; 0 where there was none."""
    trace_id: str = ""
    """``X-Trace-Id`` of the answer."""
    sent: int = 0
    """Bytes of events sent so far."""
    ended: Ending = "open"
    """``client left``: the client closed the connection before the answer was over."""
    over: threading.Event = field(default_factory=threading.Event, repr=False)
    """Set when ``ended`` is no longer ``open``; waiting for it needs no sleep."""

    def finish(self, ended: Ending) -> None:
        """Note the end, the first time only."""
        if not self.over.is_set():
            self.ended = ended
            self.over.set()


def without_secret(headers: dict[str, str]) -> dict[str, str]:
    """The same headers, the key shortened so that it can be shown."""
    shown = dict(headers)
    if (secret := shown.get("authorization")) is not None:
        shown["authorization"] = (
            f"{secret[:7] if secret.startswith('Bearer ') else ''}…{secret[-4:]}"
        )
    return shown
