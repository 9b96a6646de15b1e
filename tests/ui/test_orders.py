"""What a person orders before and beside one transcription: totals, segments, sounds, limits."""

import asyncio
import struct
from pathlib import Path

import numpy as np
import pytest
import soundfile
from textual.widgets import Button, Input

from stepasr_tui.core.audio.probe import probe
from stepasr_tui.core.audio.recording import Recording
from stepasr_tui.core.folders import Entry
from stepasr_tui.core.transcribe.facts import Fact
from stepasr_tui.core.transcribe.phase import Phase
from stepasr_tui.ui.screens.ask import Ask
from stepasr_tui.ui.screens.batch import Batch
from stepasr_tui.ui.screens.sending import Sending
from stepasr_tui.ui.screens.tracks import Tracks
from stepasr_tui.ui.widgets.choice import Choice
from stepasr_tui.ui.widgets.file_picker import FilePicker, Mark
from stepasr_tui.ui.widgets.problems import Problems
from stepasr_tui.ui.widgets.spending import Spending
from stepasr_tui.ui.widgets.waveform import Waveform
from tests.ui import scripted
from tests.ui.scripted import SAID, Scripted, finished, heard, partial, planned, streaming
from tests.ui.stage import Stage, service


def sound(path: Path, seconds: float = 2.0) -> Path:
    with soundfile.SoundFile(path, "w", 8000, 1, format="WAV") as file:
        file.write(np.zeros(int(8000 * seconds), dtype=np.float32))
    return path


def film(path: Path) -> Path:
    """Two sounds in one file, each with a language."""
    import av

    with av.open(str(path), "w", format="matroska") as container:
        for language in ("eng", "chi"):
            stream = container.add_stream("libopus", rate=48000)
            stream.metadata["language"] = language
        for stream in container.streams.audio:
            for place in range(100):
                frame = av.AudioFrame.from_ndarray(
                    np.full((1, 1920), 100, np.int16), format="s16", layout="stereo"
                )
                frame.sample_rate, frame.pts = 48000, place * 960
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    return path


def thirteen_hours(path: Path) -> Path:
    """A WAV of which the disk holds the header only."""
    size = 13 * 3600 * 8000
    header = b"RIFF" + struct.pack("<I", size + 36) + b"WAVEfmt "
    header += struct.pack("<IHHIIHH4sI", 16, 1, 1, 8000, 8000, 1, 8, b"data", size)
    with path.open("wb") as file:
        file.write(header)
        file.truncate(size + len(header))
    return path


async def point_at(stage: Stage, path: Path) -> None:
    picker = stage.app.screen.query_one(FilePicker)
    picker.select(path)
    await stage.until(lambda: stage.hearing.recording is not None and stage.hearing.path == path)


def table(stage: Stage) -> str:
    """What stands in place of a text that is not there yet."""
    shown = stage.hearing.query_one(Spending)
    return " ".join(shown.render().plain.split()) if shown.display else ""


async def shows(stage: Stage, kind: type[object]) -> None:
    await stage.until(lambda: isinstance(stage.app.screen, kind))


def script(stage: Stage, *runs: list[Fact]) -> Scripted:
    """Let these facts be told in place of what the service would make of it."""
    runner = Scripted(*runs)
    stage.session.runner = lambda: runner  # type: ignore[method-assign,assignment,return-value]
    return runner


async def start(stage: Stage, *runs: list[Fact]) -> Scripted:
    runner = script(stage, *runs)
    await stage.start_first()
    await stage.until(lambda: stage.job is not None and len(stage.job.segments) == 7)
    return runner


