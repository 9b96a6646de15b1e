"""One measurement in a process of its own: prints its figures as JSON.

python -m tests.benchmarks.child prepare|naive|waveform|idle FILE
"""

import base64
import json
import sys
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Figures:
    """What one way of preparing one file took."""

    cpu: float = 0.0
    """Seconds of all cores together."""
    first: float = 0.0
    """Seconds of wall time until the first segment could be sent."""
    wall: float = 0.0
    """Seconds of wall time."""
    peak: int = 0
    """Most bytes of memory that the process held."""
    upload: int = 0
    """Bytes to be sent, in base64."""
    requests: int = 0
    """In how many requests."""


def prepare(path: Path) -> Figures:
    """As the app does it, each segment deleted as if it had been sent."""
    from stepasr_tui.core.audio.probe import probe
    from stepasr_tui.core.audio.recording import UploadChoices
    from stepasr_tui.core.audio.segments import segments

    upload, first, count = 0, 0.0, 0
    begun, cpu = time.monotonic(), time.process_time()
    with tempfile.TemporaryDirectory() as folder:
        for made in segments(probe(path), UploadChoices(), Path(folder)):
            first = first or time.monotonic() - begun
            upload += -(-made.size // 3) * 4
            count += 1
            made.path.unlink()
    wall = time.monotonic() - begun
    return Figures(time.process_time() - cpu, first, wall, _peak(), upload, count)


def naive(path: Path) -> Figures:
    """As in the service's example: all of the file in memory, at once."""
    begun, cpu = time.monotonic(), time.process_time()
    data = base64.b64encode(path.read_bytes()).decode()
    body = json.dumps({"audio": {"data": data}}).encode()
    wall = time.monotonic() - begun
    return Figures(time.process_time() - cpu, wall, wall, _peak(), len(body), 1)


def waveform(path: Path) -> Figures:
    """The first waveform of a recording, as wide as a large screen; the disk has it in memory."""
    from stepasr_tui.core.audio.peaks import peaks
    from stepasr_tui.core.audio.probe import probe

    recording = probe(path)
    peaks(recording, 2)  # what it needs is loaded
    begun, cpu = time.monotonic(), time.process_time()
    peaks(recording, 160)
    wall = time.monotonic() - begun
    return Figures(time.process_time() - cpu, wall, wall, _peak())


def idle(_path: Path) -> Figures:
    """What the process takes before it does anything."""
    import av
    import numpy
    import soxr

    assert av and numpy and soxr
    return Figures(peak=_peak())


def _peak() -> int:
    if sys.platform == "linux":
        # Not ru_maxrss: a child inherits the mark of the process that started it.
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


if __name__ == "__main__":
    way = {"prepare": prepare, "naive": naive, "waveform": waveform, "idle": idle}[sys.argv[1]]
    sys.stdout.write(json.dumps(asdict(way(Path(sys.argv[2])))))
