"""Every fact from every phase, and what holds after any sequence of facts."""

from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from stepasr_tui.core.audio.recording import FileIdentity, Recording
from stepasr_tui.core.errors import CutOff
from stepasr_tui.core.stepfun.events import Delta
from stepasr_tui.core.stepfun.request import Options
from stepasr_tui.core.transcribe.facts import (
    Fact,
    Failed,
    Finished,
    Heard,
    Prepared,
    Probed,
    Queued,
    Retrying,
    Sent,
    Stopped,
)
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.jobs import Jobs
from stepasr_tui.core.transcribe.phase import RUNNING, Phase

PATH, OPTIONS = Path("a.mp3"), Options("m", "zh")
RECORDING = Recording(PATH, 9, "mp3", "mp3", 10.0, 16000, 1, FileIdentity(1, 1, 9, 1))
CUT = CutOff("cut")
DONE = Finished(9.0, "好。", False, ((0, 1),), (), {"n": 1}, "trace", "session")

FACTS: list[tuple[Fact, Phase]] = [
    (Queued(9.0), Phase.QUEUED),
    (Probed(9.0, RECORDING), Phase.PREPARING),
    (Prepared(9.0, 100, ("Short.",)), Phase.UPLOADING),
    (Sent(9.0, 40, 100), Phase.UPLOADING),
    (Sent(9.0, 100, 100), Phase.WAITING),
    (Heard(9.0, Delta("好", 0, 5000)), Phase.HEARING),
    (Retrying(9.0, CUT, 2.0, 2), Phase.RETRYING),
    (DONE, Phase.FINISHED),
    (Failed(9.0, CUT), Phase.FAILED),
    (Stopped(9.0), Phase.STOPPED),
]


@pytest.mark.parametrize(("fact", "phase"), FACTS)
@pytest.mark.parametrize("start", [each for each in Phase if each in RUNNING])
def test_every_fact_from_every_phase(start: Phase, fact: Fact, phase: Phase) -> None:
    before = Job(1, PATH, OPTIONS, 0.0, phase=start, since=3.0)
    job = before.after(fact)
    assert job.phase is phase and job.running == (phase in RUNNING)
    assert job.since == (3.0 if phase is start else 9.0)
    assert (job.ended is None) == job.running
    assert (before.phase, before.transcript.text) == (start, "")


def test_a_retrys_deltas_replace_the_old_ones() -> None:
    job = Job(1, PATH, OPTIONS, 0.0).after(Heard(1.0, Delta("你好"))).after(Sent(1.0, 5, 9))
    again = job.after(Retrying(2.0, CUT, 3.0, 2))
    assert (again.attempt, again.wait, again.sent, again.error) == (2, 3.0, 0, CUT)
    assert again.after(Heard(3.0, Delta("再"))).transcript.draft.text == "再"
    assert again.after(Prepared(3.0, 9)).error is None


def test_an_empty_end_does_not_throw_an_earlier_attempts_text_away() -> None:
    job = Job(1, PATH, OPTIONS, 0.0).after(Heard(1.0, Delta("你好")))
    job = job.after(Retrying(2.0, CUT, 3.0, 2)).after(Finished(4.0, "", False, (), (), {}))
    assert job.transcript.text == "你好" and job.transcript.from_draft


def test_a_stopped_job_has_no_error_of_an_attempt_before() -> None:
    job = Job(1, PATH, OPTIONS, 0.0).after(Retrying(2.0, CUT, 3.0, 2)).after(Stopped(2.5))
    assert job.error is None and job.elapsed(99.0) == 2.5


def test_how_much_was_heard() -> None:
    job = Job(1, PATH, OPTIONS, 0.0)
    assert job.heard is None and job.duration is None
    job = job.after(Probed(1.0, RECORDING))
    assert job.heard is None and job.duration == 10.0
    assert job.after(Heard(1.0, Delta("好", 0, 5000))).heard == 0.5
    assert job.after(Heard(1.0, Delta("好", 0, 90_000))).heard == 1.0
    assert job.after(DONE).heard == 1.0


class Life(RuleBasedStateMachine):
    """Facts in any order at all, folded; beside them a plain account of what was said."""

    def __init__(self) -> None:
        super().__init__()
        self.jobs = Jobs()
        self.id = self.jobs.begin(PATH, OPTIONS, 0.0).id
        self.now = 0.0
        self.attempts = [""]
        self.end: Fact | None = None

    @property
    def job(self) -> Job:
        return self.jobs[self.id]

    def tell(self, fact: Fact) -> None:
        before = self.job
        self.jobs.fold(self.id, fact)
        if self.end is not None:
            assert self.job is before
        elif isinstance(fact, Heard):
            self.attempts[-1] += fact.delta.text
        elif isinstance(fact, Retrying):
            self.attempts.append("")
        elif isinstance(fact, Finished | Failed | Stopped):
            self.end = fact

    @rule(text=st.text("好吗 ", max_size=3))
    def heard(self, text: str) -> None:
        self.tell(Heard(self.now, Delta(text)))

    @rule(share=st.integers(0, 10))
    def sent(self, share: int) -> None:
        self.tell(Sent(self.now, share, 10))

    @rule()
    def begun(self) -> None:
        self.tell(Prepared(self.now, 10))

    @rule()
    def probed(self) -> None:
        self.tell(Probed(self.now, RECORDING))

    @precondition(lambda self: len(self.attempts) < 6)
    @rule()
    def retrying(self) -> None:
        self.tell(Retrying(self.now, CUT, 1.0, len(self.attempts) + 1))

    @rule(seconds=st.integers(0, 9))
    def time_passes(self, seconds: int) -> None:
        self.now += seconds

    @rule(text=st.sampled_from(["", "终"]))
    def finished(self, text: str) -> None:
        self.tell(Finished(self.now, text, False, (), (), {}))

    @rule(stopped=st.booleans())
    def broken(self, stopped: bool) -> None:
        self.tell(Stopped(self.now) if stopped else Failed(self.now, CUT))

    @invariant()
    def holds(self) -> None:
        job, transcript = self.job, self.job.transcript
        assert transcript.draft.text == self.attempts[-1]
        assert job.running == (self.end is None)
        longest = max(len("".join(text.split())) for text in self.attempts)
        if isinstance(self.end, Finished) and self.end.text:
            assert transcript.text == self.end.text and job.phase is Phase.FINISHED
        elif not isinstance(self.end, Finished):
            assert len("".join(transcript.text.split())) == longest
            assert transcript.text in self.attempts
        elif any(text.strip() for text in self.attempts[:-1]):
            assert transcript.text.strip()
        if isinstance(self.end, Failed):
            assert job.phase is (Phase.PARTIAL if longest else Phase.FAILED)
        assert job.attempt == len(self.attempts)
        assert 0 <= job.elapsed(self.now) <= self.now


TestLife = Life.TestCase
