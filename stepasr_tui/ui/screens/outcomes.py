"""What has become of each recording: marks in the list, rows in the panel of problems."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from textual.screen import Screen

from stepasr_tui.core.errors import StepasrError
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.jobs import Jobs
from stepasr_tui.core.transcribe.phase import Phase
from stepasr_tui.core.transcribe.problem import Problem
from stepasr_tui.core.transcribe.report import problems_of, shortfall
from stepasr_tui.ui.widgets.file_picker import FilePicker, Mark
from stepasr_tui.ui.widgets.problems import Problems

_MARKS = {
    Phase.QUEUED: Mark.QUEUED,
    Phase.FINISHED: Mark.DONE,
    Phase.PARTIAL: Mark.PARTIAL,
    Phase.FAILED: Mark.FAILED,
    Phase.STOPPED: Mark.STOPPED,
}


class Outcomes:
    """Shows on one screen how its jobs stand."""

    def __init__(self, screen: Screen[Any], jobs: Jobs, wall: Callable[[], datetime]) -> None:
        """``wall`` gives the time that problems are dated with."""
        self._screen = screen
        self._jobs = jobs
        self._wall = wall

    def mark(self, job: Job) -> None:
        """Show in the list how the recording of ``job`` stands."""
        job = self._jobs.best(job.path) or job
        mark = Mark.SAVED if self._jobs.is_saved(job) else _MARKS.get(job.phase, Mark.RUNNING)
        if job.phase is Phase.FINISHED and not job.transcript.text.strip():
            mark = Mark.EMPTY
        self._screen.query_one(FilePicker).set_mark(job.path, mark)

    def begun_again(self, job: Job) -> None:
        """What went wrong with ``job`` is being tried again: that is told by its row's going."""
        self._drop({job.id})

    def ended(self, job: Job) -> None:
        """Tell what went wrong with a job that has ended, or that nothing is wrong any more."""
        if job.phase is Phase.FINISHED:
            self._settle(job)
        # The first in the recording comes last, for the panel has its newest on top.
        for error in reversed(problems_of(job)):
            self._add(error, job)

    def toggle_problems(self) -> None:
        """Show or hide the panel; the keys go with it."""
        panel = self._panel
        panel.display = not panel.display
        (panel if panel.display else self._screen.query_one(FilePicker)).focus()

    def close_problems(self) -> None:
        """Put the panel away."""
        self._panel.display = False
        self._screen.query_one(FilePicker).focus()

    @property
    def _panel(self) -> Problems:
        return self._screen.query_one(Problems)

    def _settle(self, job: Job) -> None:
        """What went wrong with this recording before is no problem any more."""
        self._drop({each.id for each in self._jobs if each.path == job.path})
        if much_shorter := shortfall(job):
            self._add(StepasrError(much_shorter), job, is_warning=True)

    def _drop(self, job_ids: set[int]) -> None:
        panel = self._panel
        panel.settle(job_ids)
        if panel.display and not panel.problems:
            if panel.has_focus:
                self._screen.query_one(FilePicker).focus()
            panel.display = False

    def _add(self, error: StepasrError, job: Job, *, is_warning: bool = False) -> None:
        at = self._wall().astimezone()
        name = job.path.name
        self._panel.add(
            Problem.of(error, at=at, job_id=job.id, recording=name, is_warning=is_warning)
        )
        self._panel.display = True
