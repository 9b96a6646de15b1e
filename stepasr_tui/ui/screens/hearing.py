"""The right side of the main screen: one recording, its progress and its text."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from stepasr_tui.core.audio.probe import Recording, probe
from stepasr_tui.core.display import visible
from stepasr_tui.core.errors import StepasrError
from stepasr_tui.core.stepfun.service import LANGUAGES
from stepasr_tui.core.transcribe.job import Fact, Failed, Finished, Heard, Job, Phase, Stopped
from stepasr_tui.ui.commands import bindings
from stepasr_tui.ui.widgets.job_bar import JobBar
from stepasr_tui.ui.widgets.transcript_view import TranscriptView
from stepasr_tui.ui.widgets.waveform import Waveform

_REST = 0.1
"""Seconds on a recording before its waveform is worth reading."""

_COLUMNS = 160
"""Stretches of sound in a waveform: more than most panes are wide."""


class Hearing(Vertical):
    """Shows a recording or its job; its keys are single letters, for they are free here."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("Transcript")

    def __init__(
        self,
        now: Callable[[], float],
        *,
        id: str | None = None,  # noqa: A002 - Textual's word
    ) -> None:
        """``now`` gives monotonic seconds: the clock that the facts carry."""
        super().__init__(id=id)
        self._now = now
        self.path: Path | None = None
        """The recording that is shown."""
        self.job: Job | None = None
        """Its job as it is shown; None while it has none."""

    def compose(self) -> ComposeResult:
        yield JobBar(id="job")
        yield Waveform(id="wave")
        yield TranscriptView(id="text")

    def on_mount(self) -> None:
        self._text.clear("Choose a recording on the left.\nIts text appears here as it is heard.")

    def show_recording(self, path: Path, known: Recording | None, model: str) -> None:
        """Show a recording that has no job yet; ``model`` is for what it would cost."""
        self._turn_to(path, model)
        self.job = None
        self.query_one(JobBar).show_recording(path, known, model)
        self._text.clear("Press Enter to transcribe this recording.")
        self.query_one(Waveform).heard = 0.0

    def show_job(self, job: Job) -> None:
        """Show a job as it stands."""
        self._turn_to(job.path, job.options.model)
        self.job = job
        self._show_text(job)
        self._show_progress(job)

    def show_fact(self, job: Job, fact: Fact) -> None:
        """Show ``job`` after ``fact``, painting only what the fact changed."""
        self.job = job
        match fact:
            case Heard() if job.transcript.draft.count == 1:
                # The first delta of an attempt takes the place of an earlier one's text.
                self._text.show_draft(fact.delta.text)
            case Heard():
                self._text.append_draft(fact.delta.text)
            case Finished() | Failed() | Stopped():
                self._show_text(job)
            case _:
                pass
        self._show_progress(job)

    def tick(self) -> None:
        """Time has passed."""
        if self.job and self.job.running:
            self.query_one(JobBar).tick(self._now())

    @property
    def _text(self) -> TranscriptView:
        return self.query_one(TranscriptView)

    def _turn_to(self, path: Path, model: str) -> None:
        if path == self.path:
            return
        self.path = path
        self._text.clear()
        self.query_one(Waveform).set_peaks(())
        self.run_worker(self._draw_waveform(path, model), group="waveform", exclusive=True)

    async def _draw_waveform(self, path: Path, model: str) -> None:
        # Not for each row that the cursor only passes.
        await asyncio.sleep(_REST)
        try:
            recording, levels = await asyncio.to_thread(_levels, path)
        except StepasrError as error:
            if path == self.path and self.job is None:
                self.query_one(JobBar).show_recording(path, None, problem=error.what)
                self._text.clear(visible(f"{error.what}\n{error.remedy}"))
            return
        if path != self.path:
            return
        self.query_one(Waveform).set_peaks(levels)
        if self.job is None:
            self.query_one(JobBar).show_recording(path, recording, model)

    def _show_text(self, job: Job) -> None:
        transcript = job.transcript
        if job.running:
            self._text.show_draft(transcript.draft.text or transcript.earlier.text)
        elif not transcript.text.strip():
            self._text.clear(_without_text(job))
        elif job.phase is Phase.FINISHED:
            changed = [each for each in transcript.changed if each[0] < each[1]]
            self._text.show_final(transcript.text, changed)
        else:
            self._text.show_partial(transcript.text)

    def _show_progress(self, job: Job) -> None:
        self.query_one(JobBar).show(job, self._now())
        self.query_one(Waveform).heard = job.heard or 0.0


def _without_text(job: Job) -> str:
    if job.phase is Phase.FINISHED:
        spoken = LANGUAGES[job.options.language]
        return (
            "The service found no speech in this recording.\n"
            f"It listened for {spoken}: ctrl+l switches the language, ctrl+r tries again."
        )
    if job.phase is Phase.STOPPED:
        return "Stopped before any text arrived. Enter starts again."
    return "No text arrived.\nThe reason is below; ctrl+e shows and hides it."


def _levels(path: Path) -> tuple[Recording, list[float]]:
    from stepasr_tui.core.audio.peaks import peaks

    recording = probe(path)
    return recording, [float(level) for level in peaks(recording, _COLUMNS)]
