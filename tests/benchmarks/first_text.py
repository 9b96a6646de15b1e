"""How long a person waits for the first text: from the order to the first delta, in a process.

    python -m tests.benchmarks.first_text RECORDING BASE_URL

Prints seconds. The process has been used once before, as an app that is open has.
"""

import asyncio
import statistics
import sys
import time
from contextlib import aclosing
from pathlib import Path

from stepasr_tui.core.credentials import Secret
from stepasr_tui.core.stepfun.client import StepFunClient
from stepasr_tui.core.stepfun.request import Options
from stepasr_tui.core.stepfun.service import endpoint
from stepasr_tui.core.transcribe.facts import Heard
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.pace import Pace
from stepasr_tui.core.transcribe.runner import Runner
from stepasr_tui.simulator.settings import BOTH_KEY

_TIMES = 5


async def wait(path: Path, base: str) -> float:
    """Seconds from the order to the first delta; the middle of several times."""
    async with StepFunClient(endpoint("cn", "standard", base), Secret(BOTH_KEY)) as client:
        waits = [await _once(path, client) for _ in range(1 + _TIMES)]
    return statistics.median(waits[1:])


async def _once(path: Path, client: StepFunClient) -> float:
    job = Job(1, path, Options("stepaudio-2.5-asr", "en"), 0.0)
    began = time.perf_counter()
    async with aclosing(Runner(client, Pace()).run(job)) as facts:
        async for fact in facts:
            job = job.after(fact)
            if isinstance(fact, Heard):
                return time.perf_counter() - began
    raise SystemExit(f"no text came: {job.error}")


if __name__ == "__main__":
    sys.stdout.write(str(asyncio.run(wait(Path(sys.argv[1]), sys.argv[2]))))
