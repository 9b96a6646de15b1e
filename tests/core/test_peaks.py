"""The waveform's columns: right places, right sizes, fast, and only our own errors."""

import contextlib
import os
import struct
import sys
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from stepasr_tui.core.audio import peaks as module
from stepasr_tui.core.audio.peaks import peaks, refined
from stepasr_tui.core.audio.probe import pcm, probe
from stepasr_tui.core.errors import NotARecording, RecordingChanged, RecordingUnreadable
from tests.core.audio_zoo import KINDS, LIVE, Kind, packed, written

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


def rising(rate: int, seconds: float = 6.0) -> np.ndarray:
    """Soft noise, then loud noise; float32, shape (frames,)."""
    noise = np.random.default_rng(7).uniform(-0.8, 0.8, int(seconds * rate))
    noise[: len(noise) // 2] *= 0.01
    return noise.astype(np.float32)


def rises(levels: np.ndarray) -> None:
    """Soft, then loud; the middle left to the codec and to guesses at the time."""
    third = len(levels) // 3
    assert levels[:third].max() < 0.3, levels
    assert levels[-third:].min() > 0.8, levels


@pytest.fixture
def always_by_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short recordings are looked into like long ones, which take long to make."""
    monkeypatch.setattr(module, "_WHOLE", 0.0)


@pytest.mark.usefixtures("always_by_looks")
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_every_kind_of_file_shows_its_loud_half(tmp_path: Path, kind: Kind) -> None:
    path, sound = tmp_path / "a", rising(kind.rate)
    if kind.by == "soundfile":
        channels = av.AudioLayout(kind.layout).nb_channels
        wide = np.repeat(sound[:, None], channels, axis=1)
        written(path, kind.format, kind.encoder, wide, kind.rate)
    else:
        path.write_bytes(
            packed(
                kind.format,
                kind.encoder or kind.codec,
                [sound],
                rate=kind.rate,
                layout=kind.layout,
                bit_rate=kind.bit_rate,
                options=kind.options,
            )
        )
    for levels in refined(probe(path), 9):
        rises(levels)


@pytest.mark.usefixtures("always_by_looks")
def test_streams_without_a_length_and_cut_off_files(tmp_path: Path) -> None:
    path, sound = tmp_path / "a", rising(48000)
    live = packed("webm", "libopus", [sound], options=LIVE)
    soft, loud = (packed("ogg", "libopus", [half]) for half in np.array_split(sound, 2))
    flac = bytearray(packed("flac", "flac", [sound]))
    flac[21:26] = bytes([flac[21] & 0xF0, 0, 0, 0, 0])  # streamed: the number of samples unknown
    for content in (live, bytes(flac), soft + loud):
        path.write_bytes(content)
        recording = probe(path)
        assert not recording.exact
        rises(peaks(recording, 9))
    mkv = packed("matroska", "aac", [sound], bit_rate=64000)
    path.write_bytes(mkv[: len(mkv) * 3 // 4])
    cut = probe(path)
    assert not cut.exact
    levels = peaks(cut, 9)
    assert levels[:5].max() < 0.3  # two thirds of what is left is the soft half
    assert levels[7:].min() > 0.8


def test_the_track_that_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    sound = rising(48000, 4.0)
    path.write_bytes(packed("matroska", "aac", [sound, sound[::-1].copy()]))
    recording = probe(path)
    for seconds in (module._WHOLE, 0.0):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(module, "_WHOLE", seconds)
            rises(peaks(recording, 9))
            rises(peaks(recording, 9, track=1)[::-1])
            with pytest.raises(NotARecording):
                peaks(recording, 9, track=2)


@pytest.mark.usefixtures("always_by_looks")
def test_passes_come_closer_to_the_truth(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    rng = np.random.default_rng(3)
    # Words of a third of a second, each of its own loudness: one look hears one or two.
    loudness = rng.choice([0.0, 0.05, 0.3, 0.9], 400).repeat(RATE // 3)
    sound = (loudness * rng.uniform(-1, 1, len(loudness))).astype(np.float32)
    written(path, "MP3", "MPEG_LAYER_III", sound[:, None], RATE)
    power = np.array([np.mean(part**2) for part in np.array_split(sound, 20)])
    truth = np.sqrt(np.sqrt(power / power.max()))
    off = [float(np.abs(levels - truth).mean()) for levels in refined(probe(path), 20)]
    assert len(off) == 8
    assert off[-1] < off[0] / 2
    assert off[-1] < 0.1


def test_a_short_recording_is_heard_whole_at_once(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    soundfile.write(path, half_loud(), RATE)
    only, *more = refined(probe(path), 40)
    shape(only)
    assert not more


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux which files are open")
@pytest.mark.usefixtures("always_by_looks")
def test_closing_frees_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.ogg"
    path.write_bytes(packed("ogg", "libopus", [rising(48000, 3.0)]))
    passes = refined(probe(path), 9)
    next(passes)
    # What is open now is read to the end, whatever happens to its name.
    path.unlink()
    rises(next(passes))
    assert held(path.name)
    passes.close()
    assert not held(path.name)


def held(name: str) -> bool:
    """Whether this process has a file of that name open."""
    for descriptor in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # the one that lists them
            if name in os.readlink(f"/proc/self/fd/{descriptor}"):
                return True
    return False


@pytest.mark.parametrize("content", [b"\0" * 5000, bytes(range(256)) * 40])
def test_what_is_no_sound_after_all(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.m4a"
    path.write_bytes(packed("ipod", "aac", [rising(48000, 2.0)]))
    recording = probe(path)
    path.write_bytes(content)
    facts = path.stat()
    identity = replace(recording.identity, size=facts.st_size, mtime_ns=facts.st_mtime_ns)
    with pytest.raises(NotARecording):
        peaks(replace(recording, size=facts.st_size, identity=identity), 9)


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


def test_three_hours_of_silence(tmp_path: Path) -> None:
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
    assert peaks(recording, 400).max() == 0.0


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
