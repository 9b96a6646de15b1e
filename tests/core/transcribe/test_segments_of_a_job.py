"""A job of several segments: its phase, its text, what is missing, and hearing some again."""

from pathlib import Path

from stepasr_tui.core.audio.recording import FileIdentity, Recording
from stepasr_tui.core.audio.segments import Span
from stepasr_tui.core.errors import CutOff
from stepasr_tui.core.stepfun.events import Delta
from stepasr_tui.core.stepfun.request import Options
from stepasr_tui.core.transcribe.facts import (
    Cut,
    Fact,
    Failed,
    Finished,
    Heard,
    Prepared,
    Probed,
    Queued,
    Resumed,
    Retrying,
    Sent,
    Stopped,
)
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.passages import Kind, between
from stepasr_tui.core.transcribe.phase import Phase
from stepasr_tui.core.transcribe.transcript import Cue

PATH = Path("talk.m4a")
RECORDING = Recording(PATH, 9, "m4a", "aac", 3000.0, 16000, 1, FileIdentity(1, 1, 9, 1))
BROKEN = CutOff("The stream ended before the final text.")
SPANS = (Span(0, 0.0, 180.0), Span(1, 180.0, 660.0), Span(2, 655.0, 3000.0, doubtful=True))


def final(segment: int, text: str, *cues: Cue, at: float = 9.0) -> Finished:
    changed = ((0, 1),) if text else ()
    return Finished(at, text, False, changed, cues, {"total_tokens": 10}, segment=segment)


def after(*facts: Fact) -> Job:
    job = Job(1, PATH, Options("m", "zh"), 0.0)
    first: tuple[Fact, ...] = (Queued(0.0), Probed(1.0, RECORDING))
    for fact in (*first, *facts):
        job = job.after(fact)
    return job


CUTS = tuple(Cut(2.0, span, last=span.index == 2) for span in SPANS)


def test_the_job_is_where_its_foremost_segment_is() -> None:
    job = after(CUTS[0])
    assert job.phase is Phase.PREPARING and not job.whole
    job = job.after(Prepared(3.0, 100, segment=0)).after(Sent(3.5, 100, 100, segment=0))
    assert job.phase is Phase.WAITING and job.started == 3.0
    job = job.after(CUTS[1]).after(Prepared(4.0, 50, segment=1))
    assert job.phase is Phase.WAITING and (job.sent, job.total) == (100, 150)
    job = job.after(Heard(5.0, Delta("后", 200_000, 210_000), segment=1))
    assert job.phase is Phase.HEARING and job.since == 5.0
    job = job.after(Retrying(6.0, BROKEN, 4.0, 2, segment=1))
    assert job.phase is Phase.WAITING
    job = job.after(final(0, "前。"))
    assert job.phase is Phase.RETRYING and job.wait == 1.0 and job.attempt == 2
    job = job.after(Prepared(10.0, 50, segment=1)).after(final(1, "后。"))
    # All that was cut is done, and more is being cut.
    assert job.phase is Phase.PREPARING and job.running and job.ended is None


def test_texts_stand_in_the_order_of_the_recording_whichever_comes_first() -> None:
    job = after(*CUTS, Heard(5.0, Delta("later", 700_000, 701_000), segment=2))
    assert job.transcript.text == "later" and job.transcript.final is None
    job = job.after(Heard(5.1, Delta("first", 0, 1000), segment=0))
    assert [part.text for part in job.passages] == ["first", "", "later"]
    assert job.transcript.text == "first later"
    for n, text in ((2, "Third part."), (0, "First part."), (1, "Second part.")):
        assert job.running
        job = job.after(final(n, text))
    assert job.phase is Phase.FINISHED and job.ended == 9.0 and job.missing == []
    transcript = job.transcript
    assert transcript.text == "First part. Second part. Third part."
    assert [transcript.text[start:end] for start, end in transcript.changed] == ["F", "S", "T"]
    assert transcript.usage == {"total_tokens": 30}
    assert job.duration == 3000.0 and job.heard == 1.0


def test_where_two_overlap_their_words_stand_once() -> None:
    first = final(1, "so we went home early", Cue(180.0, 660.0, "so we went home early"))
    second = final(2, "went home early and slept", Cue(655.0, 700.0, "went home early and slept"))
    job = after(*CUTS, final(0, "Hello."), first, second)
    assert job.transcript.text == "Hello. so we went home early and slept"
    cues = job.transcript.cues
    assert " ".join(cue.text for cue in cues) == "so we went home early and slept"
    assert [cue.start for cue in cues] == sorted(cue.start for cue in cues)
    assert cues[0].end <= 660.0 and cues[1].start >= 655.0


