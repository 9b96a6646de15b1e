"""The checks of a key against the simulator: every kind of key on every plan."""

from collections.abc import Iterator

import pytest

from stepasr_tui.core.credentials import Secret
from stepasr_tui.core.stepfun.keycheck import CheckRow, check_key
from stepasr_tui.core.stepfun.service import endpoint
from stepasr_tui.simulator.serve import SimulatorServer
from stepasr_tui.simulator.settings import (
    BOTH_KEY,
    NO_BALANCE_KEY,
    NORMAL_KEY,
    OTHER_REGION_KEY,
    PLAN_KEY,
    REVOKED_KEY,
)

MODEL = "stepaudio-2.5-asr"


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer() as running:
        yield running


async def rows(key: str, base: str, plan: str = "standard", model: str = MODEL) -> list[CheckRow]:
    """The verdicts; each was told as running first, where it took time."""
    told = [row async for row in check_key(Secret(key), endpoint("cn", plan, base), model)]
    assert [row.name for row in told if row.state == "running"] == list(
        dict.fromkeys(row.name for row in told)
    )
    assert all(key not in repr(row) for row in told)
    return [row for row in told if row.state != "running"]


@pytest.mark.parametrize(
    ("key", "plan", "states", "kind", "words"),
    [
        (NORMAL_KEY, "standard", ["ok", "ok", "ok"], "", "is listed"),
        (PLAN_KEY, "step_plan", ["ok", "ok", "ok"], "", "is listed"),
        (BOTH_KEY, "standard", ["ok", "ok", "ok"], "", "is listed"),
        (BOTH_KEY, "step_plan", ["ok", "ok", "ok"], "", "is listed"),
        (NO_BALANCE_KEY, "standard", ["ok", "ok", "ok"], "", "is listed"),
        (NORMAL_KEY, "step_plan", ["ok", "failed"], "account", "the plan “Normal”"),
        (PLAN_KEY, "standard", ["ok", "failed"], "account", "the plan “Plan”"),
        (REVOKED_KEY, "standard", ["ok", "failed"], "account", "make one at"),
        (OTHER_REGION_KEY, "step_plan", ["ok", "failed"], "account", "other region"),
        ("no-such-key-0000", "standard", ["warning", "failed"], "account", "401"),
    ],
)
async def test_every_kind_of_key_on_every_plan(
    server: SimulatorServer, key: str, plan: str, states: list[str], kind: str, words: str
) -> None:
    found = await rows(key, server.base_url(plan), plan)
    assert [row.state for row in found] == states
    last = found[-1]
    assert last.kind == kind and words in f"{last.meaning} {last.remedy}"
    assert (last.remedy == "") == (last.state == "ok")
    assert found[1].seconds is not None


async def test_what_cannot_be_a_key_is_sent_nowhere(server: SimulatorServer) -> None:
    before = len(server.requests)
    (row,) = await rows("two words", server.url)
    assert (row.name, row.state, row.kind) == ("Shape", "failed", "account")
    assert len(server.requests) == before


async def test_a_key_is_sent_without_what_was_copied_with_it(server: SimulatorServer) -> None:
    found = await rows(f"Bearer {NORMAL_KEY}\n", server.url)
    assert [row.state for row in found] == ["ok", "ok", "ok"]


async def test_a_model_that_the_plan_does_not_list(server: SimulatorServer) -> None:
    found = await rows(BOTH_KEY, server.url, "step_plan", "stepaudio-3-asr-max")
    assert [row.state for row in found] == ["ok", "ok", "failed"]
    assert "stepaudio-2.5-asr" in found[-1].remedy and "step-3" not in found[-1].remedy


async def test_nobody_there() -> None:
    with SimulatorServer() as gone:
        address = gone.url
    found = await rows(NORMAL_KEY, address)
    assert [(row.state, row.kind) for row in found] == [("ok", ""), ("failed", "network")]


@pytest.mark.parametrize(
    ("scenario", "words"),
    [
        ("html-200", "not the speech service"),
        ("redirect", "redirect"),
        ("wrong-path", "base URL"),
        ("server-error", "500"),
    ],
)
async def test_what_is_not_the_keys_fault(
    server: SimulatorServer, scenario: str, words: str
) -> None:
    found = await rows(NORMAL_KEY, server.base_url(scenario=scenario))
    last = found[-1]
    assert (last.state, last.kind) == ("failed", "")
    assert words in f"{last.meaning} {last.remedy}"