async def test_before_enter_the_pane_says_what_it_takes(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            await point_at(stage, stage.first)
            painted = table(stage)
            assert "length 0:15" in painted
            assert "sound ogg · opus" in painted or "sound ogg · vorbis" in painted
            assert "as it is" in painted
            assert "under ¥0.001 · ¥0.15 an hour, price of 2026-06" in painted
            assert "Enter transcribes it" in painted
            await stage.press("enter")
            await stage.ended()
            assert table(stage) == ""
            assert "price of" not in stage.painted()


async def test_another_model_is_another_price(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            await point_at(stage, stage.first)
            stage.app._main.in_force.change(model="stepaudio-3-asr-max")
            await stage.until(lambda: "¥2.8 an hour, price of 2026-09" in stage.painted())


async def test_all_that_is_shown_is_counted_and_sent_at_once(tmp_path: Path) -> None:
    with service() as server:
        stage = Stage(tmp_path, server)
        (stage.recordings / "notes.mp3").write_text("not a sound")
        async with stage.open():
            await stage.start_first()
            await stage.ended()
            await stage.press("ctrl+b")
            await shows(stage, Batch)
            dialog = stage.app.screen
            assert isinstance(dialog, Batch)
            await stage.until(lambda: not dialog.counting)
            await stage.until(lambda: "Transcribe 3" in stage.painted())
            painted = " ".join(stage.painted().split())
            assert "in 3 requests" in painted
            assert "1 not audio" in painted and "1 done" in painted
            await stage.press("enter")
            await stage.until(lambda: "4 done" in stage.painted())
            assert len(server.posts) == 4
            assert stage.hearing.path == stage.first, "what one looks at stays"


async def test_the_filter_decides_what_is_all(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            await stage.press(*"light")
            await stage.press("ctrl+b")
            await shows(stage, Batch)
            await stage.until(lambda: "Transcribe 1" in stage.painted())
            await stage.press("escape")
            assert server.posts == []
            assert not isinstance(stage.app.screen, Batch)


async def test_while_it_counts_it_says_so_and_nobody_has_to_wait(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            entries = stage.app.screen.query_one(FilePicker).shown()
            gate = asyncio.Event()

            async def look(entry: Entry) -> Recording | str:
                if entry is entries[-1]:
                    await gate.wait()
                return probe(entry.path)

            orders = stage.app._main.orders
            dialog = Batch(
                entries,
                running=0,
                done=0,
                look=look,
                estimate=orders.estimate,
                total=lambda each: each[0],
            )
            answers: list[object] = []
            stage.app.push_screen(dialog, answers.append)
            await stage.until(lambda: "still counting: 3 of 4" in stage.painted())
            await stage.until(lambda: "length      ~0:" in stage.painted())
            await stage.press("enter")
            assert answers == [[entry.path for entry in entries]]


async def test_several_segments_stream_side_by_side(tmp_path: Path) -> None:
    with service() as server:
        stage = Stage(tmp_path, server)
        stage.session.pace.monotonic = lambda: 1000.0
        async with stage.open((140, 36)):
            await start(stage, streaming(stage.first))
            await stage.until(lambda: "3 of 7 segments" in stage.painted())
            text = stage.text
            assert text.index(SAID[0]) < text.index(SAID[1]) < text.index(SAID[3])
            assert "1 tries again in 0:12" in stage.painted()
            marks = stage.app.screen.query_one(FilePicker).rows.marks
            assert marks[stage.first] is Mark.RUNNING


async def test_what_is_missing_alone_is_sent_again(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open((140, 36)) as stage:
            runner = await start(stage, partial(stage.first), finished(3))
            await stage.until(lambda: stage.phase is Phase.PARTIAL)
            panel = stage.app.screen.query_one(Problems)
            await stage.until(lambda: len(panel.problems) == 1)
            assert panel.problems[0].what.startswith("33:00–55:00 is missing")
            assert "½ partial: 33:00–55:00 missing · ctrl+r sends only that" in stage.painted()
            await stage.press("ctrl+r")
            await stage.until(lambda: stage.phase is Phase.FINISHED)
            assert [each.phase for each in runner.jobs[1].segments] == [
                Phase.QUEUED if n == 3 else Phase.FINISHED for n in range(7)
            ]
            assert runner.jobs[1].id == runner.jobs[0].id
            await stage.until(lambda: not panel.display)
            assert all(said in stage.text for said in SAID)
            assert "✓ final · 7 segments" in stage.painted()


async def test_enter_and_the_problems_retry_do_the_same(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            runner = await start(stage, partial(stage.first), scripted.failed(3), finished(3))
            panel = stage.app.screen.query_one(Problems)
            await stage.until(lambda: len(panel.problems) == 1)
            await stage.press("enter")
            await stage.until(
                lambda: len(runner.jobs) == 2 and not (stage.job and stage.job.running)
            )
            await stage.until(lambda: len(panel.problems) == 1)
            await stage.press("ctrl+e", "ctrl+e")
            await stage.until(lambda: isinstance(stage.app.focused, Problems))
            await stage.press("r")
            await stage.until(lambda: stage.phase is Phase.FINISHED)
            assert [job.id for job in runner.jobs] == [1, 1, 1]


async def test_a_job_without_any_text_begins_anew(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            facts = [*planned(stage.first), *(f for n in range(7) for f in scripted.failed(n))]
            runner = await start(stage, facts, planned(stage.first))
            await stage.until(lambda: stage.phase is Phase.FAILED)
            stage.app._main.in_force.change(model="stepaudio-3-asr-max")
            await stage.press("ctrl+r")
            await stage.until(lambda: len(runner.jobs) == 2)
            assert [job.id for job in runner.jobs] == [1, 2]
            assert runner.jobs[1].options.model == "stepaudio-3-asr-max"


async def test_one_segment_is_sent_again_and_its_text_stays_until_then(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            whole = [*planned(stage.first), *(f for n in range(7) for f in finished(n))]
            runner = await start(stage, whole, scripted.sent(0), finished(0, "At last."))
            await stage.until(lambda: stage.phase is Phase.FINISHED)
            stage.hearing.query_one("#text").focus()
            await stage.press("a")
            await shows(stage, Ask)
            painted = " ".join(stage.painted().split())
            assert "Send 0:00–3:00 again? That costs about ¥0.007." in painted
            await stage.press("escape")
            assert len(runner.jobs) == 1
            await stage.press("a")
            await shows(stage, Ask)
            await stage.press("enter")
            await stage.until(lambda: stage.phase is Phase.WAITING)
            assert SAID[0] in stage.text
            await stage.press("ctrl+x")
            await stage.until(lambda: stage.phase is Phase.FINISHED)
            assert SAID[0] in stage.text, "nothing came of it"
            await stage.press("a")
            await shows(stage, Ask)
            await stage.press("enter")
            await stage.until(lambda: stage.text.startswith("At last."))
            assert SAID[1] in stage.text and SAID[0] not in stage.text


async def test_the_waveform_leads_to_the_text_and_sends_again(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open((80, 16)) as stage:
            whole = [*planned(stage.first), *(f for n in range(7) for f in finished(n))]
            await start(stage, whole)
            await stage.until(lambda: stage.phase is Phase.FINISHED)
            wave = stage.hearing.query_one(Waveform)
            await stage.until(lambda: wave.has_peaks)
            wave.focus()
            await stage.press("end")
            assert "segment 7 of 7" in stage.painted()
            await stage.press("enter")
            await stage.until(lambda: "Tomorrow" in stage.painted())
            await stage.press("r")
            await shows(stage, Ask)
            assert "Send 1:39:00–2:01:14 again?" in " ".join(stage.painted().split())


async def test_the_row_that_the_waveform_led_to_is_the_one_that_is_sent_again(
    tmp_path: Path,
) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            whole = [*planned(stage.first), *(f for n in range(7) for f in finished(n))]
            await start(stage, whole)
            await stage.until(lambda: stage.phase is Phase.FINISHED)
            wave = stage.hearing.query_one(Waveform)
            wave.focus()
            await stage.press("]", "]", "enter", "tab", "a")
            await shows(stage, Ask)
            assert "Send 11:00–33:00 again?" in " ".join(stage.painted().split())
            await stage.press("escape")
            stage.app.screen.query_one("FilePicker Tree").focus()
            await stage.press("down")
            assert stage.hearing.path != stage.first
            assert wave.cursor == 0.0, "another recording, another place"


async def test_a_place_in_a_draft_is_found_while_it_is_heard(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            await start(stage, [*planned(stage.first), *heard(0, 0.5), *heard(1, 0.5)])
            await stage.until(lambda: SAID[0][:40] in stage.text)
            wave = stage.hearing.query_one(Waveform)
            wave.focus()
            wave.cursor = 170.0 / scripted.ENDS[-1]
            await stage.press("enter")
            assert stage.hearing.place() == pytest.approx(90.0, abs=3.0), "no more was heard yet"


async def test_no_segment_is_named_where_nothing_was_cut_yet(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            script(stage, planned(stage.first)[:4])
            await stage.start_first()
            await stage.until(lambda: stage.job is not None and len(stage.job.segments) == 3)
            stage.hearing.query_one(Waveform).focus()
            await stage.press("]")
            assert "3:00 · segment 2" in stage.painted() and " of 3" not in stage.painted()
            await stage.press("end")
            assert "2:01:14 ▴" in stage.painted()


async def test_seams_are_shown_when_asked_for(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            await start(stage, streaming(stage.first))
            await stage.until(lambda: SAID[3] in stage.text)
            stage.hearing.query_one("#text").focus()
            assert "⌇ 33:00" not in stage.painted()
            await stage.press("m")
            await stage.until(lambda: "⌇ 33:00 no pause here" in stage.painted())
            await stage.press("m")
            await stage.until(lambda: "⌇ 33:00" not in stage.painted())


async def test_which_sound_of_a_film_is_heard_is_chosen(tmp_path: Path) -> None:
    with service() as server:
        stage = Stage(tmp_path, server)
        path = film(stage.recordings / "film.mkv")
        async with stage.open():
            await point_at(stage, path)
            assert "1 of 2: eng" in stage.painted()
            await stage.press("ctrl+u")
            await shows(stage, Tracks)
            assert "chi" in stage.painted()
            await stage.press("2")
            await stage.until(lambda: "2 of 2: chi" in stage.painted())
            script(stage, [])
            await stage.press("enter")
            await stage.until(lambda: stage.job is not None)
            assert stage.job and stage.job.choices.track == 1


async def test_a_file_with_one_sound_offers_no_choice(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            await point_at(stage, stage.first)
            await stage.press("ctrl+u")
            assert not isinstance(stage.app.screen, Tracks)
            await stage.until(lambda: "not several sounds" in stage.painted())


async def test_a_recording_of_thirteen_hours_is_asked_about(tmp_path: Path) -> None:
    with service() as server:
        stage = Stage(tmp_path, server)
        path = thirteen_hours(stage.recordings / "night.wav")
        async with stage.open():
            await point_at(stage, path)
            assert "you will be asked first" in table(stage)
            runner = script(stage, [])
            await stage.press("enter")
            await shows(stage, Ask)
            await stage.press("escape")
            assert stage.job is None
            await stage.press("enter")
            await shows(stage, Ask)
            await stage.press("enter")
            await stage.until(lambda: len(runner.jobs) == 1)
            assert runner.jobs[0].however_long


async def test_how_things_are_sent_is_chosen_and_kept(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            await stage.press("ctrl+g")
            await shows(stage, Sending)
            dialog = stage.app.screen
            assert "5 at once, 10 a minute" in stage.painted()
            await stage.press("down")
            field = dialog.query_one("#minutes", Input)
            field.focus()
            field.value = "29"
            await stage.press("enter")
            assert stage.app.screen is dialog, "29 minutes are too many"
            assert dialog.query_one("#keep", Button).disabled
            field.value = "10"
            dialog.query_one("#tier", Choice).focus()
            await stage.press("down", "enter")
            await stage.until(lambda: stage.app.screen is not dialog)
            chosen = stage.session.settings
            assert (chosen.best, chosen.segment_minutes, chosen.tier) == (True, 10, "V1")
            choices = stage.session.choices(stage.first)
            assert (choices.best, choices.longest) == (True, 600.0)
            kept = stage.paths.own_config_file
            await stage.until(lambda: kept.exists() and '"V1"' in kept.read_text())


async def test_what_an_earlier_run_still_tells_is_not_heard(tmp_path: Path) -> None:
    with service() as server:
        async with Stage(tmp_path, server).open() as stage:
            await start(stage, partial(stage.first), scripted.sent(3))
            await stage.until(lambda: stage.phase is Phase.PARTIAL)
            await stage.press("ctrl+r")
            await stage.until(lambda: stage.phase is Phase.WAITING)
            main = stage.app._main
            for fact in finished(3, "Of the first run."):
                main.post_message(main.JobMoved(1, fact, 1))
            await stage.pilot.pause()
            assert stage.phase is Phase.WAITING
