"""The language of tones: what is said in it is heard, once, in its place, and nothing else is."""

import io
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
import soundfile
import soxr
from numpy.typing import NDArray

from stepasr_tui.simulator.clips import Piece, samples
from stepasr_tui.simulator.tone_ear import heard
from stepasr_tui.simulator.tones import WORD_MS, WORDS, Spoken, spoken, word, words, write_practice
from tests.simulator.asking import hum

RATE = 16000
Mono = NDArray[np.float32]


@cache
def minute() -> tuple[Spoken, Mono]:
    """About a minute of words, and its sound."""
    said = spoken(words(72))
    sound = np.concatenate(list(said.blocks()))
    sound.flags.writeable = False
    return said, sound


def parts(sound: NDArray[Any], size: int = 50_000) -> Iterator[Mono]:
    for start in range(0, len(sound), size):
        yield sound[start : start + size].astype(np.float32)


def texts(sound: NDArray[Any], rate: int = RATE) -> list[str]:
    return [piece.text for piece in heard(parts(sound), rate)]


def same(pieces: list[Piece], said: Spoken, within: int) -> None:
    assert [piece.text for piece in pieces] == [piece.text for piece in said.pieces]
    for got, wanted in zip(pieces, said.pieces, strict=True):
        assert abs(got.start - wanted.start) <= within
        assert abs(got.end - wanted.end) <= within


def encoded(sound: Mono, rate: int, container: str, codec: str, bits: int, **more: str) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container) as out:
        stream = out.add_stream(codec, rate=rate, layout="mono", options=more)
        assert isinstance(stream, av.AudioStream)
        stream.bit_rate = bits
        at = 0
        for block in parts(sound, rate):
            frame = av.AudioFrame.from_ndarray(block[None, :], format="flt", layout="mono")
            frame.sample_rate, frame.pts = rate, at
            at += len(block)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return buffer.getvalue()


def decoded(audio: bytes) -> tuple[Mono, int]:
    with av.open(io.BytesIO(audio), "r") as file:
        frames = list(file.decode(audio=0))
    sound = np.concatenate([frame.to_ndarray() for frame in frames], axis=1)
    if sound.dtype.kind == "i":
        sound = sound / np.float32(np.iinfo(sound.dtype).max)
    return sound.mean(axis=0, dtype=np.float32), frames[0].sample_rate


def in_word(sound: Mono) -> float:
    """Root mean square of a word: what levels of noise are measured against."""
    first = minute()[0].pieces[0]
    return float(np.sqrt(np.mean(sound[first.start * 16 : first.end * 16] ** 2)))


def white(count: int) -> NDArray[Any]:
    return np.random.default_rng(7).standard_normal(count)


def street(count: int) -> NDArray[Any]:
    """Rumble that comes and goes, with bangs; root mean square 1."""
    random = np.random.default_rng(8)
    spectrum = np.fft.rfft(random.standard_normal(count))
    spectrum /= np.sqrt(np.maximum(np.fft.rfftfreq(count, 1 / RATE), 20))
    passing = 0.3 + random.random(count // RATE + 2)
    at = np.arange(count) / RATE
    sound = np.fft.irfft(spectrum, count) * np.interp(at, np.arange(len(passing)), passing)
    sound /= sound.std()
    for start in random.integers(0, count - 3200, count // 48_000):
        sound[start : start + 3200] += 4 * white(3200) * np.exp(-np.arange(3200) / 600)
    return np.asarray(sound / sound.std())


def test_there_are_4096_words_and_no_two_alike() -> None:
    assert len(set(words(WORDS))) == WORDS == 4096
    assert words(WORDS + 1)[-1] == words(1)[0]
    for number in (-1, WORDS):
        with pytest.raises(ValueError, match="no word"):
            word(number)


def test_every_syllable_is_heard_in_every_place() -> None:
    said = spoken([word(number) for number in range(0, WORDS, 23)], pauses=(250, 900, 410))
    assert {piece.text[2 * n : 2 * n + 2] for piece in said.pieces for n in range(3)} == {
        consonant + vowel for consonant in "bdgk" for vowel in "aeio"
    }
    same(list(heard(said.blocks(), RATE)), said, 10)


def test_the_times_follow_from_the_pauses() -> None:
    said = spoken(["badego", "kikoka", "gagaga"], pauses=(250, 900), lead=1000)
    starts = [1000, 1000 + WORD_MS + 250, 1000 + 2 * WORD_MS + 250 + 900]
    assert [piece.start for piece in said.pieces] == starts
    assert said.milliseconds == starts[-1] + WORD_MS + 250
    assert said.text == "badego kikoka gagaga"
    same(list(heard(said.blocks(), RATE)), said, 10)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 44100, 48000])
