"""A recording → the requests that it is sent in, each as soon as it is ready."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

from stepasr_tui.core.audio.recording import Recording, UploadChoices
from stepasr_tui.core.audio.segments import Encoded, Span, goes_as_it_is, segments
from stepasr_tui.core.audio.source import FileAudio
from stepasr_tui.core.errors import StepasrError
from stepasr_tui.core.stepfun.request import AudioFormat, TranscriptionRequest
from stepasr_tui.core.transcribe.job import Job


@dataclass(frozen=True, slots=True)
class Upload:
    """One segment, ready to be sent."""

    span: Span
    """The stretch of the recording."""
    request: TranscriptionRequest
    """What is sent of it."""
    last: bool
    """True when the recording ends with it."""
    notes: tuple[str, ...] = ()
    """Sentences about the sound."""
    choices: UploadChoices | None = None
    """How it was made; None for what is sent as it is."""
    fresh: bool = True
    """False for a span that the job knows already."""
    encoded: Path | None = None
    """Our own file, to be deleted when it is not needed any more."""

    def dispose(self) -> None:
        """Delete the file that was made for it."""
        if self.encoded is not None:
            self.encoded.unlink(missing_ok=True)


async def uploads(
    job: Job,
    recording: Recording,
    folder: Path,
    makers: Executor,
) -> AsyncGenerator[Upload, None]:
    """What is to be sent of ``job``, in order: all of it, or what a job that ended before lacks.

    A recording that the service takes is sent as it is when that is less; any other is made
    into segments by ``makers``, threads. Raises ``RecordingError``.
    """
    # The spans of a job's plan are never moved: its other segments have their texts.
    known = tuple(each.span for each in job.segments if each.span is not None)
    wanted = {n for n, each in enumerate(job.segments) if each.running}
    if len(known) <= 1 and job.whole and goes_as_it_is(recording, job.choices):
        yield _as_it_is(job, recording)
        return
    ready: asyncio.Queue[Upload | StepasrError | None] = asyncio.Queue()
    stopped = threading.Event()
    loop = asyncio.get_running_loop()

    def tell(what: Upload | StepasrError | None) -> None:
        with contextlib.suppress(RuntimeError):  # the loop may be gone
            loop.call_soon_threadsafe(ready.put_nowait, what)

    def make() -> None:
        try:
            for each in segments(
                recording,
                job.choices,
                folder,
                known=known,
                wanted=wanted if known else None,
                more=not (known and job.whole),
                most=job.choices.whole,
                stopped=stopped.is_set,
            ):
                tell(_encoded(job, each, fresh=each.span.index >= len(known)))
        except StepasrError as error:
            tell(error)
        finally:
            tell(None)

    work = loop.run_in_executor(makers, make)
    try:
        while (each := await ready.get()) is not None:
            if isinstance(each, StepasrError):
                raise each
            yield each
        await work
    finally:
        stopped.set()
        work.cancel()


def _as_it_is(job: Job, recording: Recording) -> Upload:
    raw = recording.accepted == "pcm"
    shape = AudioFormat(
        recording.accepted or recording.container,
        recording.sample_rate if raw else None,
        recording.channels if raw else None,
    )
    audio = FileAudio(recording.path, recording.identity)
    request = TranscriptionRequest(job.options, shape, audio, recording.duration)
    return Upload(Span(0, 0.0, recording.duration or 0.0), request, last=True)


def _encoded(job: Job, made: Encoded, *, fresh: bool) -> Upload:
    length = made.span.end - made.span.start
    audio = FileAudio(made.path, made.identity)
    request = TranscriptionRequest(job.options, AudioFormat("ogg"), audio, length)
    return Upload(
        made.span, request, made.last, made.notes, job.choices, fresh=fresh, encoded=made.path
    )
