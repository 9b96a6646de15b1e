"""Crashes, signals and stray output, in real processes on a real pseudo-terminal."""

import os
import pty
import signal
import stat
import subprocess
import sys
import termios
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyte
import pytest

from stepasr_tui.core.crash import install_hooks, redacted, write_crash_report

KEY = "sk-Canary0123456789abcdefa1b2"

PROGRAM = """
import os, sys, threading, time
from pathlib import Path
from textual.app import App
from textual.widgets import Static
from stepasr_tui.ui.terminal import CrashSafe, catch_signals, quiet_descriptor_two

FOLDER = Path(sys.argv[1])
WHAT = sys.argv[2]

class Bad(Static):
    def render(self):
        key = "KEY"
        raise ValueError("Illegal header b'Bearer KEY' in [/] \\x1b]0;x\\x07")

class Probe(CrashSafe[None]):
    crash_folder = FOLDER

    def compose(self):
        yield Static("hello")

    def on_ready(self):
        getattr(self, WHAT)()

    def handler(self):
        key = "KEY"
        raise KeyError("KEY")

    def paint(self):
        self.mount(Bad())

    def worker(self):
        async def work():
            raise RuntimeError("KEY")
        self.run_worker(work())

    def thread_worker(self):
        def work():
            raise RuntimeError("KEY")
        self.run_worker(work, thread=True)

    def twice(self):
        self.worker()
        self.call_later(self.exit, None, 0)
        self.handler()

    def noise(self):
        os.write(2, b"NOISE FROM C")
        self.exit()

    def signalled(self):
        catch_signals(lambda number: self.exit(return_code=128 + number))
        os.write(1, b"READY")

    def stuck(self):
        catch_signals(lambda number: None, grace=30)
        os.write(1, b"READY")
        while True:
            pass

    def stuck_with_grace(self):
        catch_signals(lambda number: None, grace=0.1)
        os.write(1, b"READY")
        while True:
            pass

app = Probe()
with quiet_descriptor_two(FOLDER / "log"):
    app.run()
sys.exit(app.return_code)
""".replace("KEY", KEY)


@dataclass
class Ended:
    """A program after its end, and what its terminal shows."""

    code: int
    raw: bytes
    rows: list[str]
    restored: bool


Run = Callable[..., Ended]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)

    def runs(what: str, *signals: int, hang_up: bool = False) -> Ended:
        master, slave = pty.openpty()
        termios.tcsetwinsize(slave, (24, 80))
        before = termios.tcgetattr(slave)
        process = subprocess.Popen(
            [sys.executable, str(program), str(tmp_path / "state"), what],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env={**os.environ, "TERM": "xterm-256color"},
            start_new_session=True,
        )
        raw = b""
        pending = list(signals)
        if hang_up:
            os.close(slave)
        while process.poll() is None or _readable(master):
            if _readable(master):
                try:
                    raw += os.read(master, 65536)
                except OSError:
                    break
            if b"READY" in raw and pending:
                process.send_signal(pending.pop(0))
            if b"READY" in raw and hang_up:
                os.close(master)
                process.send_signal(signal.SIGHUP)
                return Ended(process.wait(20), raw, [], True)
        code = process.wait(20)
        after = termios.tcgetattr(slave)
        os.close(master)
        os.close(slave)
        screen = pyte.Screen(80, 24)
        pyte.ByteStream(screen).feed(raw.partition(b"\x1b[?1049l")[2])
        rows = [row.rstrip() for row in screen.display if row.strip()]
        return Ended(code, raw, rows, after == before)

    return runs


def _readable(descriptor: int) -> bool:
    import select

    return bool(select.select([descriptor], [], [], 0.05)[0])


