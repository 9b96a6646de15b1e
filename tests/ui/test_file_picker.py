"""The file picker driven by keys, clicks and pastes, over real folders."""

import asyncio
import os
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import soundfile
from textual import events
from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot

from stepasr_tui.core.audio.probe import probe
from stepasr_tui.core.audio.recording import Recording
from stepasr_tui.core.display import visible_row
from stepasr_tui.core.folders import Listing, read_folder
from stepasr_tui.ui import file_rows, themes
from stepasr_tui.ui.file_tree import FileTree
from stepasr_tui.ui.widgets.file_picker import FilePicker, Mark


class Pane(App[None]):
    """A picker alone on the screen; keeps the messages that it sends."""

    def __init__(
        self,
        folder: Path,
        *,
        home: Path | None = None,
        probe: Callable[[Path], Recording] = probe,
        read: Callable[[Path], Listing] = read_folder,
    ) -> None:
        super().__init__()
        self.register_theme(themes.DARK)
        self.theme = themes.DARK.name
        self.animation_level = "none"
        self.picker = FilePicker(folder, home=home or folder, probe=probe, read=read)
        self.said: list[Message] = []
        self.ended = False

    def compose(self) -> ComposeResult:
        yield self.picker

    def on_mount(self) -> None:
        self.picker.focus()

    def on_file_picker_highlighted(self, event: FilePicker.Highlighted) -> None:
        self.said.append(event)

    def on_file_picker_chosen(self, event: FilePicker.Chosen) -> None:
        self.said.append(event)

    def on_file_picker_folder_changed(self, event: FilePicker.FolderChanged) -> None:
        self.said.append(event)

    def on_file_picker_recent_wanted(self, event: FilePicker.RecentWanted) -> None:
        self.said.append(event)

    def action_quit_hard(self) -> None:
        self.ended = True

    def lines(self) -> list[str]:
        """What the screen shows, without the spaces at the ends of lines."""
        width, height = self.size
        region = self.screen._compositor.render_strips()
        assert (width, height) == (region[0].cell_length, len(region))
        return ["".join(segment.text for segment in strip).rstrip() for strip in region]

    def text(self) -> str:
        return "\n".join(self.lines())

    def names(self) -> list[str]:
        """The first word of each row below the heading."""
        return [line.split()[0] for line in self.lines()[1:] if line.split()]

    @property
    def rows(self) -> FileTree:
        return self.picker.rows

    def highlighted(self) -> Path | None:
        return self.rows.entry.path if self.rows.entry else None

    def chosen(self) -> list[Path]:
        return [event.path for event in self.said if isinstance(event, FilePicker.Chosen)]

    def folders(self) -> list[Path]:
        return [event.path for event in self.said if isinstance(event, FilePicker.FolderChanged)]


async def until(pilot: Pilot[None], holds: Callable[[], object]) -> None:
    """Wait for a condition; the test ends in error when it never comes."""
    async with asyncio.timeout(20):
        while not holds():
            await pilot.pause()
            await asyncio.sleep(0)


def sound(path: Path, seconds: float = 1.0, *, kind: str = "WAV") -> Path:
    """A quiet recording at 8 kHz."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with soundfile.SoundFile(path, "w", 8000, 1, format=kind) as file:
        file.write(np.zeros(int(8000 * seconds), dtype=np.float32))
    return path


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A folder with a folder, three recordings and a text that is called mp3."""
    folder = tmp_path / "shelf"
    sound(folder / "interviews" / "anna.wav", 5)
    sound(folder / "interviews" / "bob.wav", 5)
    sound(folder / "take 2.wav", 65)
    sound(folder / "take 10.wav", 4000)
    sound(folder / "Zebra.wav", 2)
    (folder / "notes.mp3").write_text("not a sound")
    (folder / "readme.txt").write_text("left out")
    (folder / ".hidden.wav").write_text("left out")
    return folder


