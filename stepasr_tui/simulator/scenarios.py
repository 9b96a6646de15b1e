"""The ways in which a service, or the network, can misbehave: the table, by name."""

from stepasr_tui.simulator.reply_scenarios import ANSWERED
from stepasr_tui.simulator.scenario import Scenario
from stepasr_tui.simulator.stream_scenarios import STREAMED

SCENARIOS = {one.name: one for one in (*STREAMED, *ANSWERED)}
"""Every scenario by its name; ``ok`` is the first."""


def scenario(name: str) -> Scenario:
    """The scenario of that name; raises ValueError where there is none."""
    if (found := SCENARIOS.get(name)) is None:
        raise ValueError(f"no scenario is called {name!r}")
    return found
