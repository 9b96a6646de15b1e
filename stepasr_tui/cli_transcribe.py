"""``stepasr-tui transcribe``: recordings in, texts on stdout, all else on stderr."""

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepasr_tui.cli_exit import ACCOUNT, COMPLETE, PARTIAL, code_of, overall
from stepasr_tui.cli_output import (
    Console,
    kept_aside,
    lines_of,
    must_be_open,
    put,
    quiet_libraries,
)
from stepasr_tui.cli_signals import Signals, blocks_of
from stepasr_tui.core.audio.raw import may_be_raw
from stepasr_tui.core.audio.spool import Spool
from stepasr_tui.core.credentials import Secret, find_key, missing_key
from stepasr_tui.core.display import visible_path
from stepasr_tui.core.errors import NotSaved, RecordingError, StepasrError
from stepasr_tui.core.library.export import as_json, as_timed_txt, as_txt
from stepasr_tui.core.paths import Paths
from stepasr_tui.core.stepfun.request import Options
from stepasr_tui.core.transcribe import report
from stepasr_tui.core.transcribe.job import (
    Fact,
    Failed,
    Job,
    PcmShape,
    Phase,
    Prepared,
    Probed,
    Retrying,
    Stopped,
)
from stepasr_tui.core.transcribe.session import Session

if TYPE_CHECKING:
    from stepasr_tui.core.transcribe.runner import Runner

STDIN = "-"
"""The name that stands for standard input."""