async def test_rows_are_sorted_and_durations_appear_in_a_column(shelf: Path) -> None:
    app = Pane(shelf)
    async with app.run_test(size=(50, 12)) as pilot:
        await until(pilot, lambda: "1:06:40" in app.text() and "0:02" in app.text())
        lines = app.lines()
        assert lines[0] == file_rows.fit_left(str(shelf), 50)
        assert [line.split()[0] for line in lines[1:6]] == [
            "▸",
            "notes.mp3",
            "take",
            "take",
            "Zebra.wav",
        ]
        assert lines[3].startswith("  take 2.wav") and lines[4].startswith("  take 10.wav")
        assert {len(line) for line in lines[2:6]} == {49}  # one cell is the scroll bar's
        ends = {
            lines[row].index(text) + len(text)
            for row, text in ((3, "1:05"), (4, "1:06:40"), (5, "0:02"), (2, "not audio"))
        }
        assert len(ends) == 1
        assert "hidden" not in app.text() and "readme" not in app.text()
        recording = app.picker.known(shelf / "take 2.wav")
        assert recording is not None and recording.duration == 65.0
        assert app.picker.known(shelf / "notes.mp3") is None


async def test_a_narrow_pane_drops_the_size(shelf: Path) -> None:
    app = Pane(shelf)
    async with app.run_test(size=(30, 12)) as pilot:
        await until(pilot, lambda: "1:06:40" in app.text())
        assert "KB" not in app.text() and "MB" not in app.text()
        await pilot.resize_terminal(40, 12)
        await until(pilot, lambda: "MB" in app.text())


async def test_columns_stay_whole_beside_the_scroll_bar(tmp_path: Path) -> None:
    for number in range(10):
        sound(tmp_path / f"{number}.wav")
    app = Pane(tmp_path)
    async with app.run_test(size=(40, 6)) as pilot:
        await until(pilot, lambda: app.text().count("0:01") == 5)
        assert app.rows.show_vertical_scrollbar
        assert all("16 KB" in line for line in app.lines()[1:])


async def test_folders_open_and_close_and_enter_chooses(shelf: Path) -> None:
    app = Pane(shelf)
    async with app.run_test(size=(50, 12)) as pilot:
        await until(pilot, lambda: app.highlighted() == shelf / "interviews")
        await pilot.press("right")
        await until(pilot, lambda: "anna.wav" in app.text())
        await pilot.press("right", "down", "enter")
        assert app.chosen() == [shelf / "interviews" / "bob.wav"]
        await pilot.press("left")
        assert app.highlighted() == shelf / "interviews"
        await pilot.press("left")
        await until(pilot, lambda: "anna.wav" not in app.text())
        await pilot.press("enter")
        await until(pilot, lambda: "anna.wav" in app.text())
        assert app.chosen() == [shelf / "interviews" / "bob.wav"]
        said = [event for event in app.said if isinstance(event, FilePicker.Highlighted)]
        assert (said[-1].path, said[-1].is_folder) == (shelf / "interviews", True)


async def test_parent_home_and_recent_are_one_key(shelf: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    sound(home / "mine.wav")
    app = Pane(shelf / "interviews", home=home)
    async with app.run_test(size=(50, 12)) as pilot:
        await until(pilot, lambda: "anna.wav" in app.text())
        await pilot.press("left")
        await until(pilot, lambda: app.highlighted() == shelf / "interviews")
        await pilot.press("backspace")
        await until(pilot, lambda: app.highlighted() == shelf)
        await pilot.press("~")
        await until(pilot, lambda: "mine.wav" in app.text())
        assert app.folders() == [shelf, tmp_path, home]
        await pilot.press("ctrl+o")
        assert isinstance(app.said[-1], FilePicker.RecentWanted)


async def test_typing_filters_and_escape_brings_all_back(shelf: Path) -> None:
    app = Pane(shelf)
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: "interviews" in app.text())
        await pilot.press("right")
        await until(pilot, lambda: "anna.wav" in app.text())
        await pilot.press(*"TAKE", "space", *"wav")
        await until(pilot, lambda: "2 of 7" in app.text())
        assert "/ TAKE wav▍" in app.lines()[0]
        await until(pilot, lambda: app.names() == ["take", "take"])
        assert app.highlighted() == shelf / "take 2.wav"
        await pilot.press(*["backspace"] * 8)
        await until(pilot, lambda: "anna.wav" in app.text())
        await pilot.press(*"bob")
        await until(pilot, lambda: "1 of 7" in app.text() and "anna" not in app.text())
        assert "interviews" in app.text()
        await pilot.press("enter", "escape")
        assert app.chosen() == [shelf / "interviews" / "bob.wav"]
        await until(pilot, lambda: "anna.wav" in app.text())
        assert app.picker.filter_text == ""
        await pilot.press(*"zzz")
        await until(pilot, lambda: "nothing matches" in app.text())
        assert app.folders() == []