@pytest.mark.parametrize("what", ["handler", "paint", "worker", "thread_worker", "twice"])
def test_a_crash_is_one_line_a_private_report_and_70(run: Run, tmp_path: Path, what: str) -> None:
    ended = run(what)
    reports = list((tmp_path / "state").glob("crash-*.txt"))
    assert ended.code == 70
    assert ended.restored
    assert "".join(ended.rows).startswith("stepasr-tui stopped because of a bug of ours. A report")
    assert reports[0].name in "".join(ended.rows)
    assert len(reports) == 1
    assert b"Canary" not in ended.raw
    assert b"Traceback" not in ended.raw
    report = reports[0].read_text("utf-8")
    assert stat.S_IMODE(reports[0].stat().st_mode) == 0o600
    assert "Canary" not in report
    assert "program.py:" in report
    assert "textual 8." in report
    for switch in (b"?1049l", b"?25h", b"?1000l", b"?1003l", b"?2004l", b"?1004l"):
        assert b"\x1b[" + switch in ended.raw


def test_what_libraries_write_to_descriptor_two_goes_to_the_log(run: Run, tmp_path: Path) -> None:
    ended = run("noise")
    assert ended.code == 0
    assert b"NOISE" not in ended.raw
    assert b"hello" in ended.raw
    assert (tmp_path / "state" / "log").read_bytes() == b"NOISE FROM C"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_in_order(run: Run, number: int) -> None:
    ended = run("signalled", number)
    assert ended.code == 128 + number
    assert ended.restored


def test_a_closed_terminal_ends_it(run: Run) -> None:
    assert run("signalled", hang_up=True).code == 129


@pytest.mark.parametrize(
    ("what", "signals"),
    [("stuck", [signal.SIGTERM, signal.SIGTERM]), ("stuck_with_grace", [signal.SIGTERM])],
)
def test_a_stuck_app_ends_all_the_same(run: Run, what: str, signals: list[int]) -> None:
    ended = run(what, *signals)
    assert ended.code == 143
    assert ended.restored
    assert b"\x1b[?1049l" in ended.raw


@pytest.mark.parametrize(
    "text",
    [
        KEY,
        f"Bearer {KEY}",
        "Authorization: Bearer Canary-token",
        f"key={KEY!r}",
        "Canary0123456789abcdef0123",
        f"b'{KEY}\\n'",
    ],
)
def test_what_looks_like_a_key_is_redacted(text: str) -> None:
    assert "Canary" not in redacted(f"before {text} after")
    assert redacted(f"before {text} after").startswith("before ")


def test_words_are_not_redacted() -> None:
    text = "the file 'song.mp3' has 2 channels and an unbelievable-sample-rate"
    assert redacted(text) == text


def test_a_report_names_causes_and_groups(tmp_path: Path) -> None:
    def fails(number: int) -> None:
        secret = KEY
        raise ValueError(secret, number)

    try:
        try:
            fails(1)
        except ValueError as error:
            raise ExceptionGroup("several", [OSError("inner")]) from error
    except ExceptionGroup as error:
        path = write_crash_report(tmp_path / "new" / "folder", error)
    report = path.read_text("utf-8")
    assert all(name in report for name in ("ExceptionGroup", "ValueError", "OSError: inner"))
    assert "fails" in report
    assert "Canary" not in report


def test_a_second_report_in_the_same_second_has_its_own_name(tmp_path: Path) -> None:
    paths = {write_crash_report(tmp_path, ValueError("x")) for _ in range(3)}
    assert len(paths) == 3


def test_errors_outside_the_app_show_no_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import threading

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    install_hooks(tmp_path)

    def fails() -> None:
        raise ValueError(KEY)

    thread = threading.Thread(target=fails)
    thread.start()
    thread.join()
    assert len(list(tmp_path.glob("crash-*"))) == 1
    assert capsys.readouterr().err == ""
    try:
        fails()
    except ValueError as error:
        sys.excepthook(type(error), error, error.__traceback__)
    assert len(list(tmp_path.glob("crash-*"))) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert "Canary" not in said
