"""Audio that comes from a pipe, kept in a private file while it is needed."""

import os
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from stepasr_tui.core.errors import RecordingUnreadable
from stepasr_tui.core.files import not_saved


class Spool:
    """A file of ours alone with all that a stream held; ``remove`` it when it is not needed."""

    def __init__(self) -> None:
        self._folder: Path | None = None

    def take(self, blocks: Iterable[bytes], name: str) -> Path:
        """Write all ``blocks`` into a file called ``name``; blocks as long as they take to come.

        Raises ``RecordingUnreadable`` when there is no room for it.
        """
        try:
            self._folder = Path(tempfile.mkdtemp(prefix="stepasr-tui-"))
            path = self._folder / name
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.writelines(blocks)
        except (OSError, ValueError) as error:
            raise RecordingUnreadable(
                f"{name} cannot be kept while it is sent.",
                cause="No temporary folder can be written."
                if isinstance(error, FileNotFoundError)
                else not_saved(Path(name), error).cause,
                remedy="Name a folder with room in TMPDIR, or give a file instead of “-”.",
            ) from error
        return path

    def remove(self) -> None:
        """Delete the file, if there is one."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