async def test_each_new_place_is_told_once(shelf: Path) -> None:
    app = Pane(shelf)

    def told() -> list[Path | None]:
        return [event.path for event in app.said if isinstance(event, FilePicker.Highlighted)]

    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: told()[-1:] == [shelf / "interviews"])
        await pilot.press("end")
        await pilot.press("z", "e")
        await until(pilot, lambda: "1 of 5" in app.text())
        await pilot.press("x")
        await until(pilot, lambda: "nothing matches" in app.text())
        await pilot.press("escape")
        await until(pilot, lambda: told()[-1] == shelf / "Zebra.wav")
        assert told()[-3:] == [shelf / "Zebra.wav", None, shelf / "Zebra.wav"]


async def test_a_slash_first_is_no_letter_and_a_space_first_opens(shelf: Path) -> None:
    app = Pane(shelf)
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: app.highlighted() == shelf / "interviews")
        await pilot.press("space")
        await until(pilot, lambda: "anna.wav" in app.text())
        await pilot.press("slash", "b")
        assert app.picker.filter_text == "b"


async def test_opening_again_reads_only_what_was_empty(shelf: Path) -> None:
    seen: list[Path] = []

    def read(path: Path) -> Listing:
        seen.append(path)
        return read_folder(path)

    (shelf / "later").mkdir()
    app = Pane(shelf, read=read)
    async with app.run_test(size=(60, 14)) as pilot:
        await until(pilot, lambda: app.highlighted() == shelf / "interviews")
        await pilot.press("enter")
        await until(pilot, lambda: "anna.wav" in app.text())
        await pilot.press("enter", "enter")
        await pilot.press("down", "down", "down", "enter")
        await until(pilot, lambda: "no recordings here" in app.text())
        sound(shelf / "later" / "new.wav")
        await pilot.press("enter", "enter")
        await until(pilot, lambda: "new.wav" in app.text())
        assert app.text().count("anna.wav") == 1
        assert seen == [shelf, shelf / "interviews", shelf / "later", shelf / "later"]


async def test_matches_are_lit_even_where_the_name_is_cut(tmp_path: Path) -> None:
    sound(tmp_path / ("a" * 30 + "NEEDLE" + "b" * 30 + ".wav"))
    sound(tmp_path / "x needle.wav")
    app = Pane(tmp_path)
    async with app.run_test(size=(40, 6)) as pilot:
        await until(pilot, lambda: "needle" in app.text())
        await pilot.press(*"needle")
        await until(pilot, lambda: "2 of 2" in app.text())
        lit = [
            "".join(
                part.text
                for part in app.rows.render_line(row)
                if part.style and part.style.underline
            )
            for row in (0, 1)
        ]
        assert lit == ["…", "needle"]


async def test_escape_without_a_filter_is_not_ours(shelf: Path) -> None:
    app = Pane(shelf)
    app.bind("escape", "quit_hard")
    async with app.run_test() as pilot:
        await until(pilot, lambda: "interviews" in app.text())
        await pilot.press("t", "escape")
        assert not app.ended
        await pilot.press("escape")
        assert app.ended


@pytest.mark.parametrize("form", ["{}", "'{}'", '"{}"', " {}\n", "file://{}"])
async def test_a_pasted_path_selects_the_file(shelf: Path, form: str) -> None:
    app = Pane(shelf)
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: "interviews" in app.text())
        app.rows.post_message(events.Paste(form.format(shelf / "interviews" / "bob.wav")))
        await until(pilot, lambda: app.highlighted() == shelf / "interviews" / "bob.wav")
        assert app.picker.folder == shelf / "interviews"
        app.rows.post_message(events.Paste(form.format(shelf)))
        await until(pilot, lambda: app.folders() == [shelf / "interviews", shelf])


