"""Draws the pictures of the README from the demo itself: ``python screenshots/make.py [FOLDER]``.

Each scene is the real app against the real simulator on loopback; nothing is posed but the
moment at which the picture is taken.
"""

import asyncio
import os
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from stepasr_tui.core.paths import Paths
from stepasr_tui.core.transcribe.phase import Phase
from stepasr_tui.core.transcribe.session import Session
from stepasr_tui.simulator.tones import write_practice
from stepasr_tui.ui.app import StepasrApp
from stepasr_tui.ui.demo import SPEED, Demo
from stepasr_tui.ui.screens.hearing import Hearing

Stage = Pilot[None]
WIDE, SMALL = (120, 36), (80, 24)


@asynccontextmanager
async def stage(
    size: tuple[int, int], *, happening: str = "", long: Path | None = None
) -> AsyncIterator[Stage]:
    """The demo, just started, on a screen of ``size`` columns and rows; with ``long``, hearing it.

    Nobody reads along with hours: those are heard faster.
    """
    speed = 40.0 if long else SPEED
    with tempfile.TemporaryDirectory() as name, Demo(Path(name), speed=speed) as demo:
        if happening:
            demo.let_happen(happening)
        if long:
            demo.first = demo.first.with_name(long.name)
            shutil.copy(long, demo.first)
        # Pictures show no folder of the machine that they were made on.
        os.environ["HOME"] = name
        paths = Paths.under(Path(name) / ".stepasr")
        session = Session(paths, demo.env, base_url=demo.url, languages=demo.languages)
        app = StepasrApp(session, demo.first, demo=demo)
        async with app.run_test(size=size) as pilot:
            yield pilot


async def until(pilot: Stage, true: Callable[[], bool]) -> None:
    """Let the app run until ``true``, a minute and a half at most."""
    async with asyncio.timeout(90):
        while not true():
            await pilot.pause(0.02)
    await pilot.pause()


def phase(pilot: Stage) -> Phase | None:
    """Where the job on the screen is."""
    job = pilot.app.screen.query_one(Hearing).job
    return job.phase if job else None


def pieces(pilot: Stage) -> int:
    """How many deltas it has heard."""
    job = pilot.app.screen.query_one(Hearing).job
    return job.transcript.draft.count if job else 0


def side_by_side(pilot: Stage) -> bool:
    """Whether some segments have their text, and several others are being heard."""
    job = pilot.app.screen.query_one(Hearing).job
    phases = Counter(each.phase for each in job.segments) if job and job.whole else Counter()
    return phases[Phase.FINISHED] >= 2 and phases[Phase.HEARING] >= 2


async def draw(folder: Path) -> None:
    """All scenes, into ``folder``."""

    def shoot(pilot: Stage, name: str) -> None:
        pilot.app.clear_notifications()
        pilot.app.save_screenshot(f"{name}.svg", str(folder))
        print(folder / f"{name}.svg")  # noqa: T201 - a script's answer

    for size, ending in ((WIDE, ""), (SMALL, "-80x24")):
        async with stage(size) as pilot:
            await until(pilot, lambda: pieces(pilot) >= 16)
            shoot(pilot, f"draft{ending}")
            await until(pilot, lambda: phase(pilot) is Phase.FINISHED)
            shoot(pilot, f"final{ending}")
            await pilot.press("ctrl+t")
            await pilot.pause()
            shoot(pilot, f"final-light{ending}")
            await pilot.press("f1")
            await pilot.pause()
            shoot(pilot, f"help{ending}")
        async with stage(size, happening="moderation-midstream") as pilot:
            await until(pilot, lambda: phase(pilot) is Phase.PARTIAL)
            shoot(pilot, f"problem{ending}")
            await pilot.press("ctrl+k")
            await pilot.pause()
            shoot(pilot, f"key{ending}")
    with tempfile.TemporaryDirectory() as name:
        long = Path(name) / "interview.ogg"
        write_practice(long, 75)
        for size, ending in ((WIDE, ""), (SMALL, "-80x24")):
            async with stage(size, long=long) as pilot:
                await until(pilot, lambda: side_by_side(pilot))
                await pilot.press("tab", "tab", "m")
                await pilot.pause()
                shoot(pilot, f"segments{ending}")


if __name__ == "__main__":
    asyncio.run(draw(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent))
