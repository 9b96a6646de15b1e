"""The room where recordings become text: routes facts to the widgets that show them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Footer, Static
from textual.worker import Worker

from stepasr_tui.core.audio.probe import probe
from stepasr_tui.core.credentials import shown
from stepasr_tui.core.display import visible, visible_row
from stepasr_tui.core.errors import SettingsError, StepasrError
from stepasr_tui.core.paths import home
from stepasr_tui.core.settings import Settings, with_folder
from stepasr_tui.core.stepfun.service import LANGUAGES, PLANS, REGIONS
from stepasr_tui.core.transcribe.job import Fact, Failed, Finished, Job, Phase, Stopped
from stepasr_tui.core.transcribe.jobs import Jobs
from stepasr_tui.core.transcribe.problem import Problem
from stepasr_tui.core.transcribe.report import shortfall
from stepasr_tui.core.transcribe.session import Session
from stepasr_tui.ui.clipboard import copy
from stepasr_tui.ui.commands import bindings
from stepasr_tui.ui.screens.hearing import Hearing
from stepasr_tui.ui.screens.recent import Recent
from stepasr_tui.ui.screens.saving import Saving
from stepasr_tui.ui.widgets.file_picker import FilePicker, Mark
from stepasr_tui.ui.widgets.problems import Problems
from stepasr_tui.ui.widgets.title_bar import TitleBar, TitleFacts
from stepasr_tui.ui.widgets.transcript_view import TranscriptView

if TYPE_CHECKING:
    from stepasr_tui.core.credentials import Secret
    from stepasr_tui.core.stepfun.keycheck import CheckRow
    from stepasr_tui.ui.screens.key_setup import Check

_TICK = 0.25
"""Seconds between two looks at the clock while something runs."""

_MARKS = {
    Phase.QUEUED: Mark.QUEUED,
    Phase.FINISHED: Mark.DONE,
    Phase.PARTIAL: Mark.PARTIAL,
    Phase.FAILED: Mark.FAILED,
    Phase.STOPPED: Mark.STOPPED,
}


class MainScreen(Screen[None]):
    """File picker on the left, transcript on the right, problems below."""

    CSS_PATH = "main.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("Everywhere")
    AUTO_FOCUS = "FilePicker Tree"

    @dataclass
    class JobMoved(Message):
        """A fact about a job."""

        job_id: int
        fact: Fact

    def __init__(
        self,
        session: Session,
        jobs: Jobs,
        start: Path,
        *,
        demo: bool = False,
        wall: Callable[[], datetime] = datetime.now,
    ) -> None:
        """``start`` is the folder to begin in, or a file in it to select."""
        super().__init__()
        self._session = session
        self._jobs = jobs
        self._start = start
        self._demo = demo
        self._wall = wall
        self._now = session.pace.monotonic
        self._saving = Saving(self, jobs)
        self._workers: dict[int, Worker[None]] = {}
        self._writing = asyncio.Lock()
        self._before_card: Widget | None = None

    def compose(self) -> ComposeResult:
        folder = self._start if self._start.is_dir() else self._start.parent
        yield TitleBar(id="title")
        with Horizontal(id="house"):
            yield FilePicker(folder, home=home(), probe=probe)
            yield Hearing(self._now, id="hearing")
        yield Problems(id="problems")
        yield Footer(show_command_palette=False)
        yield Static(
            "This window is too small.\n"
            "stepasr-tui needs 60 columns and 16 rows.\n\n"
            "Everything goes on meanwhile.",
            id="too-small",
        )

    def on_mount(self) -> None:
        self.query_one(Problems).display = False
        if not self._start.is_dir():
            self.query_one(FilePicker).select(self._start)
        self.set_interval(_TICK, self._hearing.tick)
        self.refresh_title()
        self._say_notes()

    def on_resize(self, event: events.Resize) -> None:
        small, was_small = event.size.width < 60 or event.size.height < 16, self._has_card
        if small and not was_small:
            self._before_card = self.focused
        self.set_class(small, "-too-small")
        if was_small and not small and self.focused is None:
            # What is hidden loses the focus, and nothing gives it back.
            self.call_after_refresh(self.set_focus, self._before_card)
        self.set_class(event.size.width < 110, "-narrow")

    @property
    def _has_card(self) -> bool:
        return self.has_class("-too-small")

    def _say_notes(self) -> None:
        for note in self._session.take_notes():
            self.say(note, warning=True)

    def say(self, sentence: str, *, warning: bool = False) -> None:
        """A sentence in the corner that leaves by itself."""
        self.notify(
            visible(sentence), severity="warning" if warning else "information", markup=False
        )

    def refresh_title(self) -> None:
        """Show what is in force now."""
        session, where, chosen = self._session, self._session.where, self._session.settings
        running, done, _ = self._jobs.counts()
        ended = Counter(job.phase for job in self._jobs if job is self._jobs.of(job.path))
        self.query_one(TitleBar).update_facts(
            TitleFacts(
                region=REGIONS[where.region].title,
                plan=PLANS[where.plan].title,
                model=chosen.model,
                language=LANGUAGES[chosen.language],
                key=shown(session.key.secret) if session.key and not self._demo else "",
                key_source=session.key.source if session.key else "",
                host="demo" if self._demo else "" if where.own else where.host,
                needs_key=not self._demo,
                running=running,
                done=done,
                incomplete=ended[Phase.PARTIAL] + ended[Phase.STOPPED],
                failed=ended[Phase.FAILED],
            )
        )

    def begin(self, path: Path) -> None:
        """Transcribe ``path``; a recording that is on its way already is only shown."""
        job = self._jobs.of(path)
        if job is None or not job.running:
            if self._session.key is None:
                self.action_key(path)
                return
            job = self._jobs.begin(path, self._session.options(path), self._now())
            self._workers[job.id] = self._run(job)
            self._remember(with_folder(self._session.settings, str(path.parent)))
        self._show(path)
        self._mark(job)

    @work(group="jobs")
    async def _run(self, job: Job) -> None:
        try:
            runner = self._session.runner()
        except StepasrError as error:
            self.post_message(self.JobMoved(job.id, Failed(self._now(), error)))
            return
        async with aclosing(runner.run(job)) as facts:
            async for fact in facts:
                self.post_message(self.JobMoved(job.id, fact))

    @on(JobMoved)
    def _moved(self, event: JobMoved) -> None:
        before = self._jobs[event.job_id]
        job = self._jobs.fold(event.job_id, event.fact)
        if job is before:
            return
        shown = self._shown
        if job is shown:
            self._hearing.show_fact(job, event.fact)
        elif shown and shown.path == job.path:
            # It ended without any text: that of an earlier time is still there.
            self._hearing.show_job(shown)
        if job.phase is not before.phase:
            self._mark(job)
            self.refresh_title()
        for warning in job.warnings if not before.warnings else ():
            self.say(f"{visible_row(job.path.name, 40)}: {warning}", warning=True)
        if isinstance(event.fact, Failed):
            self._add_problem(event.fact.error, job)
        elif isinstance(event.fact, Finished):
            self._settle(job)

    @property
    def _hearing(self) -> Hearing:
        return self.query_one(Hearing)

    @property
    def _shown(self) -> Job | None:
        """The job that is on the screen."""
        return self._jobs.best(self._hearing.path)

    def _show(self, path: Path) -> None:
        """Show the recording ``path``, or its job where it has one."""
        job = self._jobs.best(path)
        if job is None:
            known = self.query_one(FilePicker).known(path)
            self._hearing.show_recording(path, known, self._session.settings.model)
        else:
            self._hearing.show_job(job)

    def _mark(self, job: Job) -> None:
        job = self._jobs.best(job.path) or job
        mark = Mark.SAVED if self._jobs.is_saved(job) else _MARKS.get(job.phase, Mark.RUNNING)
        if job.phase is Phase.FINISHED and not job.transcript.text.strip():
            mark = Mark.EMPTY
        self.query_one(FilePicker).set_mark(job.path, mark)

    def _settle(self, job: Job) -> None:
        """What went wrong with this recording before is no problem any more."""
        panel = self.query_one(Problems)
        panel.settle({each.id for each in self._jobs if each.path == job.path})
        if much_shorter := shortfall(job):
            self._add_problem(StepasrError(much_shorter), job, is_warning=True)
        elif panel.display and not panel.problems:
            if panel.has_focus:
                self.query_one(FilePicker).focus()
            panel.display = False

    def _add_problem(self, error: StepasrError, job: Job, *, is_warning: bool = False) -> None:
        panel = self.query_one(Problems)
        at = self._wall().astimezone()
        name = job.path.name
        panel.add(Problem.of(error, at=at, job_id=job.id, recording=name, is_warning=is_warning))
        panel.display = True

    # What the person does.

    @on(FilePicker.Highlighted)
    def _highlighted(self, event: FilePicker.Highlighted) -> None:
        if event.path is not None and not event.is_folder:
            self._show(event.path)

    @on(FilePicker.FolderChanged)
    def _folder_changed(self, event: FilePicker.FolderChanged) -> None:
        self._remember(replace(self._session.settings, last_folder=str(event.path)))

    def _remember(self, settings: Settings) -> None:
        """Keep where recordings are taken from; that it cannot be kept is not worth a word."""
        folders = {
            "last_folder": settings.last_folder,
            "recent_folders": settings.recent_folders,
        }
        self._session.use(**folders)

        def keep() -> None:
            with suppress(SettingsError):
                self._session.keep(**folders)

        self._write(keep)

    @on(FilePicker.Chosen)
    def _chosen(self, event: FilePicker.Chosen) -> None:
        self._start_once(event.path)

    def _start_once(self, path: Path) -> None:
        """Transcribe ``path``, unless its text is there: paying again takes another key."""
        job = self._jobs.of(path)
        if job and job.phase is Phase.FINISHED:
            self.say("This recording is done. ctrl+r sends it again, which costs again.")
            self._show(path)
            return
        self.begin(path)

    @on(FilePicker.RecentWanted)
    def action_recent(self) -> None:
        def go(folder: Path | None) -> None:
            if folder:
                self.query_one(FilePicker).go(folder)

        self.app.push_screen(Recent(self._session.settings.recent_folders), go)

    @on(Problems.CopyWanted)
    def _copy_problem(self, event: Problems.CopyWanted) -> None:
        self._copy(event.problem.as_text())

    @work(group="copy")
    async def _copy(self, text: str) -> None:
        # A clipboard program may take its time: keys must not wait for it.
        self.say(await copy(text, self.app))

    @on(Problems.RetryWanted)
    def _retry_problem(self, event: Problems.RetryWanted) -> None:
        if event.problem.job_id is not None:
            self._start_once(self._jobs[event.problem.job_id].path)

    @on(Problems.Closed)
    def _close_problems(self) -> None:
        self.query_one(Problems).display = False
        self.query_one(FilePicker).focus()

    @on(TranscriptView.FollowChanged)
    def _follow_changed(self, event: TranscriptView.FollowChanged) -> None:
        if not event.following and self._shown and self._shown.running:
            self.say("Not following the text any more; f or end returns to it.")

    def action_retry(self) -> None:
        if self._hearing.path:
            self.begin(self._hearing.path)

    def action_stop(self) -> None:
        job = self._shown
        if job is None or not job.running:
            self.say("Nothing is running for this recording.")
            return
        self.stop(job)

    def stop(self, job: Job) -> None:
        """Close the connection of ``job`` and keep its text so far."""
        self._workers[job.id].cancel()
        self._moved(self.JobMoved(job.id, Stopped(self._now())))

    def action_copy(self) -> None:
        job = self._shown
        if job is None or not job.transcript.text.strip():
            self.say("There is no text to copy yet.")
            return
        self._copy(job.transcript.text)

    def action_save(self) -> None:
        if job := self._with_text():
            self._saving.save(job, done=self._saved)

    def action_save_as(self) -> None:
        if job := self._with_text():
            self._saving.ask(job, "Where should this transcript go?", done=self._saved)

    def _saved(self, job: Job) -> None:
        self._mark(job)

    def _with_text(self) -> Job | None:
        job = self._shown
        if job is not None and job.transcript.text.strip() and not job.running:
            return job
        self.say("There is no finished text to save yet.")
        return None

    def action_problems(self) -> None:
        panel = self.query_one(Problems)
        panel.display = not panel.display
        (panel if panel.display else self.query_one(FilePicker)).focus()

    def action_language(self) -> None:
        language = "en" if self._session.settings.language == "zh" else "zh"
        self.change(language=language)
        self.say(f"Recordings are now heard as {'English' if language == 'en' else 'Chinese'}.")

    def change(self, **changes: object) -> None:
        """Let settings be in force from the next recording on, and keep them."""
        self._session.use(**changes)
        self.refresh_title()
        if "plan" in changes and self._session.where.plan != changes["plan"]:
            self.say("The base URL in force ends in the other plan's path: it decides.")
        self._write(partial(self._session.keep, **changes))

    @work(group="settings")
    async def _write(self, keep: Callable[[], list[str] | None]) -> None:
        """Write settings in a thread, one change after another in the order of the keys."""
        async with self._writing:
            try:
                notes = await asyncio.to_thread(keep)
            except StepasrError as error:
                notes = [str(error)]
        for note in notes or ():
            self.say(note, warning=True)

    def action_key(self, wanted: Path | None = None) -> None:
        """Ask for a key; then transcribe ``wanted``, for which there was none."""
        from stepasr_tui.ui.screens.key_setup import KeySetup

        session = self._session

        def done(saved: KeySetup.Done | None) -> None:
            if saved:
                session.use(region=saved.region, plan=saved.plan)
                self.refresh_title()
                self._say_notes()
                if session.key is None:
                    self.say(f"The key is saved, but not in force. {session.no_key}", warning=True)
                elif wanted:
                    self.begin(wanted)
                else:
                    self.say("The key is saved. Choose a recording and press Enter.")
            elif wanted:
                self.say("Without a key nothing can be sent; ctrl+k sets one up.")

        self.app.push_screen(
            KeySetup(
                check=_check(session),
                save=session.keep_key,
                path=session.config_file,
                region=session.where.region,
                plan=session.where.plan,
                current=session.key,
            ),
            done,
        )


def _check(session: Session) -> "Check":
    async def check(secret: "Secret", region: str, plan: str) -> "AsyncIterator[CheckRow]":
        from stepasr_tui.core.stepfun.keycheck import check_key

        model = session.settings.model
        async for row in check_key(secret, session.at(region, plan), model):
            yield row

    return check