async def test_any_other_paste_is_filter_text(shelf: Path) -> None:
    app = Pane(shelf)
    async with app.run_test(size=(60, 12)) as pilot:
        await until(pilot, lambda: "interviews" in app.text())
        app.rows.post_message(events.Paste("\n  take 10 \nand more"))
        await until(pilot, lambda: "1 of 5" in app.text())
        assert app.picker.filter_text == "take 10"
        app.rows.post_message(events.Paste("\x1b[31m" + "x" * 1_000_000))
        await until(pilot, lambda: "0 of 5" in app.text())
        assert len(app.picker.filter_text) == 200


async def test_a_file_with_another_ending_can_be_selected(shelf: Path) -> None:
    odd = sound(shelf / "interviews" / "dictation.dat")
    app = Pane(shelf)
    async with app.run_test(size=(60, 12)) as pilot:
        app.picker.select(odd)
        await until(pilot, lambda: app.highlighted() == odd)
        await until(pilot, lambda: "dictation.dat" in app.text() and "0:01" in app.text())
        await pilot.press("enter")
        assert app.chosen() == [odd]
        app.picker.select(shelf / "gone.wav")
        await pilot.pause()
        assert app.highlighted() == odd


HOSTILE = [
    b"line\nbreak.wav",
    b"\x1b[31mred\x1b]0;title\x07.wav",
    "rtl \u202egpj.wav".encode(),
    b"x" * 251 + b".wav",
    b"caf\xe9 \xff.wav",
    b"[b] [@click=app.quit_hard]x[-].wav",
    b"-rf.wav",
    "非常长的名字".encode() * 13 + b".wav",
]


async def test_hostile_names_take_one_row_each_and_open(tmp_path: Path) -> None:
    made = sound(tmp_path / "made.wav").read_bytes()
    (tmp_path / "made.wav").unlink()
    for name in HOSTILE:
        (tmp_path / os.fsdecode(name)).write_bytes(made)
    app = Pane(tmp_path)
    async with app.run_test(size=(38, 12)) as pilot:
        await until(pilot, lambda: app.text().count("0:01") == len(HOSTILE))
        lines = app.lines()
        assert len([line for line in lines[1:] if line]) == len(HOSTILE)
        assert not any(char < " " or "\x7f" <= char < "\xa0" for line in lines for char in line)
        assert all(strip.cell_length == 38 for strip in app.screen._compositor.render_strips())
        for row in range(len(HOSTILE)):
            await pilot.click(FileTree, offset=(6, row))
            await pilot.press("enter")
        assert {os.fsencode(path.name) for path in app.chosen()} == set(HOSTILE)
        assert not app.ended


async def test_a_click_highlights_and_the_second_chooses(shelf: Path) -> None:
    app = Pane(shelf)
    async with app.run_test(size=(50, 12)) as pilot:
        await until(pilot, lambda: "interviews" in app.text())
        await pilot.click(FileTree, offset=(5, 2))
        assert (app.highlighted(), app.chosen()) == (shelf / "take 2.wav", [])
        await pilot.click(FileTree, offset=(20, 3))
        assert (app.highlighted(), app.chosen()) == (shelf / "take 10.wav", [])
        await pilot.click(FileTree, offset=(20, 3))
        assert app.chosen() == [shelf / "take 10.wav"]
        await pilot.click(FileTree, offset=(0, 0))
        await until(pilot, lambda: "anna.wav" in app.text())


async def test_notes_stand_where_files_would(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "gone").mkdir()
    app = Pane(tmp_path)
    async with app.run_test(size=(40, 12)) as pilot:
        await until(pilot, lambda: "gone" in app.text())
        (tmp_path / "gone").rmdir()
        await pilot.press("right", "down", "down", "right")
        await until(
            pilot, lambda: "no recordings here" in app.text() and "no longer there" in app.text()
        )
        await pilot.press("down", "enter")
        assert app.chosen() == []
        event = app.said[-1]
        assert isinstance(event, FilePicker.Highlighted) and event.path is None
        app.picker.go(tmp_path / "empty")
        await until(pilot, lambda: app.names() == ["no"])
        await pilot.press("left")
        await until(pilot, lambda: app.highlighted() == tmp_path / "empty")


async def test_an_unreadable_folder_says_so_and_reading_is_shown(tmp_path: Path) -> None:
    may_answer = threading.Event()

    def read(path: Path) -> Listing:
        may_answer.wait(20)
        return Listing(path, (), problem="no permission")

    app = Pane(tmp_path, read=read)
    async with app.run_test(size=(40, 12)) as pilot:
        await until(pilot, lambda: "reading…" in app.text())
        may_answer.set()
        await until(pilot, lambda: "no permission" in app.text())


