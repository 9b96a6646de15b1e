"""The main job, as a person does it: pick, watch, keep; and everything that may go wrong."""

import signal
from pathlib import Path

import pytest
from textual.widgets import Button, Input

from stepasr_tui.core.library.rescue import rescued
from stepasr_tui.core.transcribe.phase import Phase
from stepasr_tui.simulator.clips import samples
from stepasr_tui.simulator.settings import PLAN_KEY
from stepasr_tui.ui.screens.key_setup import KeySetup
from stepasr_tui.ui.screens.leave import Leave
from stepasr_tui.ui.screens.recent import Recent
from stepasr_tui.ui.screens.save_as import SaveAs
from stepasr_tui.ui.widgets.problems import Problems
from tests.ui.stage import Stage, service

FIRST = samples()[0]


async def test_a_draft_streams_and_the_final_takes_its_place(tmp_path: Path) -> None:
    with service(speed=4.0) as server:
        async with Stage(tmp_path, server).open() as stage:
            await stage.start_first()
            await stage.until(lambda: bool(stage.text) and stage.phase is Phase.HEARING)
            draft = stage.text
            assert draft and "".join(piece.text for piece in FIRST.pieces).startswith(draft)
            job = await stage.ended()
            assert job.phase is Phase.FINISHED
            assert stage.text == FIRST.text
            assert "4 places differ from the draft" in stage.painted()
            assert "1 done" in stage.painted()


