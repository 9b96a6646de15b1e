"""Files written whole or not at all, on the real disk."""

import errno
import os
import stat
import threading
from pathlib import Path

import pytest

from stepasr_tui.core.errors import NotSaved, SettingsError
from stepasr_tui.core.files import locked, write_whole


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_writes_and_leaves_nothing_beside(tmp_path: Path) -> None:
    target = tmp_path / "a.txt"
    write_whole(target, "你好".encode(), replace=False)
    assert target.read_text("utf-8") == "你好"
    assert os.listdir(tmp_path) == ["a.txt"]


def test_mode_is_exact_whatever_the_umask(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        write_whole(tmp_path / "secret", b"x", mode=0o600, replace=True)
        os.umask(0o027)
        write_whole(tmp_path / "plain", b"x", replace=True)
    finally:
        os.umask(before)
    assert mode(tmp_path / "secret") == 0o600
    assert mode(tmp_path / "plain") == 0o640


def test_replacing_keeps_the_mode(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    target.chmod(0o604)
    write_whole(target, b"new", replace=True)
    assert (target.read_bytes(), mode(target)) == (b"new", 0o604)


def test_never_over_an_existing_file_unless_told(tmp_path: Path) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")
    with pytest.raises(FileExistsError):
        write_whole(target, b"new", replace=False)
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_a_dangling_link_takes_the_name_too(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        write_whole(tmp_path / "a", b"new", replace=False)
    assert not (tmp_path / "elsewhere").exists()


def test_of_many_that_race_for_a_name_exactly_one_wins(tmp_path: Path) -> None:
    target = tmp_path / "a"
    start = threading.Barrier(8)
    lost: list[int] = []

    def writer(number: int) -> None:
        start.wait()
        try:
            write_whole(target, bytes([number]) * 5000, replace=False)
        except FileExistsError:
            lost.append(number)

    threads = [threading.Thread(target=writer, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(lost) == 7
    winner = ({*range(8)} - {*lost}).pop()
    assert target.read_bytes() == bytes([winner]) * 5000


def test_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    write_whole(tmp_path / "a", b"one", replace=False)
    with pytest.raises(FileExistsError):
        write_whole(tmp_path / "a", b"two", replace=False)
    assert (tmp_path / "a").read_bytes() == b"one"
    assert os.listdir(tmp_path) == ["a"]


def test_follows_a_link_to_its_target(tmp_path: Path) -> None:
    real = tmp_path / "real" / "file"
    real.parent.mkdir()
    real.write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to(real)
    write_whole(link, b"new", replace=True)
    assert link.is_symlink()
    assert real.read_bytes() == b"new"


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "full"), (errno.EIO, "error"), (errno.EROFS, "read-only")],
)
def test_a_failing_disk_leaves_the_old_file_and_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, words: str
) -> None:
    target = tmp_path / "a"
    target.write_bytes(b"old")

    def broken(_descriptor: int) -> None:
        raise OSError(number, "broken")

    monkeypatch.setattr(os, "fsync", broken)
    with pytest.raises(NotSaved) as caught:
        write_whole(target, b"new", replace=True)
    assert words in caught.value.cause
    assert target.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


@pytest.mark.parametrize(
    ("name", "words"),
    [("none/a", "folder does not exist"), ("x" * 300, "too long"), ("nul\0", "Invalid")],
)
def test_impossible_names(tmp_path: Path, name: str, words: str) -> None:
    with pytest.raises(NotSaved) as caught:
        write_whole(tmp_path / name, b"x", replace=False)
    assert words in caught.value.cause


def test_a_folder_or_a_pipe_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "pipe"):
        with pytest.raises(NotSaved):
            write_whole(tmp_path / name, b"x", replace=True)
    assert sorted(os.listdir(tmp_path)) == ["folder", "pipe"]


def test_the_lock_is_exclusive_and_waits_two_seconds_at_most(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stepasr_tui.core.files.LOCK_WAIT", 0.05)
    with locked(tmp_path / "a"), pytest.raises(SettingsError, match="busy"), locked(tmp_path / "a"):
        raise AssertionError("both hold it")
    with locked(tmp_path / "a"):
        pass
