"""A recording of 345 MB goes out without being held: measured in a process of its own."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.stepfun.raw import GOOD, KEY, Reader, Server, Writer, head, serving

SIZE = 345_000_000
MOST = 64 * 2**20

CHILD = """
import asyncio, resource, sys
from pathlib import Path
from stepasr_tui.core.audio.probe import probe
from stepasr_tui.core.audio.source import FileAudio
from stepasr_tui.core.credentials import Secret
from stepasr_tui.core.stepfun.client import StepFunClient
from stepasr_tui.core.stepfun.events import Done
from stepasr_tui.core.stepfun.request import AudioFormat, Options, TranscriptionRequest
from stepasr_tui.core.stepfun.service import endpoint

def resident():
    # Not ru_maxrss: a child inherits the mark of the process that started it.
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

async def main():
    url, path, key = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    before = resident()
    found = probe(path)
    audio = FileAudio(path, found.identity)
    request = TranscriptionRequest(
        Options("stepaudio-2.5-asr", "zh"), AudioFormat(found.container), audio, found.duration
    )
    async with StepFunClient(endpoint("cn", "standard", url), Secret(key)) as client:
        last, most, count = None, 0, 0
        async for fact in client.transcribe(request):
            last, count = fact, count + 1
            if count % 20 == 0:
                most = max(most, resident())
    assert isinstance(last, Done), last
    print(request.length, max(most, resident()) - before, count)

asyncio.run(main())
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
async def test_a_large_recording_is_sent_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    fields: list[bytes | int] = [b"RIFF", SIZE + 36, b"WAVEfmt ", 16, 1, 1, 16000, 32000, 2, 16]
    fields += [b"data", SIZE]
    widths = (4, 4, 8, 4, 2, 2, 4, 4, 2, 2, 4, 4)
    with path.open("wb") as file:
        for field, width in zip(fields, widths, strict=True):
            file.write(field if isinstance(field, bytes) else field.to_bytes(width, "little"))
        # Sparse: it takes no room on the disk.
        file.truncate(SIZE + 44)
    received = 0

    async def sink(_server: Server, reader: Reader, writer: Writer) -> None:
        nonlocal received
        start = await head(reader)
        left = int(start.lower().split(b"content-length: ")[1].split(b"\r\n")[0])
        while left:
            chunk = await reader.read(min(left, 2**18))
            assert chunk
            left -= len(chunk)
            received += len(chunk)
        writer.write(GOOD)
        writer.close()

    async with serving(sink) as server:
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", CHILD, server.url, str(path), KEY),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        out, problems = await asyncio.wait_for(child.communicate(), 120)
    assert child.returncode == 0, problems.decode()
    length, growth, facts = map(int, out.split())
    assert received == length > SIZE * 4 // 3
    assert facts > SIZE // (48 * 1024)
    assert growth < MOST
