"""What is told of a recording that was cut into several segments."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from stepasr_tui.core.audio.recording import FileIdentity, Recording
from stepasr_tui.core.audio.segments import Span
from stepasr_tui.core.errors import AccountError, CutOff, NetworkError, StepasrError
from stepasr_tui.core.library.export import as_timed_txt
from stepasr_tui.core.stepfun.events import Delta
from stepasr_tui.core.stepfun.request import Options
from stepasr_tui.core.transcribe import report
from stepasr_tui.core.transcribe.facts import (
    Cut,
    Fact,
    Failed,
    Finished,
    Heard,
    Prepared,
    Probed,
    Resumed,
    Retrying,
    Sent,
    Stopped,
)
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.transcript import Cue

PATH = Path("talk.m4a")
RECORDING = Recording(PATH, 9, "m4a", "aac", 3000.0, 16000, 1, FileIdentity(1, 1, 9, 1))
SPANS = (
    Span(0, 0.0, 180.0),
    Span(1, 180.0, 660.0),
    Span(2, 655.0, 1800.0, doubtful=True),
    Span(3, 1800.0, 3000.0),
)
CUTS = tuple(Cut(2.0, span, last=span.index == 3) for span in SPANS)
SENT = tuple(Sent(3.0, 100, 100, n) for n in range(4))


def cut_off(trace_id: str = "t-1") -> CutOff:
    return CutOff("The stream broke off.", cause="It fell silent.", trace_id=trace_id)


def job(*facts: Fact) -> Job:
    found = Job(1, PATH, Options("stepaudio-2.5-asr", "zh"), 0.0)
    for fact in (Probed(1.0, RECORDING), *facts):
        found = found.after(fact)
    return found


def final(segment: int, text: str, *cues: Cue) -> Finished:
    ids = (f"trace-{segment}", f"session-{segment}")
    return Finished(9.0, text, False, (), cues, {"total_tokens": 10}, *ids, segment)


def rows(found: Mapping[str, object]) -> list[dict[str, Any]]:
    segments = found["segments"]
    assert isinstance(segments, list)
    return segments


def test_each_segment_is_a_row() -> None:
    texts = ("第一段。", "第二段。", "第三段。", "第四段。")
    starts = (0.0, 180.0, 660.0, 1800.0)
    cues = [Cue(start, start + 2, text) for start, text in zip(starts, texts, strict=True)]
    done = job(*CUTS, *SENT, *(final(n, texts[n], cues[n]) for n in (2, 0, 3, 1)))
    found = report.as_object(done, "talk.m4a", timestamps=True)
    assert (found["ok"], found["text"], found["missing"]) == (True, "".join(texts), [])
    assert found["duration"] == 3000.0
    segments = rows(found)
    assert [each["index"] for each in segments] == [0, 1, 2, 3]
    assert [(each["start"], each["end"]) for each in segments] == [
        (span.start, span.end) for span in SPANS
    ]
    assert [each["text"] for each in segments] == list(texts)
    assert [each["doubtful"] for each in segments] == [False, False, True, False]
    assert [each["trace_id"] for each in segments] == [f"trace-{n}" for n in range(4)]
    assert [each["cues"][0]["start"] for each in segments] == list(starts)
    assert as_timed_txt(report.timed(done)).splitlines() == [
        "[0:00.0] 第一段。",
        "[3:00.0] 第二段。",
        "[11:00.0] 第三段。",
        "[30:00.0] 第四段。",
    ]
    assert report.problems_of(done) == []
    # The five seconds that were heard twice are paid twice.
    assert found["cost_estimate"] == pytest.approx(3005 * 0.15 / 3600, abs=1e-6)


def test_a_failed_segment_is_a_partial_row_and_missing_minutes() -> None:
    heard = Heard(4.0, Delta("只有一半", 700_000, 900_000), 2)
    facts: tuple[Fact, ...] = (
        *SENT[:3],
        final(0, "第一段。"),
        final(1, "第二段。", Cue(180.0, 182.0, "第二段。")),
    )
    partial = job(
        *CUTS,
        *facts,
        heard,
        Failed(9.0, cut_off("t-2"), 2),
        Failed(9.0, NetworkError("The network gave up.", trace_id="t-3"), 3),
    )
    found = report.as_object(partial, "talk.m4a")
    assert (found["ok"], found["partial"]) == (False, True)
    assert found["missing"] == [[900.0, 3000.0]]
    assert found["text"] == (
        "第一段。第二段。只有一半\n\n[missing: 15:00–30:00]\n\n[missing: 30:00–50:00]\n\n"
    )
    assert [each["partial"] for each in rows(found)] == [False, False, True, False]
    assert [each["trace_id"] for each in rows(found)] == ["trace-0", "trace-1", "t-2", "t-3"]
    assert found["err"] == "15:00–30:00 is missing: The stream broke off."
    # Of the last one not a byte was sent.
    assert found["cost_estimate"] == pytest.approx(1805 * 0.15 / 3600, abs=1e-6)
    assert as_timed_txt(report.timed(partial)).splitlines() == [
        "[0:00.0] 第一段。",
        "[3:00.0] 第二段。",
        "[10:55.0] 只有一半",
        "[15:00.0] [missing: 15:00–30:00]",
        "[30:00.0] [missing: 30:00–50:00]",
    ]


def test_marks_of_what_is_missing_are_no_text() -> None:
    failed = job(*CUTS, *(Failed(9.0, cut_off(), n) for n in range(4)))
    found = report.as_object(failed, "talk.m4a", timestamps=True)
    assert (found["text"], found["partial"], found["err"]) == ("", False, "The stream broke off.")
    assert report.timed(failed) == []
    assert found["missing"] == [[0.0, 3000.0]]


def test_one_problem_for_each_reason() -> None:
    first, second = cut_off("t-0"), cut_off("t-1")
    busy = NetworkError("The network gave up.", remedy="Try again.", trace_id="t-3")
    running = job(*CUTS, Failed(8.0, first, 0), Failed(8.0, second, 1), Failed(8.0, busy, 3))
    assert report.problems_of(running) == []
    problems = report.problems_of(running.after(final(2, "第三段。")))
    assert [type(each) for each in problems] == [CutOff, NetworkError]
    assert [each.what for each in problems] == [
        "0:00–11:00 is missing: The stream broke off.",
        "30:00–50:00 is missing: The network gave up.",
    ]
    ours = problems[0]
    assert isinstance(ours, CutOff)
    assert (ours.trace_id, ours.cause, ours.again) == ("t-0", first.cause, first.again)
    assert str(ours).startswith("0:00–11:00 is missing")
    assert first.what == "The stream broke off.", "the job's own error stays what it was"


def test_apart_from_each_other_they_are_several() -> None:
    gone = job(*CUTS, Failed(8.0, cut_off(), 0), Failed(8.0, cut_off(), 3), final(1, "一"))
    (only,) = report.problems_of(gone.after(final(2, "二")))
    assert only.what == "0:00–3:00 and 30:00–50:00 are missing: The stream broke off."


def test_what_ends_all_of_it_names_what_was_never_cut() -> None:
    refused = AccountError("The balance is used up.")
    short = job(*CUTS[:2], final(0, "第一段。"), Failed(9.0, refused))
    (only,) = report.problems_of(short)
    assert isinstance(only, AccountError)
    assert only.what == "3:00–50:00 is missing: The balance is used up."
    assert report.as_object(short, "talk.m4a")["missing"] == [[180.0, 3000.0]]
    longer = job(Cut(2.0, Span(0, 0.0, 3100.0), last=False), final(0, "一"), Failed(9.0, refused))
    assert report.problems_of(longer)[0].what.startswith("51:40 to the end is missing: ")
    at_once = job(Failed(9.0, refused))
    assert report.problems_of(at_once) == [refused]


def test_a_text_that_stands_although_it_was_not_heard_again() -> None:
    done = job(*CUTS, *(final(n, "一段。") for n in range(4)))
    again = done.after(Resumed(10.0, (1,))).after(Failed(11.0, cut_off(), 1))
    (only,) = report.problems_of(again)
    assert only.what == "3:00–11:00 was not heard again: The stream broke off."
    assert report.as_object(again, "talk.m4a")["ok"] is True


def test_a_draft_up_to_its_end_lacks_only_its_final_text() -> None:
    heard = Heard(4.0, Delta("到最后", 180_000, 660_000), 1)
    rest = (final(0, "一"), final(2, "二"), final(3, "三"))
    (only,) = report.problems_of(job(*CUTS, heard, *rest, Failed(9.0, cut_off(), 1)))
    assert only.what == "3:00–11:00 has no final text: The stream broke off."


def test_the_line_of_progress_counts_segments() -> None:
    now = job(CUTS[0], Prepared(3.0, 100), SENT[0])
    assert report.progress(now, 5.0) == "waiting 0:02, 0 segments done"
    now = now.after(CUTS[1]).after(final(0, "第一段。"))
    assert report.progress(now, 9.0) == "hearing 3:00 of 50:00, 1 segment done"
    now = now.after(CUTS[2]).after(CUTS[3])
    now = now.after(Heard(9.5, Delta("四", 1_800_000, 2_100_000), 3))
    assert report.progress(now, 10.0) == "hearing 8:00 of 50:00, 1 of 4 segments"
    for n in (1, 2, 3):
        now = now.after(Retrying(10.0, StepasrError("Too many requests."), 6.0, 2, n))
    said = "retrying in 4 s: Too many requests, 1 of 4 segments"
    assert report.progress(now, 12.0) == said


def test_doubtful_seams_and_odd_segments_are_told_afterwards() -> None:
    long_draft = Heard(4.0, Delta("很长很长很长的草稿", 1_800_000, 1_900_000), 3)
    texts = (final(0, ""), final(1, "第二段。"), final(2, "第三段。"), final(3, "短。"))
    done = job(*CUTS, long_draft, *texts)
    assert report.afterthoughts(done) == [
        "No speech was found in 0:00–3:00.",
        "The final text of 30:00–50:00 is much shorter than its draft: some of it may be missing.",
        "At 10:55 no pause was found: 5 s were heard twice and joined; look there.",
    ]
    assert report.as_object(done, "talk.m4a")["warnings"] == report.afterthoughts(done)
    silent = job(*CUTS, *(final(n, "") for n in range(4)))
    assert report.afterthoughts(silent) == [
        "No speech was found. Is Chinese the language that is spoken?"
    ]


def test_a_seam_between_a_text_and_a_gap_is_not_doubtful() -> None:
    gap = job(*CUTS, final(0, "一"), Failed(9.0, cut_off(), 1), final(2, "二"), final(3, "三"))
    assert report.afterthoughts(gap) == []
    assert report.afterthoughts(job(*CUTS, final(0, "一"), Stopped(9.0))) == []
