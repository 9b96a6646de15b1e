"""The recordings that are measured: the simulator's spoken clips on a noisy street, for an hour."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

import stepasr_tui.simulator
from stepasr_tui.simulator.tones import spoken, words

RATE = 16_000
_CLIPS = Path(stepasr_tui.simulator.__file__).parent / "samples"
_NOISE = 20.0
"""dB of the street below the speech."""

KINDS = {
    "wav": ("wav", "pcm_s16le", 48_000, {}),
    "mp3": ("mp3", "libmp3lame", 44_100, {"b": "64000"}),
    "m4a": ("mp4", "aac", 44_100, {"b": "64000"}),
}
"""Ending: container, codec, sample rate and options; one channel each."""


def speech() -> NDArray[np.float32]:
    """All clips, each as loud as another speaker, with pauses, beside a street; 16 kHz."""
    random = np.random.default_rng(3)
    parts: list[NDArray[np.float32]] = []
    for path in sorted(_CLIPS.glob("*.ogg")):
        clip, rate = soundfile.read(path, dtype="float32")
        clip = soxr.resample(clip, rate, RATE)
        loud = 10 ** (random.uniform(-12, 0) / 20)
        parts += [clip / np.abs(clip).max() * np.float32(0.6 * loud)]
        parts += [np.zeros(int(random.uniform(0.3, 1.2) * RATE), np.float32)]
    sound = np.concatenate(parts)
    street = _street(random, len(sound))
    sound += street * np.float32(sound.std() * 10 ** (-_NOISE / 20))
    return np.asarray(sound.clip(-1, 1), np.float32)


def recording(folder: Path, kind: str, seconds: float) -> Path:
    """A file of ``kind`` (of ``KINDS``) with ``speech`` again and again, ever louder or softer."""
    container, codec, rate, options = KINDS[kind]
    path = folder / f"speech.{kind}"
    with av.open(str(path), "w", format=container) as file:
        # PyAV's overloads know each codec's name; this one comes from a table.
        stream: Any = file.add_stream(codec, rate=rate, options=dict(options))
        stream.codec_context.layout = "mono"
        for block in _again(soxr.resample(speech(), RATE, rate), int(seconds * rate), rate):
            samples = (block * 32767).astype(np.int16).reshape(1, -1)
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.sample_rate = rate
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    return path


def again(path: Path, times: int) -> Path:
    """The same sound so many times after itself, in one file of the same kind: nothing encoded."""
    longer = path.with_stem(f"{path.stem}-{times}")
    with av.open(str(path)) as source, av.open(str(longer), "w", format=_format(path)) as file:
        sound = source.streams.audio[0]
        stream = file.add_stream_from_template(sound)
        at = 0
        for _ in range(times):
            source.seek(0)
            begin, end = at, at
            for packet in source.demux(sound):
                if packet.pts is None or packet.duration is None:
                    continue
                packet.pts = packet.dts = begin + packet.pts
                end = max(end, packet.pts + packet.duration)
                packet.stream = stream
                file.mux(packet)
            at = end
    return longer


def _format(path: Path) -> str:
    return KINDS[path.suffix[1:]][0]


def _again(sound: NDArray[np.float32], frames: int, rate: int) -> Iterator[NDArray[np.float32]]:
    random = np.random.default_rng(4)
    while frames > 0:
        loud = np.float32(random.uniform(0.3, 1.0))
        for at in range(0, min(frames, len(sound)), rate):
            yield sound[at : min(at + rate, frames)] * loud
            if at + rate >= frames:
                return
        frames -= len(sound)


def _street(random: np.random.Generator, frames: int) -> NDArray[np.float32]:
    """Pink noise that swells as cars do, with bangs; a standard deviation of 1."""
    bins = np.fft.rfft(random.standard_normal(frames))
    pink = np.fft.irfft(bins / np.sqrt(np.maximum(np.arange(len(bins)), 1)), frames)
    knots = np.arange(0, frames + RATE, RATE)
    pink *= np.interp(np.arange(frames), knots, random.uniform(0.3, 1.0, len(knots)))
    pink /= pink.std()
    for at in random.integers(0, frames - 4000, frames // RATE // 8):
        pink[at : at + 4000] += 6 * random.standard_normal(4000) * np.exp(-np.arange(4000) / 800)
    return np.asarray(pink / pink.std(), np.float32)


def tones(folder: Path, minutes: float) -> Path:
    """An mp3 of words that the simulator hears (`simulator.tones`), about that long."""
    path = folder / f"tones-{minutes:g}.mp3"
    said = spoken(words(round(minutes * 60_000 / 850)))
    with av.open(str(path), "w", format="mp3") as out:
        stream: Any = out.add_stream(
            "libmp3lame", rate=RATE, layout="mono", options={"b": "48000", "compression_level": "9"}
        )
        at = 0
        for block in said.blocks():
            frame = av.AudioFrame.from_ndarray(block[None, :], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = RATE, at
            at += len(block)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path
