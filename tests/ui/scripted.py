"""A runner that tells facts from a list, for moments that a real service does not hold still in."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from fractions import Fraction
from pathlib import Path

from stepasr_tui.core.audio.recording import FileIdentity, Recording
from stepasr_tui.core.audio.segments import Span
from stepasr_tui.core.errors import Again, NetworkError
from stepasr_tui.core.stepfun.events import Delta
from stepasr_tui.core.transcribe.facts import (
    Cut,
    Fact,
    Failed,
    Finished,
    Heard,
    Prepared,
    Probed,
    Retrying,
    Sent,
)
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.transcript import Cue

BROKEN = NetworkError(
    "The connection broke.",
    cause="Nothing came for 60 s.",
    remedy="Look whether you are online.",
    again=Again.MANUAL,
)
ENDS = (180.0, 660.0, 1980.0, 3300.0, 4620.0, 5940.0, 7274.0)
"""Where seven segments of two hours end, seconds."""
SAID = (
    "“How did you first hear of the lighthouse?” — “From my grandmother, who kept its books.”",
    "她说那里的冬天很长，海面结冰的时候，连信也送不到。我们只好等到春天。",
    "The lamp was lit at four in the afternoon, and somebody had to stay awake beside it.",
    "我问他怕不怕。他笑了，说：怕的不是海，是忘了上发条。",
    "After the war nobody came to paint it, so we painted it ourselves, in whatever colour we had.",
    "后来有了电，灯塔就不需要人了。可是每年秋天，我还是要去看一看。",
    "“Would you do it again?” — “Tomorrow, if they asked me.”",
)


class Scripted:
    """Takes the runner's place; each run tells its own facts, and the last ones wait for ever."""

    def __init__(self, *runs: Sequence[Fact]) -> None:
        self.runs = list(runs)
        self.jobs: list[Job] = []
        """What each run was given."""

    async def run(self, job: Job) -> AsyncGenerator[Fact, None]:
        """The facts of the next run."""
        self.jobs.append(job)
        for fact in self.runs.pop(0):
            yield fact
        await asyncio.Event().wait()


def recording(path: Path) -> Recording:
    """Two hours."""
    return Recording(
        path, 118_000_000, "m4a", "aac", ENDS[-1], 44100, 2, FileIdentity(0, 0, 118_000_000, 0)
    )


def planned(path: Path, *, doubtful: int | None = None) -> list[Fact]:
    """It was looked at and cut."""
    facts: list[Fact] = [Probed(1000.0, recording(path))]
    for n, (start, end) in enumerate(zip((0.0, *ENDS), ENDS, strict=False)):
        span = Span(n, start, end, doubtful=n == doubtful)
        facts.append(Cut(1000.0, span, last=n == len(ENDS) - 1))
    return facts


def sent(segment: int) -> list[Fact]:
    """It is on its way."""
    return [
        Prepared(1000.0, 4_000_000, segment=segment),
        Sent(1000.0, 4_000_000, 4_000_000, segment=segment),
    ]


def heard(segment: int, share: float = 0.4) -> list[Fact]:
    """Part of its text is there."""
    start, end = (0.0, *ENDS)[segment], ENDS[segment]
    text = SAID[segment][: int(len(SAID[segment]) * share)]
    until = start + (end - start) * share
    delta = Delta(text, int(start * 1000), int(until * 1000))
    return [*sent(segment), Heard(1000.0, delta, segment=segment)]


def finished(segment: int, text: str = "") -> list[Fact]:
    """Its final text is there."""
    start, end = (0.0, *ENDS)[segment], ENDS[segment]
    text = text or SAID[segment]
    cues = (Cue(start, end, text),)
    return [
        *sent(segment),
        Finished(1000.0, text, False, ((4, 9),), cues, {}, segment=segment),
    ]


def failed(segment: int) -> list[Fact]:
    """It came to nothing."""
    return [*sent(segment), Failed(1000.0, BROKEN, segment=segment)]


def waits(segment: int) -> list[Fact]:
    """It is tried again later."""
    return [*sent(segment), Retrying(1000.0, BROKEN, 12.0, 2, segment=segment)]


def streaming(path: Path) -> list[Fact]:
    """Three have their text, two are being heard, one waits, one has not begun."""
    parts = [finished(0), finished(1), heard(2, 0.7), finished(3), heard(4), waits(5)]
    return [*planned(path, doubtful=3), *(fact for part in parts for fact in part)]


def partial(path: Path) -> list[Fact]:
    """All but the fourth have their text."""
    parts = [finished(n) if n != 3 else failed(n) for n in range(len(ENDS))]
    return [*planned(path), *(fact for part in parts for fact in part)]


def is_told(job: Job | None, facts: Sequence[Fact]) -> bool:
    """Whether all of ``facts`` have reached the screen."""
    if job is None:
        return False
    told = Job(job.id, job.path, job.options, job.began)
    for fact in facts:
        told = told.after(fact)
    phases = [[each.phase for each in one.segments] for one in (told, job)]
    return phases[0] == phases[1] and told.transcript.text == job.transcript.text


def two_hours(path: Path) -> Path:
    """An m4a of that length: a minute of voice-like bursts, and its packets again and again."""
    import av
    import numpy as np

    rate, frames, chance = 16000, 1024, np.random.default_rng(7)
    loud = np.repeat(chance.random(240) ** 2, rate // 4)
    sound = (chance.standard_normal(rate * 60) * loud * 0.3).astype(np.float32)
    packets = []
    with av.open(str(path), "w", format="ipod") as container:
        stream = container.add_stream("aac", rate=rate, layout="mono")
        for start in range(0, len(sound) - frames, frames):
            block = sound[start : start + frames].reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate, frame.pts = rate, start
            packets += [bytes(packet) for packet in stream.encode(frame)]
        at = 0
        while at < ENDS[-1] * rate:
            packet = av.Packet(packets[at // frames % len(packets)])
            packet.stream, packet.time_base = stream, Fraction(1, rate)
            packet.pts = packet.dts = at
            packet.duration = frames
            container.mux(packet)
            at += frames
    return path
