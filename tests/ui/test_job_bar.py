"""What the bar says in each phase, that it fits, and that it is painted when it changes."""

from dataclasses import replace
from pathlib import Path

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.strip import Strip

from stepasr_tui.core.audio.recording import FileIdentity, Recording
from stepasr_tui.core.audio.segments import Span
from stepasr_tui.core.errors import CutOff, Refused
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
    Resumed,
    Retrying,
    Sent,
    Stopped,
)
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.phase import Phase
from stepasr_tui.ui.pieces import Line, Piece, fitted
from stepasr_tui.ui.themes import DARK, LIGHT
from stepasr_tui.ui.widgets.job_bar import JobBar, pace_of, phase_line, title_line

PATH = Path("Interview with 李老师, part two.mp3")
RECORDING = Recording(PATH, 12_300_000, "mp3", "mp3", 115.4, 44100, 2, FileIdentity(0, 0, 0, 0))
MODEL = "stepaudio-2.5-asr"
WIDE = 140

QUEUED = Job(1, PATH, Options(MODEL, "zh"), began=0.0)
PREPARING = QUEUED.after(Probed(0.1, RECORDING))
READY = PREPARING.after(Prepared(0.2, 12_100_000))
UPLOADING = READY.after(Sent(0.5, 5_200_000, 12_100_000))
WAITING = UPLOADING.after(Sent(1.0, 12_100_000, 12_100_000))
HEARING = WAITING.after(Heard(1.2, Delta("语音" * 156, 0, 42_300)))
UNTIMED = WAITING.after(Heard(1.2, Delta("语音" * 156)))
BUSY = Refused("The service is handling too many requests (429).")
RETRYING = WAITING.after(Retrying(2.0, BUSY, 4.0, 2))
FINAL = Finished(3.1, "字" * 1284, False, ((0, 1), (4, 5), (9, 9)), (), {"total_tokens": 412})
FINISHED = HEARING.after(FINAL)
SAME = HEARING.after(replace(FINAL, changed=()))
DRAFT = HEARING.after(replace(FINAL, from_draft=True))
EMPTY = WAITING.after(replace(FINAL, text=""))
PARTIAL = HEARING.after(Failed(2.0, CutOff("The stream ended before the final text.")))
FAILED = WAITING.after(Failed(2.0, BUSY))
STOPPED = HEARING.after(Stopped(2.0))
STOPPED_EARLY = WAITING.after(Stopped(2.0))
ALL = [
    QUEUED, PREPARING, READY, UPLOADING, WAITING, HEARING, UNTIMED, RETRYING, FINISHED, SAME,
    DRAFT, EMPTY, PARTIAL, FAILED, STOPPED, STOPPED_EARLY,
]  # fmt: skip


LONG = replace(RECORDING, duration=7200.0)
ENDS = [180.0, 660.0, 2000.0, 3500.0, 7200.0]


def told(*facts: Fact, whole: bool = True) -> Job:
    """A recording of two hours in five segments, and what was told of them."""
    job = QUEUED.after(Probed(0.1, LONG))
    for n, (start, end) in enumerate(zip([0.0, *ENDS], ENDS, strict=False)):
        job = job.after(Cut(0.2, Span(n, start, end), last=whole and n == len(ENDS) - 1))
    for fact in facts:
        job = job.after(fact)
    return job


def done(segment: int) -> Finished:
    return Finished(3.0, "字" * 10, False, (), (), {}, segment=segment)


def hearing(segment: int, upto: float) -> Heard:
    return Heard(2.0, Delta("语音", 0, int(upto * 1000)), segment=segment)


def failed(segment: int) -> Failed:
    return Failed(3.0, BUSY, segment=segment)


SIDE_BY_SIDE = told(done(0), done(1), hearing(2, 1000.0), hearing(3, 2100.0))


def text(line: Line) -> str:
    return "".join(part for part, _ in line)


