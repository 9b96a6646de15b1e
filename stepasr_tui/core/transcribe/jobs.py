"""All jobs of one run, and what can be counted about them; each changes by facts alone."""

from collections.abc import Iterator
from pathlib import Path

from stepasr_tui.core.stepfun.request import Options
from stepasr_tui.core.transcribe.job import Fact, Job, Phase


class Jobs:
    """Jobs by number, and the latest of each recording."""

    def __init__(self) -> None:
        self._jobs: dict[int, Job] = {}
        self._latest: dict[Path, int] = {}
        self._saved: set[int] = set()

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs.values())

    def __getitem__(self, number: int) -> Job:
        return self._jobs[number]

    def begin(self, path: Path, options: Options, now: float) -> Job:
        """A new job for ``path``; an older one of the same recording stays."""
        job = Job(len(self._jobs) + 1, path, options, now, since=now)
        self._jobs[job.id] = job
        self._latest[path] = job.id
        return job

    def fold(self, number: int, fact: Fact) -> Job:
        """The job after ``fact``; what is told of a job after its end is not heard."""
        job = self._jobs[number]
        if job.running:
            job = self._jobs[number] = job.after(fact)
        return job

    def of(self, path: Path | None) -> Job | None:
        """The latest job of the recording ``path``."""
        number = self._latest.get(path) if path else None
        return None if number is None else self._jobs[number]

    def saved(self, job: Job) -> None:
        """Its text is in a file of the person's."""
        self._saved.add(job.id)

    def is_saved(self, job: Job) -> bool:
        """Whether its text is in a file of the person's."""
        return job.id in self._saved

    @property
    def running(self) -> list[Job]:
        """Jobs from which something is still to come."""
        return [job for job in self if job.running]

    @property
    def unsaved(self) -> list[Job]:
        """Jobs with a text that is on the screen only: the latest of each recording."""
        latest = (self._jobs[number] for number in self._latest.values())
        return [
            job
            for job in latest
            if job.id not in self._saved and job.transcript.text.strip() and not job.running
        ]

    def counts(self) -> tuple[int, int, int]:
        """How many recordings are running, done, and ended in any other way."""
        latest = [self._jobs[number] for number in self._latest.values()]
        running = sum(job.running for job in latest)
        done = sum(job.phase is Phase.FINISHED for job in latest)
        return running, done, len(latest) - running - done
