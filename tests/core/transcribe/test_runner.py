"""Whole jobs, with the real client, against the simulator over loopback; only waiting is faked."""

import asyncio
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import soundfile

from stepasr_tui.core.audio.recording import UploadChoices
from stepasr_tui.core.credentials import Secret
from stepasr_tui.core.errors import (
    AccountError,
    BrokenAnswer,
    CutOff,
    NetworkError,
    NotARecording,
    RecordingUnreadable,
    Refused,
    ServiceFault,
    StepasrError,
    TooMuch,
)
from stepasr_tui.core.stepfun.client import StepFunClient
from stepasr_tui.core.stepfun.request import Options
from stepasr_tui.core.stepfun.service import endpoint
from stepasr_tui.core.transcribe.facts import (
    Cut,
    Fact,
    Failed,
    Finished,
    Heard,
    Prepared,
    Probed,
    Queued,
    Retrying,
    Sent,
)
from stepasr_tui.core.transcribe.job import Job, PcmShape
from stepasr_tui.core.transcribe.pace import Pace
from stepasr_tui.core.transcribe.phase import Phase
from stepasr_tui.core.transcribe.runner import Runner
from stepasr_tui.simulator.clips import samples
from stepasr_tui.simulator.records import RequestRecord
from stepasr_tui.simulator.serve import SimulatorServer
from stepasr_tui.simulator.settings import BOTH_KEY, SimulatorSettings

SAMPLE = samples()[0]
DRAFT = "".join(piece.text for piece in SAMPLE.pieces)
ZH = Options("stepaudio-2.5-asr", "zh")


@dataclass
class World:
    """A simulator, a clock that only sleeping moves, and what was slept."""

    server: SimulatorServer
    folder: Path
    slept: list[float]
    now: float = 0.0

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        await asyncio.sleep(0)

    @property
    def pace(self) -> Pace:
        return Pace(monotonic=lambda: self.now, sleep=self.sleep, uniform=lambda low, high: high)

    @asynccontextmanager
    async def runner(
        self, scenario: str | None = None, *, strict: bool = False, base: str = ""
    ) -> AsyncIterator[Runner]:
        where = endpoint("cn", "standard", base or self.server.base_url(scenario=scenario))
        async with StepFunClient(where, Secret(BOTH_KEY)) as client:
            yield Runner(client, self.pace, strict_billing=strict)

    async def run(self, scenario: str, job: Job | None = None, *, strict: bool = False) -> "Met":
        before = len(self.server.posts)
        async with self.runner(scenario, strict=strict) as runner:
            met = await followed(runner, job or self.job())
        return replace(met, posts=self.server.posts[before:], slept=list(self.slept))

    def job(self, name: str = "clip.ogg", data: bytes | None = None) -> Job:
        path = self.folder / name
        path.write_bytes(SAMPLE.audio() if data is None else data)
        return Job(1, path, ZH, began=0.0)


@dataclass(frozen=True)
class Met:
    """What one job came to."""

    job: Job
    facts: list[Fact]
    posts: list[RequestRecord]
    slept: list[float]

    @property
    def kinds(self) -> list[type[Fact]]:
        """Sorts of facts, repetitions left out."""
        kinds = [type(fact) for fact in self.facts]
        return [kind for n, kind in enumerate(kinds) if n == 0 or kinds[n - 1] is not kind]

    @property
    def error(self) -> StepasrError:
        (failed,) = (fact for fact in self.facts if isinstance(fact, Failed))
        assert self.facts[-1] is failed
        return failed.error

    @property
    def finished(self) -> Finished:
        (finished,) = (fact for fact in self.facts if isinstance(fact, Finished))
        assert self.facts[-1] is finished
        return finished

    @property
    def waits(self) -> list[float]:
        return [fact.wait for fact in self.facts if isinstance(fact, Retrying)]


async def followed(runner: Runner, job: Job) -> Met:
    facts = []
    async with aclosing(runner.run(job)) as running:
        async for fact in running:
            job = job.after(fact)
            facts.append(fact)
    return Met(job, facts, [], [])


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    settings = SimulatorSettings(pause=0.02, retry_after=7, stall=60.0)
    with SimulatorServer(settings) as running:
        yield running


@pytest.fixture
def world(server: SimulatorServer, tmp_path: Path) -> World:
    return World(server, tmp_path, [])