def said(job: Job, now: float = 2.5, width: int = WIDE) -> str:
    return text(phase_line(job, now, width))


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (QUEUED, "○ waits for its turn"),
        (PREPARING, "● preparing"),
        (READY, "↑ uploading ▱▱▱▱▱▱▱▱▱▱ 0 % · 0 B of 12.1 MB"),
        (UPLOADING, "↑ uploading ▰▰▰▰▱▱▱▱▱▱ 42 % · 5.2 of 12.1 MB"),
        (WAITING, "● sent · waiting for the service 0:01"),
        (HEARING, "● hearing 0:42 of 1:55 ▰▰▰▱▱▱▱▱▱▱ · 312 characters"),
        (UNTIMED, "● hearing… 312 characters"),
        (
            RETRYING,
            "↻ tries again in 0:04 (attempt 2) · The service is handling too many requests (429)",
        ),
        (
            FINISHED,
            "✓ final · 3 places differ from the draft · "
            "1,284 characters · 412 tokens · about ¥0.005",
        ),
        (DRAFT, "! the service sent no final text: this is the draft · "
                "1,284 characters · 412 tokens · about ¥0.005"),
        (EMPTY, "! no speech found · 412 tokens · about ¥0.005"),
        (
            PARTIAL,
            "½ partial: cut off at 0:42 · 312 characters · The stream ended before the final text",
        ),
        (FAILED, "✗ failed · The service is handling too many requests (429)"),
        (STOPPED, "■ stopped · the text so far is kept"),
        (STOPPED_EARLY, "■ stopped · no text had come"),
    ],
)  # fmt: skip
def test_each_phase_says_what_is_true(job: Job, words: str) -> None:
    assert said(job) == words


@pytest.mark.parametrize(
    ("job", "words"),
    [
        (told(), "● preparing · 0 of 5 segments"),
        (told(whole=False), "● preparing · still cutting"),
        (
            SIDE_BY_SIDE,
            "● hearing 18:20 of 2:00:00 ▰▱▱▱▱▱▱▱▱▱ · 2 of 5 segments · 2 being heard",
        ),
        (
            told(done(0), hearing(1, 200.0), Retrying(2.0, BUSY, 12.4, 2, segment=2)),
            "● hearing 3:20 of 2:00:00 ▱▱▱▱▱▱▱▱▱▱ · 1 of 5 segments · 1 being heard · "
            "1 tries again in 0:12",
        ),
        (
            told(done(0), Retrying(2.0, BUSY, 12.0, 2, 1), Retrying(2.2, BUSY, 5.0, 2, 2)),
            "↻ 2 try again in 0:05 · 1 of 5 segments",
        ),
        (
            told(done(0), Retrying(1.0, BUSY, 1.0, 2, 1), Retrying(1.2, BUSY, 1.0, 2, 2)),
            "↻ 2 wait for their turn · 1 of 5 segments",
        ),
        (
            told(*map(done, range(3)), done(4), hearing(3, 3000.0), Stopped(3.0)),
            "■ stopped: 50:00–58:20 missing · ctrl+r sends 1 of 5 segments · 42 characters",
        ),
        (
            told(*map(done, range(3)), failed(3), done(4), Resumed(4.0, (3,))),
            "○ getting ready · 4 of 5 segments",
        ),
        (
            told(*map(done, range(3)), failed(3), done(4)),
            "½ partial: 33:20–58:20 missing · ctrl+r sends only that · 40 characters · "
            "The service is handling too many requests (429)",
        ),
        (
            told(done(1), done(2), done(4), failed(0), failed(3)),
            "½ partial: 0:00–3:00 and 33:20–58:20 missing · ctrl+r sends only that · "
            "30 characters · The service is handling too many requests (429)",
        ),
        (
            told(done(1), failed(0), failed(2), failed(3), done(4)),
            "½ partial: 0:00–3:00 and 11:00–58:20 missing · ctrl+r sends only that · "
            "20 characters · The service is handling too many requests (429)",
        ),
        (told(*map(failed, range(5))),
            "✗ failed · The service is handling too many requests (429)"),
        (told(*map(done, range(5))),
            "✓ final · 5 segments · same as the draft · 50 characters · about ¥0.30"),
    ],
)  # fmt: skip
def test_several_segments_say_together_what_is_true(job: Job, words: str) -> None:
    assert said(job, 2.5) == words


