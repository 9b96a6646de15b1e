"""The installed command as a shell would run it: in a world of its own, on pipes or a terminal."""

import fcntl
import io
import os
import pty
import select
import shutil
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import soundfile

from stepasr_tui.simulator.clips import Sample, samples
from stepasr_tui.simulator.serve import SimulatorServer
from stepasr_tui.simulator.settings import BOTH_KEY

COMMAND = str(Path(sys.executable).with_name("stepasr-tui"))
LIMIT = 60.0
"""Seconds that nothing here should ever take."""
ENGLISH = next(sample for sample in samples() if sample.language == "en")
HELLO = samples()[0]


@dataclass
class Ended:
    """What a command left behind."""

    code: int
    out: str
    err: str


class Shell:
    """Runs the command in an environment that holds nothing of the machine's own."""

    def __init__(self, folder: Path, server: SimulatorServer) -> None:
        self.folder = folder
        self.server = server
        self.home = folder / "home"
        self.home.mkdir()
        self.env = {
            "PATH": os.environ["PATH"],
            "HOME": str(self.home),
            "LANG": "C.UTF-8",
            "STEPASR_BASE_URL": server.url,
            "STEPFUN_API_KEY": BOTH_KEY,
        }

    def clip(self, sample: Sample = HELLO, name: str | None = None) -> Path:
        path = self.folder / (name or sample.file)
        path.write_bytes(sample.audio())
        return path

    def at(self, scenario: str) -> "Shell":
        """The same shell, where every transcription goes as ``scenario`` says."""
        other = object.__new__(Shell)
        other.__dict__ |= self.__dict__
        base = self.server.base_url(scenario=scenario)
        other.env = {**self.env, "STEPASR_BASE_URL": base}
        return other

    def start(self, *words: object, **options: Any) -> "subprocess.Popen[bytes]":
        env = {**self.env, **options.pop("env", {})}
        return subprocess.Popen(
            [COMMAND, *(os.fsencode(str(word)) for word in words)],
            env={name: value for name, value in env.items() if value is not None},
            cwd=self.folder,
            **{"stdin": subprocess.DEVNULL, **options},
        )

    def run(self, *words: object, given: bytes | None = None, **options: Any) -> Ended:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        if given is not None:
            pipes["stdin"] = subprocess.PIPE
        process = self.start(*words, **{**pipes, **options})
        out, err = process.communicate(given, timeout=LIMIT)
        return Ended(process.returncode, (out or b"").decode(), (err or b"").decode())


class Terminal:
    """A pseudo-terminal with a command on it, or with its stdout or stderr only."""

    def __init__(self, columns: int = 80) -> None:
        self.master, self.slave = pty.openpty()
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.seen = b""

    def until(self, enough: Callable[[bytes], bool]) -> bytes:
        """Read what is painted until ``enough`` says so, or the other side has gone."""
        deadline = time.monotonic() + LIMIT
        while not enough(self.seen):
            ready, _, _ = select.select([self.master], [], [], deadline - time.monotonic())
            assert ready, self.seen
            try:
                piece = os.read(self.master, 65536)
            except OSError:
                break
            if not piece:
                break
            self.seen += piece
        return self.seen

    def rest(self) -> bytes:
        """All that is painted until the command has gone."""
        os.close(self.slave)
        seen = self.until(lambda _seen: False)
        os.close(self.master)
        return seen


def as_wav(sample: Sample, path: Path) -> Path:
    return _written(sample, path, "WAV")


def as_mp3(sample: Sample, path: Path) -> Path:
    return _written(sample, path, "MP3")


def as_pcm(sample: Sample, path: Path) -> tuple[Path, int]:
    """The raw samples of a clip, and their rate."""
    sound, rate = soundfile.read(io.BytesIO(sample.audio()), dtype="int16")
    path.write_bytes(sound.tobytes())
    return path, rate


def _written(sample: Sample, path: Path, container: str) -> Path:
    sound, rate = soundfile.read(io.BytesIO(sample.audio()), dtype="int16")
    soundfile.write(path, sound, rate, format=container)
    return path


def ignoring(number: int) -> Callable[[], object]:
    """For ``preexec_fn``: what nohup does."""
    return lambda: signal.signal(number, signal.SIG_IGN)


def left_behind(folder: Path) -> list[str]:
    """Names in a temporary folder of the command's own."""
    return sorted(path.name for path in folder.iterdir())


def has_full_device() -> bool:
    return Path("/dev/full").exists() and shutil.which("sh") is not None
