"""Blocks of sound → the OGG/Opus file that is sent; where the sound is cut is not its job."""

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from stepasr_tui.core.audio.recording import SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Measured with PyAV 18.1 on one core: libopus at 16 kHz mono, frames of 20 ms unless said; × real
# time, MB an hour, and log-mel RMSE in dB (80 bands) of speech with street noise 20 dB below it,
# then of the same cut off at 3.4 kHz as by a telephone, then of six voices at once:
#
#   kbit/s  complexity  vbr           speed   MB/h   street  phone  babble
#   16      4           free            206    7.1    3.47     -      -
#   20      4           free            700   11.1    2.88    3.58   3.29
#   24      4, 60 ms    free            720   10.3    3.09    4.00   3.22
#   24      5           free            490   13.3    2.50     -      -
#   24      10          free            136   10.8    2.85    2.37   2.88
#   24      0           constrained     930   11.3    3.12    2.67   3.57
#   26      0           constrained     810   12.2    2.77    2.58   3.06   the default
#   26      4           constrained     610   12.2    2.74    3.60   2.92
#   28      0           constrained     850   13.1    2.52    2.50   2.76
#   32      10          constrained     135   14.5    2.45    1.86   2.49   best
#
# Of speech without any noise the default damages more, 4.0 dB; the best 2.2.
#
# Free VBR spends what a sound asks for: 8 to 13 MB an hour at 20 kbit/s, 12 to 22 at 32. With
# constrained VBR none of speech, noise, babble and music took more than the rate, so the size is
# known before. From complexity 7 on the encoder analyses the sound, at a fifth of the speed;
# application "voip" did more damage at complexity 0, 5 and 10.
_DEFAULT = (26_000, "0")
_BEST = (32_000, "10")

_RATES = {False: 3_380, True: 4_120}
"""Bytes a second of the whole file, by ``best``: the most that it takes."""

_HEADERS = 250
"""Bytes before the first sound."""


def upload_bytes(seconds: float, *, best: bool = False) -> int:
    """How large ``seconds`` of sound become at most, in bytes; pauses take less."""
    return _HEADERS + round(seconds * _RATES[best])


class OpusFile:
    """A new OGG/Opus file of mono sound at 16 kHz, filled block by block; blocking.

    It has exactly the samples that were written: what the encoder adds at either end is marked
    to be left out (RFC 7845, pre-skip and granule position).
    """

    def __init__(self, path: Path, best: bool = False) -> None:
        """Makes the file, readable by its owner only; raises OSError, also when it exists."""
        import av

        self.path = path
        self.samples = 0
        """Written so far."""
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._file = os.fdopen(os.open(path, flags, 0o600), "wb")
        self._open = True
        try:
            # ffmpeg gets the open file, not its path: a name cannot be taken for an address.
            self._container = av.open(self._file, "w", format="ogg")
            rate, complexity = _BEST if best else _DEFAULT
            options = {"application": "audio", "vbr": "constrained"}
            self._stream = self._container.add_stream(
                "libopus",
                rate=SAMPLE_RATE,
                options={**options, "compression_level": complexity},
            )
            self._stream.codec_context.layout = "mono"
            self._stream.codec_context.format = "flt"
            self._stream.codec_context.bit_rate = rate
        except BaseException:
            self.discard()
            raise

    def write(self, block: "NDArray[np.float32]") -> None:
        """Add a block, shape ``(frames,)``, −1…1, best of 4,000 samples or more; raises OSError."""
        import av
        import numpy as np

        if not len(block):
            return
        packed = np.ascontiguousarray(block, dtype=np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout="mono")
        frame.sample_rate = SAMPLE_RATE
        frame.pts = self.samples
        self.samples += len(block)
        self._container.mux(self._stream.encode(frame))

    def close(self) -> int:
        """Finish the file; its size in bytes. Raises OSError: then ``discard`` it."""
        self._container.mux(self._stream.encode(None))
        self._container.close()
        self._file.close()
        self._open = False
        return self.path.stat().st_size

    def discard(self) -> None:
        """Delete the file if it is not finished; a finished one stays."""
        if not self._open:
            return
        self._open = False
        with contextlib.suppress(OSError):
            self._file.close()
        with contextlib.suppress(OSError):
            self.path.unlink()
