"""The service's tables as the contract states them: plans, models, limits, refusals.

It is written down a second time on purpose and shares nothing with the client's tables, so
that a mistake in one is seen by the other. Model names that the contract does not mention
are stand-ins which only fill the list to its usual length.
"""

from dataclasses import dataclass

PREFIXES = {"standard": "/v1", "step_plan": "/step_plan/v1"}
"""Path prefix of each plan."""

ASR_MODELS = ("stepaudio-2.5-asr", "stepaudio-3-asr-max", "stepaudio-2-asr-pro")
"""What ``POST /audio/asr/sse`` knows."""

OLD_MODELS = ("step-asr", "step-asr-1.1")
"""What ``POST /audio/transcriptions`` knows."""

_PLAN_MODELS = (
    "stepaudio-2.5-asr",
    "stepaudio-2-asr-pro",
    "stepaudio-2.5-tts",
    "stepaudio-2.5-chat",
    "step-3.5-flash",
    "step-3",
    "step-image-edit-2",
    "step-tts-2",
    "step-router-v1",
    "step-search",
)

_STANDARD_ONLY = (
    "stepaudio-3-asr-max",
    *OLD_MODELS,
    "step-asr-1.1-stream",
    "stepaudio-2.5-realtime",
    "step-audio-2",
    "step-audio-2-mini",
    "step-audio-2-think",
    "step-audio-r1",
    "step-tts-mini",
    "step-tts-vivid",
    "step-1-8k",
    "step-1-32k",
    "step-1-128k",
    "step-1-256k",
    "step-1o-audio",
    "step-1o-turbo-vision",
    "step-1o-vision-32k",
    "step-1v-8k",
    "step-1v-32k",
    "step-1x-edit",
    "step-1x-medium",
    "step-2-16k",
    "step-2-mini",
    "step-2x-large",
    "step-r1-v-mini",
)

MODELS = {"standard": tuple(sorted(_PLAN_MODELS + _STANDARD_ONLY)), "step_plan": _PLAN_MODELS}
"""What ``GET /models`` lists for each plan; ``standard`` holds all of ``step_plan``."""

LANGUAGES = ("zh", "en")
FORMATS = ("ogg", "mp3", "wav", "pcm")
"""Containers every model takes; ``m4a`` is taken by the third version only."""
M4A_MODELS = ("stepaudio-3-asr-max",)

SHORTEST_HEARD = 1.5
"""Seconds below which a clip comes back empty, without an error."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer that is an error, given before any stream."""

    status: int
    """HTTP status."""
    message: str
    """What the body's ``error.message`` says."""
    kind: str = "invalid_request_error"
    """What the body's ``error.type`` says."""

    def body(self) -> dict[str, dict[str, str]]:
        """The contract's shape of an error."""
        return {"error": {"message": self.message, "type": self.kind}}


class Refused(Exception):
    """Raised where a request turns out to deserve its `Refusal`."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.message)
        self.refusal = refusal


def model_not_supported(model: str) -> Refusal:
    """The answer to a model that this plan or this path does not offer."""
    return Refusal(400, f"model {model} not supported")


UNNAMED = {
    "standard": Refusal(400, "Bad Request", "request_failed"),
    "step_plan": Refusal(403, "Forbidden", "request_failed"),
}
"""What a key of the other plan gets on each plan's path: no cause is named."""

BAD_KEY = Refusal(401, "Incorrect API key provided", "invalid_api_key")
NO_BALANCE = Refusal(402, "Your account balance is insufficient", "insufficient_balance")
WRONG_PATH = Refusal(404, "Not Found", "not_found")
WRONG_METHOD = Refusal(405, "Method Not Allowed", "method_not_allowed")
TOO_LARGE = Refusal(413, "Request body is too large", "request_too_large")
TOO_LONG = Refusal(400, "audio is longer than 30 minutes", "audio_too_long")