async def test_copying_is_only_when_asked_and_is_the_whole_text(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            await stage.start_first()
            await stage.ended()
            assert stage.app.clipboard == ""
            await stage.press("ctrl+y")
            await stage.until(lambda: bool(stage.app.clipboard))
            assert stage.app.clipboard == FIRST.text


async def test_saving_never_replaces_a_file_without_being_told(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            beside = stage.first.with_suffix(".txt")
            await stage.start_first()
            await stage.ended()
            await stage.press("ctrl+s")
            await stage.until(beside.exists)
            assert beside.read_text(encoding="utf-8") == FIRST.text + "\n"

            beside.write_text("mine")
            await stage.press("ctrl+s")
            await stage.until(lambda: isinstance(stage.app.screen, SaveAs))
            suggested = Path(stage.app.screen.query_one(Input).value)
            assert suggested == beside.with_name(f"{beside.stem} (2).txt")
            await stage.press("enter")
            await stage.until(suggested.exists)
            assert beside.read_text() == "mine"

            await stage.press("ctrl+s")
            await stage.until(lambda: isinstance(stage.app.screen, SaveAs))
            stage.app.screen.query_one(Input).value = str(beside)
            await stage.pilot.pause()
            await stage.press("enter")
            assert beside.read_text() == "mine", "replacing needs a second, different press"
            assert isinstance(stage.app.focused, Button)
            await stage.press("enter")
            await stage.until(lambda: beside.read_text(encoding="utf-8") == FIRST.text + "\n")


async def test_stopping_closes_the_connection_and_keeps_the_text(tmp_path: Path) -> None:
    with service(scenario="stall-midstream") as server:
        async with Stage(tmp_path, server).open() as stage:
            await stage.start_first()
            await stage.until(lambda: len(stage.text) > 5)
            before = stage.text
            await stage.press("ctrl+x")
            job = await stage.ended()
            assert job.phase is Phase.STOPPED
            assert server.posts[0].over.wait(1.0), "the connection is closed within a second"
            assert stage.text == before
            assert "stopped" in stage.painted()


ROWS = [
    ("model-not-supported", "does not offer the model", "Choose another model"),
    ("plan-key", "named no cause", "switch the plan or the region"),
    ("bad-key", "key was rejected", "Set the key again"),
    ("no-balance", "balance is used up", "Top up"),
    ("wrong-path", "no such address", "base URL"),
    ("too-large", "too large", "shorter segments"),
    ("rate-limit", "Too many requests", "Try again in"),
    ("moderation", "Content moderation refused", "leave out the part"),
    ("moderation-midstream", "Content moderation stopped", "text so far is kept"),
    ("server-error", "service failed", "Try again in a minute"),
    ("unavailable", "service is busy", "Try again in"),
    ("gateway-html", "gateway did not get an answer", "Try again"),
    ("no-done", "cut off before its end", "Try again"),
    ("html-200", "not the speech service", "base URL"),
    ("redirect", "redirected", "Check the base URL"),
    ("error-first", "", "Try again"),
]


@pytest.mark.parametrize(("scenario", "what", "remedy"), ROWS, ids=[row[0] for row in ROWS])
async def test_each_failure_says_what_happened_and_what_to_do(
    tmp_path: Path, scenario: str, what: str, remedy: str
) -> None:
    with service(scenario=scenario) as server:
        async with Stage(tmp_path, server).open() as stage:
            await stage.start_first()
            job = await stage.ended()
            panel = stage.app.screen.query_one(Problems)
            await stage.until(lambda: bool(panel.problems))
            assert panel.display
            problem = panel.problems[0]
            assert what in problem.what
            assert remedy in problem.remedy
            assert problem.cause
            assert problem.trace_id
            painted = " ".join(stage.painted().split())
            assert " ".join(problem.what.split())[:40] in painted
            assert stage.text == job.transcript.text
            if job.transcript.text:
                assert job.phase is Phase.PARTIAL


async def test_a_problem_can_be_tried_again_and_then_ends_well(tmp_path: Path) -> None:
    with service(scenario=["no-done", "no-done"]) as server:
        async with Stage(tmp_path, server).open() as stage:
            await stage.start_first()
            assert (await stage.ended()).phase is Phase.PARTIAL
            await stage.press("ctrl+e", "ctrl+e")
            await stage.until(lambda: isinstance(stage.app.focused, Problems))
            await stage.press("r")
            await stage.until(lambda: stage.phase is Phase.FINISHED)
            assert stage.text == FIRST.text
            await stage.until(lambda: not stage.app.screen.query_one(Problems).display)


async def test_hostile_text_acts_on_nothing_and_loses_nothing(tmp_path: Path) -> None:
    with service(scenario="hostile-text") as server:
        async with Stage(tmp_path, server).open() as stage:
            await stage.start_first()
            await stage.ended()
            painted = stage.painted()
            assert "[Music]" in painted
            controls = [
                char
                for char in painted
                if (ord(char) < 32 and char != "\n") or 127 <= ord(char) < 160
            ]
            assert controls == []
            assert stage.app.is_running


async def test_no_speech_is_neither_a_failure_nor_an_empty_success(tmp_path: Path) -> None:
    with service(scenario="both-empty") as server:
        async with Stage(tmp_path, server).open() as stage:
            await stage.start_first()
            await stage.ended()
            assert "no speech" in stage.painted()
            assert "ctrl+l switches the language" in " ".join(stage.painted().split())


async def test_without_a_key_the_dialog_comes_and_ends_with_a_transcript(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server, key=None).open() as stage:
            await stage.until(lambda: isinstance(stage.app.screen, KeySetup))
            stage.app.screen.query_one("#key", Input).value = PLAN_KEY
            await stage.press("enter")
            await stage.until(lambda: "Try it with the plan" in " ".join(stage.painted().split()))
            stage.app.screen.query_one("#plan").focus()
            await stage.press("down")
            stage.app.screen.query_one("#key").focus()
            await stage.press("enter")
            await stage.until(lambda: getattr(stage.app.focused, "id", "") == "save")
            await stage.press("enter")
            await stage.until(lambda: stage.session.key is not None)
            file = stage.paths.own_config_file
            assert file.stat().st_mode & 0o777 == 0o600
            await stage.start_first()
            assert (await stage.ended()).phase is Phase.FINISHED
            assert server.posts[-1].path.startswith("/step_plan/v1")
            assert "Plan" in stage.painted()
            assert PLAN_KEY not in stage.painted()


async def test_leaving_while_something_runs_asks(tmp_path: Path) -> None:
    with service(scenario="stall-midstream") as server:
        async with Stage(tmp_path, server).open() as stage:
            await stage.start_first()
            await stage.until(lambda: len(stage.text) > 5)
            await stage.press("ctrl+q")
            assert isinstance(stage.app.screen, Leave)
            await stage.press("escape")
            assert stage.phase is Phase.HEARING, "staying changes nothing"
            text = stage.text
            await stage.press("ctrl+c")
            await stage.until(lambda: isinstance(stage.app.screen, Leave))
            stage.app.screen.query_one("#save", Button).press()
            await stage.until(lambda: not stage.app.is_running)
            assert stage.first.with_suffix(".txt").read_text(encoding="utf-8") == text + "\n"


async def test_a_signal_keeps_unsaved_text_and_the_next_start_says_where(tmp_path: Path) -> None:
    with service(scenario="stall-midstream") as server:
        async with Stage(tmp_path, server).open() as stage:
            await stage.start_first()
            await stage.until(lambda: len(stage.text) > 5)
            text = stage.text
            signal.raise_signal(signal.SIGHUP)
            await stage.until(lambda: not stage.app.is_running)
            assert stage.app.return_code == 129
        (kept,) = rescued(stage.paths.data / "unsaved")
        assert kept.read_text(encoding="utf-8") == text
        assert kept.stat().st_mode & 0o777 == 0o600
        async with Stage(tmp_path, server).open() as again:
            await again.until(lambda: "unsaved" in again.painted())


async def test_a_window_too_small_says_so_and_loses_nothing(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            await stage.start_first()
            await stage.ended()
            await stage.pilot.resize_terminal(50, 12)
            await stage.pilot.pause()
            assert "too small" in stage.painted()
            await stage.pilot.resize_terminal(80, 24)
            await stage.pilot.pause()
            assert "too small" not in stage.painted()
            assert stage.text == FIRST.text


async def test_a_recording_that_is_done_is_not_paid_for_twice_by_enter(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            await stage.start_first()
            await stage.ended()
            await stage.press("enter")
            await stage.until(lambda: "This recording is done" in stage.painted())
            assert len(server.posts) == 1
            await stage.press("ctrl+r")
            await stage.until(lambda: len(server.posts) == 2)


async def test_several_run_at_once_and_each_shows_its_own(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            await stage.start_first()
            for _ in range(3):
                await stage.press("down", "enter")
            await stage.until(lambda: "4 done" in stage.painted())
            by_text = {sample.text for sample in samples()}
            seen = set()
            for _ in range(4):
                seen.add(stage.text)
                await stage.press("up")
            assert seen == by_text


async def test_the_language_is_switched_by_one_key_and_kept(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            await stage.press("ctrl+l")
            await stage.until(lambda: "English" in stage.painted())
            await stage.until(lambda: stage.paths.own_config_file.exists())
            assert '"en"' in stage.paths.own_config_file.read_text()


async def test_recent_folders_are_one_key_away(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            await stage.start_first()
            await stage.ended()
            await stage.press("ctrl+o")
            await stage.until(lambda: isinstance(stage.app.screen, Recent))
            assert "1 " in stage.painted()
            await stage.press("1")
            await stage.until(lambda: not isinstance(stage.app.screen, Recent))


async def test_sending_again_in_vain_loses_nothing_that_was_there(tmp_path: Path) -> None:
    with service(scenario=["ok", "bad-key"]) as server:
        async with Stage(tmp_path, server).open() as stage:
            await stage.start_first()
            await stage.ended()
            await stage.press("ctrl+r")
            panel = stage.app.screen.query_one(Problems)
            await stage.until(lambda: bool(panel.problems))
            assert stage.text == FIRST.text
            assert panel.problems[0].can_retry, "once the key is mended"
            await stage.press("ctrl+q")
            await stage.until(lambda: isinstance(stage.app.screen, Leave))
            assert "1 transcript is not saved" in stage.painted()


async def test_a_sentence_in_the_corner_cannot_act(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            stage.app.screen_stack[1].say("a\x1b[2Jb \u202e[@click=app.quit]c")  # type: ignore[attr-defined]
            await stage.until(lambda: "[@click=app.quit]c" in stage.painted())
            assert "\x1b" not in stage.painted() and "\u202e" not in stage.painted()


async def test_enter_right_after_stopping_starts_again(tmp_path: Path) -> None:
    with service(scenario=["stall-midstream", "ok"]) as server:
        async with Stage(tmp_path, server).open() as stage:
            await stage.start_first()
            await stage.until(lambda: len(stage.text) > 5)
            await stage.pilot.press("ctrl+x", "enter")
            await stage.until(lambda: stage.phase is Phase.FINISHED)
            assert stage.text == FIRST.text
            assert len(server.posts) == 2
