"""``stepasr-tui transcribe``: recordings in, texts on stdout, all else on stderr."""

import asyncio
import contextlib
import os
import shutil
import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepasr_tui.cli_asked import MEANT, STDIN, Asked, called, path_of, spooled
from stepasr_tui.cli_exit import ACCOUNT, COMPLETE, PARTIAL, code_of, overall
from stepasr_tui.cli_output import (
    Console,
    kept_aside,
    lines_of,
    must_be_open,
    put,
    quiet_libraries,
)
from stepasr_tui.cli_signals import Signals
from stepasr_tui.core.audio.raw import may_be_raw
from stepasr_tui.core.audio.recording import Recording
from stepasr_tui.core.audio.spool import Spool
from stepasr_tui.core.audio.workbench import workbench
from stepasr_tui.core.credentials import Secret, find_key, missing_key
from stepasr_tui.core.display import visible_path
from stepasr_tui.core.errors import AccountError, NotSaved, RecordingError, StepasrError
from stepasr_tui.core.library.export import as_json, as_timed_txt, as_txt
from stepasr_tui.core.paths import Paths
from stepasr_tui.core.transcribe import report
from stepasr_tui.core.transcribe.estimate import asks
from stepasr_tui.core.transcribe.facts import (
    Cut,
    Fact,
    Failed,
    Prepared,
    Probed,
    Retrying,
    Stopped,
)
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.phase import Phase
from stepasr_tui.core.transcribe.problem import stretches
from stepasr_tui.core.transcribe.session import Session

if TYPE_CHECKING:
    from stepasr_tui.core.transcribe.runner import Runner

_REDRAW = 0.1
"""Seconds between two looks at the line of progress."""


def transcribe(asked: Asked, env: Mapping[str, str]) -> int:
    """Transcribe one recording after another; returns the exit code.

    Raises ``StepasrError`` for what makes all of it impossible, ``ReaderGone``, ``Interrupted``.
    """
    console, signals, spool = Console(env), Signals(), Spool()
    must_be_open()
    paths = Paths.for_user()
    key = find_key(env, paths)
    session = Session(paths, env, region=asked.region, plan=asked.plan, base_url=asked.base_url)
    console.say(*session.notes)
    if key is None:
        raise missing_key()
    signals.at_the_end += [console.clear, spool.remove]
    with signals.caught(), contextlib.ExitStack() as stack:
        stack.callback(spool.remove)
        bench = stack.enter_context(workbench(paths.cache / "segments"))
        # A second signal ends all at once.
        signals.at_the_end.append(partial(shutil.rmtree, bench, ignore_errors=True))
        stdin = spooled(asked.files, spool)
        stack.enter_context(quiet_libraries())
        stack.callback(console.clear)
        run = _Run(asked, session, console, signals, stdin, bench)
        return asyncio.run(run.all(key.secret))


