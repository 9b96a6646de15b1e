"""What a person orders about recordings: begin, send again, stop; what comes of it is told on."""

from collections.abc import Callable, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any

from textual.screen import Screen
from textual.worker import Worker

from stepasr_tui.core.audio.recording import Recording
from stepasr_tui.core.errors import RecordingChanged, StepasrError
from stepasr_tui.core.figures import about, stretch
from stepasr_tui.core.folders import Entry
from stepasr_tui.core.stepfun.service import cost
from stepasr_tui.core.transcribe.estimate import Estimate, estimate, total
from stepasr_tui.core.transcribe.facts import Fact, Failed
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.jobs import Jobs
from stepasr_tui.core.transcribe.phase import Phase
from stepasr_tui.core.transcribe.session import Session
from stepasr_tui.ui.screens.ask import Ask
from stepasr_tui.ui.screens.batch import Batch
from stepasr_tui.ui.screens.in_force import InForce, Say
from stepasr_tui.ui.segment_pieces import lacks_some
from stepasr_tui.ui.widgets.file_picker import FilePicker


class Orders:
    """Starts and stops the jobs of one screen; every fact goes to ``told``."""

    def __init__(
        self,
        screen: Screen[Any],
        session: Session,
        jobs: Jobs,
        in_force: InForce,
        *,
        told: Callable[[int, Fact, int], None],
        begun: Callable[[Job], None],
        say: Say,
    ) -> None:
        """``begun`` hears of each job that something is to come of from now on.

        ``told`` gets a job's number, a fact about it, and which of its runs told that.
        """
        self._screen = screen
        self._session = session
        self._jobs = jobs
        self._in_force = in_force
        self._told = told
        self._begun = begun
        self._say = say
        self._now = session.pace.monotonic
        self._workers: dict[int, Worker[None]] = {}
        self._runs: dict[int, int] = {}

    def estimate(self, recording: Recording) -> Estimate:
        """What it takes to send ``recording`` as things are chosen now."""
        chosen, choices = self._session.settings, self._session.choices(recording.path)
        return estimate(recording, choices, chosen.model, chosen.tier)

    def begin(self, path: Path) -> None:
        """A new job for ``path``, after a question where one must be asked."""
        if self._session.key is None:
            self._in_force.ask_key(lambda: self.begin(path))
            return
        known = self._picker.known(path)
        if known is not None and (why := self.estimate(known).asks):
            self._screen.app.push_screen(
                Ask("A very long recording", why, "Transcribe it"),
                lambda yes: self._start(path, however_long=True) if yes else None,
            )
            return
        self._start(path)

    def again(self, path: Path) -> None:
        """Send what a job of ``path`` lacks; all of it where nothing, or everything, is there."""
        job = self._jobs.best(path)
        if job is None or not lacks_some(job) or isinstance(job.failure, RecordingChanged):
            self.begin(path)
            return
        lacking = (n for n, each in enumerate(job.segments) if each.phase is not Phase.FINISHED)
        self.resume(job, tuple(lacking))

    def once(self, path: Path) -> bool:
        """The same, unless its text is all there: paying again takes another key."""
        job = self._jobs.best(path)
        if job is not None and job.phase is Phase.FINISHED:
            return False
        self.again(path)
        return True

    def retry(self, job: Job) -> bool:
        """Try again what went wrong with ``job``; False when nothing is left to be tried."""
        failed = tuple(n for n, each in enumerate(job.segments) if each.error is not None)
        if job.phase is Phase.FINISHED and failed:
            self.resume(job, failed)
            return True
        return self.once(job.path)

    def resume(self, job: Job, segments: tuple[int, ...]) -> None:
        """Let ``segments`` of a job that ended be heard again; the others keep their texts."""
        if self._session.key is None:
            self._in_force.ask_key(lambda: self.resume(job, segments))
            return
        if self._jobs[job.id].running:
            return
        self._run(self._jobs.resume(job.id, segments, self._now()))

    def ask_again(self, job: Job, segment: int) -> None:
        """Ask whether one segment is to be sent once more, saying what that costs."""
        span = job.segments[segment].span
        if job.running:
            self._say("It is still being transcribed; a segment can be sent again afterwards.")
            return
        if span is None or not job.whole:
            self._say("First send what is missing: ctrl+r does.")
            return
        price = cost(job.options.model, span.end - span.start)
        costs = f" That costs {about(price)}." if price is not None else ""
        self._screen.app.push_screen(
            Ask(
                "Send a segment again",
                f"Send {stretch(span.start, span.end)} again?{costs}\n"
                "Its text stays until there is a new one.",
                "Send it",
            ),
            lambda yes: self.resume(job, (segment,)) if yes else None,
        )

    def ask_all(self, entries: Sequence[Entry]) -> None:
        """Say what all of ``entries`` take together, and ask."""
        if self._session.key is None:
            self._in_force.ask_key(lambda: self.ask_all(entries))
            return
        latest = {entry.path: self._jobs.best(entry.path) for entry in entries}
        running = sum(job is not None and job.running for job in latest.values())
        done = sum(job is not None and job.phase is Phase.FINISHED for job in latest.values())
        fresh = [each for each in entries if not _is_settled(latest[each.path])]
        if not entries:
            self._say("No recordings are shown here.")
            return

        def answered(paths: list[Path] | None) -> None:
            for path in paths or ():
                self.once(path)

        dialog = Batch(
            fresh,
            running=running,
            done=done,
            look=self._picker.look_into,
            estimate=self.estimate,
            total=lambda each: total(each, self._session.settings.tier),
        )
        self._screen.app.push_screen(dialog, answered)

    def hang_up(self, job: Job) -> None:
        """Close the connections of ``job``."""
        self._workers[job.id].cancel()

    def is_current(self, job_id: int, run: int) -> bool:
        """False for what an earlier run of a job told: it was stopped, and begun again since."""
        return self._runs.get(job_id) == run

    @property
    def _picker(self) -> FilePicker:
        return self._screen.query_one(FilePicker)

    def _start(self, path: Path, *, however_long: bool = False) -> None:
        options, choices = self._session.options(path), self._session.choices(path)
        job = self._jobs.begin(path, options, self._now(), choices, however_long=however_long)
        self._in_force.folder_used(path.parent)
        self._run(job)

    def _run(self, job: Job) -> None:
        run = self._runs[job.id] = self._runs.get(job.id, 0) + 1
        self._workers[job.id] = self._screen.run_worker(self._facts(job, run), group="jobs")
        self._begun(job)

    async def _facts(self, job: Job, run: int) -> None:
        try:
            runner = self._session.runner()
        except StepasrError as error:
            self._told(job.id, Failed(self._now(), error), run)
            return
        async with aclosing(runner.run(job)) as facts:
            async for fact in facts:
                self._told(job.id, fact, run)


def _is_settled(job: Job | None) -> bool:
    return job is not None and (job.running or job.phase is Phase.FINISHED)