def test_an_overlap_in_which_each_heard_something_else_is_kept_as_both_heard_it() -> None:
    first = final(1, "alpha. beta.", Cue(650.0, 656.0, "alpha."), Cue(658.5, 660.0, "beta."))
    second = final(2, "gamma. delta.", Cue(655.0, 657.0, "gamma."), Cue(659.0, 670.0, "delta."))
    job = after(*CUTS, final(0, ""), first, second)
    assert job.transcript.text == "alpha. beta. gamma. delta."


def test_words_that_only_one_heard_in_the_overlap_are_not_lost() -> None:
    early = final(2, "gamma. delta.", Cue(655.0, 657.0, "gamma."), Cue(661.0, 670.0, "delta."))
    silent = final(1, "alpha.", Cue(640.0, 650.0, "alpha."))
    job = after(*CUTS, final(0, ""), silent, early)
    assert job.transcript.text == "alpha. gamma. delta."
    late = final(1, "alpha. beta.", Cue(640.0, 650.0, "alpha."), Cue(658.0, 660.0, "beta."))
    job = after(*CUTS, final(0, ""), late, early)
    assert job.transcript.text == "alpha. beta. gamma. delta."


def test_a_job_of_which_nothing_was_heard_has_no_text() -> None:
    job = after(*CUTS, *(Failed(9.0, BROKEN, n) for n in range(3)))
    assert job.phase is Phase.FAILED and job.transcript.text == ""
    assert job.missing == [(0.0, 3000.0)]


def test_a_failed_segment_leaves_the_others_and_says_which_minutes_are_missing() -> None:
    heard = Heard(5.0, Delta("some", 180_000, 300_000), segment=1)
    job = after(*CUTS, heard, final(0, "One."), final(2, "Three."), Failed(9.5, BROKEN, 1))
    assert job.phase is Phase.PARTIAL and job.error is BROKEN and job.ended == 9.5
    assert job.missing == [(300.0, 660.0)] and job.unheard == (1,)
    assert job.transcript.text == "One. some\n\n[missing: 5:00–11:00]\n\nThree."
    assert [part.kind for part in job.passages] == [Kind.FINAL, Kind.CUT, Kind.FINAL]
    assert 0.9 * 3000 / 3000 > (job.heard or 0) > 0.5


def test_only_what_is_missing_is_heard_again() -> None:
    job = after(*CUTS, final(0, "One."), Failed(9.0, BROKEN, 1), final(2, "Three."))
    again = job.after(Resumed(20.0, job.unheard))
    assert again.running and again.phase is Phase.QUEUED and again.error is None
    assert [each.running for each in again.segments] == [False, True, False]
    again = again.after(Prepared(21.0, 9, segment=1)).after(final(1, "Two.", at=25.0))
    assert again.phase is Phase.FINISHED and again.transcript.text == "One. Two. Three."
    # The nine seconds of the first time count, those in between do not.
    assert again.elapsed(99.0) == 13.0


def test_a_segment_sent_again_keeps_its_text_until_there_is_a_better_one() -> None:
    done = after(*CUTS, final(0, "One."), final(1, "Two."), final(2, "Three."))
    again = done.after(Resumed(20.0, (1,)))
    assert again.transcript.text == "One. Two. Three." and again.running
    heard = again.after(Heard(21.0, Delta("Tw", 180_000, 181_000), segment=1))
    assert heard.transcript.text == "One. Tw Three."
    for end in (Failed(22.0, BROKEN, 1), Stopped(22.0), Failed(22.0, BROKEN)):
        ended = heard.after(end)
        assert ended.phase is Phase.FINISHED and ended.transcript.text == "One. Two. Three."
    assert heard.after(final(1, "Too.")).transcript.text == "One. Too. Three."


def test_what_was_never_cut_is_missing_too() -> None:
    job = after(CUTS[0], final(0, "One."))
    assert job.running and job.transcript.final is None and job.transcript.text == "One."
    job = job.after(Failed(9.0, BROKEN))
    assert job.phase is Phase.PARTIAL and job.missing == [(180.0, 3000.0)]
    assert job.transcript.text.strip() == "One.\n\n[missing: 3:00–50:00]"
    assert job.transcript.final is None
    assert job.error is BROKEN and job.unheard == ()
    assert after(CUTS[0], final(0, "One."), Stopped(9.0)).phase is Phase.STOPPED
    again = job.after(Resumed(10.0, ())).after(CUTS[1])
    assert again.running and again.failure is None and len(again.segments) == 2


def test_which_segment_a_second_belongs_to() -> None:
    job = after(*CUTS)
    assert [job.segment_at(at) for at in (0.0, 179.9, 180.0, 700.0, 9e9)] == [0, 0, 1, 2, 2]
    assert Job(1, PATH, Options("m", "zh"), 0.0).segment_at(5.0) == 0


def test_a_space_stands_only_between_words_that_need_one() -> None:
    assert [between(*pair) for pair in (("a", "b"), ("好", "b"), ("a.", "好"), ("a ", "b"))] == [
        " ",
        "",
        "",
        "",
    ]
    assert between("", "b") == between("a", "") == ""
