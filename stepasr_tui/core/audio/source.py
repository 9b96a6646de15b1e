"""The bytes of a recording, read from disk without holding them, and known to be the same."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from stepasr_tui.core.audio.probe import opened
from stepasr_tui.core.audio.recording import FileIdentity
from stepasr_tui.core.errors import RecordingChanged


@dataclass(frozen=True, slots=True)
class FileAudio:
    """A file as it was when it was probed."""

    path: Path
    """Where it is."""
    identity: FileIdentity
    """What it was."""

    @property
    def size(self) -> int:
        """Bytes."""
        return self.identity.size

    async def chunks(self, size: int) -> AsyncGenerator[bytes, None]:
        """All bytes in pieces of ``size``, read in a thread: a slow disk must not stop the app.

        Raises RecordingUnreadable, RecordingChanged.
        """
        # The context manager translates errors of the reads inside it.
        with ExitStack() as stack:
            # In a thread too: a network disk that hangs does so when a file is opened.
            file, identity = await asyncio.to_thread(stack.enter_context, opened(self.path))
            self._must_be_same(identity)
            left = self.size
            while left:
                want = min(size, left)
                chunk = await asyncio.to_thread(_read, file, want)
                if len(chunk) < want:
                    raise self._changed()
                left -= want
                yield chunk
        self._must_be_same(await asyncio.to_thread(_identity, self.path))

    def _must_be_same(self, identity: FileIdentity) -> None:
        if identity != self.identity:
            raise self._changed()

    def _changed(self) -> RecordingChanged:
        return RecordingChanged(
            f"{self.path.name} changed while it was being read.",
            cause="Another program may still be writing it.",
            remedy="Wait until it is finished, then start again.",
        )


def _identity(path: Path) -> FileIdentity:
    with opened(path) as (_, identity):
        return identity


def _read(file: BinaryIO, want: int) -> bytes:
    """Exactly ``want`` bytes, fewer only at the end of the file: one read may stop short."""
    pieces: list[bytes] = []
    while want:
        piece = file.read(want)
        if not piece:
            break
        pieces.append(piece)
        want -= len(piece)
    return b"".join(pieces)
