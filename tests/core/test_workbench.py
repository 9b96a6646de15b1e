"""The folder for what is made to be sent: ours alone, and gone afterwards."""

import os
import time
from pathlib import Path

import pytest

from stepasr_tui.core.audio.workbench import workbench


def test_it_is_private_and_goes_with_all_in_it(tmp_path: Path) -> None:
    with workbench(tmp_path / "cache" / "segments") as folder:
        (folder / "a.ogg").write_bytes(b"sound")
        assert folder.parent == tmp_path / "cache" / "segments"
        assert folder.stat().st_mode & 0o777 == 0o700
    assert list((tmp_path / "cache" / "segments").iterdir()) == []


def test_what_a_crash_left_goes_after_a_day_and_nothing_else(tmp_path: Path) -> None:
    names = (".stepasr-old", ".stepasr-new", "someone-elses")
    for name in names:
        (tmp_path / name).mkdir()
        (tmp_path / name / "a.ogg").write_bytes(b"sound")
    for name in (".stepasr-old", "someone-elses"):
        os.utime(tmp_path / name, (0, time.time() - 25 * 3600))
    with workbench(tmp_path):
        pass
    assert sorted(left.name for left in tmp_path.iterdir()) == [".stepasr-new", "someone-elses"]


def test_without_a_cache_it_is_in_the_temporary_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    with workbench(tmp_path / "file" / "segments") as folder:
        assert folder.parent == tmp_path / "temporary"
