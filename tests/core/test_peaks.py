"""The waveform's columns: right places, right sizes, fast, and only our own errors."""

import struct
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from stepasr_tui.core.audio.peaks import peaks
from stepasr_tui.core.audio.probe import pcm, probe
from stepasr_tui.core.errors import RecordingChanged, RecordingUnreadable

RATE = 16000


def half_loud(seconds: float = 4.0) -> np.ndarray:
    """Silence, then a tone of the same length; float32, shape (frames,)."""
    frames = int(seconds * RATE / 2)
    tone = 0.8 * np.sin(2 * np.pi * 440 * np.arange(frames) / RATE)
    return np.concatenate([np.zeros(frames), tone]).astype(np.float32)


def shape(levels: np.ndarray) -> None:
    """Quiet first half, loud second half, the middle left to the codec."""
    assert levels.dtype == np.float32
    middle = len(levels) // 2
    assert levels[: middle - 1].max() < 0.15
    assert levels[middle + 1 :].min() > 0.9
    assert levels.max() <= 1.0


@pytest.mark.parametrize(
    ("kind", "subtype"),
    [
        ("WAV", "PCM_16"),
        ("WAV", "ALAW"),
        ("OGG", "OPUS"),
        ("OGG", "VORBIS"),
        ("MP3", "MPEG_LAYER_III"),
    ],
)
def test_each_column_is_its_own_stretch(tmp_path: Path, kind: str, subtype: str) -> None:
    path = tmp_path / "a"
    with soundfile.SoundFile(path, "w", RATE, 1, format=kind, subtype=subtype) as sound:
        for block in np.array_split(half_loud(), 50):
            sound.write(block)
    shape(peaks(probe(path), 40))


def test_raw_samples(tmp_path: Path) -> None:
    path = tmp_path / "a.pcm"
    path.write_bytes((half_loud() * 32767).astype("<i2").tobytes())
    shape(peaks(pcm(path, RATE, 1), 40))


@pytest.mark.parametrize("claimed", [0, 0xFFFFFFFF])
def test_wav_whose_header_lies_about_its_size(tmp_path: Path, claimed: int) -> None:
    path = tmp_path / "crashed.wav"
    soundfile.write(path, half_loud(), RATE, subtype="PCM_16")
    content = bytearray(path.read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = struct.pack("<I", claimed)
    path.write_bytes(content)
    shape(peaks(probe(path), 40))


def test_quiet_hiss_stays_small_and_nan_is_silence(tmp_path: Path) -> None:
    path = tmp_path / "hiss.wav"
    hiss = np.random.default_rng(1).normal(0, 0.00005, RATE).astype(np.float32)
    hiss[: RATE // 2] = np.nan
    soundfile.write(path, hiss, RATE, subtype="FLOAT")
    levels = peaks(probe(path), 20)
    assert levels.max() < 0.2
    assert levels[:9].max() == 0.0


@pytest.mark.parametrize("columns", [0, 1, 7, 5000])
def test_any_number_of_columns(tmp_path: Path, columns: int) -> None:
    path = tmp_path / "short.wav"
    soundfile.write(path, half_loud(0.05), RATE)
    assert peaks(probe(path), columns).shape == (columns,)


def test_three_hours_take_less_than_half_a_second(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    soundfile.write(path, half_loud(), RATE, subtype="PCM_16")
    size = 3 * 3600 * RATE * 2
    content = bytearray(path.read_bytes()[:44])
    content[40:44] = struct.pack("<I", size)
    with path.open("wb") as file:
        file.write(content)
        file.truncate(44 + size)  # a hole: nothing on the disk, all zeros to read
    recording = probe(path)
    assert recording.duration == 3 * 3600
    start = time.perf_counter()
    assert peaks(recording, 400).max() == 0.0
    assert time.perf_counter() - start < 0.5


def test_a_file_that_changed_or_went_away(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, half_loud(), RATE)
    recording = probe(path)
    with path.open("ab") as file:
        file.write(b"more")
    with pytest.raises(RecordingChanged):
        peaks(recording, 10)
    path.unlink()
    with pytest.raises(RecordingUnreadable):
        peaks(recording, 10)
