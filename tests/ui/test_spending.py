"""What a recording takes before it is sent: the table at every size, and that it says the truth."""

from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len

from stepasr_tui.core.audio.recording import FileIdentity, Recording, Track
from stepasr_tui.core.figures import about, length, roughly, upload
from stepasr_tui.core.transcribe.estimate import Estimate
from stepasr_tui.ui.fact_rows import FactRow, laid_out
from stepasr_tui.ui.pieces import Line, Piece
from stepasr_tui.ui.widgets.spending import spending_lines

AAC = Track("aac", 44100, 2)
INTERVIEW = Recording(
    Path("interview.m4a"), 118_000_000, "m4a", "aac", 7274.0, 44100, 2,
    FileIdentity(0, 0, 0, 0), tracks=(AAC,),
)  # fmt: skip
FILM = replace(
    INTERVIEW,
    container="mkv",
    tracks=(replace(AAC, language="eng"), replace(AAC, language="chi", title="导演评论")),
)
ESTIMATE = Estimate(
    duration=7274.0,
    exact=True,
    upload=22_000_000,
    requests=7,
    yuan=0.303,
    price=0.15,
    priced="2026-06",
    seconds=96.0,
    as_it_is=False,
    asks="",
)
SHORT = replace(ESTIMATE, duration=1.2, upload=51_000, requests=1, yuan=0.0001, as_it_is=True)


def text(lines: list[Line]) -> list[str]:
    return ["".join(part for part, _ in line).rstrip() for line in lines]


def shown(
    recording: Recording = INTERVIEW,
    estimate: Estimate = ESTIMATE,
    track: int = 0,
    width: int = 73,
    height: int = 20,
) -> list[str]:
    return text(spending_lines(recording, estimate, track, width, height))


def test_all_that_is_known_stands_in_two_columns() -> None:
    assert shown() == [
        "length  2:01:14",
        "sound   m4a · aac · 44.1 kHz stereo · 118 MB",
        "upload  22.0 MB in 7 requests",
        "cost    about ¥0.30 · ¥0.15 an hour, price of 2026-06",
        "time    about 2 min",
        "",
        "Enter   transcribes it",
    ]


def test_an_estimate_is_never_shown_as_exact() -> None:
    assert shown(estimate=replace(ESTIMATE, exact=False))[0].startswith("length  ~2:01:14")


def test_what_is_not_known_is_not_said() -> None:
    unknown = replace(
        ESTIMATE, duration=None, upload=None, requests=None, yuan=None, price=None, seconds=None
    )
    assert shown(estimate=unknown) == [
        "length  not known before it is read",
        "sound   m4a · aac · 44.1 kHz stereo · 118 MB",
        "",
        "Enter   transcribes it",
    ]


def test_a_clip_that_may_disappoint_says_so() -> None:
    rows = shown(estimate=SHORT)
    assert rows[0] == "length  1.2 s"
    assert "upload  51 KB as it is" in rows
    assert "!       very short clips may come back empty" in rows


def test_a_recording_that_is_asked_about_says_so() -> None:
    asked = replace(ESTIMATE, asks="It is 13:00:00 long.")
    assert "!       It is 13:00:00 long: you will be asked first" in shown(estimate=asked)


def test_of_several_sounds_the_chosen_one_is_named() -> None:
    assert "track   2 of 2: chi 导演评论 · ctrl+u chooses" in shown(FILM, track=1)
    assert not any("track" in row for row in shown())


@pytest.mark.parametrize("width", [20, 27, 34, 40, 56, 73])
@pytest.mark.parametrize("height", [1, 4, 8, 13, 20])
def test_it_fits_and_keeps_what_matters(width: int, height: int) -> None:
    asked = replace(ESTIMATE, asks="It is 13:00:00 long.", exact=False)
    rows = shown(FILM, asked, 1, width, height)
    assert len(rows) <= height
    assert all(cell_len(row) <= width for row in rows)
    assert rows[0].startswith("length  ~2:01:14")
    if height >= 13:
        assert any("about ¥0.30" in row for row in rows)


def test_the_least_important_goes_first() -> None:
    rows = [
        FactRow("one", (Piece("a", "faint"), Piece("bb", "faint", 2))),
        FactRow("two", (Piece("c", "faint"),), rank=1),
    ]
    assert text(laid_out(rows, 10, 3)) == ["one  a", "     bb", "two  c"]
    assert text(laid_out(rows, 10, 2)) == ["one  a", "two  c"]
    assert text(laid_out(rows, 10, 1)) == ["one  a"]
    assert laid_out(rows, 10, 0) == []


def test_figures_are_no_more_exact_than_they_are_known() -> None:
    assert [about(yuan) for yuan in (0.0, 0.0048, 0.02, 1234.5)] == [
        "under ¥0.001", "about ¥0.005", "about ¥0.02", "about ¥1,234.50",
    ]  # fmt: skip
    assert [roughly(seconds) for seconds in (0.2, 7.4, 33, 59, 96, 3570, 4000, 7200)] == [
        "about 1 s", "about 7 s", "about 35 s", "about 1 min", "about 2 min", "about 1 h",
        "about 1 h 5 min", "about 2 h",
    ]  # fmt: skip
    assert [length(61.0), length(61.0, exact=False), length(None)] == ["1:01", "~1:01", "?"]
    assert upload(51_000, 1) == ("51 KB", "1 request")
    assert upload(51_000, 1, as_it_is=True) == ("51 KB", "as it is")
