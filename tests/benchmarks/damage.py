"""How far an encoded sound is from the one that was encoded: log-mel RMSE in dB."""

import numpy as np
from numpy.typing import NDArray

RATE = 16_000
_WINDOW, _HOP, _BANDS = 512, 160, 80
_FLOOR = 80.0
"""dB below the loudest: what is quieter is not heard, and counts as equal."""


def log_mel_rmse(original: NDArray[np.float32], encoded: NDArray[np.float32]) -> float:
    """Root mean square difference of both in 80 mel bands, 0 to 8 kHz, every 10 ms, in dB.

    Both mono at 16 kHz, shape ``(frames,)``, and not shifted against each other.
    """
    frames = min(len(original), len(encoded))
    first, second = _log_mel(original[:frames]), _log_mel(encoded[:frames])
    lowest = first.max() - _FLOOR
    difference = np.maximum(first, lowest) - np.maximum(second, lowest)
    return float(np.sqrt(np.mean(difference**2)))


def _log_mel(sound: NDArray[np.float32]) -> NDArray[np.float64]:
    views = np.lib.stride_tricks.sliding_window_view(sound, _WINDOW)[::_HOP]
    power = np.abs(np.fft.rfft(views * np.hanning(_WINDOW))) ** 2
    return np.asarray(10 * np.log10(power @ _filters().T + 1e-10))


def _filters() -> NDArray[np.float64]:
    """Triangles of equal width on the mel scale, shape ``(bands, bins)``."""
    top = 2595 * np.log10(1 + RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, _BANDS + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(_WINDOW, 1 / RATE)
    low, middle, high = edges[:-2, None], edges[1:-1, None], edges[2:, None]
    rising, falling = (bins - low) / (middle - low), (high - bins) / (high - middle)
    return np.asarray(np.clip(np.minimum(rising, falling), 0, None))