_REDRAW = 0.1
"""Seconds between two looks at the line of progress."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for; ``None`` leaves it to the settings."""

    files: tuple[str, ...]
    """Paths as they were given, or ``-`` once."""
    language: str | None = None
    """What is spoken."""
    model: str | None = None
    """The speech model."""
    container: str | None = None
    """What the bytes are said to be; their content decides, where it can be told."""
    pcm: PcmShape | None = None
    """For raw samples."""
    enable_itn: bool | None = None
    """Numbers as figures."""
    hotwords: tuple[str, ...] = ()
    """Names and terms to expect; empty for the settings' own."""
    timestamps: bool = False
    """Sentences with their times."""
    as_objects: bool = False
    """One line of JSON for each file."""
    partial: bool = False
    """Also texts that are not complete."""
    strict_billing: bool = False
    """Nothing is sent twice that may have been billed once."""
    region: str | None = None
    """Instead of the settings' own."""
    plan: str | None = None
    """Likewise."""
    base_url: str | None = None
    """Likewise."""


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
        stdin = _spooled(spool) if STDIN in asked.files else None
        stack.enter_context(quiet_libraries())
        stack.callback(console.clear)
        run = _Run(asked, session, console, signals, stdin)
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
    ) -> None:
        self._asked, self._session, self._console = asked, session, console
        self._signals, self._stdin = signals, stdin
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
                Pace(self._session.settings.tier),
                strict_billing=self._asked.strict_billing,
            )
            for number, name in enumerate(self._asked.files, start=1):
                job = await self._ended(runner, self._new_job(number, name), name)
                code = self._deliver(job, name)
                codes.append(code)
                if self._signals.number is not None:
                    return 128 + self._signals.number
                if code == ACCOUNT and job.error:
                    self._leave(self._asked.files[number:], job.error)
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
        path = Path("stdin") if name == STDIN else Path(name)
        if name == STDIN and isinstance(self._stdin, Path):
            path = self._stdin
        asked, settings = self._asked, self._session.settings
        options = Options(
            asked.model or settings.model,
            asked.language or settings.language,
            settings.enable_itn if asked.enable_itn is None else asked.enable_itn,
            hotwords=asked.hotwords or settings.hotwords,
        )
        now = time.monotonic()
        return Job(number, path, options, now, since=now)

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

    def _tell(self, fact: Fact, name: str) -> None:
        """Say what cannot wait for the end."""
        match fact:
            case Probed():
                asked, found = self._asked.container, fact.recording.container
                if asked and asked != found:
                    self._warn(f"It is sent as {found}, which it is, and not as {asked}.", name)
            case Prepared():
                for warning in fact.warnings:
                    self._warn(warning, name)
            case Retrying() if not self._console.live:
                again = f"It is tried again in {fact.wait:.0f} s (attempt {fact.attempt})."
                self._console.say(*lines_of([f"{fact.error.what} {again}"], _called(name)))

    def _warn(self, sentence: str, name: str) -> None:
        if sentence not in self._warned:
            self._warned.add(sentence)
            self._console.say(*lines_of([sentence], _called(name)))

    async def _draw(self, name: str) -> None:
        # Without a terminal too: a signal is seen when the loop turns, at the latest then.
        while True:
            if self._console.live and self._job is not None:
                words = report.progress(self._job, time.monotonic())
                self._console.progress(f"{_short(_called(name))}  {words}")
            await asyncio.sleep(_REDRAW)

    def _deliver(self, job: Job, name: str) -> int:
        """Write what there is of the text, say what there is to say; the exit code."""
        called = _called(name)
        finished = job.phase is Phase.FINISHED
        for sentence in report.afterthoughts(job):
            self._console.say(*lines_of([sentence], called))
        if job.error and not finished:
            self._console.say(*lines_of(report.problem(job.error), called))
        text = job.transcript.text
        if not finished and text:
            self._console.say(*lines_of([self._so_far(text, called)], called))
        elif job.phase is Phase.STOPPED:
            self._console.say(*lines_of(["It was stopped before any text came."], called))
        try:
            self._put(job, name)
        except NotSaved as error:
            kept = self._kept(text, called)
            if kept:
                error.remedy = f"The text is kept in {visible_path(kept)}."
            raise
        if finished:
            return COMPLETE
        return PARTIAL if text or job.error is None else code_of(job.error)

    def _put(self, job: Job, name: str) -> None:
        asked, text = self._asked, job.transcript.text
        if asked.as_objects:
            put(as_json(report.as_object(job, name, timestamps=asked.timestamps)))
        elif job.phase is Phase.FINISHED or asked.partial:
            if asked.timestamps and text.strip() and not job.transcript.cues:
                self._console.say(*lines_of(["There are no times for this text."], _called(name)))
            cues = job.transcript.cues if asked.timestamps else ()
            put(as_timed_txt(cues) or as_txt(text))

    def _so_far(self, text: str, called: str) -> str:
        """Where a text that is not complete goes; what is not printed is kept all the same."""
        count = f"{len(text)} characters"
        if self._asked.partial or self._asked.as_objects:
            return f"The text so far ({count}) is printed."
        kept = self._kept(text, called)
        if kept is None:
            return f"The text so far ({count}) is not printed: --partial or --json would."
        return f"The text so far ({count}) is in {visible_path(kept)} (--partial prints it)."

    def _kept(self, text: str, called: str) -> Path | None:
        return kept_aside(text, called, self._session.paths)

    def _leave(self, names: tuple[str, ...], why: StepasrError) -> None:
        """Say which recordings are not tried: all would meet the same refusal."""
        if not names:
            return
        self._console.say(f"Not tried, as they would meet the same end: {', '.join(names)}")
        if self._asked.as_objects:
            for number, name in enumerate(names, start=len(self._asked.files) - len(names) + 1):
                put(as_json(report.untried(self._new_job(number, name), name, why)))


def _spooled(spool: Spool) -> Path | StepasrError:
    try:
        return spool.take(blocks_of(sys.stdin.buffer), "stdin")
    except RecordingError as error:
        return error


def _called(name: str) -> str:
    return "stdin" if name == STDIN else name


def _short(name: str, limit: int = 40) -> str:
    """The end of a path, short enough to leave room for what happens to it."""
    base = os.path.basename(name) or name  # noqa: PTH119 - the name may be no path at all
    return base if len(base) <= limit else base[: limit - 1] + "…"
