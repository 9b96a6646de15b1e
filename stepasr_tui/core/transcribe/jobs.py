"""All jobs of one run, and what can be counted about them; each changes by facts alone."""

from collections.abc import Iterator
from pathlib import Path

from stepasr_tui.core.audio.recording import UploadChoices
from stepasr_tui.core.stepfun.request import Options
from stepasr_tui.core.transcribe.facts import Fact, Resumed
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.phase import Phase


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

    def begin(
        self,
        path: Path,
        options: Options,
        now: float,
        choices: UploadChoices | None = None,
        *,
        however_long: bool = False,
    ) -> Job:
        """A new job for ``path``; an older one of the same recording stays."""
        job = Job(
            len(self._jobs) + 1,
            path,
            options,
            now,
            choices=choices or UploadChoices(),
            however_long=however_long,
            since=now,
        )
        self._jobs[job.id] = job
        self._latest[path] = job.id
        return job

    def resume(self, number: int, segments: tuple[int, ...], now: float) -> Job:
        """A job that had ended, with ``segments`` of it to be heard again."""
        job = self._jobs[number] = self._jobs[number].after(Resumed(now, segments))
        self._saved.discard(number)
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

    def best(self, path: Path | None) -> Job | None:
        """The job of ``path`` to look at: the latest, unless it ended without any text.

        Then an older one that has text stands in: what was paid for once stays in sight.
        """
        latest = self.of(path)
        if latest is None or latest.running:
            return latest
        return next((job for job in self._newest_first(latest.path) if _has_text(job)), latest)

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
        """For each recording, its newest job with text, where that is on the screen only."""
        found = []
        for path in self._latest:
            ended = (job for job in self._newest_first(path) if not job.running)
            job = next((job for job in ended if _has_text(job)), None)
            if job is not None and job.id not in self._saved:
                found.append(job)
        return found

    def counts(self) -> tuple[int, int, int]:
        """How many recordings are running, done, and ended in any other way."""
        latest = [self._jobs[number] for number in self._latest.values()]
        running = sum(job.running for job in latest)
        done = sum(job.phase is Phase.FINISHED for job in latest)
        return running, done, len(latest) - running - done

    def _newest_first(self, path: Path) -> Iterator[Job]:
        return (job for job in reversed(self._jobs.values()) if job.path == path)


def _has_text(job: Job) -> bool:
    return bool(job.transcript.text.strip())
