"""One tree of errors; each says what happened, why, what to do, and whether trying again helps.

    StepasrError
    ├── SettingsError          the settings file cannot be read or written
    ├── KeyProblem             no key, or a text that cannot be a key
    ├── RecordingError         the file cannot be sent
    │   ├── NotARecording          its bytes are not audio that can be read
    │   ├── RecordingUnreadable    it is missing, locked, or not a plain file
    │   └── RecordingChanged       it changed while it was being sent
    ├── NotSaved               a text could not be written where it was wanted
    └── AttemptError           one exchange with the service did not end well
        ├── NetworkError           no connection, or it broke or fell silent
        ├── AccountError           the key or the balance was refused (401, 402)
        ├── Refused                any other refusal before the stream
        │   ├── NoSpeech               it heard nobody speak
        │   └── TooMuch                more than one request may have
        ├── ServiceFault           an ``error`` event inside the stream
        ├── CutOff                 the stream ended without ``done`` or ``error``
        └── BrokenAnswer           the answer is not what the service's contract says

Every text in an error may hold words from outside; they are shown only through
``core.display``.
"""

from enum import Enum


class Again(Enum):
    """Whether the same request may be sent again, and by whom (retry classes)."""

    NOT_SENT = "S"
    """The service cannot hold the whole request: safe to send again."""
    REJECTED = "R"
    """Refused before any work (429, 503, 408): sent again after a wait."""
    AMBIGUOUS = "A"
    """It may have been processed, and billed: sent again once at most."""
    MANUAL = "M"
    """Only when the person asks for it."""
    NEVER = "N"
    """The same request would meet the same end."""


class StepasrError(Exception):
    """What went wrong, in sentences a person can act on."""

    again: Again = Again.NEVER

    def __init__(
        self, what: str, *, cause: str = "", remedy: str = "", again: Again | None = None
    ) -> None:
        super().__init__(what)
        self.what = what
        """What happened, one sentence."""
        self.cause = cause
        """Why, as far as it is known; may be empty."""
        self.remedy = remedy
        """What to do about it; may be empty."""
        if again is not None:
            self.again = again

    def __str__(self) -> str:
        return " ".join(part for part in (self.what, self.cause, self.remedy) if part)


class SettingsError(StepasrError):
    """The settings file cannot be read, or cannot be written."""


class KeyProblem(StepasrError):
    """There is no key, or the text given cannot be one."""


class RecordingError(StepasrError):
    """The file cannot be sent as it is."""


class NotARecording(RecordingError):
    """The bytes are not audio, or not audio that can be read."""


class RecordingUnreadable(RecordingError):
    """Missing, not permitted, a folder, a pipe, a device, or out of reach."""

    again = Again.MANUAL


class RecordingChanged(RecordingError):
    """The file's size, time or identity changed while it was being sent."""

    again = Again.MANUAL


class NotSaved(StepasrError):
    """A text could not be written; what was there before is untouched."""

    again = Again.MANUAL


class AttemptError(StepasrError):
    """One exchange with the service did not end well."""

    def __init__(
        self,
        what: str,
        *,
        cause: str = "",
        remedy: str = "",
        again: Again | None = None,
        status: int | None = None,
        trace_id: str | None = None,
        session_id: str | None = None,
        retry_after: float | None = None,
        censored: bool = False,
    ) -> None:
        super().__init__(what, cause=cause, remedy=remedy, again=again)
        self.status = status
        """HTTP status, where one arrived."""
        self.trace_id = trace_id
        """``X-Trace-Id`` of the answer: StepFun's support asks for it."""
        self.session_id = session_id
        """``meta.session_id`` of the stream, likewise."""
        self.retry_after = retry_after
        """Seconds that the service asked to wait, where it did."""
        self.censored = censored
        """True when content moderation refused the audio."""


class NetworkError(AttemptError):
    """No connection, or one that broke or fell silent."""


class AccountError(AttemptError):
    """The key (401) or the balance (402) was refused."""


class Refused(AttemptError):
    """Any other refusal before the stream began."""


class NoSpeech(Refused):
    """The service heard nobody speak in what was sent."""


class TooMuch(Refused):
    """More audio, or more bytes, than one request may have."""


class ServiceFault(AttemptError):
    """The service sent an ``error`` event inside the stream."""


class CutOff(AttemptError):
    """The stream ended with neither ``done`` nor ``error``."""

    again = Again.AMBIGUOUS


class BrokenAnswer(AttemptError):
    """The answer is not what the service's contract says."""
