"""One SSE payload → ``Delta``, ``Done``, ``ServiceError`` or ``Unknown``; no I/O."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Delta:
    """A piece of text for showing progress; joined pieces can drift from the truth."""

    text: str
    """As it was sent."""
    start_ms: int | None = None
    """Where its sound begins, milliseconds from the start of the audio sent."""
    end_ms: int | None = None
    """Where its sound ends, likewise."""
    session_id: str | None = None
    """``meta.session_id``."""


@dataclass(frozen=True, slots=True)
class Done:
    """The end of the exchange: its text replaces whatever the deltas showed."""

    text: str
    """The transcript; may be empty while deltas were not."""
    usage: Mapping[str, Any] = field(default_factory=dict)
    """As sent; audio tokens are always 0 in it."""
    session_id: str | None = None
    """``meta.session_id``."""


@dataclass(frozen=True, slots=True)
class ServiceError:
    """The service gave up; no ``done`` follows."""

    message: str
    """As sent; empty when it gave none."""
    session_id: str | None = None
    """``meta.session_id``."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything else, kept as what it is."""

    kind: str
    """Its ``type``, or empty."""
    malformed: bool = False
    """True when the payload was not JSON at all."""


Event = Delta | Done | ServiceError | Unknown


def parse(payload: str) -> Event:
    """What one event's ``data`` means; never raises.

    Types and fields as in StepFun's page on ``/audio/asr/sse``.
    """
    try:
        body = json.loads(payload)
    except (ValueError, RecursionError):
        return Unknown("", malformed=payload.strip() not in ("", "[DONE]"))
    if not isinstance(body, dict):
        return Unknown("")
    kind = body.get("type")
    session_id = _text(body.get("meta"), "session_id")
    if kind == "transcript.text.delta":
        text = body.get("delta")
        if not isinstance(text, str):
            return Unknown(kind)
        return Delta(
            _writable(text), _ms(body.get("start_time")), _ms(body.get("end_time")), session_id
        )
    if kind == "transcript.text.done":
        text, usage = body.get("text"), body.get("usage")
        return Done(
            _writable(text) if isinstance(text, str) else "",
            usage if isinstance(usage, dict) else {},
            session_id,
        )
    if kind == "error" or (kind is None and body.get("error") is not None):
        return ServiceError(error_message(body), session_id)
    return Unknown(_writable(kind) if isinstance(kind, str) else "")


def error_message(body: Any) -> str:
    """The message in an error's JSON, in any of the shapes seen: flat, nested, or a text."""
    for _ in range(3):
        if isinstance(body, str):
            return _writable(body.strip())
        if not isinstance(body, dict):
            return ""
        message = body.get("message")
        body = message if message else body.get("error")
    return ""


def _text(holder: Any, name: str) -> str | None:
    value = holder.get(name) if isinstance(holder, dict) else None
    return _writable(value) if isinstance(value, str) and value else None


def _writable(text: str) -> str:
    """``text`` without halves of characters (``\\ud83d``), which no file can hold."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _ms(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(value) if 0 <= value < 1e9 else None
