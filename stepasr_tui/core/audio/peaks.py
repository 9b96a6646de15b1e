"""The waveform at a glance: how loud a recording is, a short look for each column."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from stepasr_tui.core.audio import riff
from stepasr_tui.core.audio.probe import FileIdentity, Recording, opened
from stepasr_tui.core.errors import NotARecording, RecordingChanged

if TYPE_CHECKING:
    import numpy as np
    import soundfile
    from numpy.typing import NDArray

_LOOK = 0.05
"""Seconds heard per column: long enough for a syllable's loudness, short enough to seek to."""

_RUN_UP = {"mp3": 4608}
"""Samples decoded before a look, by codec: an MP3 frame needs the bits of some before it, and
without them comes out silent (seen with libsndfile 1.2.2)."""

_RAW_SUBTYPES = {
    "pcm_u8": "PCM_U8",
    "pcm_s16le": "PCM_16",
    "pcm_s24le": "PCM_24",
    "pcm_s32le": "PCM_32",
    "pcm_f32le": "FLOAT",
    "pcm_f64le": "DOUBLE",
    "pcm_alaw": "ALAW",
    "pcm_mulaw": "ULAW",
}
"""Codecs that can be read with no header, and libsndfile's names for them."""


def peaks(recording: Recording, columns: int) -> "NDArray[np.float32]":
    """Loudness of one short stretch per column, shape ``(columns,)``, float32, 0…1; blocking.

    The loudest stretch is 1 unless all is close to silence; quiet speech beside loud is
    lifted (square root of the level) so that it can be seen. Stretches that cannot be
    read count as silence. A 3-hour WAV takes about 0.05 s, an MP3 1 s for 400 columns.

    Raises NotARecording, RecordingUnreadable, RecordingChanged.
    """
    import numpy as np

    levels = np.zeros(max(0, columns), dtype=np.float32)
    with opened(recording.path) as (file, identity):
        _same(recording.path, recording.identity, identity)
        try:
            with _sound(recording, file) as sound:
                _listen(sound, levels, _RUN_UP.get(recording.codec, 0))
        except (riff.BrokenHeader, RuntimeError, TypeError, ValueError) as error:
            raise NotARecording(
                f"No waveform for {recording.path.name}: its sound cannot be read.",
                remedy="It may be damaged; copy it again from where it was recorded.",
            ) from error
    loudest = float(levels.max(initial=0.0))
    # Below -50 dB it is room noise, which must not be blown up to look like speech.
    lifted: NDArray[np.float32] = np.sqrt(levels / np.float32(max(loudest, 0.003)))
    return lifted


def _listen(sound: "soundfile.SoundFile", levels: "NDArray[np.float32]", run_up: int) -> None:
    import numpy as np

    columns, frames = len(levels), int(sound.frames)
    look = max(1, min(int(sound.samplerate * _LOOK), frames // max(1, columns)))
    for column in range(columns):
        at = frames * column // columns
        start = max(0, at - run_up)
        try:
            sound.seek(start)
            block = sound.read(at - start + look, dtype="float32", always_2d=True)[at - start :]
        except RuntimeError:  # all of soundfile's own are
            continue
        if len(block):
            block = np.nan_to_num(block, nan=0.0, posinf=1.0, neginf=1.0).clip(-1.0, 1.0)
            levels[column] = float(np.sqrt(np.mean(block**2)))


def _sound(recording: Recording, file: BinaryIO) -> "soundfile.SoundFile":
    """The sound in ``file``, read past its header where that header lies about the size."""
    import soundfile

    start = None
    if recording.container == "pcm":
        start = 0
    elif recording.container == "wav" and recording.codec in _RAW_SUBTYPES:
        header = riff.read_header(file, recording.size)
        start = None if header.declared else header.data_start
    if start is None:
        # libsndfile takes the descriptor's position for the start of the file.
        file.seek(0)
        return soundfile.SoundFile(file.fileno(), closefd=False)
    return soundfile.SoundFile(
        _From(file, start),
        samplerate=recording.sample_rate,
        channels=recording.channels,
        format="RAW",
        subtype=_RAW_SUBTYPES[recording.codec],
        endian="LITTLE",
    )


class _From:
    """A file from ``start`` on: libsndfile skips no header in what it is told is raw."""

    def __init__(self, file: BinaryIO, start: int) -> None:
        self._file = file
        self._start = start
        file.seek(start)

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        if whence == os.SEEK_SET:
            offset += self._start
        return self._file.seek(offset, whence) - self._start

    def tell(self) -> int:
        return self._file.tell() - self._start

    def read(self, count: int = -1) -> bytes:
        return self._file.read(count)


def _same(path: Path, before: FileIdentity, now: FileIdentity) -> None:
    if before != now:
        raise RecordingChanged(
            f"{path.name} changed since it was looked at.",
            remedy="Choose it again when nothing writes to it any more.",
        )
