"""Pictures of the main scenes, compared cell by cell; redraw with ``pytest --snapshot-update``."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from stepasr_tui.core.paths import Paths
from stepasr_tui.core.transcribe.job import Phase
from stepasr_tui.core.transcribe.pace import Pace
from stepasr_tui.core.transcribe.session import Session
from stepasr_tui.simulator.clips import copy_samples, samples
from stepasr_tui.ui.app import StepasrApp
from stepasr_tui.ui.demo import Demo
from stepasr_tui.ui.screens.hearing import Hearing
from stepasr_tui.ui.screens.leave import Leave
from stepasr_tui.ui.widgets.check_rows import CheckRows
from stepasr_tui.ui.widgets.transcript_view import TranscriptView
from tests.ui.stage import at_once

Compare = Callable[..., bool]
NOON = datetime(2026, 11, 21, 12, 0, 0, tzinfo=UTC)
SIZES = [(120, 36), (80, 24)]


@pytest.fixture(autouse=True)
def a_world_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("TZ", "UTC")


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    with Demo(tmp_path, speed=None) as demo:
        yield demo


def app(tmp_path: Path, demo: Demo, *, key: bool = True) -> StepasrApp:
    """The demo on a clock that stands still, so that every picture is the same."""
    pace = Pace("V5", monotonic=lambda: 1000.0, sleep=at_once)
    pace.turn = no_waiting  # type: ignore[method-assign]
    session = Session(
        Paths.under(tmp_path / ".stepasr"),
        demo.env if key else {},
        base_url=demo.url,
        languages=demo.languages,
        pace=pace,
    )
    return StepasrApp(session, demo.first, demo=demo if key else None, wall=lambda: NOON)
