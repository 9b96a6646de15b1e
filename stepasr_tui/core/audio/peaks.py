"""The waveform at a glance: how loud a recording is, by short looks at each of its columns."""

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import TYPE_CHECKING, BinaryIO

from stepasr_tui.core.audio import riff
from stepasr_tui.core.audio.decode import Decoder
from stepasr_tui.core.audio.looks import end_of, is_by_bytes, opened_ear
from stepasr_tui.core.audio.probe import changed, opened
from stepasr_tui.core.audio.recording import Recording
from stepasr_tui.core.errors import NotARecording

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LOOK = 0.2
"""Seconds heard at a time. Of half an hour of speech, the first levels are off by 0.12 on average
and the second pass moves them by 0.09; with 0.05 s it was 0.25 and 0.14, and not much quicker."""

_PLACES = (1 / 2, 1 / 4, 3 / 4, 1 / 8, 5 / 8, 3 / 8, 7 / 8, 15 / 16)
"""Where in its column each pass looks: after any number of them the looks are well spread."""

_WHOLE = 180.0
"""Seconds up to which a recording is heard from end to end: it takes no longer than looking."""

_NO_PLACES = {"rm", "loas"}
"""Containers in which ffmpeg finds no place, or garbage there; as in joined Ogg, of which it
finds only the first part. All of them are rare: they are heard from end to end."""

_BIN = 160
"""Frames at 16 kHz, 10 ms, whose power is kept as one number: an hour takes 6 MB."""


def peaks(recording: Recording, columns: int, *, track: int = 0) -> "NDArray[np.float32]":
    """Loudness of one short stretch per column, shape ``(columns,)``, float32, 0…1; blocking.

    The loudest stretch is 1 unless all is close to silence; quiet speech beside loud is
    lifted (square root of the level) so that it can be seen. Stretches that cannot be
    read count as silence. ``track`` is a place in ``Recording.tracks``.

    Raises NotARecording, RecordingUnreadable, RecordingChanged.
    """
    with closing(refined(recording, columns, track=track)) as sets:
        return next(sets)


def refined(
    recording: Recording, columns: int, *, track: int = 0
) -> Generator["NDArray[np.float32]", None, None]:
    """What ``peaks`` gives, then the same levels ever truer, each time all of them; blocking.

    Each pass looks at another place of every column, and a level is the mean power of its
    looks so far: eight passes, or one that hears everything where the recording is short. The
    file stays open until the generator ends or is closed. Raises the same errors.
    """
    import av

    try:
        yield from _sets(recording, max(0, columns), track)
    except (
        av.error.FFmpegError,
        riff.BrokenHeader,
        LookupError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        raise NotARecording(
            f"No waveform for {recording.path.name}: its sound cannot be read.",
            remedy="It may be damaged; copy it again from where it was recorded.",
        ) from error


def _sets(recording: Recording, columns: int, track: int) -> Iterator["NDArray[np.float32]"]:
    if _is_heard_whole(recording):
        yield _lifted(_whole(recording, columns, track))
        return
    with opened(recording.path) as (file, identity):
        if identity != recording.identity:
            raise changed(recording.path)
        for levels in _passes(recording, file, columns, track):
            yield _lifted(levels)


def _is_heard_whole(recording: Recording) -> bool:
    if recording.duration is not None and recording.duration <= _WHOLE:
        return True
    joined = recording.container == "ogg" and not recording.exact
    return joined or recording.container in _NO_PLACES


def _whole(recording: Recording, columns: int, track: int) -> "NDArray[np.float64]":
    """Levels from all of the sound; 16 kHz is plenty to see how loud it is."""
    import numpy as np

    power, frames = [np.zeros(1)], [np.zeros(1)]
    for block in Decoder(recording, track).blocks():
        starts = np.arange(0, len(block), _BIN)
        power.append(np.add.reduceat(block**2, starts, dtype=np.float64))
        frames.append(np.diff(starts, append=len(block)).astype(np.float64))
    places = np.cumsum(np.concatenate(frames))
    edges = np.linspace(0.0, places[-1], columns + 1)
    sums = np.diff(np.interp(edges, places, np.cumsum(np.concatenate(power))))
    levels: NDArray[np.float64] = np.sqrt(sums * columns / max(1.0, places[-1]))
    return levels


def _passes(
    recording: Recording, file: BinaryIO, columns: int, track: int
) -> Iterator["NDArray[np.float64]"]:
    import numpy as np

    seconds = _seconds(recording, file, track)
    wide = seconds / max(1, columns)
    look = min(_LOOK, wide)
    power, looks = np.zeros(columns), np.zeros(columns)
    for place in _PLACES:
        # Opened anew: after one pass ffmpeg's own index of a file without one has holes, and
        # it would read all the way through them at every look.
        with opened_ear(recording, file, track, seconds) as ear:
            for column in range(columns):
                heard = ear.power(wide * column + (wide - look) * place, look)
                if heard is not None:
                    power[column] += heard
                    looks[column] += 1
        yield np.sqrt(power / np.maximum(looks, 1))


def _seconds(recording: Recording, file: BinaryIO, track: int) -> float:
    """Duration that the columns share, the true one where places are found by time.

    ``probe.measured`` counts every packet, which takes ten times as long as ffmpeg needs to go
    to the last one (3 hours of live WebM: 2.5 s and 0.2 s).
    """
    if recording.exact or is_by_bytes(recording):
        # By bytes any will do: only their share counts.
        return recording.duration or 3600.0
    return end_of(recording, file, track) or recording.duration or 0.0


def _lifted(levels: "NDArray[np.float64]") -> "NDArray[np.float32]":
    import numpy as np

    # Below -50 dB it is room noise, which must not be blown up to look like speech.
    loudest = max(float(levels.max(initial=0.0)), 0.003)
    return np.sqrt(levels / loudest).astype(np.float32)
