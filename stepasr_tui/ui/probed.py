"""What probing found of each file, remembered until the file changes; it draws nothing."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from stepasr_tui.core.audio.recording import Recording
from stepasr_tui.core.errors import NotARecording, RecordingError
from stepasr_tui.core.figures import length
from stepasr_tui.core.folders import Entry


@dataclass(frozen=True, slots=True)
class Fact:
    """What a row says of a file besides its name and size."""

    text: str
    """Its duration, ``~`` before it while it is an estimate, or why it has none: ``not audio``."""
    usable: bool
    """False draws the whole row faint."""


class Probed:
    """Files that were looked into, each known by its path, size and time of change."""

    def __init__(self, probe: Callable[[Path], Recording]) -> None:
        """``probe`` blocks, and is called in a thread."""
        self.facts: dict[Path, Fact] = {}
        self._probe = probe
        self._found: dict[Path, tuple[int, int, Recording | None]] = {}

    def known(self, path: Path) -> Recording | None:
        """The recording, where one was found."""
        return self._found[path][2] if path in self._found else None

    def lacks(self, entry: Entry) -> bool:
        """Whether the file was not looked into since it last changed."""
        before = self._found.get(entry.path)
        return before is None or before[:2] != (entry.size, entry.mtime_ns)

    def learn(self, recording: Recording) -> None:
        """Remember what somebody found out since about a file that was looked into."""
        path, identity = recording.path, recording.identity
        before = self._found.get(path)
        if before is not None and before[:2] == (identity.size, identity.mtime_ns):
            self._found[path] = (*before[:2], recording)
            self.facts[path] = _fact(recording)

    async def look_into(self, entry: Entry) -> None:
        """Probe one file and remember what came of it; raises nothing of ours."""
        recording: Recording | None = None
        try:
            recording = await asyncio.to_thread(self._probe, entry.path)
            fact = _fact(recording)
        except NotARecording:
            fact = Fact("not audio", usable=False)
        except RecordingError:
            fact = Fact("unreadable", usable=False)
        self._found[entry.path] = (entry.size, entry.mtime_ns, recording)
        self.facts[entry.path] = fact


def _fact(recording: Recording) -> Fact:
    return Fact(length(recording.duration, exact=recording.exact), usable=True)
