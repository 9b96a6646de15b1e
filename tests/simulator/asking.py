"""Raw requests to the simulator with plain httpx: the contract's words, none of our client."""

import base64
import copy
import io
import json
from dataclasses import dataclass, field
from typing import Any

import httpx
import numpy as np
import soundfile
from numpy.typing import NDArray

from stepasr_tui.simulator.settings import NORMAL_KEY

HEADERS = {
    "Content-Type": "application/json",
    "Accept": "text/event-stream",
    "Authorization": f"Bearer {NORMAL_KEY}",
}
ASR = "/v1/audio/asr/sse"


def body(audio: bytes, container: str = "ogg", **wishes: Any) -> dict[str, Any]:
    """A right request; ``format`` in the wishes adds to the format, the rest to the wishes."""
    form = {"type": container, **wishes.pop("format", {})}
    wish = {"model": "stepaudio-2.5-asr", "language": "zh", "enable_timestamp": True, **wishes}
    data = base64.b64encode(audio).decode()
    return {"audio": {"data": data, "input": {"transcription": wish, "format": form}}}


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The document with one field set, or left out where the value is ``...``."""
    result = copy.deepcopy(document)
    *way, last = path.split(".")
    inner = result
    for step in way:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return result


@dataclass
class Answer:
    """One answer, read to its end, or to where it broke."""

    status: int
    headers: httpx.Headers
    raw: bytes
    broke: httpx.HTTPError | None = None
    chunks: list[bytes] = field(default_factory=list)

    @property
    def events(self) -> list[dict[str, Any]]:
        frames = self.raw.decode().split("\n\n")
        assert frames[-1] == ""
        assert all(frame.startswith("data: ") and "\n" not in frame for frame in frames[:-1])
        return [json.loads(frame[6:]) for frame in frames[:-1]]

    @property
    def kinds(self) -> list[str]:
        return [event["type"].rpartition(".")[2] for event in self.events]

    @property
    def draft(self) -> str:
        return "".join(event["delta"] for event in self.events if "delta" in event)

    @property
    def final(self) -> str:
        (done,) = (event for event in self.events if event["type"] == "transcript.text.done")
        return str(done["text"])

    @property
    def message(self) -> str:
        error = json.loads(self.raw)["error"]
        assert set(error) == {"message", "type"}
        assert isinstance(error["type"], str)
        return str(error["message"])


def post(url: str, document: Any, headers: dict[str, str] | None = None, **more: Any) -> Answer:
    """POST it and take everything that comes, as bytes."""
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    with (
        httpx.Client(trust_env=False, timeout=20) as client,
        client.stream("POST", url, content=content, headers=headers or HEADERS, **more) as got,
    ):
        answer = Answer(got.status_code, got.headers, b"")
        try:
            for chunk in got.iter_raw():
                answer.chunks.append(chunk)
        except httpx.HTTPError as problem:
            answer.broke = problem
        answer.raw = b"".join(answer.chunks)
        return answer


def get(url: str, key: str = NORMAL_KEY) -> httpx.Response:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.get(url, headers=headers, trust_env=False, timeout=20)


def wav(mono: NDArray[Any], rate: int = 16000) -> bytes:
    return packed(mono, rate, "WAV", "PCM_16")


def packed(sound: NDArray[Any], rate: int, container: str, codec: str) -> bytes:
    buffer = io.BytesIO()
    soundfile.write(buffer, sound, rate, format=container, subtype=codec)
    return buffer.getvalue()


def hum(seconds: float, rate: int = 16000) -> NDArray[Any]:
    """A sound that is no speech: a chord that swells."""
    at = np.arange(int(seconds * rate)) / rate
    chord = sum(np.sin(2 * np.pi * tone * at) for tone in (220, 277, 330))
    result: NDArray[Any] = 0.1 * chord * (0.6 + 0.4 * np.sin(at))
    return result
