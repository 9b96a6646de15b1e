"""What a scenario is: one named way for a transcription to go; the table is elsewhere."""

from dataclasses import dataclass, field
from typing import Literal

from stepasr_tui.simulator.replies import Answer
from stepasr_tui.simulator.stream_faults import Stream


@dataclass(frozen=True, slots=True)
class Scenario:
    """One way for a transcription to go; where nothing is set, the right way."""

    name: str
    """As it stands in a base URL: ``/scenario/<name>/v1``."""
    sentence: str
    """What happens, in one sentence for people."""
    answer: Answer | None = None
    """An answer instead of a stream."""
    stream: Stream | None = None
    """A stream instead of the right one."""
    once: bool = False
    """Only a recording's first try meets it, the next one goes well; then again."""
    everywhere: bool = False
    """The lists of models and accounts answer so too."""
    early: bool = False
    """Answered before the body is read, and the connection closed."""
    hang_up: Literal["", "close", "reset"] = ""
    """The connection ends, after the body was read, without any answer."""
    wait: Literal["", "slow", "stall"] = ""
    """A setting's seconds pass before the answer starts."""
    headers: dict[str, str] = field(default_factory=dict)
    """Further headers of the stream."""
    no_trace_id: bool = False
    """Leaves ``X-Trace-Id`` out."""
