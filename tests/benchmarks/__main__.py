"""How fast, how small, how faithful: one table, and bars that must be met.

    python -m tests.benchmarks [--minutes 60]

Makes an hour of speech as WAV, MP3 and M4A, prepares each as the app does and, in the same run,
as the service's example does (read, base64, JSON), each in a process of its own. It takes about
2 minutes and 600 MB of the temporary folder. Speeds are × real time per second of one core;
ratios are what to compare, for machines differ. Ends with 1 when a bar is not met.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import soundfile

from stepasr_tui.core.audio.encode import OpusFile
from stepasr_tui.simulator.serve import SimulatorServer
from stepasr_tui.simulator.settings import SimulatorSettings
from tests.benchmarks import material
from tests.benchmarks.child import Figures
from tests.benchmarks.damage import log_mel_rmse

MB = 1_000_000


@dataclass(frozen=True, slots=True)
class Bar:
    """Something that must hold."""

    name: str
    """What is measured."""
    value: float
    """What it was."""
    bar: float
    """What it must be."""
    unit: str
    """Of both."""
    least: bool = False
    """True when ``bar`` is the least, not the most."""

    @property
    def met(self) -> bool:
        """Whether it holds."""
        return self.value >= self.bar if self.least else self.value <= self.bar


def main() -> int:
    """Prints the table; 1 when a bar is not met."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks")
    parser.add_argument("--minutes", type=float, default=60.0, help="length of each recording")
    seconds = parser.parse_args().minutes * 60
    bars: list[Bar] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bars += _preparation(folder, seconds)
        bars += _damage(folder)
        bars += _first_text(folder)
    _line()
    for each in bars:
        sign = "≥" if each.least else "≤"
        _line(
            f"{'pass' if each.met else 'FAIL'}  {each.name:<44}"
            f"{each.value:>8.2f} {sign} {each.bar:g} {each.unit}"
        )
    return 0 if all(each.met for each in bars) else 1


def _preparation(folder: Path, seconds: float) -> list[Bar]:
    """Speed, size and memory of preparing each kind of recording, beside the naive way."""
    idle = _measured("idle", folder)
    _line(f"{seconds / 60:.0f} minutes each; an idle process holds {idle.peak / MB:.0f} MB")
    _line()
    _line(f"{'':<14}{'source':>9}{'upload':>9}{'':>8}{'speed':>9}{'first':>8}{'peak':>9}{'':>7}")
    bars = []
    for kind in material.KINDS:
        path = material.recording(folder, kind, seconds)
        ours, theirs = _measured("prepare", path), _measured("naive", path)
        size = path.stat().st_size
        thrice = material.again(path, 3)
        wave = _measured("waveform", thrice).wall
        most = _measured("prepare", thrice).peak
        path.unlink()
        thrice.unlink()
        speed = seconds / ours.cpu
        for name, each in ((kind, ours), ("  naive", theirs)):
            _line(
                f"{name:<14}{size / MB:>6.1f} MB{each.upload / MB:>6.1f} MB"
                f"{each.upload / size:>7.2f}×{seconds / each.cpu:>8.0f}×{each.first:>6.2f} s"
                f"{each.peak / MB:>6.0f} MB  {each.requests} request{'s' * (each.requests > 1)}"
            )
        _line(
            f"{'  ratio':<14}{'':>9}{theirs.upload / ours.upload:>7.1f}× less"
            f"{'':>23}{theirs.peak / ours.peak:>5.1f}× less"
        )
        # In base64 it is a third more than the file, and an hour is what the bar speaks of.
        hour = ours.upload * 3 / 4 / MB * 3600 / seconds
        bars.append(Bar(f"an hour of {kind} encoded", hour, 14.0, "MB"))
        bars.append(Bar(f"peak memory, {kind}", ours.peak / MB, 100.0, "MB"))
        bars.append(Bar(f"peak memory, {kind}, three times as long", most / MB, 100.0, "MB"))
        bars.append(Bar(f"waveform of {seconds / 20:.0f} minutes of {kind}", wave, 0.5, "s"))
        if kind == "wav":
            bars.append(Bar("preparation of wav", speed, 400.0, "× real time", least=True))
    return bars


def _damage(folder: Path) -> list[Bar]:
    """What encoding does to speech on a street, 20 dB below it."""
    sound = material.speech()
    bars = []
    for best in (False, True):
        file = OpusFile(folder / f"{best}.ogg", best)
        for at in range(0, len(sound), material.RATE):
            file.write(sound[at : at + material.RATE])
        file.close()
        heard, _ = soundfile.read(file.path, dtype="float32")
        name = "log-mel damage, " + ("best quality" if best else "usual quality")
        bars.append(Bar(name, log_mel_rmse(sound, heard), 3.5, "dB"))
    return bars


def _first_text(folder: Path) -> list[Bar]:
    """Time to the first text, 10 minutes against 3 hours, of words that the simulator hears.

    It stands in for the service, whose first text comes after half a second, in this process.
    """
    waits = {}
    with SimulatorServer(SimulatorSettings(speed=100.0, first_text=0.5)) as server:
        for minutes in (10, 180):
            path = material.tones(folder, minutes)
            command = [sys.executable, "-m", "tests.benchmarks.first_text", str(path)]
            done = subprocess.run(
                [*command, server.base_url()], check=True, capture_output=True, text=True
            )
            waits[minutes] = float(done.stdout)
            path.unlink()
            _line(f"first text of {minutes} minutes of mp3: {waits[minutes]:.2f} s")
    return [Bar("first text, 3 hours ÷ 10 minutes", waits[180] / waits[10], 1.3, "×")]


def _measured(way: str, path: Path) -> Figures:
    command = [sys.executable, "-m", "tests.benchmarks.child", way, str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Figures(**json.loads(done.stdout))


def _line(text: str = "") -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
