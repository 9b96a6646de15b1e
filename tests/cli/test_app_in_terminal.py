"""The real command, full screen, in a pseudo-terminal whose screen is read by ``pyte``."""

import base64
import os
import re
import signal
import subprocess
import termios
import threading
from collections.abc import Callable
from pathlib import Path

import pyte
import pytest

from stepasr_tui.core.library.rescue import rescued
from tests.cli.shell import HELLO, LIMIT, Shell, Terminal, left_behind

COPIED = re.compile(rb"\x1b\]52;c;([A-Za-z0-9+/=]+)")


class Screen:
    """A running app and what a person would see of it."""

    def __init__(self, shell: Shell, *words: object, **env: str | None) -> None:
        self.terminal = Terminal(columns=120)
        self.modes = termios.tcgetattr(self.terminal.slave)
        slave = self.terminal.slave
        self.process = shell.start(
            *words,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={"TERM": "xterm-256color", "COLORTERM": "truecolor", **env},
            start_new_session=True,
        )

    def until(self, true: Callable[[str], bool]) -> str:
        """The screen, as soon as ``true`` of it."""
        self.terminal.until(lambda _seen: true(self.text))
        text = self.text
        assert true(text), text
        return text

    @property
    def text(self) -> str:
        """What is painted now; wide characters take two cells, the second of them empty."""
        screen = pyte.Screen(120, 24)
        # Modes that pyte does not know would be read as text.
        seen = re.sub(rb"\x1b\[[<>=][0-9;]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p", b"", self.terminal.seen)
        pyte.ByteStream(screen).feed(seen)
        return "\n".join(row.rstrip() for row in screen.display)

    def press(self, keys: bytes) -> None:
        os.write(self.terminal.master, keys)

    def end(self) -> int:
        # Somebody must go on reading: an app whose terminal is full waits for ever.
        reading = threading.Thread(target=self.terminal.until, args=(lambda _seen: False,))
        reading.start()
        code = self.process.wait(LIMIT)
        self.modes_after = termios.tcgetattr(self.terminal.slave)
        os.close(self.terminal.slave)
        reading.join(LIMIT)
        os.close(self.terminal.master)
        return code


def test_the_demo_streams_replaces_copies_and_leaves_nothing(shell: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    # Nothing of the machine's: no key, no address, no configuration.
    bare = {"TMPDIR": str(folder), "STEPFUN_API_KEY": None, "STEPASR_BASE_URL": None}
    screen = Screen(shell, "demo", **bare)
    draft = "".join(piece.text for piece in HELLO.pieces)
    screen.until(lambda text: "hearing" in text and draft[:6] in text)
    text = screen.until(lambda text: "✓ final" in text)
    assert "4 places differ from the draft" in text
    assert HELLO.text[:30] in text.replace("\n", "")
    screen.press(b"\x19")  # ctrl+y
    screen.until(lambda _text: COPIED.search(screen.terminal.seen) is not None)
    found = COPIED.search(screen.terminal.seen)
    assert found
    assert base64.b64decode(found[1]).decode() == HELLO.text
    screen.press(b"\x11")  # ctrl+q
    assert screen.end() == 0
    assert screen.modes_after == screen.modes, "the terminal is as it was"
    assert left_behind(folder) == []
    assert list(shell.home.iterdir()) == []


def test_a_file_named_on_the_command_line_is_started_by_enter(shell: Shell) -> None:
    clip = shell.clip()
    screen = Screen(shell, clip)
    screen.until(lambda text: "transcribes it" in text)
    screen.press(b"\r")
    screen.until(lambda text: "✓ final" in text)
    screen.press(b"\x13")  # ctrl+s
    screen.until(lambda text: "Saved as" in text)
    assert clip.with_suffix(".txt").read_text(encoding="utf-8") == HELLO.text + "\n"
    screen.press(b"\x11")
    assert screen.end() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_restores_the_terminal_and_keeps_the_text(shell: Shell, number: int) -> None:
    stalled = shell.at("stall-midstream")
    screen = Screen(stalled, stalled.clip())
    screen.until(lambda text: "transcribes it" in text)
    screen.press(b"\r")
    screen.until(lambda text: HELLO.text[:5] in text)
    screen.process.send_signal(number)
    assert screen.end() == 128 + number
    assert screen.modes_after == screen.modes
    (kept,) = rescued(shell.home / ".local/share/stepasr-tui/unsaved")
    assert HELLO.text[:5] in kept.read_text(encoding="utf-8")


def test_the_key_is_in_nothing_that_the_app_leaves_or_shows(shell: Shell) -> None:
    broken = shell.at("bad-key")
    screen = Screen(broken, broken.clip())
    screen.until(lambda text: "transcribes it" in text)
    screen.press(b"\r")
    screen.until(lambda text: "key was rejected" in text)
    arguments = Path(f"/proc/{screen.process.pid}/cmdline")
    key = shell.env["STEPFUN_API_KEY"].encode()
    if arguments.exists():
        assert key not in arguments.read_bytes()
    screen.press(b"\x11")
    screen.end()
    assert key not in screen.terminal.seen
    for path in shell.home.rglob("*"):
        if path.is_file():
            assert key not in path.read_bytes(), path


def test_without_a_terminal_there_is_a_sentence(shell: Shell) -> None:
    for words in ((), ("demo",)):
        ended = shell.run(*words, stdin=subprocess.DEVNULL)
        assert ended.code == 2
        assert "terminal" in ended.err
        assert ended.out == ""
