"""Looks into one recording in the background, from the quick to the thorough; it draws nothing."""

import asyncio
import threading
from collections.abc import AsyncGenerator
from contextlib import closing, suppress
from pathlib import Path

from stepasr_tui.core.audio.probe import measured, probe
from stepasr_tui.core.audio.recording import Recording
from stepasr_tui.core.errors import StepasrError

_REST = 0.1
"""Seconds on a recording before it is worth reading at all."""

_LONGER_REST = 0.4
"""Seconds more before all of it is read, where that alone tells how long it is."""

_COLUMNS = 160
"""Stretches of sound in a waveform: more than most panes are wide."""

Found = Recording | list[float] | StepasrError
"""What the file is (again once that is exact), levels for a waveform (again when finer), or why
there are none."""


async def look(path: Path, track: int) -> AsyncGenerator[Found, None]:
    """What there is to find in ``path``, as it is found; ``track`` is the sound to look at.

    The last is a ``StepasrError`` when the file is no recording. Work in threads ends soon after
    the iterator is closed.
    """
    # Not for each row that the cursor only passes.
    await asyncio.sleep(_REST)
    try:
        recording = await asyncio.to_thread(probe, path)
    except StepasrError as error:
        yield error
        return
    yield recording
    found: asyncio.Queue[Found | None] = asyncio.Queue()
    unwanted = threading.Event()
    track = min(track, max(0, len(recording.tracks) - 1))
    works = [
        asyncio.ensure_future(_draw(recording, track, found, unwanted)),
        asyncio.ensure_future(_measure(recording, found)),
    ]
    try:
        for _ in works:
            while (each := await found.get()) is not None:
                yield each
    finally:
        unwanted.set()
        for work in works:
            work.cancel()


async def _draw(
    recording: Recording,
    track: int,
    found: asyncio.Queue[Found | None],
    unwanted: threading.Event,
) -> None:
    loop = asyncio.get_running_loop()

    def tell(each: Found) -> None:
        with suppress(RuntimeError):  # the app may have ended
            loop.call_soon_threadsafe(found.put_nowait, each)

    def draw() -> None:
        from stepasr_tui.core.audio.peaks import refined

        try:
            with closing(refined(recording, _COLUMNS, track=track)) as passes:
                for levels in passes:
                    if unwanted.is_set():
                        return
                    tell([float(level) for level in levels])
        except StepasrError as error:
            tell(error)

    await asyncio.to_thread(draw)
    found.put_nowait(None)


async def _measure(recording: Recording, found: asyncio.Queue[Found | None]) -> None:
    if not recording.exact or recording.duration is None:
        await asyncio.sleep(_LONGER_REST)
        # That it cannot be read to its end is for the job to say: an estimate is there.
        with suppress(StepasrError):
            found.put_nowait(await asyncio.to_thread(measured, recording))
    found.put_nowait(None)
