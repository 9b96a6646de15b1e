"""What is written for scripts and for people, without running anything."""

import json
import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepasr_tui.cli_output import fitted, lines_of
from stepasr_tui.core.audio.recording import FileIdentity, Recording
from stepasr_tui.core.errors import BrokenAnswer
from stepasr_tui.core.library.export import as_json, as_timed_txt, as_txt
from stepasr_tui.core.stepfun import remedies
from stepasr_tui.core.stepfun.events import Delta
from stepasr_tui.core.stepfun.request import Options
from stepasr_tui.core.transcribe import report
from stepasr_tui.core.transcribe.facts import (
    Fact,
    Failed,
    Heard,
    Prepared,
    Probed,
    Queued,
    Retrying,
    Sent,
    Stopped,
)
from stepasr_tui.core.transcribe.job import Job

RECORDING = Recording(Path("a.ogg"), 9, "ogg", "opus", 115.0, 16000, 1, FileIdentity(1, 2, 3, 4))


@pytest.fixture
def job() -> Job:
    return Job(1, Path("a.ogg"), Options("stepaudio-2.5-asr", "zh"), 0.0)


@given(st.text())
def test_json_is_one_line_loses_nothing_and_cannot_act(text: str) -> None:
    line = as_json({"text": text})
    assert json.loads(line) == {"text": text}
    assert line.splitlines() == [line[:-1]]
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", line)
    line.encode()


def test_json_is_readable() -> None:
    assert as_json({"text": "阶跃 “é”", "n": None}) == '{"text": "阶跃 “é”", "n": null}\n'
    with pytest.raises(ValueError, match="JSON compliant"):
        as_json({"n": float("nan")})


@pytest.mark.parametrize(
    ("text", "written"),
    [("", ""), (" \n", ""), ("one", "one\n"), ("one\n\ntwo\n\n", "one\n\ntwo\n"), (" a", "a\n")],
)
def test_txt_ends_with_one_line_break(text: str, written: str) -> None:
    assert as_txt(text) == written


def test_timed_txt() -> None:
    cues = [SimpleNamespace(start=0.25, text="One."), SimpleNamespace(start=3723.9, text="Two.")]
    assert as_timed_txt(cues) == "[0:00.2] One.\n[1:02:03.9] Two.\n"


def test_progress_follows_the_facts(job: Job) -> None:
    words = [report.progress(job, 0.0)]
    error = BrokenAnswer("The answer is empty.")
    facts: list[Fact] = [
        Queued(0.0),
        Probed(0.0, RECORDING),
        Prepared(1.0, 200),
        Sent(1.5, 86, 200),
        Sent(2.0, 200, 200),
        Heard(9.0, Delta("你好，")),
        Heard(9.0, Delta("你好，", 0, 42_000)),
        Retrying(10.0, error, 4.0, 2),
    ]
    for fact in facts:
        job = job.after(fact)
        words.append(report.progress(job, fact.at + 3))
    assert words[1:] == [
        "queued",
        "preparing",
        "uploading 0 %",
        "uploading 43 %",
        "waiting 0:03",
        "hearing 3 characters",
        "hearing 0:42 of 1:55",
        "retrying in 1 s: The answer is empty",
    ]


def test_cost_is_told_only_when_the_whole_recording_was_sent(job: Job) -> None:
    job = job.after(Probed(0.0, RECORDING)).after(Prepared(0.0, 200)).after(Sent(1.0, 199, 200))
    error = BrokenAnswer("It broke.", trace_id="t", session_id="s", status=200)
    assert report.as_object(job.after(Failed(2.0, error)), "a.ogg")["cost_estimate"] is None
    sent = report.as_object(job.after(Sent(1.0, 200, 200)).after(Failed(2.0, error)), "a.ogg")
    assert sent["cost_estimate"] == pytest.approx(115 * 0.15 / 3600, rel=0.01)
    assert (sent["ok"], sent["trace_id"], sent["session_id"]) == (False, "t", "s")
    assert (sent["status"], sent["again"], sent["partial"]) == (200, "never", False)
    assert report.problem(error)[-2:] == ["Trace id: t", "Session id: s"]


def test_a_stopped_job_has_its_text(job: Job) -> None:
    job = job.after(Probed(0.0, RECORDING)).after(Heard(1.0, Delta("你好"))).after(Stopped(2.0))
    found = report.as_object(job, "-")
    assert (found["text"], found["partial"], found["elapsed"]) == ("你好", True, 2.0)
    assert (found["err"], found["again"]) == ("It was stopped.", "never")


@pytest.mark.parametrize(
    ("line", "columns", "shown"),
    [
        ("short", 5, "short"),
        ("longer", 5, "long…"),
        ("晨会纪要", 8, "晨会纪要"),
        ("晨会纪要", 7, "晨会纪…"),
        ("晨会纪要", 6, "晨会…"),
        ("e\u0301e\u0301", 2, "e\u0301e\u0301"),
    ],
)
def test_a_line_fits_its_columns(line: str, columns: int, shown: str) -> None:
    assert fitted(line, columns) == shown


def test_no_remedy_names_a_key_of_the_app() -> None:
    sentences = [
        sentence for row in remedies.ROWS for sentence in (row.what, row.cause, row.remedy)
    ]
    assert len(sentences) > 40
    assert not [each for each in sentences if "ctrl+" in each]


def test_a_name_stands_before_what_does_not_say_it() -> None:
    assert lines_of(["It broke.", "Why: so"], "d/a.ogg") == ["d/a.ogg: It broke.", "Why: so"]
    assert lines_of(["a.ogg is empty."], "d/a.ogg") == ["a.ogg is empty."]