class _Run:
    """One call of the command."""

    def __init__(
        self,
        asked: Asked,
        session: Session,
        console: Console,
        signals: Signals,
        stdin: Path | StepasrError | None,
        bench: Path,
    ) -> None:
        """``bench`` is the folder for what is made to be sent."""
        self._asked, self._session, self._console = asked, session, console
        self._signals, self._stdin, self._bench = signals, stdin, bench
        self._job: Job | None = None
        self._warned: set[str] = set()

    async def all(self, key: Secret) -> int:
        """Every file in order; the exit code."""
        from stepasr_tui.core.stepfun.client import StepFunClient
        from stepasr_tui.core.transcribe.pace import Pace
        from stepasr_tui.core.transcribe.runner import Runner

        codes: list[int] = []
        asyncio.get_running_loop().set_exception_handler(self._report_stray)
        async with StepFunClient(self._session.where, key) as client:
            runner = Runner(
                client,
                Pace(self._asked.tier or self._session.settings.tier),
                cache=self._bench,
                strict_billing=self._asked.strict_billing,
            )
            for number, name in enumerate(self._asked.files, start=1):
                job = await self._ended(runner, self._new_job(number, name), name)
                code = self._deliver(job, name)
                codes.append(code)
                if self._signals.number is not None:
                    return 128 + self._signals.number
                if code != COMPLETE and isinstance(job.error, AccountError):
                    rest = self._asked.files[number:]
                    self._leave(rest, job.error)
                    codes += [ACCOUNT] * len(rest)
                    break
        return overall(codes)

    def _report_stray(self, _loop: object, context: dict[str, Any]) -> None:
        """An error in a task that nobody awaits: reported, never a traceback on the screen."""
        from stepasr_tui.core.crash import write_crash_report

        error = context.get("exception")
        if isinstance(error, BaseException):
            with contextlib.suppress(NotSaved):
                write_crash_report(self._session.paths.state / "crashes", error)

    def _new_job(self, number: int, name: str) -> Job:
        settings, now = self._session.settings, time.monotonic()
        return Job(
            number,
            path_of(name, self._stdin),
            self._asked.options(settings),
            now,
            choices=self._asked.choices(settings),
            however_long=self._asked.yes,
            since=now,
        )

    async def _ended(self, runner: "Runner", job: Job, name: str) -> Job:
        """The job once nothing more comes: its own end, or a signal's."""
        self._job, self._warned = job, set()
        if name == STDIN and isinstance(self._stdin, StepasrError):
            return job.after(Failed(time.monotonic(), self._stdin))
        following = asyncio.create_task(self._follow(runner, name))
        drawing = asyncio.create_task(self._draw(name))
        loop = asyncio.get_running_loop()
        self._signals.stop = lambda: loop.call_soon_threadsafe(following.cancel)
        if self._signals.number is not None:
            following.cancel()
        try:
            await asyncio.wait({following})
            if following.cancelled() and self._job.running:
                return self._job.after(Stopped(time.monotonic()))
            if not following.cancelled():
                following.result()
            return self._job
        finally:
            drawing.cancel()
            self._console.clear()

    async def _follow(self, runner: "Runner", name: str) -> None:
        assert self._job is not None  # noqa: S101 - for the type checker
        if self._asked.pcm:
            may_be = await asyncio.to_thread(may_be_raw, self._job.path)
            self._job = replace(self._job, pcm=self._asked.pcm if may_be else None)
        async with aclosing(runner.run(self._job)) as facts:
            async for fact in facts:
                self._job = self._job.after(fact)
                self._tell(fact, name)
                if isinstance(fact, Probed) and (error := self._lacks_track(fact.recording)):
                    self._job = self._job.after(Failed(fact.at, error))
                    return

    def _tell(self, fact: Fact, name: str) -> None:
        """Say what cannot wait for the end."""
        match fact:
            case Probed():
                for remark in self._asked.remarks(fact.recording):
                    self._warn(remark, name)
            case Cut():
                for note in fact.notes:
                    self._warn(note, name)
            case Prepared():
                for warning in fact.warnings:
                    self._warn(warning, name)
            case Retrying() if not self._console.live:
                again = f"It is tried again in {fact.wait:.0f} s (attempt {fact.attempt})."
                about = self._stretch(fact.segment)
                self._console.say(*lines_of([f"{about}{fact.error.what} {again}"], called(name)))
            case Failed() if self._is_unasked:
                fact.error.remedy = MEANT

    @property
    def _is_unasked(self) -> bool:
        """Whether the recording is one that nobody said yes to."""
        job = self._job
        return bool(job and job.recording and not job.however_long and asks(job.recording))

    def _lacks_track(self, recording: Recording) -> RecordingError | None:
        try:
            self._asked.must_have_track(recording)
        except RecordingError as error:
            return error
        return None

    def _stretch(self, segment: int) -> str:
        """Which part of the recording, for the start of a sentence, where it is not all of it."""
        segments = self._job.segments if self._job else ()
        span = segments[segment].span if len(segments) > 1 else None
        return f"{stretches([(span.start, span.end)])}: " if span else ""

    def _warn(self, sentence: str, name: str) -> None:
        if sentence not in self._warned:
            self._warned.add(sentence)
            self._console.say(*lines_of([sentence], called(name)))

    async def _draw(self, name: str) -> None:
        # Without a terminal too: a signal is seen when the loop turns, at the latest then.
        while True:
            if self._console.live and self._job is not None:
                words = report.progress(self._job, time.monotonic())
                self._console.progress(f"{_short(called(name))}  {words}")
            await asyncio.sleep(_REDRAW)

    def _deliver(self, job: Job, name: str) -> int:
        """Write what there is of the text, say what there is to say; the exit code."""
        finished, text = job.phase is Phase.FINISHED, report.text_of(job)
        sentences = report.afterthoughts(job)
        for error in () if finished else report.problems_of(job):
            self._console.say(*lines_of(report.problem(error), called(name)))
        if job.phase is Phase.STOPPED and text and len(job.segments) > 1 and job.missing:
            sentences.append(f"Missing: {stretches(job.missing)}.")
        if not finished and text:
            sentences.append(self._so_far(text, called(name)))
        elif job.phase is Phase.STOPPED:
            sentences.append("It was stopped before any text came.")
        for sentence in sentences:
            self._console.say(*lines_of([sentence], called(name)))
        try:
            self._put(job, name)
        except NotSaved as error:
            kept = self._kept(text, called(name))
            if kept:
                error.remedy = f"The text is kept in {visible_path(kept)}."
            raise
        if finished:
            return COMPLETE
        return PARTIAL if text or job.error is None else code_of(job.error)

    def _put(self, job: Job, name: str) -> None:
        asked, text = self._asked, report.text_of(job)
        if asked.as_objects:
            put(as_json(report.as_object(job, name, timestamps=asked.timestamps)))
        elif job.phase is Phase.FINISHED or asked.partial:
            cues = report.timed(job) if asked.timestamps else []
            if asked.timestamps and text.strip() and not cues:
                self._console.say(*lines_of(["There are no times for this text."], called(name)))
            put(as_timed_txt(cues) or as_txt(text))

    def _so_far(self, text: str, name: str) -> str:
        """Where a text that is not complete goes; what is not printed is kept all the same."""
        count = f"{len(text)} characters"
        if self._asked.partial or self._asked.as_objects:
            return f"The text so far ({count}) is printed."
        kept = self._kept(text, name)
        if kept is None:
            return f"The text so far ({count}) is not printed: --partial or --json would."
        return f"The text so far ({count}) is in {visible_path(kept)} (--partial prints it)."

    def _kept(self, text: str, name: str) -> Path | None:
        return kept_aside(text, name, self._session.paths)

    def _leave(self, names: tuple[str, ...], why: StepasrError) -> None:
        """Say which recordings are not tried: all would meet the same refusal."""
        if not names:
            return
        self._console.say(f"Not tried, as they would meet the same end: {', '.join(names)}")
        if self._asked.as_objects:
            for number, name in enumerate(names, start=len(self._asked.files) - len(names) + 1):
                put(as_json(report.untried(self._new_job(number, name), name, why)))


def _short(name: str, limit: int = 40) -> str:
    """The end of a path, short enough to leave room for what happens to it."""
    base = os.path.basename(name) or name  # noqa: PTH119 - the name may be no path at all
    return base if len(base) <= limit else base[: limit - 1] + "…"
