"""The real app on a screen in memory, against the real simulator on loopback."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from textual.pilot import Pilot

from stepasr_tui.core.paths import Paths
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.pace import Pace
from stepasr_tui.core.transcribe.phase import Phase
from stepasr_tui.core.transcribe.session import Session
from stepasr_tui.simulator.clips import copy_samples, samples
from stepasr_tui.simulator.serve import SimulatorServer
from stepasr_tui.simulator.settings import NORMAL_KEY, SimulatorSettings
from stepasr_tui.ui.app import StepasrApp
from stepasr_tui.ui.screens.hearing import Hearing
from stepasr_tui.ui.widgets.transcript_view import TranscriptView


async def at_once(_seconds: float) -> None:
    """A wait that takes no time."""
    await asyncio.sleep(0)


class Stage:
    """One app, the recordings it sees, and the service it talks to."""

    def __init__(
        self, folder: Path, server: SimulatorServer, *, key: str | None = NORMAL_KEY
    ) -> None:
        self.recordings = folder / "Recordings"
        if not self.recordings.exists():
            self.recordings.mkdir()
            copy_samples(self.recordings)
        self.server = server
        self.paths = Paths.under(folder / "home")
        env = {"STEPFUN_API_KEY": key} if key else {}
        known = {
            self.recordings / path.name: sample.language
            for path, sample in zip(sorted_samples(self.recordings), samples(), strict=True)
        }
        # Waiting for a limit would only make the tests slow; how long it is has its own tests.
        pace = Pace("V1", sleep=at_once)
        self.session = Session(self.paths, env, base_url=server.url, languages=known, pace=pace)
        self.first = sorted_samples(self.recordings)[0]
        self.app = StepasrApp(self.session, self.first)
        self.pilot: Pilot[None]

    @asynccontextmanager
    async def open(self, size: tuple[int, int] = (120, 36)) -> AsyncIterator["Stage"]:
        """The app, running."""
        async with self.app.run_test(size=size, notifications=True) as pilot:
            self.pilot = pilot
            await pilot.pause()
            yield self

    async def until(self, true: Callable[[], bool]) -> None:
        """Let the app run until ``true``."""
        async with asyncio.timeout(20):
            while not true():
                await self.pilot.pause(0.01)
        await self.pilot.pause()

    async def press(self, *keys: str) -> None:
        """Keys, one after another."""
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def ended(self) -> Job:
        """The job on the screen, once nothing more comes."""
        await self.until(lambda: self.job is not None and not self.job.running)
        assert self.job
        return self.job

    async def start_first(self) -> None:
        """Enter on the first recording, as soon as it is under the cursor."""
        await self.until(lambda: self.hearing.path == self.first)
        await self.press("enter")

    @property
    def hearing(self) -> Hearing:
        return self.app.screen_stack[1].query_one(Hearing)

    @property
    def job(self) -> Job | None:
        return self.hearing.job

    @property
    def phase(self) -> Phase | None:
        return self.job.phase if self.job else None

    @property
    def text(self) -> str:
        return self.hearing.query_one(TranscriptView).text

    def painted(self) -> str:
        """All that is on the screen, row by row."""
        strips = self.app.screen._compositor.render_strips()
        return "\n".join("".join(segment.text for segment in strip) for strip in strips)


def sorted_samples(folder: Path) -> list[Path]:
    """The copied samples, in the order of ``samples()``."""
    by_size = {path.stat().st_size: path for path in folder.iterdir() if path.suffix == ".ogg"}
    return [by_size[len(sample.audio())] for sample in samples()]


@contextmanager
def service(**settings: object) -> Iterator[SimulatorServer]:
    """The simulator, as fast as it can unless told otherwise."""
    with SimulatorServer(SimulatorSettings(**settings)) as server:  # type: ignore[arg-type]
        yield server