async def test_a_recording_becomes_its_final_text(world: World) -> None:
    met = await world.run("ok")
    assert met.kinds == [Queued, Probed, Cut, Prepared, Sent, Heard, Finished]
    assert met.job.phase is Phase.FINISHED and met.job.transcript.text == SAMPLE.text
    assert met.job.transcript.draft.text == DRAFT
    assert met.job.trace_id == met.posts[0].trace_id and met.job.session_id
    sent = [fact.sent for fact in met.facts if isinstance(fact, Sent)]
    assert sent == sorted(sent) and sent[-1] == met.job.total == met.posts[0].byte_count
    assert met.job.transcript.usage["total_tokens"] > 0
    cues = met.job.transcript.cues
    assert "".join(cue.text for cue in cues) == "".join(SAMPLE.text.split())
    assert 0 < cues[-1].end <= SAMPLE.seconds + 0.1 and met.slept == []


@pytest.mark.parametrize(
    ("scenario", "kind", "posts"),
    [
        ("bad-key", AccountError, 1),
        ("no-balance", AccountError, 1),
        ("bad-request", Refused, 1),
        ("model-not-supported", Refused, 1),
        ("wrong-path", Refused, 1),
        ("too-large", TooMuch, 1),
        ("moderation", Refused, 1),
        ("moderation-midstream", ServiceFault, 1),
        ("error-first", ServiceFault, 1),
        ("redirect", Refused, 1),
        ("html-200", BrokenAnswer, 1),
        ("rate-limit-hour", Refused, 1),
        ("rate-limit", Refused, 7),
        ("unavailable", Refused, 7),
        ("server-error", Refused, 2),
        ("gateway-html", Refused, 2),
        ("no-done", CutOff, 2),
        ("empty-200", CutOff, 2),
        ("no-reply", NetworkError, 2),
        ("reset", CutOff, 2),
        ("busy-midstream", ServiceFault, 2),
        ("no-content", BrokenAnswer, 2),
    ],
)
async def test_what_fails_is_sent_so_often(
    world: World, scenario: str, kind: type[StepasrError], posts: int
) -> None:
    met = await world.run(scenario)
    assert type(met.error) is kind and len(met.posts) == posts
    assert [f.attempt for f in met.facts if isinstance(f, Retrying)] == list(range(2, posts + 1))
    assert ("tried" in met.error.cause) == (posts > 1)
    assert sum(met.waits) <= 300 and set(met.waits) <= set(met.slept)
    assert met.job.phase is (Phase.PARTIAL if met.job.transcript.text else Phase.FAILED)


@pytest.mark.parametrize(
    ("scenario", "waits"),
    [
        ("unavailable-once", [6.0]),
        ("server-error-once", [1.0]),
        ("rate-limit-once", [7.7]),
        ("no-done-once", [1.0]),
        ("busy-once", [1.0]),
        ("reset-once", [1.0]),
    ],
)
async def test_what_fails_once_is_tried_again(
    world: World, scenario: str, waits: list[float]
) -> None:
    met = await world.run(scenario)
    assert met.finished.text == SAMPLE.text and len(met.posts) == 2
    assert met.waits == pytest.approx(waits)
    assert met.job.transcript.draft.text == DRAFT


@pytest.mark.parametrize("scenario", ["no-done", "server-error", "no-reply", "busy-midstream"])
async def test_strict_billing_sends_once(world: World, scenario: str) -> None:
    met = await world.run(scenario, strict=True)
    assert len(met.posts) == 1 and met.waits == []


@pytest.mark.parametrize("scenario", ["no-done", "moderation-midstream", "reset", "busy-midstream"])
async def test_a_broken_stream_keeps_its_text_once(world: World, scenario: str) -> None:
    met = await world.run(scenario)
    assert met.job.phase is Phase.PARTIAL
    text = met.job.transcript.text
    assert text and DRAFT.startswith(text) and text != DRAFT


async def test_giving_up_says_what_to_do_now(world: World) -> None:
    hour = await world.run("rate-limit-hour")
    assert "1:00:00" in hour.error.remedy
    busy = await world.run("unavailable")
    assert "It is tried again" not in busy.error.remedy
    key = await world.run("bad-key")
    assert "make one at" in key.error.remedy


async def test_an_empty_final_keeps_the_deltas(world: World) -> None:
    met = await world.run("done-empty")
    assert met.finished.from_draft and met.job.transcript.text == DRAFT
    assert met.finished.changed == ()


@pytest.mark.parametrize("scenario", ["both-empty", "done-without-deltas", "json-200"])
async def test_an_end_without_deltas(world: World, scenario: str) -> None:
    met = await world.run(scenario)
    assert met.job.phase is Phase.FINISHED and not met.finished.from_draft
    assert (met.job.transcript.text == "") == (scenario == "both-empty")
    assert met.finished.changed == () and met.finished.cues == ()


@pytest.mark.parametrize("scenario", ["times-odd", "times-missing"])
async def test_odd_times_give_sound_cues(world: World, scenario: str) -> None:
    met = await world.run(scenario)
    assert bool(met.finished.cues) == (scenario == "times-odd")
    assert all(0 <= cue.start <= cue.end <= SAMPLE.seconds + 0.1 for cue in met.finished.cues)


