"""Draws the pictures of the README from the demo itself: ``python screenshots/make.py [FOLDER]``.

Each scene is the real app against the real simulator on loopback; nothing is posed but the
moment at which the picture is taken.
"""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from stepasr_tui.core.paths import Paths
from stepasr_tui.core.transcribe.phase import Phase
from stepasr_tui.core.transcribe.session import Session
from stepasr_tui.ui.app import StepasrApp
from stepasr_tui.ui.demo import Demo
from stepasr_tui.ui.screens.hearing import Hearing

Stage = Pilot[None]
WIDE, SMALL = (120, 36), (80, 24)


@asynccontextmanager
async def stage(size: tuple[int, int], *, happening: str = "") -> AsyncIterator[Stage]:
    """The demo, just started, on a screen of ``size`` columns and rows."""
    with tempfile.TemporaryDirectory() as name, Demo(Path(name)) as demo:
        if happening:
            demo.let_happen(happening)
        # Pictures show no folder of the machine that they were made on.
        os.environ["HOME"] = name
        paths = Paths.under(Path(name) / ".stepasr")
        session = Session(paths, demo.env, base_url=demo.url, languages=demo.languages)
        app = StepasrApp(session, demo.first, demo=demo)
        async with app.run_test(size=size) as pilot:
            yield pilot


async def until(pilot: Stage, true: Callable[[], bool]) -> None:
    """Let the app run until ``true``, half a minute at most."""
    async with asyncio.timeout(30):
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


if __name__ == "__main__":
    asyncio.run(draw(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent))
