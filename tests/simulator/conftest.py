"""One fast simulator for the tests of a module, and a fresh one where a test changes it."""

from collections.abc import Iterator

import pytest

from stepasr_tui.simulator.serve import SimulatorServer
from stepasr_tui.simulator.settings import SimulatorSettings

FAST = SimulatorSettings(
    pause=0.05,
    slow_first_byte=0.2,
    stall=0.2,
    ping_every=0.05,
    retry_after=7,
    many=500,
    huge_event=300_000,
    huge_stream=2**21,
)


@pytest.fixture(scope="module")
def shared() -> Iterator[SimulatorServer]:
    with SimulatorServer(FAST) as server:
        yield server


@pytest.fixture
def fresh() -> Iterator[SimulatorServer]:
    with SimulatorServer(FAST) as server:
        yield server
