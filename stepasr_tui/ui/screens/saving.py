"""Puts a transcript into a text file, asking where only when the usual place will not do."""

import asyncio
import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.screen import Screen

from stepasr_tui.core.display import visible_path
from stepasr_tui.core.errors import NotSaved
from stepasr_tui.core.files import not_saved, write_whole
from stepasr_tui.core.library.export import as_txt
from stepasr_tui.core.paths import home
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.jobs import Jobs
from stepasr_tui.ui.screens.save_as import SaveAs, free_name


def usual_place(job: Job) -> Path:
    """Beside the recording, with its name."""
    return job.path.with_suffix(".txt")


def as_file(job: Job) -> bytes:
    """What the file holds: the best text there is."""
    return as_txt(job.transcript.text).encode("utf-8", "replace")


class Saving:
    """Saves for one screen; what it wrote is told to ``done``."""

    def __init__(self, screen: Screen[Any], jobs: Jobs) -> None:
        self._screen = screen
        self._jobs = jobs

    def save(self, job: Job, *, done: Callable[[Job], None]) -> None:
        """Beside the recording; asks when there is a file already, or it cannot be written."""
        self._screen.run_worker(self._write(job, usual_place(job), done), group="saving")

    def ask(
        self, job: Job, why: str, *, done: Callable[[Job], None], at: Path | None = None
    ) -> None:
        """Ask where ``job``'s text goes, and write it there."""

        def answered(wanted: SaveAs.Wanted | None) -> None:
            if wanted:
                self._screen.run_worker(self._write(job, wanted.path, done, wanted), group="saving")

        path = free_name(at or usual_place(job))
        self._screen.app.push_screen(SaveAs(path, why), answered)

    async def _write(
        self,
        job: Job,
        path: Path,
        done: Callable[[Job], None],
        wanted: SaveAs.Wanted | None = None,
    ) -> None:
        try:
            if wanted:
                # Only a folder that somebody typed is made: where a USB stick was, there is none.
                await asyncio.to_thread(make_folder, path)
            replace = wanted is not None and wanted.replace
            await asyncio.to_thread(save_text, path, as_file(job), replace)
        except FileExistsError:
            why = f"{visible_path(path)} exists already, and is left as it is."
            self.ask(job, why, done=done, at=path)
        except NotSaved as error:
            self.ask(job, str(error), done=done, at=home() / path.name)
        else:
            self._jobs.saved(job)
            done(job)
            self._screen.notify(f"Saved as {visible_path(path)}", markup=False)


def save_text(path: Path, data: bytes, replace: bool) -> None:
    """Write ``data`` whole or not at all; blocks. Raises ``FileExistsError``, ``NotSaved``."""
    if not path.parent.exists():
        gone = FileNotFoundError(errno.ENOENT, "the folder is not there")
        raise not_saved(path, gone)
    write_whole(path, data, replace=replace)


def make_folder(path: Path) -> None:
    """Make the folder that ``path`` is to be in; blocks. Raises ``NotSaved``."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise not_saved(path, NotADirectoryError(errno.ENOTDIR, "a file is in the way")) from error
    except (OSError, ValueError) as error:
        raise not_saved(path, error) from error
