"""Pictures of the main scenes, compared cell by cell; redraw with ``pytest --snapshot-update``."""

import asyncio
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input

from stepasr_tui.core.paths import Paths
from stepasr_tui.core.transcribe.facts import Fact
from stepasr_tui.core.transcribe.pace import Pace
from stepasr_tui.core.transcribe.phase import Phase
from stepasr_tui.core.transcribe.session import Session
from stepasr_tui.ui.app import StepasrApp
from stepasr_tui.ui.demo import Demo
from stepasr_tui.ui.screens.batch import Batch
from stepasr_tui.ui.screens.hearing import Hearing
from stepasr_tui.ui.screens.key_setup import KeySetup
from stepasr_tui.ui.screens.leave import Leave
from stepasr_tui.ui.widgets.file_picker import FilePicker
from stepasr_tui.ui.widgets.problems import Problems
from stepasr_tui.ui.widgets.transcript_view import TranscriptView
from stepasr_tui.ui.widgets.waveform import Waveform
from tests.ui import scripted
from tests.ui.stage import at_once

Compare = Callable[..., bool]
NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
SIZES = [(120, 36), (80, 24)]
ALL_SIZES = [*SIZES, (60, 20)]


@pytest.fixture(autouse=True)
def a_world_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    with Demo(tmp_path, speed=None) as demo:
        yield demo


