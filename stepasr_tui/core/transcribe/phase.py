"""Where a job, or one of its segments, is."""

from enum import Enum


class Phase(Enum):
    """Where a job, or one of its segments, is."""

    QUEUED = "queued"
    """Waits for its turn."""
    PREPARING = "preparing"
    """Is being looked at and made ready."""
    UPLOADING = "uploading"
    """Its bytes are on their way."""
    WAITING = "waiting"
    """All was sent, nothing has come back."""
    HEARING = "hearing"
    """Text arrives."""
    RETRYING = "retrying"
    """Waits before another attempt."""
    FINISHED = "finished"
    """The final text is there."""
    PARTIAL = "partial"
    """It failed, and some text is there."""
    FAILED = "failed"
    """It failed, and there is no text."""
    STOPPED = "stopped"
    """The person stopped it; what was heard is kept."""


RUNNING = frozenset(
    {
        Phase.QUEUED,
        Phase.PREPARING,
        Phase.UPLOADING,
        Phase.WAITING,
        Phase.HEARING,
        Phase.RETRYING,
    }
)
"""Phases in which something is still to come."""
