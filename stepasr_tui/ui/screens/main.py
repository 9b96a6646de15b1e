"""The room where recordings become text: routes facts to the widgets that show them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Footer

from stepasr_tui.core.audio.probe import probe
from stepasr_tui.core.display import visible, visible_row
from stepasr_tui.core.paths import home
from stepasr_tui.core.transcribe.facts import Fact, Stopped
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.jobs import Jobs
from stepasr_tui.core.transcribe.session import Session
from stepasr_tui.ui.clipboard import copy
from stepasr_tui.ui.commands import bindings
from stepasr_tui.ui.screens.at_a_glance import title_facts
from stepasr_tui.ui.screens.hearing import Hearing
from stepasr_tui.ui.screens.in_force import InForce
from stepasr_tui.ui.screens.orders import Orders
from stepasr_tui.ui.screens.outcomes import Outcomes
from stepasr_tui.ui.screens.recent import Recent
from stepasr_tui.ui.screens.room import Room
from stepasr_tui.ui.screens.saving import Saving
from stepasr_tui.ui.widgets.file_picker import FilePicker
from stepasr_tui.ui.widgets.problems import Problems
from stepasr_tui.ui.widgets.title_bar import TitleBar
from stepasr_tui.ui.widgets.transcript_view import TranscriptView

_TICK = 0.25
"""Seconds between two looks at the clock while something runs."""


class MainScreen(Room):
    """File picker on the left, transcript on the right, problems below."""

    CSS_PATH = "main.tcss"
    BINDINGS: ClassVar[list[BindingType]] = bindings("Everywhere")
    AUTO_FOCUS = "FilePicker Tree"

    @dataclass
    class JobMoved(Message):
        """A fact about a job."""

        job_id: int
        fact: Fact
        run: int
        """Which of the job's runs told it."""

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
        self._now = session.pace.monotonic
        self._saving = Saving(self, jobs)
        self.in_force = InForce(self, session, say=self.say, changed=self._changed)
        self._outcomes = Outcomes(self, jobs, wall)
        self.orders = Orders(
            self,
            session,
            jobs,
            self.in_force,
            told=self._tell,
            begun=self._begun,
            say=self.say,
        )

    def compose(self) -> ComposeResult:
        folder = self._start if self._start.is_dir() else self._start.parent
        yield TitleBar(id="title")
        with Horizontal(id="house"):
            yield FilePicker(folder, home=home(), probe=probe)
            yield Hearing(self._now, self.orders.estimate, self._session.choices, id="hearing")
        yield Problems(id="problems")
        yield Footer(show_command_palette=False)
        yield from super().compose()

    def on_mount(self) -> None:
        self.query_one(Problems).display = False
        if not self._start.is_dir():
            self.query_one(FilePicker).select(self._start)
        self.set_interval(_TICK, self._hearing.tick)
        self.refresh_title()
        self.in_force.say_notes()

    def say(self, sentence: str, *, warning: bool = False) -> None:
        """A sentence in the corner that leaves by itself."""
        self.notify(
            visible(sentence), severity="warning" if warning else "information", markup=False
        )

    def refresh_title(self) -> None:
        """Show what is in force now."""
        facts = title_facts(self._session, self._jobs, demo=self._demo)
        self.query_one(TitleBar).update_facts(facts)

    def begin(self, path: Path) -> None:
        """Transcribe ``path``; a recording that is on its way already is only shown."""
        job = self._jobs.best(path)
        if job is None or not job.running:
            self.orders.begin(path)
        self._show(path)

    def _begun(self, job: Job) -> None:
        """Something is to come of ``job`` from now on."""
        if job.path == self._hearing.path:
            self._show(job.path)
        self._outcomes.begun_again(job)
        self._outcomes.mark(job)
        self.refresh_title()

    def _tell(self, job_id: int, fact: Fact, run: int) -> None:
        self.post_message(self.JobMoved(job_id, fact, run))

    def _changed(self) -> None:
        """Other settings are in force."""
        self.refresh_title()
        self._hearing.estimate_again()

    @on(JobMoved)
    def _moved(self, event: JobMoved) -> None:
        if self.orders.is_current(event.job_id, event.run):
            self._fold(event.job_id, event.fact)

    def _fold(self, job_id: int, fact: Fact) -> None:
        before = self._jobs[job_id]
        job = self._jobs.fold(job_id, fact)
        if job is before:
            return
        shown = self._shown
        if job is shown:
            self._hearing.show_fact(job, fact)
        elif shown and shown.path == job.path:
            # It ended without any text: that of an earlier time is still there.
            self._hearing.show_job(shown)
        if job.phase is not before.phase:
            self._outcomes.mark(job)
            self.refresh_title()
        for warning in job.warnings if not before.warnings else ():
            self.say(f"{visible_row(job.path.name, 40)}: {warning}", warning=True)
        if before.running and not job.running:
            self._outcomes.ended(job)

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
            self._hearing.show_recording(path, known)
        else:
            self._hearing.show_job(job)

    # What the person does.

    @on(FilePicker.Highlighted)
    def _highlighted(self, event: FilePicker.Highlighted) -> None:
        if event.path is not None and not event.is_folder:
            self._show(event.path)

    @on(FilePicker.FolderChanged)
    def _folder_changed(self, event: FilePicker.FolderChanged) -> None:
        self.in_force.folder_shown(event.path)

    @on(Hearing.Measured)
    def _measured(self, event: Hearing.Measured) -> None:
        self.query_one(FilePicker).learn(event.recording)

    @on(FilePicker.Chosen)
    def _chosen(self, event: FilePicker.Chosen) -> None:
        self._start_once(event.path)

    def _start_once(self, path: Path) -> None:
        """Transcribe ``path``, unless its text is there: paying again takes another key."""
        if not self.orders.once(path):
            self.say("This recording is done. ctrl+r sends it again, which costs again.")
        self._show(path)

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
            job = self._jobs[event.problem.job_id]
            if not self.orders.retry(job):
                self.say("This recording is done. ctrl+r sends it again, which costs again.")
            self._show(job.path)

    @on(Problems.Closed)
    def _close_problems(self) -> None:
        self._outcomes.close_problems()

    @on(TranscriptView.FollowChanged)
    def _follow_changed(self, event: TranscriptView.FollowChanged) -> None:
        if not event.following and self._shown and self._shown.running:
            self.say("Not following the text any more; f returns to it.")

    def action_retry(self) -> None:
        if self._hearing.path:
            self.orders.again(self._hearing.path)

    def action_send_again(self) -> None:
        place = self._hearing.place()
        if place is not None:
            self._send_again(place)

    @on(Hearing.SendAgain)
    def _send_again_at(self, event: Hearing.SendAgain) -> None:
        self._send_again(event.seconds)

    def _send_again(self, seconds: float) -> None:
        job = self._shown
        if job is None:
            self.say("Nothing was sent yet. Enter transcribes this recording.")
            return
        self.orders.ask_again(job, job.segment_at(seconds))

    def action_marks(self) -> None:
        if (said := self._hearing.toggle_seams()) is not None:
            self.say(said)

    def action_batch(self) -> None:
        self.orders.ask_all(self.query_one(FilePicker).shown())

    def action_track(self) -> None:
        recording = self._hearing.recording
        if recording is None or len(recording.tracks) < 2:
            self.say("There are not several sounds to choose from in this file.")
            return
        self.in_force.ask_track(recording)

    def action_sending(self) -> None:
        self.in_force.ask_sending()

    def action_stop(self) -> None:
        job = self._shown
        if job is None or not job.running:
            self.say("Nothing is running for this recording.")
            return
        self.stop(job)

    def stop(self, job: Job) -> None:
        """Close the connections of ``job`` and keep its text so far."""
        self.orders.hang_up(job)
        self._fold(job.id, Stopped(self._now()))

    def action_copy(self) -> None:
        job = self._shown
        if job is None or not job.transcript.text.strip():
            self.say("There is no text to copy yet.")
            return
        self._copy(job.transcript.text)

    def action_save(self) -> None:
        if job := self._with_text():
            self._saving.save(job, done=self._outcomes.mark)

    def action_save_as(self) -> None:
        if job := self._with_text():
            self._saving.ask(job, "Where should this transcript go?", done=self._outcomes.mark)

    def _with_text(self) -> Job | None:
        job = self._shown
        if job is not None and job.transcript.text.strip() and not job.running:
            return job
        self.say("There is no finished text to save yet.")
        return None

    def action_problems(self) -> None:
        self._outcomes.toggle_problems()

    def action_language(self) -> None:
        self.in_force.switch_language()

    def action_key(self) -> None:
        self.in_force.ask_key()
