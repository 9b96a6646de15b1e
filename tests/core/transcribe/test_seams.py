"""Hours of tone-coded words, cut, sent side by side through a bad network, joined: every word
once, in order, at its time. Nothing is faked but waiting."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from stepasr_tui.core.credentials import Secret
from stepasr_tui.core.errors import AccountError, CutOff, RecordingChanged
from stepasr_tui.core.stepfun.client import StepFunClient
from stepasr_tui.core.stepfun.request import Options
from stepasr_tui.core.stepfun.service import endpoint
from stepasr_tui.core.transcribe.facts import Fact, Failed, Heard, Resumed, Retrying
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.pace import Pace
from stepasr_tui.core.transcribe.phase import Phase
from stepasr_tui.core.transcribe.runner import Runner
from stepasr_tui.simulator.serve import SimulatorServer
from stepasr_tui.simulator.settings import BOTH_KEY, SimulatorSettings
from stepasr_tui.simulator.tones import WORD_MS, Spoken, spoken, words

MINUTE = 60
TROUBLE = ("rate-limit", "unavailable", "rate-limit-no-header")
"""Refusals before any work: each is over after a try."""


def written(path: Path, minutes: float, noisy: tuple[tuple[float, float], ...] = ()) -> Spoken:
    """A recording of tone words; in the ``noisy`` stretches (seconds) no pause can be heard."""
    said = spoken(words(round(minutes * 60_000 / 850)))
    noise = np.random.default_rng(1)
    at = 0
    with soundfile.SoundFile(path, "w", 16_000, 1, format="WAV", subtype="PCM_16") as file:
        for block in said.blocks():
            seconds = at / said.rate
            if any(start <= seconds < end for start, end in noisy):
                block = block + _hiss(noise, len(block))
            file.write(block)
            at += len(block)
    return said


def _hiss(noise: np.random.Generator, frames: int) -> NDArray[np.float32]:
    hiss: NDArray[np.float32] = 0.07 * noise.standard_normal(frames).astype(np.float32)
    return hiss


class World:
    """A simulator, and a clock that only waiting moves."""

    def __init__(self, server: SimulatorServer, folder: Path) -> None:
        self.server, self.folder, self.now = server, folder, 0.0

    async def sleep(self, seconds: float) -> None:
        self.now += seconds
        await asyncio.sleep(0)

    @asynccontextmanager
    async def runner(self) -> AsyncIterator[Runner]:
        pace = Pace("V0", monotonic=lambda: self.now, sleep=self.sleep, uniform=lambda low, _: low)
        where = endpoint("cn", "standard", self.server.base_url())
        async with StepFunClient(where, Secret(BOTH_KEY)) as client:
            yield Runner(client, pace, cache=self.folder / "cache")

    async def run(self, job: Job) -> tuple[Job, list[Fact]]:
        facts = []
        async with self.runner() as runner, aclosing(runner.run(job)) as running:
            async for fact in running:
                job = job.after(fact)
                facts.append(fact)
        return job, facts


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(SimulatorSettings(pause=0.01, retry_after=7)) as running:
        yield running


@pytest.fixture
def world(server: SimulatorServer, tmp_path: Path) -> World:
    server.scenario = "ok"
    return World(server, tmp_path)


def new_job(path: Path) -> Job:
    return Job(1, path, Options("stepaudio-2.5-asr", "en"), 0.0)


def heard_at(facts: list[Fact], job: Job) -> dict[str, list[float]]:
    """For each word, when it was heard to begin: by the attempt that counts, of each segment."""
    last: dict[int, list[Heard]] = {n: [] for n in range(len(job.segments))}
    for fact in facts:
        if isinstance(fact, Retrying):
            last[fact.segment].clear()
        elif isinstance(fact, Heard):
            last[fact.segment].append(fact)
    found: dict[str, list[float]] = {}
    for heard in (each for facts in last.values() for each in facts):
        for word in heard.delta.text.split():
            found.setdefault(word, []).append((heard.delta.start_ms or 0) / 1000)
    return found


async def test_two_hours_through_a_bad_network_have_every_word_once(world: World) -> None:
    # At one seam the noise is louder than any pause is quiet.
    said = written(world.folder / "two-hours.wav", 120, noisy=((32 * MINUTE, 34 * MINUTE),))
    luck = random.Random(7)
    world.server.scenario = [
        luck.choice(TROUBLE) if luck.random() < 0.4 else "ok" for _ in range(8)
    ] + ["reset-before-reply"]
    job, facts = await world.run(new_job(world.folder / "two-hours.wav"))

    assert job.phase is Phase.FINISHED and job.missing == [] and len(job.segments) == 7
    assert job.transcript.text.split() == [piece.text for piece in said.pieces]
    spans = [each.span for each in job.segments if each.span]
    assert spans[0].end < 3.6 * MINUTE and all(s.end - s.start <= 25 * MINUTE for s in spans)
    assert [span.doubtful for span in spans] == [False, False, False, True, False, False, False]
    assert any(isinstance(fact, Retrying) for fact in facts)

    truth: dict[str, list[float]] = {}
    for piece in said.pieces:
        truth.setdefault(piece.text, []).append(piece.start / 1000)
    for word, times in heard_at(facts, job).items():
        for at in times:
            assert min(abs(at - true) for true in truth[word]) <= 0.1
    begin = 0
    for cue in job.transcript.cues:
        count = len(cue.text.split())
        first, last = said.pieces[begin], said.pieces[begin + count - 1]
        assert abs(cue.start - first.start / 1000) <= 0.1
        assert abs(cue.end - last.end / 1000) <= 0.1
        begin += count
    assert begin == len(said.pieces)
    assert list((world.folder / "cache").iterdir()) == []


async def test_what_failed_is_sent_again_alone(world: World) -> None:
    said = written(world.folder / "talk.wav", 34)
    world.server.scenario = ["ok", "no-done", "no-done", "ok"]
    before = len(world.server.posts)
    job, facts = await world.run(new_job(world.folder / "talk.wav"))
    assert job.phase is Phase.PARTIAL and len(job.segments) == 3
    (failed,) = (fact for fact in facts if isinstance(fact, Failed))
    assert isinstance(failed.error, CutOff) and job.unheard == (failed.segment,)
    (gap,) = job.missing
    assert "[missing: " in job.transcript.text
    posts = len(world.server.posts) - before
    again, _ = await world.run(job.after(Resumed(world.now, job.unheard)))
    assert again.phase is Phase.FINISHED and len(world.server.posts) - before == posts + 1
    assert again.transcript.text.split() == [piece.text for piece in said.pieces]
    assert gap[1] - gap[0] > WORD_MS / 1000
    assert [each.span for each in again.segments] == [each.span for each in job.segments]


async def test_what_is_refused_as_too_large_is_cut(world: World) -> None:
    said = written(world.folder / "talk.wav", 5)
    world.server.scenario = ["too-large"]
    before = len(world.server.posts)
    job, _ = await world.run(new_job(world.folder / "talk.wav"))
    assert [post.status for post in world.server.posts[before:]] == [413, 200, 200, 200]
    assert job.phase is Phase.FINISHED and len(job.segments) == 3
    assert job.transcript.text.split() == [piece.text for piece in said.pieces]


async def test_one_of_several_is_sent_again_alone(world: World) -> None:
    written(world.folder / "talk.wav", 34)
    world.server.scenario = ["unavailable"] * 40
    job, _ = await world.run(new_job(world.folder / "talk.wav"))
    assert job.phase is Phase.FAILED and len(job.segments) == 3
    world.server.scenario = "ok"
    before = len(world.server.posts)
    again, _ = await world.run(job.after(Resumed(world.now, (1,))))
    assert len(world.server.posts) == before + 1 and again.phase is Phase.PARTIAL
    assert [each.phase for each in again.segments] == [Phase.FAILED, Phase.FINISHED, Phase.FAILED]


async def test_a_file_that_was_replaced_is_not_mixed_into_the_text(world: World) -> None:
    path = world.folder / "talk.wav"
    written(path, 34)
    world.server.scenario = ["ok", "no-done", "no-done", "ok"]
    job, _ = await world.run(new_job(path))
    assert job.phase is Phase.PARTIAL
    kept = job.transcript.text
    other = path.with_name("other.wav")
    other.write_bytes(path.read_bytes())
    other.replace(path)
    before = len(world.server.posts)
    again, _ = await world.run(job.after(Resumed(world.now, job.unheard)))
    assert isinstance(again.error, RecordingChanged) and len(world.server.posts) == before
    assert again.phase is Phase.PARTIAL and again.transcript.text == kept


async def test_a_refused_balance_ends_no_segment_that_was_sent(world: World) -> None:
    said = written(world.folder / "talk.wav", 34)
    world.server.scenario = ["ok", "ok", "no-balance"]
    before = len(world.server.posts)
    job, _ = await world.run(new_job(world.folder / "talk.wav"))
    assert len(world.server.posts) == before + 3 and isinstance(job.error, AccountError)
    assert sum(each.phase is Phase.FINISHED for each in job.segments) == 2
    world.server.scenario = "ok"
    again, _ = await world.run(job.after(Resumed(world.now, job.unheard)))
    assert len(world.server.posts) == before + 4
    assert again.transcript.text.split() == [piece.text for piece in said.pieces]


async def test_what_was_cut_because_it_was_refused_stays_cut(world: World) -> None:
    said = written(world.folder / "talk.wav", 5)
    world.server.scenario = ["too-large", "ok", "no-done", "no-done", "no-done"]
    job, _ = await world.run(new_job(world.folder / "talk.wav"))
    assert job.phase is Phase.PARTIAL and job.choices.whole < 151.0
    world.server.scenario = "ok"
    before = len(world.server.posts)
    again, _ = await world.run(job.after(Resumed(world.now, job.unheard)))
    assert len(world.server.posts) == before + len(job.unheard)
    assert again.transcript.text.split() == [piece.text for piece in said.pieces]
