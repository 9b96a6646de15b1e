"""A problem says all that its error knows, and its text can be pasted anywhere."""

from datetime import UTC, datetime

import pytest

from stepasr_tui.core.errors import (
    AccountError,
    Again,
    CutOff,
    KeyProblem,
    NetworkError,
    NotSaved,
    RecordingUnreadable,
    Refused,
    StepasrError,
)
from stepasr_tui.core.transcribe.problem import Problem

AT = datetime(2026, 11, 21, 9, 5, 7)


def of(error: StepasrError, job_id: int | None = 3, recording: str = "talk.mp3") -> Problem:
    return Problem.of(error, at=AT, job_id=job_id, recording=recording)


def test_it_takes_over_what_the_error_says() -> None:
    error = Refused(
        "The service is busy.",
        cause="It said: slow down.",
        remedy="Wait.",
        again=Again.REJECTED,
        trace_id="t-1",
        session_id="s-1",
    )
    assert of(error) == Problem(
        AT,
        3,
        "talk.mp3",
        "The service is busy.",
        "It said: slow down.",
        "Wait.",
        "t-1",
        "s-1",
        True,
    )
    warned = Problem.of(error, at=AT, job_id=3, recording="talk.mp3", is_warning=True)
    assert warned.is_warning


def test_an_error_without_ids_has_none() -> None:
    problem = of(KeyProblem("There is no key."))
    assert (problem.trace_id, problem.session_id) == (None, None)
    assert of(CutOff("Cut off.", trace_id="", session_id="")).trace_id is None


@pytest.mark.parametrize(
    ("error", "helps"),
    [
        (NetworkError("x", again=Again.NOT_SENT), True),
        (Refused("x", again=Again.REJECTED), True),
        (CutOff("x"), True),
        (RecordingUnreadable("x"), True),
        (AccountError("x"), True),
        (KeyProblem("x"), True),
        (Refused("x", again=Again.NEVER), False),
        (NotSaved("x"), False),
    ],
)
def test_it_can_be_tried_again_where_that_can_help(error: StepasrError, helps: bool) -> None:
    assert of(error).can_retry is helps
    assert not of(error, job_id=None).can_retry


def test_its_text_has_everything_that_is_known() -> None:
    error = CutOff(
        "Cut off.", cause="It fell silent.", remedy="Retry.", trace_id="t", session_id="s"
    )
    assert of(error).as_text() == (
        "2026-11-21 09:05:07  talk.mp3\nCut off.\nWhy: It fell silent.\nWhat to do: Retry.\n"
        "Trace id: t\nSession id: s\n"
    )
    assert of(StepasrError("Only this."), recording="").as_text() == (
        "2026-11-21 09:05:07\nOnly this.\n"
    )


def test_its_text_can_not_act_where_it_is_pasted() -> None:
    error = CutOff("a\x1b[31m", cause="b\u202ec", trace_id="t\nrm -rf\x07")
    text = of(error, recording="x\ny\x1b]0;z\x07.mp3").as_text()
    assert "x␊y␛]0;z␇.mp3" in text
    assert "a␛[31m" in text
    assert "Why: b⟨RLO⟩c" in text
    assert "Trace id: t␊rm -rf␇" in text


def test_a_time_with_a_zone_becomes_local() -> None:
    at = datetime(2026, 11, 21, 12, 0, 1, tzinfo=UTC)
    problem = Problem.of(StepasrError("x"), at=at, job_id=None, recording="")
    assert problem.time == f"{at.astimezone():%H:%M:%S}"
    assert of(StepasrError("x")).time == "09:05:07"
