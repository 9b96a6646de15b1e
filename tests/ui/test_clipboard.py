"""Copying: by real programs (scripts of ours) and by the sequence that the terminal gets."""

import base64
import os
from pathlib import Path

import pytest
from textual.app import App

from stepasr_tui.ui import clipboard


class Terminal:
    """What ``copy`` needs of an app: the way to OSC 52."""

    text: str | None = None

    def copy_to_clipboard(self, text: str) -> None:
        self.text = text


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    for name in ("WAYLAND_DISPLAY", "DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    return folder


def program(folder: Path, name: str, body: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\nPATH=/usr/bin:/bin\n{body}\n")
    (folder / name).chmod(0o755)


async def test_by_program_and_by_terminal(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(
        programs,
        "xclip",
        f'echo "noise"; echo "noise" >&2; echo "$@ $STEPFUN_API_KEY." > {tmp_path}/args; '
        f"cat > {tmp_path}/got",
    )
    monkeypatch.setenv("DISPLAY", ":0")
    monkeypatch.setenv("STEPFUN_API_KEY", "sk-canary")
    terminal = Terminal()
    said = await clipboard.copy("你好\n[Music]\ttab", terminal)  # type: ignore[arg-type]
    assert "xclip" in said
    assert (tmp_path / "got").read_text("utf-8") == terminal.text == "你好\n[Music]\ttab"
    assert (tmp_path / "args").read_text() == "-selection clipboard -in .\n"


async def test_without_a_display_its_programs_are_not_tried(programs: Path, tmp_path: Path) -> None:
    program(programs, "xclip", f"touch {tmp_path}/ran")
    program(programs, "wl-copy", f"touch {tmp_path}/ran")
    said = await clipboard.copy("text", terminal := Terminal())  # type: ignore[arg-type]
    assert "OSC 52" in said
    assert terminal.text == "text"
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("body", ["cat > /dev/null; exit 1", "exec sleep 60"])
async def test_a_program_that_fails_or_hangs_is_not_believed(
    programs: Path, monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    program(programs, "wl-copy", body)
    monkeypatch.setenv("WAYLAND_DISPLAY", "wayland-0")
    monkeypatch.setattr(clipboard, "PROGRAM_LIMIT", 0.3)
    said = await clipboard.copy("text", Terminal())  # type: ignore[arg-type]
    assert "wl-copy" not in said


async def test_too_long_for_the_terminal(programs: Path, tmp_path: Path) -> None:
    long = "字" * 400_000
    terminal = Terminal()
    said = await clipboard.copy(long, terminal)  # type: ignore[arg-type]
    assert said.startswith("Not copied: 1.2 MB")
    program(programs, "pbcopy", f"cat > {tmp_path}/got")
    said = await clipboard.copy(long, terminal)  # type: ignore[arg-type]
    assert said.startswith("Copied")
    assert "1.2 MB" in said
    assert terminal.text is None
    assert (tmp_path / "got").stat().st_size == 1_200_000


async def test_a_program_of_the_current_folder_is_never_run(
    programs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(programs, "pbcopy", f"touch {tmp_path}/ran")
    monkeypatch.chdir(programs)
    monkeypatch.setenv("PATH", ".")
    await clipboard.copy("text", Terminal())  # type: ignore[arg-type]
    assert not (tmp_path / "ran").exists()


async def test_what_could_act_when_pasted_is_made_visible(programs: Path) -> None:
    terminal = Terminal()
    await clipboard.copy("a\x1b[201~b\r\nc\x9d52\udcff", terminal)  # type: ignore[arg-type]
    assert terminal.text == "a␛[201~b\nc⟨9D⟩52?"


async def test_the_terminal_gets_the_sequence(
    programs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app: App[None] = App()
    written: list[str] = []
    async with app.run_test():
        assert app._driver is not None
        monkeypatch.setattr(app._driver, "write", written.append)
        await clipboard.copy("你好", app)
        monkeypatch.undo()
    payload = base64.b64encode("你好".encode()).decode()
    assert f"\x1b]52;c;{payload}\a" in written
    assert os.environ["PATH"]
