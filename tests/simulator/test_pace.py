"""Text comes at the pace of the recording, on a clock that only moves when someone sleeps."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from stepasr_tui.simulator.clips import samples
from stepasr_tui.simulator.server import create_app
from stepasr_tui.simulator.settings import SimulatorSettings
from tests.simulator.asking import ASR, HEADERS, body

SAMPLE = samples()[0]


class Clock:
    """Seconds that pass only in `sleep`."""

    def __init__(self) -> None:
        self.now = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        self.slept.append(seconds)
        await asyncio.sleep(0)


async def timed(speed: float | None, scenario: str = "ok") -> list[tuple[float, dict[str, Any]]]:
    """Each event with the seconds since the headers at which it was sent."""
    clock = Clock()
    settings = SimulatorSettings(speed=speed, clock=clock, sleep=clock.sleep, scenario=scenario)
    app = create_app(settings)
    content = json.dumps(body(SAMPLE.audio())).encode()
    inbox = [{"type": "http.request", "body": content}]
    sent: list[tuple[float, bytes]] = []
    started = 0.0

    async def receive() -> Any:
        if inbox:
            return inbox.pop()
        return await asyncio.Future()

    async def send(message: Any) -> None:
        nonlocal started
        if message["type"] == "http.response.start":
            started = clock.now
        elif message["body"]:
            sent.append((clock.now - started, message["body"]))

    headers = [(name.lower().encode(), value.encode()) for name, value in HEADERS.items()]
    scope = {"type": "http", "method": "POST", "path": ASR, "headers": headers, "query_string": b""}
    await app(scope, receive, send)
    return [(at, json.loads(data.removeprefix(b"data: "))) for at, data in sent]


@pytest.mark.parametrize("speed", [1.0, 4.0, 12.0])
async def test_deltas_come_when_they_were_said(speed: float) -> None:
    events = await timed(speed)
    assert events[0][0] <= 0.2
    for at, event in events[1:-1]:
        assert at == pytest.approx(event["end_time"] / 1000 / speed)
    assert events[-1][0] == pytest.approx(SAMPLE.seconds / speed, abs=0.01)


async def test_without_a_speed_nothing_waits() -> None:
    assert {at for at, _ in await timed(None)} == {0.0}


async def test_scenarios_keep_the_pace() -> None:
    events = await timed(4.0, "busy-midstream")
    error_at, error = events[-1]
    assert error["type"] == "error"
    assert error_at == pytest.approx(events[-2][1]["end_time"] / 4000)


async def test_a_stall_is_as_long_as_it_was_set() -> None:
    events = await timed(None, "stall-midstream")
    assert sorted({at for at, _ in events}) == [0.0, SimulatorSettings().stall]
    assert events[-1][1]["type"] == "transcript.text.done"


async def test_the_first_text_comes_at_once_in_life_too() -> None:
    from stepasr_tui.simulator.serve import SimulatorServer

    loop = asyncio.get_running_loop()
    with SimulatorServer(SimulatorSettings(speed=4.0)) as server:
        server.requests  # noqa: B018 - waits until the server's imports are over
        async with httpx.AsyncClient(trust_env=False, timeout=20) as client:
            began = loop.time()
            request = client.stream(
                "POST", server.url + ASR, json=body(SAMPLE.audio()), headers=HEADERS
            )
            async with request as answer:
                await anext(answer.aiter_bytes())
                first = loop.time() - began
    # 0.2 s by design; the rest is room for a busy machine.
    assert 0.15 < first < 2.0
