"""The demo's world: a simulator on loopback, sample recordings, and what may happen to them."""

from pathlib import Path
from types import TracebackType
from typing import Self

from stepasr_tui.simulator.clips import copy_samples, samples
from stepasr_tui.simulator.serve import SimulatorServer
from stepasr_tui.simulator.settings import NORMAL_KEY, SimulatorSettings

SPEED = 3.0
"""Times real time: text comes as fast as one can read along."""


class Demo:
    """A service, a key and recordings that vanish when the ``with`` block ends."""

    happenings = (
        ("rate-limit-once", "Demo: rate limit", "The next answer is 429 once; it is tried again."),
        ("no-done", "Demo: cut off", "The next answer ends without its final text."),
        ("moderation-midstream", "Demo: moderation", "The next answer is stopped half way."),
        ("bad-key", "Demo: wrong key", "The next answer says that the key is wrong."),
        ("no-balance", "Demo: no balance", "The next answer says that the balance is used up."),
        ("hostile-text", "Demo: hostile text", "The next text tries to act on the terminal."),
    )
    """(scenario, title, sentence) that the palette offers."""

    def __init__(self, folder: Path, *, speed: float | None = SPEED) -> None:
        """``folder`` exists, and belongs to the demo alone; ``speed`` None is as fast as it can."""
        recordings = folder / "Recordings"
        recordings.mkdir()
        paths = copy_samples(recordings)
        self.first = paths[0]
        """The recording to begin with."""
        self.languages = {
            path: sample.language for path, sample in zip(paths, samples(), strict=True)
        }
        """The language of each sample: on a stage nobody should have to switch."""
        self.env = {"STEPFUN_API_KEY": NORMAL_KEY}
        """The environment in which the demo's key is found."""
        self._server = SimulatorServer(SimulatorSettings(speed=speed))

    @property
    def url(self) -> str:
        """Address of the service."""
        return self._server.url

    def let_happen(self, scenario: str) -> None:
        """Let ``scenario`` happen to the next transcription."""
        self._server.scenario = [scenario, scenario] if scenario == "no-done" else [scenario]

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.stop()
