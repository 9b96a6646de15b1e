"""A private folder for what is made of a recording to be sent, gone when it is not needed."""

import contextlib
import shutil
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from stepasr_tui.core.errors import RecordingUnreadable
from stepasr_tui.core.files import TEMPORARY_PREFIX, not_saved

_LEFT_BEHIND = 24 * 3600.0
"""Seconds after which a folder is nobody's any more: no job takes that long."""


@contextlib.contextmanager
def workbench(cache: Path) -> Iterator[Path]:
    """A folder of ours alone in ``cache``, deleted with all in it at the end; blocking.

    What a crash left behind there a day ago goes too. Where ``cache`` cannot be written, the
    folder is in the system's temporary one. Raises ``RecordingUnreadable`` when there is no
    such place either.
    """
    try:
        try:
            cache.mkdir(parents=True, exist_ok=True, mode=0o700)
            _sweep(cache)
            folder = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX, dir=cache))
        except OSError:
            folder = Path(tempfile.mkdtemp(prefix=TEMPORARY_PREFIX))
    except OSError as error:
        raise RecordingUnreadable(
            "There is no place to make the upload in.",
            cause=not_saved(cache, error).cause,
            remedy="Name a folder with room in TMPDIR.",
        ) from error
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _sweep(cache: Path) -> None:
    for left in cache.glob(f"{TEMPORARY_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - left.stat().st_mtime > _LEFT_BEHIND:
                shutil.rmtree(left, ignore_errors=True)
