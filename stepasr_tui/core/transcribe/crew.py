"""The segments of one job, sent side by side: one stream of facts from all of them."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing

from stepasr_tui.core.errors import AttemptError, StepasrError, TooMuch
from stepasr_tui.core.transcribe.facts import Cut, Fact, Failed, Sent
from stepasr_tui.core.transcribe.sending import Sender, concerns_all
from stepasr_tui.core.transcribe.uploads import Upload

_WORTH_CUTTING = 120.0
"""Seconds; what is refused as too large and is shorter is not large because of its sound."""


class MustBeCut(Exception):
    """The service refused a recording that was sent whole: it must be cut."""

    def __init__(self, half: float) -> None:
        """``half`` of its duration, in seconds."""
        super().__init__(half)
        self.half = half


class Crew:
    """One sender at work on several segments."""

    def __init__(self, sender: Sender, now: Callable[[], float]) -> None:
        """``now`` gives monotonic seconds."""
        self._sender = sender
        self._now = now
        self._facts: asyncio.Queue[Fact | None] = asyncio.Queue()
        self._failure: StepasrError | None = None
        self._making: asyncio.Task[None] | None = None
        self._unsent: dict[int, asyncio.Task[None]] = {}

    async def facts(self, made: AsyncGenerator[Upload, None]) -> AsyncGenerator[Fact, None]:
        """The facts of all uploads until each has ended; ``made`` is closed then.

        A segment that fails leaves the others as they are. Closing the generator closes every
        connection. Raises ``StepasrError`` for what ends the job as a whole, and ``MustBeCut``.
        """
        work = asyncio.create_task(self._work(made))
        work.add_done_callback(lambda _: self._facts.put_nowait(None))
        try:
            while (fact := await self._facts.get()) is not None:
                yield fact
            await work
        finally:
            work.cancel()
            await asyncio.gather(work, return_exceptions=True)
        if self._failure:
            raise self._failure

    async def _work(self, made: AsyncGenerator[Upload, None]) -> None:
        try:
            async with asyncio.TaskGroup() as group:
                self._making = group.create_task(self._make(made, group))
        except BaseExceptionGroup as several:
            # The others were only cancelled because of the first.
            raise several.exceptions[0] from None

    async def _make(self, made: AsyncGenerator[Upload, None], group: asyncio.TaskGroup) -> None:
        try:
            async with aclosing(made):
                async for upload in made:
                    if upload.fresh:
                        self._facts.put_nowait(
                            Cut(self._now(), upload.span, upload.last, upload.notes, upload.choices)
                        )
                    task = group.create_task(self._send(upload))
                    self._unsent[upload.span.index] = task
        except StepasrError as error:
            # What was cut before is good, and is heard to its end.
            self._failure = self._failure or error

    async def _send(self, upload: Upload) -> None:
        index = upload.span.index
        try:
            async with aclosing(self._sender.send(upload)) as facts:
                async for fact in facts:
                    if isinstance(fact, Sent) and fact.sent >= fact.total:
                        self._unsent.pop(index, None)
                    self._facts.put_nowait(fact)
        except StepasrError as error:
            self._failed(upload, error)
        finally:
            self._unsent.pop(index, None)
            upload.dispose()

    def _failed(self, upload: Upload, error: StepasrError) -> None:
        seconds = upload.request.duration or 0.0
        whole = upload.last and upload.span.index == 0
        if isinstance(error, TooMuch) and whole and seconds >= _WORTH_CUTTING:
            raise MustBeCut(seconds / 2) from error
        if isinstance(error, AttemptError) and concerns_all(error):
            self._give_up(error)
            return
        self._facts.put_nowait(Failed(self._now(), error, upload.span.index))

    def _give_up(self, error: AttemptError) -> None:
        """Send nothing more; what the service has already, and may bill, is heard to its end."""
        self._failure = error
        if self._making:
            self._making.cancel()
        for task in self._unsent.values():
            if task is not asyncio.current_task():
                task.cancel()
