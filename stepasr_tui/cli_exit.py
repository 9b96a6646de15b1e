"""The exit codes of the command line, and which one an outcome has; it exits nothing itself."""

from collections.abc import Sequence

from stepasr_tui.core.errors import (
    AccountError,
    CutOff,
    KeyProblem,
    NetworkError,
    NotSaved,
    SettingsError,
    StepasrError,
)

COMPLETE = 0
"""All that was asked for is there."""
FAILED = 1
"""It did not work, and none of the other codes says why."""
USAGE = 2
"""The command cannot be carried out as it was given: options, settings, no key."""
PARTIAL = 3
"""Some text, and not all of it; or some of several files."""
NOT_SAVED = 4
"""There is a text, and it could not be written."""
ACCOUNT = 5
"""The key or the balance was refused."""
NETWORK = 6
"""The network gave up."""
CRASHED = 70
"""A bug of ours."""
READER_GONE = 141
"""Whoever read the output left, as with ``| head`` (128 + SIGPIPE)."""


class ReaderGone(Exception):
    """The other end of the pipe was closed: nobody wants the rest."""


class Interrupted(BaseException):
    """A signal came where nothing was running that could be stopped."""

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.code = 128 + number
        """The exit code."""


def code_of(error: StepasrError) -> int:
    """The exit code of ``error``."""
    match error:
        case KeyProblem() | SettingsError():
            return USAGE
        case NotSaved():
            return NOT_SAVED
        case AccountError():
            return ACCOUNT
        case NetworkError() | CutOff():
            return NETWORK
        case _:
            return FAILED


def overall(codes: Sequence[int]) -> int:
    """The exit code of several recordings.

    One that asks the person for something (an unsaved text, the account) wins; else it is the one
    that all have, ``PARTIAL`` when there is some text, and ``FAILED``.
    """
    for urgent in (NOT_SAVED, ACCOUNT):
        if urgent in codes:
            return urgent
    if len(set(codes)) <= 1:
        return codes[0] if codes else COMPLETE
    return PARTIAL if {COMPLETE, PARTIAL} & set(codes) else FAILED
