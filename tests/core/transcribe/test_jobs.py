"""All jobs of a run: which is the latest, what is unsaved, and that an end is an end."""

from pathlib import Path

from stepasr_tui.core.errors import CutOff
from stepasr_tui.core.stepfun.events import Delta
from stepasr_tui.core.stepfun.request import Options
from stepasr_tui.core.transcribe.facts import Failed, Finished, Heard, Retrying, Stopped
from stepasr_tui.core.transcribe.jobs import Jobs
from stepasr_tui.core.transcribe.phase import Phase

OPTIONS = Options("m", "zh")
ONE, TWO = Path("one.mp3"), Path("two.mp3")


def finished(text: str) -> Finished:
    return Finished(5.0, text, False, (), (), {})


def test_the_latest_job_of_a_recording_counts_and_the_older_stays() -> None:
    jobs = Jobs()
    first = jobs.begin(ONE, OPTIONS, 1.0)
    jobs.fold(first.id, finished("旧"))
    second = jobs.begin(ONE, OPTIONS, 2.0)
    assert (first.id, second.id) == (1, 2)
    assert jobs.of(ONE) is second and jobs.of(TWO) is None and jobs.of(None) is None
    assert jobs[first.id].transcript.text == "旧"
    assert [job.id for job in jobs] == [1, 2] and jobs.running == [second]
    assert jobs.counts() == (1, 0, 0)


def test_what_is_told_after_the_end_is_not_heard() -> None:
    for last in (finished("好"), Failed(5.0, CutOff("cut")), Stopped(5.0)):
        jobs = Jobs()
        job = jobs.begin(ONE, OPTIONS, 1.0)
        ended = jobs.fold(job.id, last)
        for late in (
            Heard(6.0, Delta("迟")),
            Retrying(6.0, CutOff("x"), 1, 2),
            finished("迟"),
            Stopped(6.0),
        ):
            assert jobs.fold(job.id, late) is ended
        assert jobs[job.id] is ended


def test_texts_on_the_screen_only_are_unsaved() -> None:
    jobs = Jobs()
    whole, part, empty, going = (jobs.begin(Path(name), OPTIONS, 0.0) for name in "abcd")
    whole = jobs.fold(whole.id, finished("好"))
    jobs.fold(part.id, Heard(1.0, Delta("半")))
    part = jobs.fold(part.id, Failed(2.0, CutOff("cut")))
    jobs.fold(empty.id, finished(" \n"))
    jobs.fold(going.id, Heard(1.0, Delta("在")))
    assert jobs.unsaved == [whole, part]
    assert part.phase is Phase.PARTIAL and jobs.counts() == (1, 2, 1)
    jobs.saved(whole)
    assert jobs.unsaved == [part] and jobs.is_saved(whole) and not jobs.is_saved(part)