@pytest.fixture(scope="session")
def two_hours(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interview as a telephone records it."""
    return scripted.two_hours(tmp_path_factory.mktemp("long") / "interview.m4a")


@pytest.fixture
def interview(demo: Demo, two_hours: Path) -> Path:
    """The same among the demo's recordings, under a name of two languages; it is shown first."""
    path = demo.first.with_name("Interview with 李老师 about the lighthouse.m4a")
    os.link(two_hours, path)
    demo.first = path
    return path


def app(tmp_path: Path, demo: Demo, *, key: bool = True) -> StepasrApp:
    """The app on a clock that stands still, so that every picture is the same."""
    session = Session(
        Paths.under(tmp_path / ".stepasr"),
        demo.env if key else {},
        base_url=demo.url if key else None,
        languages=demo.languages,
        pace=Pace("V5", monotonic=lambda: 1000.0, sleep=at_once),
    )
    return StepasrApp(session, demo.first, demo=demo if key else None, wall=lambda: NOON)


async def _until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await pilot.pause(0.01)
    await pilot.pause()


def _hearing(pilot: Pilot[None]) -> Hearing:
    return pilot.app.screen_stack[1].query_one(Hearing)


def _phase(pilot: Pilot[None]) -> Phase | None:
    job = _hearing(pilot).job
    return job.phase if job else None


def _known(pilot: Pilot[None]) -> bool:
    """Whether the picker's durations, which come from a thread, are there."""
    picker = pilot.app.screen_stack[1].query_one(FilePicker)
    return all(picker.known(path) for path in picker.folder.iterdir() if path.suffix == ".ogg")


def _drawn(pilot: Pilot[None]) -> bool:
    """The same, and the waveform, as fine as it gets."""
    looking = any(each.group == "look" and not each.is_finished for each in pilot.app.workers)
    return not looking and _known(pilot) and _hearing(pilot).query_one(Waveform).has_peaks


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_draft(tmp_path: Path, demo: Demo, snap_compare: Compare, size: tuple[int, int]) -> None:
    demo.let_happen("stall-midstream")

    async def heard(pilot: Pilot[None]) -> None:
        await _until(pilot, lambda: _phase(pilot) is Phase.HEARING and _drawn(pilot))

    assert snap_compare(app(tmp_path, demo), terminal_size=size, run_before=heard)


@pytest.mark.parametrize("theme", ["dark", "light"])
@pytest.mark.parametrize("size", SIZES, ids=str)
def test_final(
    tmp_path: Path, demo: Demo, snap_compare: Compare, size: tuple[int, int], theme: str
) -> None:
    async def finished(pilot: Pilot[None]) -> None:
        if theme == "light":
            await pilot.press("ctrl+t")
        await _until(pilot, lambda: _phase(pilot) is Phase.FINISHED and _drawn(pilot))

    assert snap_compare(app(tmp_path, demo), terminal_size=size, run_before=finished)


def test_leave(tmp_path: Path, demo: Demo, snap_compare: Compare) -> None:
    async def asked(pilot: Pilot[None]) -> None:
        await _until(pilot, lambda: _phase(pilot) is Phase.FINISHED and _drawn(pilot))
        pilot.app.push_screen(Leave(1, 2))
        await pilot.pause()

    assert snap_compare(app(tmp_path, demo), terminal_size=(80, 24), run_before=asked)


def test_help(tmp_path: Path, demo: Demo, snap_compare: Compare) -> None:
    async def asked(pilot: Pilot[None]) -> None:
        await _until(pilot, lambda: _phase(pilot) is Phase.FINISHED and _drawn(pilot))
        await pilot.press("f1")
        await pilot.pause()

    assert snap_compare(app(tmp_path, demo), terminal_size=(80, 24), run_before=asked)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_problem(tmp_path: Path, demo: Demo, snap_compare: Compare, size: tuple[int, int]) -> None:
    # A failure without ids that change from run to run.
    demo.first = demo.first.with_name("notes [draft].mp3")
    demo.first.write_text("These are not sounds, although the name says so.")

    async def failed(pilot: Pilot[None]) -> None:
        await _until(pilot, lambda: _phase(pilot) is Phase.FAILED and _known(pilot))
        await _until(pilot, lambda: pilot.app.screen.query_one(Problems).display)

    assert snap_compare(app(tmp_path, demo), terminal_size=size, run_before=failed)


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_key(tmp_path: Path, demo: Demo, snap_compare: Compare, size: tuple[int, int]) -> None:
    async def asked(pilot: Pilot[None]) -> None:
        await _until(pilot, lambda: isinstance(pilot.app.screen, KeySetup))
        pilot.app.screen.query_one("#key", Input).cursor_blink = False

    assert snap_compare(app(tmp_path, demo, key=False), terminal_size=size, run_before=asked)


def scripted_app(tmp_path: Path, demo: Demo, facts: list[Fact] | None = None) -> StepasrApp:
    """The app without a demo's first transcription; ``facts`` are told of the one that begins."""
    session = Session(
        Paths.under(tmp_path / ".stepasr"),
        demo.env,
        languages=demo.languages,
        pace=Pace("V0", monotonic=lambda: 1000.0, sleep=at_once),
    )
    runner = scripted.Scripted(facts or [])
    session.runner = lambda: runner  # type: ignore[method-assign,assignment,return-value]
    return StepasrApp(session, demo.first, wall=lambda: NOON)


@pytest.mark.parametrize("size", ALL_SIZES, ids=str)
def test_before_spending(
    tmp_path: Path, demo: Demo, interview: Path, snap_compare: Compare, size: tuple[int, int]
) -> None:
    async def looked(pilot: Pilot[None]) -> None:
        await _until(pilot, lambda: _hearing(pilot).path == interview)
        await _until(pilot, lambda: _drawn(pilot))

    assert snap_compare(scripted_app(tmp_path, demo), terminal_size=size, run_before=looked)


@pytest.mark.parametrize("size", ALL_SIZES, ids=str)
@pytest.mark.parametrize("scene", ["streaming", "partial"])
def test_several_segments(
    tmp_path: Path,
    demo: Demo,
    interview: Path,
    snap_compare: Compare,
    size: tuple[int, int],
    scene: str,
) -> None:
    facts = scripted.streaming if scene == "streaming" else scripted.partial
    told = facts(interview)

    async def begun(pilot: Pilot[None]) -> None:
        await _until(pilot, lambda: _hearing(pilot).path == interview)
        await _until(pilot, lambda: _drawn(pilot))
        await pilot.press("enter")
        if scene == "partial":
            await _until(pilot, lambda: pilot.app.screen.query_one(Problems).display)
            pilot.app.screen.query_one(TranscriptView).focus()
            await pilot.press("m", "home")
        else:
            await _until(pilot, lambda: scripted.is_told(_hearing(pilot).job, told))

    shown = scripted_app(tmp_path, demo, told)
    assert snap_compare(shown, terminal_size=size, run_before=begun)


@pytest.mark.parametrize("size", ALL_SIZES, ids=str)
def test_batch(
    tmp_path: Path, demo: Demo, interview: Path, snap_compare: Compare, size: tuple[int, int]
) -> None:
    interview.with_name("notes.mp3").write_text("These are not sounds.")

    async def counted(pilot: Pilot[None]) -> None:
        await _until(pilot, lambda: _hearing(pilot).path == interview)
        await _until(pilot, lambda: _drawn(pilot))
        await pilot.press("ctrl+b")
        await _until(pilot, lambda: isinstance(pilot.app.screen, Batch))
        yes = pilot.app.screen.query_one("#yes", Button)
        await _until(pilot, lambda: not getattr(pilot.app.screen, "counting", True))
        await _until(pilot, lambda: yes.outer_size.width == len(str(yes.label)) + 4)

    assert snap_compare(scripted_app(tmp_path, demo), terminal_size=size, run_before=counted)


def test_too_small(tmp_path: Path, demo: Demo, snap_compare: Compare) -> None:
    async def finished(pilot: Pilot[None]) -> None:
        await _until(pilot, lambda: _phase(pilot) is Phase.FINISHED)

    assert snap_compare(app(tmp_path, demo), terminal_size=(50, 12), run_before=finished)
