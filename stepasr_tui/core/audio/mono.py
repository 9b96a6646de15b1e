"""Samples of any kind, rate and number of channels → mono at 16 kHz, in small blocks."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from stepasr_tui.core.audio.recording import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    import soxr
    from av.audio.frame import AudioFrame
    from numpy.typing import NDArray

    Block = NDArray[np.float32]
    """Shape ``(frames,)``, −1…1, 16 kHz."""

_SHARES = {"FL": 0.5, "FR": 0.5, "FC": 0.7071, "LFE": 0.0, "LFE2": 0.0}
"""Parts of the mix by speaker (ITU-R BS.775, both sides added): speech is in the middle, and
what shakes the floor says nothing."""

_OTHERS = 0.3536
"""The part of any other speaker."""

_FULL = {"u1": 128.0, "i1": 128.0, "i2": 32768.0, "i4": 2147483648.0}
"""The loudest value of whole-number samples."""


_PLANES = 7
"""Channels of which PyAV finds the end when each has its own place in memory."""


def shares(speakers: list[str]) -> list[float]:
    """How much of each channel goes into the mix; they add up to 1.

    ``speakers`` are ffmpeg's names of the channels; of those without a name all count the same.
    """
    if not {"FL", "FR", "FC"} & set(speakers):
        return [1 / len(speakers)] * len(speakers)
    parts = [_SHARES.get(speaker, _OTHERS) for speaker in speakers]
    return [part / sum(parts) for part in parts]


def samples_of(frames: "Sequence[AudioFrame]") -> "NDArray[Any]":
    """The samples of frames of one kind, shape ``(frames, channels)``.

    Only here are samples taken out of PyAV's frames: it looks for the end of the list of
    channels past the end of that list when there are 8 or more, and the process dies (18.1).
    """
    import numpy as np
    from av.audio.resampler import AudioResampler

    planar, channels = frames[0].format.is_planar, frames[0].layout.nb_channels
    if planar and channels > _PLANES:
        interleaved = AudioResampler(format="flt")
        frames = [made for frame in frames for made in interleaved.resample(frame)]
        planar = False
    sound = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
    return sound.T if planar else sound.reshape(-1, channels)


def mixed(sound: "NDArray[Any]", parts: list[float]) -> "Block":
    """``sound``, shape ``(frames, channels)``, as one channel of float32, −1…1."""
    import numpy as np

    full = _FULL.get(sound.dtype.str[1:])
    weights = np.array(parts, dtype=np.float32) / np.float32(full or 1.0)
    with np.errstate(all="ignore"):
        values = sound.astype(np.float32)
        if sound.dtype == np.uint8:
            values -= np.float32(128.0)
        if full is None and not np.isfinite(values.sum()):
            np.nan_to_num(values, copy=False, nan=0.0, posinf=1.0, neginf=-1.0)
        one: Block = values[:, 0] * weights[0] if len(parts) == 1 else values @ weights
    return one if full is not None else np.clip(one, -1.0, 1.0, out=one)


class Mono:
    """Takes stretches of one channel, one after the other; gives blocks of at most a second."""

    def __init__(self) -> None:
        self.frames = 0
        """Samples given so far, at 16 kHz."""
        self._rate = SAMPLE_RATE
        self._stream: soxr.ResampleStream | None = None

    def take(self, sound: "Block", rate: int) -> Iterator["Block"]:
        """The next stretch, shape ``(frames,)``, at ``rate`` Hz, which may be another each time."""
        import soxr

        if rate != self._rate:
            yield from self.rest()
            self._rate = rate
            if rate != SAMPLE_RATE:
                self._stream = soxr.ResampleStream(rate, SAMPLE_RATE, 1, dtype="float32")
        for at in range(0, len(sound), rate):
            second = sound[at : at + rate]
            yield from self._given(
                second if self._stream is None else self._stream.resample_chunk(second)
            )

    def silence(self, seconds: float) -> Iterator["Block"]:
        """A stretch in which there is nothing."""
        import numpy as np

        left = round(seconds * self._rate)
        while left > 0:
            yield from self.take(np.zeros(min(left, self._rate), np.float32), self._rate)
            left -= self._rate

    def rest(self) -> Iterator["Block"]:
        """What the resampler still holds; call it when nothing more comes."""
        import numpy as np

        stream, self._stream, self._rate = self._stream, None, SAMPLE_RATE
        if stream is not None:
            yield from self._given(stream.resample_chunk(np.zeros(0, np.float32), last=True))

    def _given(self, sound: "Block") -> Iterator["Block"]:
        import numpy as np

        if self._stream is not None:
            # A filter can go a little beyond what came in.
            np.clip(sound, -1.0, 1.0, out=sound)
        for at in range(0, len(sound), SAMPLE_RATE):
            block = sound[at : at + SAMPLE_RATE]
            self.frames += len(block)
            yield block
