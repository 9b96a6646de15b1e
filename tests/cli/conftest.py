"""One fast simulator for a module, and a shell of its own for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from stepasr_tui.simulator.serve import SimulatorServer
from stepasr_tui.simulator.settings import SimulatorSettings
from tests.cli.shell import Shell


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(SimulatorSettings(pause=0.05, retry_after=1, stall=60)) as running:
        yield running


@pytest.fixture
def shell(tmp_path: Path, server: SimulatorServer) -> Shell:
    return Shell(tmp_path, server)
