"""The right side of the main screen: one recording, its progress and its text."""

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.message import Message

from stepasr_tui.core.audio.recording import Recording, UploadChoices
from stepasr_tui.core.display import clock, visible
from stepasr_tui.core.errors import StepasrError
from stepasr_tui.core.stepfun.service import LANGUAGES
from stepasr_tui.core.transcribe.facts import (
    Cut,
    Fact,
    Failed,
    Finished,
    Heard,
    Resumed,
    Stopped,
)
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.passages import Kind, Passage
from stepasr_tui.core.transcribe.phase import Phase
from stepasr_tui.core.transcribe.segment import Segment
from stepasr_tui.ui.commands import bindings
from stepasr_tui.ui.screens.looking import look
from stepasr_tui.ui.widgets.job_bar import JobBar
from stepasr_tui.ui.widgets.spending import Spending
from stepasr_tui.ui.widgets.transcript_view import TranscriptView
from stepasr_tui.ui.widgets.waveform import Waveform

if TYPE_CHECKING:
    from stepasr_tui.core.transcribe.estimate import Estimate


class Hearing(Vertical):
    """Shows a recording or its job; its keys are single letters, for they are free here."""

    BINDINGS: ClassVar[list[BindingType]] = bindings("Transcript")

    @dataclass
    class Measured(Message):
        """More is known of a recording than its header says."""

        recording: Recording
        """With its exact duration."""

    @dataclass
    class SendAgain(Message):
        """The person wants the segment at this place sent once more."""

        seconds: float
        """Into the recording."""

    def __init__(
        self,
        now: Callable[[], float],
        estimate: Callable[[Recording], "Estimate"],
        choices: Callable[[Path], UploadChoices],
        *,
        id: str | None = None,  # noqa: A002 - Textual's word
    ) -> None:
        """``now`` gives monotonic seconds: the clock that the facts carry.

        ``estimate`` says what it takes to send a recording, ``choices`` how it would be sent.
        """
        super().__init__(id=id)
        self._now = now
        self._estimate = estimate
        self._choices = choices
        self._looked_at: tuple[Path, int] | None = None
        self.path: Path | None = None
        """The recording that is shown."""
        self.recording: Recording | None = None
        """What it is, once known."""
        self.job: Job | None = None
        """Its job as it is shown; None while it has none."""

    def compose(self) -> ComposeResult:
        yield JobBar(id="job")
        yield Waveform(id="wave")
        with Container(id="pane"):
            yield TranscriptView(id="text")
            yield Spending(id="spending")

    def on_mount(self) -> None:
        self.query_one(Waveform).label = self._label
        self.query_one(Spending).display = False
        self._text.clear("Choose a recording on the left.\nIts text appears here as it is heard.")

    def show_recording(self, path: Path, known: Recording | None) -> None:
        """Show a recording that has no job yet."""
        self.job = None
        self._turn_to(path, self._choices(path).track)
        self._text.clear()
        wave = self.query_one(Waveform)
        wave.set_progress()
        wave.set_seams()
        self._show_spending(known)

    def estimate_again(self) -> None:
        """Other settings are in force: what it takes to send the recording has changed."""
        if self.path is not None and self.job is None:
            self._turn_to(self.path, self._choices(self.path).track)
            self._show_spending(self.recording)

    def show_job(self, job: Job) -> None:
        """Show a job as it stands."""
        self.query_one(Spending).display = False
        self.job = job
        self._turn_to(job.path, job.choices.track)
        self._show_text(job)
        self._show_progress(job)

    def show_fact(self, job: Job, fact: Fact) -> None:
        """Show ``job`` after ``fact``, painting only what the fact changed."""
        self.job = job
        match fact:
            case Heard() if _is_first(job.segments[fact.segment], fact):
                # The first delta of an attempt takes the place of an earlier one's text.
                self._show_text(job)
            case Heard():
                self._text.append_draft(fact.segment, fact.delta.text)
            case Cut() | Finished() | Failed() | Stopped() | Resumed():
                self._show_text(job)
            case _:
                pass
        self._show_progress(job)

    def tick(self) -> None:
        """Time has passed."""
        if self.job and self.job.running:
            self.query_one(JobBar).tick(self._now())

    def toggle_seams(self) -> str | None:
        """Show or hide where the recording was cut; a sentence when it was not."""
        if self.job is None or len(self.job.segments) < 2:
            return "This recording is sent whole: there are no seams to show."
        self._text.seams = not self._text.seams
        return None

    def place(self) -> float | None:
        """The second of the recording that the text in view is at; None without text."""
        return self._text.place()

    @on(Waveform.Chosen)
    def _chosen(self, event: Waveform.Chosen) -> None:
        if self.job is not None and (seconds := self._seconds(event.fraction)) is not None:
            self._text.go_to(seconds)

    @on(Waveform.SendAgain)
    def _send_again(self, event: Waveform.SendAgain) -> None:
        if (seconds := self._seconds(event.fraction)) is not None:
            self.post_message(self.SendAgain(seconds))

    @property
    def _text(self) -> TranscriptView:
        return self.query_one(TranscriptView)

    @property
    def _duration(self) -> float | None:
        if self.job is not None and self.job.duration:
            return self.job.duration
        return self.recording.duration if self.recording else None

    def _seconds(self, fraction: float) -> float | None:
        return fraction * self._duration if self._duration else None

    def _label(self, fraction: float) -> str:
        """What stands at the waveform's cursor."""
        seconds = self._seconds(fraction)
        if seconds is None:
            return ""
        job, last = self.job, self.job.segments[-1].span if self.job else None
        if job is None or last is None or not job.is_cut or seconds > last.end:
            return clock(seconds)
        of = f" of {len(job.segments)}" if job.whole else ""
        return f"{clock(seconds)} · segment {job.segment_at(seconds) + 1}{of}"

    def _turn_to(self, path: Path, track: int) -> None:
        if (path, track) == self._looked_at:
            return
        self._looked_at = (path, track)
        wave = self.query_one(Waveform)
        if path != self.path:
            self.path, self.recording = path, None
            self._text.clear()
            wave.cursor = 0.0
        wave.set_peaks(())
        self.run_worker(self._look(path, track), group="look", exclusive=True)

    async def _look(self, path: Path, track: int) -> None:
        async with aclosing(look(path, track)) as finds:
            async for found in finds:
                if (path, track) != self._looked_at:
                    return
                if isinstance(found, Recording):
                    self._found(found)
                elif isinstance(found, StepasrError):
                    self._cannot_be_read(path, found)
                else:
                    self.query_one(Waveform).set_peaks(found)

    def _found(self, recording: Recording) -> None:
        if self.recording is not None:
            self.post_message(self.Measured(recording))
        self.recording = recording
        if self.job is None:
            self._show_spending(recording)

    def _cannot_be_read(self, path: Path, error: StepasrError) -> None:
        if self.job is None:
            self.query_one(Spending).display = False
            self.query_one(JobBar).show_recording(path, None, problem=error.what)
            self._text.clear(visible(f"{error.what}\n{error.remedy}"))

    def _show_spending(self, recording: Recording | None) -> None:
        """What it takes to send the recording under the cursor."""
        if self.path is None:
            return
        self.query_one(JobBar).show_recording(self.path, recording)
        table = self.query_one(Spending)
        table.display = recording is not None
        if recording is not None:
            track = self._choices(self.path).track
            table.show(recording, self._estimate(recording), track)

    def _show_text(self, job: Job) -> None:
        if not job.running and not job.transcript.text.strip():
            self._text.clear(_without_text(job))
        else:
            self._text.show(_as_heard(job), running=job.running)

    def _show_progress(self, job: Job) -> None:
        self.query_one(JobBar).show(job, self._now())
        self._text.heard = job.heard_stretches
        duration = job.duration
        wave = self.query_one(Waveform)
        if not duration:
            wave.set_progress()
            wave.set_seams()
            return
        wave.set_progress(
            heard=[(start / duration, end / duration) for start, end in job.heard_stretches],
            missing=[(start / duration, end / duration) for start, end in job.missing],
        )
        spans = [each.span for each in job.segments[1:] if each.span]
        wave.set_seams(
            [span.start / duration for span in spans],
            doubtful=[span.start / duration for span in spans if span.doubtful],
        )


def _is_first(segment: Segment, fact: Heard) -> bool:
    """Whether this delta's text is the first that stands for its segment."""
    draft = segment.transcript.draft
    if segment.kept is None:
        return draft.count == 1
    return draft.weight == sum(len(word) for word in fact.delta.text.split())


def _as_heard(job: Job) -> list[Passage]:
    """Its passages; of a segment that is being heard, the draft that deltas are added to.

    A longer draft of an earlier attempt is the better text, until this one has ended.
    """
    return [
        replace(part, kind=Kind.DRAFT, text=each.transcript.draft.text, changed=(), cues=())
        if each.running and each.transcript.draft.weight
        else part
        for part, each in zip(job.passages, job.segments, strict=True)
    ]


def _without_text(job: Job) -> str:
    if job.phase is Phase.FINISHED:
        spoken = LANGUAGES[job.options.language]
        return (
            "The service found no speech in this recording.\n"
            f"It listened for {spoken}: ctrl+l switches the language, ctrl+r tries again."
        )
    if job.phase is Phase.STOPPED:
        return "Stopped before any text arrived. Enter starts again."
    return "No text arrived.\nctrl+e shows and hides the reason."
