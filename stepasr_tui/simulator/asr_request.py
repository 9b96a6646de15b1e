"""One transcription request, checked field by field as strictly as the contract allows.

Bytes in, `AsrRequest` out, `Refused` raised. It does not look at the sound itself.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from stepasr_tui.simulator.contract import (
    ASR_MODELS,
    FORMATS,
    LANGUAGES,
    M4A_MODELS,
    MODELS,
    Refusal,
    Refused,
    model_not_supported,
)


@dataclass(frozen=True, slots=True)
class AsrRequest:
    """What a client asked for, every field of the right type."""

    audio: bytes
    """The recording as it came out of base64."""
    model: str
    """A model that the plan offers for speech."""
    container: str
    """``format.type``: what the client says the bytes are."""
    rate: int | None = None
    """Hz; known for ``pcm``."""
    channels: int | None = None
    """Known for ``pcm``."""
    language: str = "zh"
    """``zh`` or ``en``."""
    itn: bool = True
    """Numbers as figures."""
    timestamps: bool = False
    """Whether deltas carry times."""
    hotwords: tuple[str, ...] = ()
    """Words to listen for; they only count as text tokens here."""
    prompt: str = ""
    """Likewise."""


def _bad(message: str) -> Refused:
    return Refused(Refusal(400, message))


class _Fields:
    """A JSON object whose fields are taken out one by one, until none may be left."""

    def __init__(self, where: str, value: object) -> None:
        if not isinstance(value, dict):
            raise _bad(f"{where or 'body'}: must be an object")
        self._where = where
        self._rest: dict[str, Any] = dict(value)

    def name(self, field: str) -> str:
        return f"{self._where}.{field}" if self._where else field

    def inner(self, field: str) -> "_Fields":
        return _Fields(self.name(field), self.take(field, object, "an object"))

    def take(self, field: str, kind: type, called: str) -> Any:
        """The field's value; a missing one or one of another type is refused."""
        if field not in self._rest:
            raise _bad(f"{self.name(field)}: field required")
        value = self._rest.pop(field)
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise _bad(f"{self.name(field)}: must be {called}")
        return value

    def maybe(self, field: str, kind: type, called: str, default: Any) -> Any:
        return self.take(field, kind, called) if field in self._rest else default

    def positive(self, field: str, required: bool) -> int | None:
        called = "a positive integer"
        value = (self.take if required else self._optional)(field, int, called)
        if value is not None and value < 1:
            raise _bad(f"{self.name(field)}: must be {called}")
        return value if value is None else int(value)

    def _optional(self, field: str, kind: type, called: str) -> Any:
        return self.maybe(field, kind, called, None)

    def end(self) -> None:
        """Refuse what was never asked for."""
        for field in self._rest:
            raise _bad(f"{self.name(str(field))}: unknown field")


def check_headers(headers: Mapping[str, str]) -> None:
    """Refuse a request whose headers are not exactly the contract's."""
    for name, wanted in (("Content-Type", "application/json"), ("Accept", "text/event-stream")):
        if headers.get(name.lower()) != wanted:
            raise _bad(f"header {name}: must be {wanted}")


def read_request(body: bytes | bytearray, plan: str) -> AsrRequest:
    """The checked request of one body, or `Refused`."""
    try:
        document = json.loads(body.decode("utf-8"))
    except (ValueError, RecursionError) as problem:
        raise _bad("body: is not JSON in UTF-8") from problem
    root = _Fields("", document)
    audio = root.inner("audio")
    data = audio.take("data", str, "a base64 string")
    given = audio.inner("input")
    wish = given.inner("transcription")
    shape = given.inner("format")
    words = _wishes(wish, plan)
    form = _format(shape, words["model"])
    for fields in (shape, wish, given, audio, root):
        fields.end()
    return AsrRequest(audio=_decoded(data), **words, **form)


def _wishes(wish: _Fields, plan: str) -> dict[str, Any]:
    model = wish.take("model", str, "a string")
    if model not in ASR_MODELS or model not in MODELS[plan]:
        raise Refused(model_not_supported(model))
    language = wish.maybe("language", str, "a string", "zh")
    if language not in LANGUAGES:
        raise _bad(f'{wish.name("language")}: must be "zh" or "en"')
    hotwords = wish.maybe("hotwords", list, "a list of strings", [])
    if not all(isinstance(word, str) for word in hotwords):
        raise _bad(f"{wish.name('hotwords')}: must be a list of strings")
    return {
        "model": model,
        "language": language,
        "itn": wish.maybe("enable_itn", bool, "a boolean", True),
        "timestamps": wish.maybe("enable_timestamp", bool, "a boolean", False),
        "hotwords": tuple(hotwords),
        "prompt": wish.maybe("prompt", str, "a string", ""),
    }


def _format(shape: _Fields, model: str) -> dict[str, Any]:
    container = shape.take("type", str, "a string")
    known = FORMATS + (("m4a",) if model in M4A_MODELS else ())
    if container not in known:
        raise _bad(f"{shape.name('type')}: must be one of {', '.join(known)}")
    pcm = container == "pcm"
    codec = (
        shape.take("codec", str, "a string") if pcm else shape.maybe("codec", str, "a string", "")
    )
    if pcm and codec != "pcm_s16le":
        raise _bad(f"{shape.name('codec')}: must be pcm_s16le")
    rate, bits, channels = (shape.positive(field, pcm) for field in ("rate", "bits", "channel"))
    if pcm and bits != 16:
        raise _bad(f"{shape.name('bits')}: must be 16 for pcm_s16le")
    return {"container": container, "rate": rate, "channels": channels}


def _decoded(data: str) -> bytes:
    try:
        audio = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError) as problem:
        raise _bad("audio.data: is not base64") from problem
    if not audio:
        raise _bad("audio.data: is empty")
    return audio