@pytest.mark.parametrize("width", range(20, 141))
def test_several_segments_fit(width: int) -> None:
    assert 0 < cell_len(said(SIDE_BY_SIDE, width=width)) <= width


def test_the_phases_above_are_all_there_are() -> None:
    assert {job.phase for job in ALL} == set(Phase)


def test_the_final_says_how_it_differs() -> None:
    assert "✓ final · same as the draft · " in said(SAME)
    one = HEARING.after(replace(FINAL, changed=((0, 1),)))
    assert "· 1 place differs from the draft ·" in said(one)


@pytest.mark.parametrize("job", ALL)
def test_every_line_fits_and_is_cut_between_words_only(job: Job) -> None:
    words = {word.rstrip("…") for word in said(job, width=300).split()} | {"no"}
    for width in range(20, 141):
        line = said(job, width=width)
        assert 0 < cell_len(line) <= width
        if width >= 40:
            assert all(word.rstrip("…") in words for word in line.split()), line


def test_the_most_important_parts_stay_longest() -> None:
    assert said(FINISHED, width=40) == "✓ final · 3 places differ from the draft"
    assert said(DRAFT, width=40) == "! no final text: this is the draft"
    assert said(PARTIAL, width=60) == "½ partial: cut off at 0:42 · The stream ended before the…"


def test_seconds_tick_and_nothing_else_moves() -> None:
    assert said(WAITING, 62.0).endswith("1:01")
    assert said(RETRYING, 5.1).startswith("↻ tries again in 0:01")
    assert said(RETRYING, 6.0).startswith("↻ tries again now")
    assert said(RETRYING, 7.0).startswith("↻ waits for its turn to try again (attempt 2)")
    assert said(WAITING, 0.0).endswith("0:00")
    for job in (QUEUED, PREPARING, UPLOADING, HEARING, FINISHED, PARTIAL, FAILED, STOPPED):
        assert said(job, 3.0) == said(job, 900.0)


def test_progress_is_never_more_than_true() -> None:
    almost = READY.after(Sent(0.9, 12_099_999, 12_100_000))
    assert "▰▰▰▰▰▰▰▰▰▱ 99 %" in said(almost)
    beyond = WAITING.after(Heard(1.2, Delta("x", 0, 999_000)))
    assert "hearing 1:55 of 1:55 ▰▰▰▰▰▰▰▰▰▰" in said(beyond)


def test_a_later_attempt_says_so() -> None:
    again = RETRYING.after(Prepared(6.0, 12_100_000)).after(Sent(6.1, 100, 12_100_000))
    assert said(again).endswith("0 % · 100 B of 12.1 MB · attempt 2")


def test_warnings_stand_beside_what_runs() -> None:
    warned = PREPARING.after(Prepared(0.2, 100, ("This clip is short.",)))
    assert phase_line(warned, 1.0, WIDE)[-1] == ("This clip is short", "warning")
    done = warned.after(replace(FINAL, text=""))
    assert "! no speech found · This clip is short · " in said(done)
    cut = "It ends at 4:59, though its header says 10:00: it may be cut off."
    told = replace(HEARING, warnings=(cut,)).after(replace(FINAL, changed=()))
    assert f" · same as the draft · {cut.rstrip('.')} · 1,284 characters" in said(told)
    assert said(told, width=47) == "✓ final · same as the draft · It ends at 4:59…"


def test_nothing_from_outside_acts() -> None:
    bad = WAITING.after(Failed(2.0, Refused("a\x1b[31m[bold]\nb\u202e")))
    assert said(bad) == "✗ failed · a␛[31m[bold]␊b⟨RLO⟩"


def test_the_name_is_cut_in_its_middle() -> None:
    for width in range(20, 141):
        line = text(title_line(PATH.name, 115.4, width))
        assert cell_len(line) == width
        assert line.startswith("Inter")
        assert line.endswith(" 1:55")
        assert ".mp3 " in line
    assert "…" in text(title_line(PATH.name, 115.4, 30))
    assert "⟨RLO⟩" in text(title_line("a\u202eb[/].mp3", None, 40))


