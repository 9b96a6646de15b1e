"""Folders as a picker lists them, and the paths that terminals paste."""

import os
import shlex
import time
from pathlib import Path

import pytest

from stepasr_tui.core.folders import natural_key, pasted_path, read_folder


def names(folder: Path) -> list[str]:
    return [entry.path.name for entry in read_folder(folder).entries]


def test_folders_first_recordings_only_natural_order(tmp_path: Path) -> None:
    for name in (
        "take 10.mp3",
        "Take 2.WAV",
        "take 1.Opus",
        "b.oga",
        "A.ogg",
        "notes.txt",
        ".hidden.mp3",
        "mp3",
        ".mp3",
    ):
        (tmp_path / name).write_bytes(b"12345")
    for name in ("Zoo", "archive 10", "archive 9", ".git"):
        (tmp_path / name).mkdir()
    assert names(tmp_path) == [
        "archive 9",
        "archive 10",
        "Zoo",
        "A.ogg",
        "b.oga",
        "take 1.Opus",
        "Take 2.WAV",
        "take 10.mp3",
    ]
    folder, recording = read_folder(tmp_path).entries[0], read_folder(tmp_path).entries[-1]
    assert (folder.is_folder, folder.size) == (True, 0)
    assert (recording.is_folder, recording.size) == (False, 5)
    assert recording.mtime_ns == recording.path.stat().st_mtime_ns


def test_what_looks_like_a_recording_but_is_none_is_left_out(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.mp3")
    (tmp_path / "dangling.mp3").symlink_to("gone")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "folder.mp3").mkdir()
    (tmp_path / "link").symlink_to("folder.mp3")
    assert names(tmp_path) == ["folder.mp3", "link"]
    assert all(entry.is_folder for entry in read_folder(tmp_path).entries)


def test_hostile_names_come_back_whole(tmp_path: Path) -> None:
    raw = [
        b"\xff\xfe.mp3",
        b"a\nb.mp3",
        b"\x1b[31m.mp3",
        b"-rf.mp3",
        b"x" * 251 + b".mp3",
        b"[@click=app.quit].mp3",
    ]
    for name in raw:
        with open(os.fsencode(tmp_path) + b"/" + name, "wb"):
            pass
    assert {os.fsencode(name) for name in names(tmp_path)} == set(raw)


def test_a_folder_that_cannot_be_read_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    assert read_folder(tmp_path / "gone").problem == "no longer there"
    assert read_folder(tmp_path / "file").problem == "not a folder"
    assert read_folder(Path("a\0b")).problem == "cannot be read"
    assert read_folder(tmp_path).problem == ""

    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    # Root may read every folder, so the refusal has to be played.
    monkeypatch.setattr(os, "scandir", refuse)
    listing = read_folder(tmp_path)
    assert (listing.problem, listing.entries) == ("no permission", ())


def test_a_hundred_thousand_names_are_read_quickly(tmp_path: Path) -> None:
    for number in range(100_000):
        os.mknod(tmp_path / f"{number}.{'mp3' if number % 20 == 0 else 'txt'}")
    start = time.perf_counter()
    found = names(tmp_path)
    assert time.perf_counter() - start < 3.0
    assert len(found) == 5000
    assert found[:3] == ["0.mp3", "20.mp3", "40.mp3"]


def test_natural_key_bears_digits_of_any_kind() -> None:
    odd = ["²", "1" * 5000, "٣", "2", "a10", "a9", "", "10a"]
    assert len(sorted(odd, key=natural_key)) == len(odd)
    assert natural_key("a9") < natural_key("a10") < natural_key("b1")


ODD = [
    "plain.mp3",
    "two words.mp3",
    "it's.mp3",
    'say "hi".mp3',
    "a\\b.mp3",
    "100%20.mp3",
    "会议 [1] #2?.mp3",
    " lead.mp3",
]


@pytest.mark.parametrize("name", ODD)
def test_every_form_of_a_pasted_path(tmp_path: Path, name: str) -> None:

    path = tmp_path / name
    path.touch()
    text = str(path)
    escaped = "".join(char if char.isalnum() or char in "/._-" else f"\\{char}" for char in text)
    for pasted in (
        text,
        f"{text}\n",
        f"  {text}  ",
        f"'{text}'",
        f'"{text}"',
        shlex.quote(text),
        escaped,
        f"{escaped} ",
        path.as_uri(),
        path.as_uri().replace("file://", "file://localhost"),
        f"{path.as_uri()}\r\n",
    ):
        assert pasted_path(pasted) == path, pasted


def test_pasted_home_and_folders_and_several_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "a b.mp3").touch()
    (tmp_path / "c.mp3").touch()
    assert pasted_path("~/c.mp3") == tmp_path / "c.mp3"
    assert pasted_path("~") == tmp_path
    assert pasted_path(f"\n{tmp_path}/a\\ b.mp3\n{tmp_path}/c.mp3") == tmp_path / "a b.mp3"


@pytest.mark.parametrize(
    "text",
    ids=lambda text: text[:20],
    argvalues=[
        "",
        " \n ",
        "interview",
        "/no/such/file.mp3",
        "c.mp3",
        "'",
        "''",
        "file://",
        "file://other.host/a",
        "file://[bad",
        "https://example.org/a.mp3",
        "/a\0b",
        "~nobody-of-this-name/x",
        "/" + "x" * 5000,
        "x" * 10_000_000,
    ],
)
def test_what_is_no_path(text: str) -> None:
    assert pasted_path(text) is None


def test_a_dropped_name_that_is_not_utf8(tmp_path: Path) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff.mp3"))
    path.touch()
    assert pasted_path(path.as_uri()) == path