async def test_reading_again_finds_what_is_new_and_keeps_the_place(shelf: Path) -> None:
    app = Pane(shelf)
    async with app.run_test(size=(50, 12)) as pilot:
        await until(pilot, lambda: "0:02" in app.text())
        await pilot.press("end")
        assert app.highlighted() == shelf / "Zebra.wav"
        sound(shelf / "Zebra.wav", 7)
        sound(shelf / "aaa.wav", 3)
        await pilot.press("f5")
        await until(pilot, lambda: "aaa.wav" in app.text() and "0:07" in app.text())
        assert app.highlighted() == shelf / "Zebra.wav"


async def test_marks(shelf: Path) -> None:
    app = Pane(shelf)
    async with app.run_test(size=(50, 12)) as pilot:
        await until(pilot, lambda: "Zebra" in app.text())

        def shows(text: str) -> bool:
            return text in app.text()

        for mark in Mark:
            app.picker.set_mark(shelf / "Zebra.wav", mark)
            await until(pilot, partial(shows, f"{mark.glyph} Zebra.wav"))
        app.picker.set_mark(shelf / "Zebra.wav", None)
        await until(pilot, lambda: "  Zebra.wav" in app.text())
        assert len({mark.glyph for mark in Mark}) == len(Mark)


async def test_a_hundred_thousand_files_never_hold_up_a_key(tmp_path: Path) -> None:
    for number in range(100_000):
        os.mknod(tmp_path / f"{number}.{'mp3' if number % 20 == 0 else 'txt'}")
    app = Pane(tmp_path)
    late = 0.0
    async with app.run_test(size=(50, 20)) as pilot:
        loop = asyncio.get_running_loop()
        typed = False

        async def watch() -> None:
            nonlocal late
            while True:
                before = loop.time()
                await asyncio.sleep(0.005)
                late = max(late, loop.time() - before - 0.005)

        watching = asyncio.create_task(watch())
        assert "reading…" in app.text()
        await pilot.press("9")  # while it reads
        typed = app.picker.filter_text == "9"
        await until(pilot, lambda: "of 5,000" in app.text())
        await pilot.press("escape")
        await until(pilot, lambda: app.rows.last_line == 4999)
        await pilot.press("end")
        assert app.highlighted() == tmp_path / "99980.mp3"
        watching.cancel()
    assert typed
    assert late < 0.5


async def test_only_what_is_near_the_screen_is_probed(tmp_path: Path) -> None:
    for number in range(300):
        sound(tmp_path / f"{number}.wav", 0.1)
    looked: list[Path] = []

    def look(path: Path) -> Recording:
        looked.append(path)
        return probe(path)

    app = Pane(tmp_path, probe=look)
    async with app.run_test(size=(50, 11)) as pilot:
        await until(pilot, lambda: len(looked) == 20)
        assert looked[:10] == [tmp_path / f"{number}.wav" for number in range(10)]
        await pilot.press("end")
        await until(pilot, lambda: len(looked) == 40)
        assert tmp_path / "299.wav" in looked
        assert looked.count(tmp_path / "0.wav") == 1


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("short.mp3", 9, "short.mp3"),
        ("a long name.mp3", 10, "a lon….mp3"),
        ("会议录音第一部分.mp3", 12, "会议录….mp3"),
        ("x" * 40, 10, "xxxxxx…xxx"),
        ("name.verylongextension", 10, "name.v…ion"),
        ("ab", 1, "…"),
        ("ab", 0, "…"),
    ],
)
def test_the_middle_of_a_long_name_goes(text: str, width: int, shown: str) -> None:
    head, tail = file_rows.fit_middle(text, width)
    whole = head + tail >= len(text)
    assert (text if whole else f"{text[:head]}…{text[len(text) - tail :]}") == shown


def test_letters_are_compared_in_place() -> None:
    assert len(file_rows.folded("İstanbul ẞ")) == len("İstanbul ẞ")
    assert file_rows.has_words("Ärger 2.WAV", ["ärger", ".wav"])
    assert not file_rows.has_words("a.wav", ["b"])
    assert file_rows.shown_name("a\nb") == visible_row("a\nb")