def test_a_lone_piece_is_cut_at_the_width() -> None:
    assert fitted([Piece("one two three", "faint")], 9) == [("one two…", "faint")]
    assert fitted([Piece("语音识别的细节", "faint")], 8) == [("语音识…", "faint")]
    assert fitted([Piece("one", "faint")], 0) == []


class Stage(App[None]):
    """A bar alone."""

    def __init__(self) -> None:
        super().__init__()
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        self.theme = DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return DARK.variables

    def compose(self) -> ComposeResult:
        yield JobBar()

    @property
    def bar(self) -> JobBar:
        return self.query_one(JobBar)

    def rows(self) -> list[str]:
        return [strip.text.strip() for strip in self.strips()]

    def strips(self) -> list[Strip]:
        return self.bar.render_lines(Region(0, 0, *self.bar.outer_size))

    def colour(self, words: str) -> str:
        for strip in self.strips():
            for part in strip:
                if words in part.text and part.style and part.style.color:
                    return part.style.color.get_truecolor().hex
        raise AssertionError(f"{words!r} is not painted")


async def test_the_bar_shows_a_job_and_lets_time_pass() -> None:
    app = Stage()
    async with app.run_test(size=(80, 6)) as pilot:
        assert app.rows() == ["No recording chosen", ""]
        app.bar.show(WAITING, 2.0)
        await pilot.pause()
        assert app.rows()[0].startswith(PATH.name)
        assert app.rows()[0].endswith("1:55")
        assert app.rows()[1] == "● sent · waiting for the service 0:01"
        app.bar.tick(9.0)
        await pilot.pause()
        assert app.rows()[1].endswith("0:08")
        app.bar.show(PARTIAL, 9.0)
        await pilot.pause()
        assert app.colour("½ partial") == DARK.variables["partial"]
        app.theme = LIGHT.name
        await pilot.pause()
        await pilot.pause()
        assert app.colour("½ partial") == LIGHT.variables["partial"]
        app.bar.show(None, 9.0)
        await pilot.pause()
        assert app.rows() == ["No recording chosen", ""]


async def test_a_tick_that_changes_nothing_paints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Stage()
    async with app.run_test(size=(80, 6)) as pilot:
        app.bar.show(WAITING, 2.0)
        await pilot.pause()
        painted: list[float] = []
        monkeypatch.setattr(app.bar, "refresh", lambda *_args, **_more: painted.append(1))
        app.bar.tick(2.4)
        assert painted == []
        app.bar.tick(3.1)
        assert painted == [1]


async def test_the_bar_shows_a_hostile_name_literally_and_follows_the_width() -> None:
    app = Stage()
    async with app.run_test(size=(80, 6)) as pilot:
        app.bar.show_recording(Path("[bold]x[@click=a]\x1b[31m\u202e.mp3"), RECORDING)
        await pilot.pause()
        assert app.rows()[0].startswith("[bold]x[@click=a]␛[31m⟨RLO⟩.mp3")
        assert app.rows()[1] == "○ not transcribed yet"
        await pilot.resize_terminal(40, 6)
        await pilot.pause()
        assert app.rows()[0].endswith(" 1:55")
        guess = replace(RECORDING, exact=False)
        app.bar.show_recording(PATH, guess)
        await pilot.pause()
        assert app.rows()[0].endswith(" ~1:55")


def test_a_finished_job_says_how_long_it_took_beside_its_duration() -> None:
    begun = Job(1, Path("talk.ogg"), Options("stepaudio-2.5-asr", "zh"), 10.0)
    recording = Recording(
        Path("talk.ogg"), 1, "ogg", "opus", 115.0, 16000, 1, FileIdentity(1, 2, 3, 4)
    )
    job = begun.after(Probed(10.0, recording)).after(Finished(13.1, "好", False, (), (), {}))
    assert pace_of(begun) == ""
    assert pace_of(job) == "3.1 s, 37 × real time"
    wide = "".join(text for text, _ in title_line("talk.ogg", 115.0, 60, "3.1 s"))
    assert wide.endswith("3.1 s · 1:55")
    narrow = "".join(text for text, _ in title_line("talk.ogg", 115.0, 18, "3.1 s"))
    assert narrow == "talk.ogg      1:55"
