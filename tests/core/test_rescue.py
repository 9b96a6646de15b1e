"""Texts kept aside while the app goes down: whole, private, found again, and never an error."""

import os
import stat
from pathlib import Path

import pytest

from stepasr_tui.core.library.rescue import rescue, rescued


def test_a_text_is_kept_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "rescued"
    path = rescue(folder, "会议 1.mp3", "你好。\ud83d")
    assert path is not None and path.read_text("utf-8") == "你好。?"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert path.name.startswith("会议 1_mp3-") and rescued(folder) == [path]


@pytest.mark.parametrize("name", ["", "../../x", "a/b\\c\0\n", "长" * 300, "-rf", "\udcff"])
def test_any_name_will_do(tmp_path: Path, name: str) -> None:
    path = rescue(tmp_path, name, "x")
    assert path is not None and path.parent == tmp_path and path.read_bytes() == b"x"


def test_texts_of_one_moment_do_not_meet(tmp_path: Path) -> None:
    paths = [rescue(tmp_path, "same", str(n)) for n in range(5)]
    assert sorted(path.read_text() for path in paths if path) == list("01234")


def test_oldest_first_whatever_they_are_called(tmp_path: Path) -> None:
    for age, name in enumerate(["b.txt", "c.txt", "a.txt"]):
        (tmp_path / name).write_text("x")
        os.utime(tmp_path / name, (1000 + age, 1000 + age))
    (tmp_path / "folder.txt").mkdir()
    (tmp_path / "other.log").write_text("x")
    assert [path.name for path in rescued(tmp_path)] == ["b.txt", "c.txt", "a.txt"]


def test_where_nothing_can_be_written_nothing_is_raised(tmp_path: Path) -> None:
    taken = tmp_path / "file"
    taken.write_text("x")
    for folder in (taken, taken / "below", Path("bad\0folder")):
        assert rescue(folder, "name", "text") is None
    assert rescued(taken) == rescued(tmp_path / "missing") == []