async def test_closing_mid_stream_closes_the_socket(world: World) -> None:
    async with world.runner("stall-midstream") as runner:
        running = runner.run(world.job())
        async for fact in running:
            if isinstance(fact, Heard):
                break
        await running.aclose()
        record = world.server.posts[-1]
        assert await asyncio.to_thread(record.over.wait, 1.0)
        assert record.ended == "client left"


async def test_a_stopped_job_frees_its_turn(world: World) -> None:
    async with world.runner("stall-midstream") as runner:
        heard = asyncio.Event()

        async def follow() -> None:
            async with aclosing(runner.run(world.job())) as facts:
                async for fact in facts:
                    if isinstance(fact, Heard):
                        heard.set()

        for _ in range(3):
            heard.clear()
            task = asyncio.create_task(follow())
            await heard.wait()
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        assert not runner._pace._running


async def test_a_job_stopped_while_it_waits_to_try_again_sends_no_more(world: World) -> None:
    async with world.runner("unavailable") as runner:
        before = len(world.server.posts)
        running = runner.run(world.job())
        async for fact in running:
            if isinstance(fact, Retrying):
                break
        await running.aclose()
        assert len(world.server.posts) == before + 1


@pytest.mark.parametrize(
    ("data", "kind"), [(b"just some words", NotARecording), (b"", NotARecording)]
)
async def test_what_is_no_recording_is_not_sent(
    world: World, data: bytes, kind: type[StepasrError]
) -> None:
    met = await world.run("ok", world.job("notes.ogg", data))
    assert type(met.error) is kind and met.posts == [] and met.kinds == [Queued, Failed]


async def test_what_is_not_there_is_not_sent(world: World) -> None:
    met = await world.run("ok", Job(1, world.folder / "gone.ogg", ZH, began=0.0))
    assert type(met.error) is RecordingUnreadable and met.posts == []


async def test_no_speech_is_an_empty_text_and_no_failure(world: World) -> None:
    met = await world.run("no-speech")
    assert met.job.phase is Phase.FINISHED and met.finished.text == "" and len(met.posts) == 1
    assert met.finished.trace_id == met.posts[0].trace_id


async def test_nobody_there(world: World) -> None:
    with SimulatorServer() as gone:
        base = gone.base_url()
    async with world.runner(base=base) as runner:
        met = await followed(runner, world.job())
    assert type(met.error) is NetworkError
    assert met.waits == [1, 2, 4, 8, 16] and met.job.phase is Phase.FAILED


async def test_two_at_once_and_the_third_says_that_it_waits(world: World) -> None:
    async with world.runner() as runner:
        found = await asyncio.gather(*(followed(runner, world.job(f"{n}.ogg")) for n in range(3)))
    assert [met.finished.text for met in found] == [SAMPLE.text] * 3
    waited = [met.kinds.count(Queued) for met in found]
    assert max(waited) == 2
    assert world.now >= 0.79


async def test_a_short_clip_is_filled_up_with_silence_and_warned_about(world: World) -> None:
    sound, rate = soundfile.read(io.BytesIO(SAMPLE.audio()), dtype="int16")
    buffer = io.BytesIO()
    soundfile.write(buffer, sound[: int(0.8 * rate)], rate, format="WAV")
    met = await world.run("ok", world.job("short.wav", buffer.getvalue()))
    (prepared,) = (fact for fact in met.facts if isinstance(fact, Prepared))
    assert "shorter than 1.5 s" in prepared.warnings[0]
    assert met.job.warnings == prepared.warnings and met.job.duration == 0.8
    # What is shorter than 1.5 s the simulator, like the service, does not hear at all.
    assert met.posts[0].container == "ogg" and met.finished.text
    assert (await world.run("ok")).job.warnings == ()


async def test_raw_samples_are_sent_as_what_they_are_when_quality_goes_over_size(
    world: World,
) -> None:
    sound, rate = soundfile.read(io.BytesIO(SAMPLE.audio()), dtype="int16")
    job = replace(world.job("clip.raw", sound.tobytes()), pcm=PcmShape(rate, 1))
    small = await world.run("ok", job)
    assert [post.container for post in small.posts] == ["ogg"]
    met = await world.run("ok", replace(job, choices=UploadChoices(best=True)))
    (post,) = met.posts
    assert (post.container, post.rate, post.channels) == ("pcm", rate, 1)
    assert post.audio_bytes == sound.nbytes and met.job.phase is Phase.FINISHED
    assert small.finished.text == met.finished.text == SAMPLE.text