def test_any_sample_rate_will_do(rate: int) -> None:
    said = spoken(words(20), rate)
    sound = np.concatenate(list(said.blocks()))
    assert len(sound) == round(said.milliseconds * rate / 1000)
    assert np.abs(sound).max() < 0.5
    same(list(heard(parts(sound), rate)), said, 10)


@pytest.mark.parametrize("size", [1, 977, 10**9])
def test_blocks_may_have_any_size(size: int) -> None:
    said = spoken(words(3))
    sound = np.concatenate(list(said.blocks()))
    same(list(heard(parts(sound, size), RATE)), said, 10)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: spoken(["bade"]),
        lambda: spoken(["badeg"]),
        lambda: spoken(["xadego"]),
        lambda: spoken(["badego"], pauses=(100,)),
        lambda: spoken(["badego"], pauses=()),
        lambda: spoken(["badego"], rate=4000),
    ],
)
def test_what_could_not_be_heard_is_not_said(wrong: Callable[[], Spoken]) -> None:
    with pytest.raises(ValueError, match=r"word|pause|rate"):
        wrong()


SPOILT: dict[str, Callable[[Mono], tuple[NDArray[Any], int]]] = {
    "as it is": lambda s: (s, RATE),
    "opus, complexity 0": lambda s: decoded(
        encoded(s, RATE, "ogg", "libopus", 24_000, compression_level="0")),
    "opus, complexity 5": lambda s: decoded(
        encoded(s, RATE, "ogg", "libopus", 24_000, compression_level="5")),
    "opus, complexity 10": lambda s: decoded(
        encoded(s, RATE, "ogg", "libopus", 24_000, compression_level="10")),
    "mp3": lambda s: decoded(encoded(s, RATE, "mp3", "libmp3lame", 32_000)),
    "amr at 8 kHz": lambda s: decoded(
        encoded(soxr.resample(s, RATE, 8000), 8000, "amr", "libopencore_amrnb", 12_200)),
    "white noise": lambda s: (s + 10 ** -0.5 * in_word(s) * white(len(s)), RATE),
    "street noise": lambda s: (s + 10 ** -0.5 * in_word(s) * street(len(s)), RATE),
    "white noise, then opus": lambda s: decoded(
        encoded(s + np.float32(10 ** -0.5 * in_word(s)) * white(len(s)).astype(np.float32),
                RATE, "ogg", "libopus", 24_000, compression_level="5")),
    "faint": lambda s: (0.01 * s, RATE),
    "clipped": lambda s: (np.clip(8 * s, -1, 1), RATE),
    "up and down by 20 dB": lambda s: (
        s * 10 ** (np.sin(np.arange(len(s)) / RATE) / 2 - 0.5), RATE),
}  # fmt: skip


@pytest.mark.parametrize("how", SPOILT)
def test_words_outlive_codecs_noise_and_levels(how: str) -> None:
    said, sound = minute()
    spoilt, rate = SPOILT[how](sound)
    same(list(heard(parts(spoilt, rate), rate)), said, 30)


def test_a_word_cut_in_two_is_heard_once_at_most() -> None:
    said = spoken(words(7))
    sound = np.concatenate(list(said.blocks()))
    cut = said.pieces[3]
    others = [piece.text for piece in said.pieces if piece != cut]
    for lost in range(-20, WORD_MS + 21, 10):
        at = (cut.start + lost) * RATE // 1000
        both = texts(sound[:at]) + texts(sound[at:])
        whole = lost <= 15 or lost >= WORD_MS - 15
        torn = 25 <= lost <= WORD_MS - 25
        assert both == [piece.text for piece in said.pieces] or not whole
        assert both == others or not torn
        assert both.count(cut.text) <= 1


def test_a_word_with_a_syllable_too_many_or_too_few_is_none() -> None:
    said, sound = minute()
    first, second = said.pieces[:2]
    start, end = first.start * 16, first.end * 16
    silence = np.zeros(RATE // 2, np.float32)
    rest = sound[(second.start - 200) * 16 :]
    for odd in (
        sound[start : end - 130 * 16],
        np.concatenate([sound[start:end], silence[: 40 * 16], sound[start : start + 90 * 16]]),
        np.concatenate([sound[start:end], silence[: 40 * 16], sound[start:end]]),
    ):
        got = texts(np.concatenate([silence, odd, silence, rest]))
        assert got == [piece.text for piece in said.pieces[1:]]


@pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.file)
def test_speech_has_no_words_of_tones(sample: Any) -> None:
    sound, rate = soundfile.read(io.BytesIO(sample.audio()), dtype="float32")
    assert texts(sound, rate) == []


def scales(seconds: int) -> NDArray[Any]:
    """Music as a music box makes it: two notes at once, every eighth of a second."""
    random = np.random.default_rng(9)
    at = np.arange(RATE // 8) / RATE
    shape = np.minimum(1, (at[-1] - at) * 100)
    tones = 220 * 2 ** (random.integers(0, 48, (seconds * 8, 2)) / 12)
    return np.concatenate(
        [0.2 * shape * sum(np.sin(2 * np.pi * hertz * at) for hertz in pair) for pair in tones]
    )


@pytest.mark.parametrize(
    "sound",
    [np.zeros(RATE * 30), 0.1 * white(RATE * 60), 0.1 * street(RATE * 60), hum(30), scales(60)],
    ids=["silence", "white noise", "street noise", "a hum", "music"],
)
def test_what_nobody_said_is_not_heard(sound: NDArray[Any]) -> None:
    assert texts(sound) == []


def test_words_lost_in_much_louder_sound_are_no_recording_of_words() -> None:
    said, sound = minute()
    loud = np.zeros(len(sound))
    for piece in said.pieces:
        loud[piece.end * 16 + 800 : piece.end * 16 + 3000] = 1
    assert texts(sound + loud * white(len(sound))) == []


def test_one_word_alone_is_heard_when_the_sound_is_over() -> None:
    said = spoken(["kadibo"], lead=2000)
    same(list(heard(said.blocks(), RATE)), said, 10)
    assert list(heard(spoken([]).blocks(), RATE)) == []


def test_words_are_told_long_before_the_end() -> None:
    said, sound = minute()
    read: list[int] = []

    def blocks() -> Iterator[Mono]:
        for block in parts(sound, RATE):
            read.append(len(block))
            yield block

    first = next(heard(blocks(), RATE))
    assert first.text == said.pieces[0].text
    assert len(read) < 10


def test_a_sound_without_room_for_the_tones_has_none() -> None:
    assert list(heard([np.zeros(1000, np.float32)], 100)) == []


@pytest.mark.parametrize("suffix", [".wav", ".ogg"])
def test_a_practice_recording_can_be_written(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"practice{suffix}"
    said = write_practice(path, 0.5)
    sound, rate = decoded(path.read_bytes())
    assert len(sound) / rate == pytest.approx(30, abs=1)
    same(list(heard(parts(sound), rate)), said, 10)
    with pytest.raises(ValueError, match=r"\.mp3"):
        write_practice(tmp_path / "practice.mp3", 1)
    assert not (tmp_path / "practice.mp3").exists()
