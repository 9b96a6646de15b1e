"""The clips are known in any clothes; nothing else is ever given a transcript."""

import io
import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from stepasr_tui.simulator.clips import Sample, copy_samples, samples
from stepasr_tui.simulator.serve import SimulatorServer
from tests.simulator.asking import ASR, Answer, body, hum, packed, post, wav

NAMED = pytest.mark.parametrize("sample", samples(), ids=lambda sample: sample.file)
S16 = {"codec": "pcm_s16le", "bits": 16}


@cache
def sound_of(sample: Sample) -> NDArray[Any]:
    sound, rate = soundfile.read(io.BytesIO(sample.audio()), dtype="float64")
    assert rate == 16000
    return np.asarray(sound)


def at_rate(sound: NDArray[Any], rate: int) -> NDArray[Any]:
    size = round(len(sound) * rate / 16000)
    at = np.arange(size) * 16000 / rate
    return np.asarray(np.interp(at, np.arange(len(sound)), sound))


def pcm(sound: NDArray[Any]) -> bytes:
    return bytes((np.clip(sound, -1, 1) * 32767).astype("<i2").tobytes())


def stereo(sound: NDArray[Any]) -> NDArray[Any]:
    return np.stack([sound, 0.5 * sound], axis=1)


Dressed = tuple[bytes | None, str, dict[str, Any]]
CLOTHES: dict[str, Callable[[NDArray[Any]], Dressed]] = {
    "ogg as shipped": lambda s: (None, "ogg", {}),
    "vorbis": lambda s: (packed(s, 16000, "OGG", "VORBIS"), "ogg", {}),
    "opus stereo 48k": lambda s: (
        packed(stereo(at_rate(s, 48000)), 48000, "OGG", "OPUS"), "ogg", {}),
    "mp3": lambda s: (packed(s, 16000, "MP3", "MPEG_LAYER_III"), "mp3", {}),
    "mp3 stereo 44.1k": lambda s: (
        packed(stereo(at_rate(s, 44100)), 44100, "MP3", "MPEG_LAYER_III"), "mp3", {}),
    "wav": lambda s: (wav(s), "wav", {}),
    "wav stereo 44.1k": lambda s: (wav(stereo(at_rate(s, 44100)), 44100), "wav", {}),
    "wav 8k mu-law": lambda s: (packed(at_rate(s, 8000), 8000, "WAV", "ULAW"), "wav", {}),
    "wav quiet": lambda s: (wav(0.05 * s), "wav", {}),
    "wav padded": lambda s: (wav(np.pad(s, (8000, 7000))), "wav", {}),
    "pcm": lambda s: (pcm(s), "pcm", {**S16, "rate": 16000, "channel": 1}),
    "pcm stereo 44.1k": lambda s: (
        pcm(stereo(at_rate(s, 44100))), "pcm", {**S16, "rate": 44100, "channel": 2}),
}  # fmt: skip


def ask(server: SimulatorServer, sample: Sample, clothes: str, **wishes: Any) -> Answer:
    audio, container, form = CLOTHES[clothes](sound_of(sample))
    wishes.setdefault("language", sample.language)
    return post(server.url + ASR, body(audio or sample.audio(), container, format=form, **wishes))


@NAMED
@pytest.mark.parametrize("clothes", CLOTHES)
def test_each_clip_is_known_in_any_container(
    shared: SimulatorServer, sample: Sample, clothes: str
) -> None:
    answer = ask(shared, sample, clothes)
    assert answer.final == sample.text
    assert answer.draft == "".join(piece.text for piece in sample.pieces)
    shift = 500 if clothes == "wav padded" else 0
    for event, piece in zip(answer.events, sample.pieces, strict=False):
        assert abs(event["start_time"] - piece.start - shift) <= 60
        assert abs(event["end_time"] - piece.end - shift) <= 60


@NAMED
def test_figures_or_number_words_as_asked(shared: SimulatorServer, sample: Sample) -> None:
    assert sample.text != sample.text_without_itn
    answer = ask(shared, sample, "ogg as shipped", enable_itn=False)
    assert answer.final == sample.text_without_itn


@NAMED
def test_the_other_language_hears_nothing(shared: SimulatorServer, sample: Sample) -> None:
    other = {"zh": "en", "en": "zh"}[sample.language]
    answer = ask(shared, sample, "ogg as shipped", language=other)
    assert (answer.kinds, answer.final) == (["done"], "")


@NAMED
def test_a_stretch_of_a_clip_is_its_own_words(shared: SimulatorServer, sample: Sample) -> None:
    cut = sound_of(sample)[int(3.3 * 16000) : int(7.1 * 16000)]
    answer = post(shared.url + ASR, body(wav(cut), "wav", language=sample.language))
    assert answer.final == answer.draft
    assert len(answer.final) > 5
    assert answer.final in "".join(piece.text for piece in sample.pieces)
    assert all(
        0 <= event["start_time"] <= event["end_time"] <= 3800 for event in answer.events[:-1]
    )


@NAMED
def test_what_is_shipped_is_fit_to_be_shipped(sample: Sample) -> None:
    audio = sample.audio()
    info = soundfile.info(io.BytesIO(audio))
    assert (info.format, info.subtype, info.samplerate, info.channels) == ("OGG", "OPUS", 16000, 1)
    assert len(audio) < 150_000
    assert 7 <= info.duration <= 18
    assert abs(info.duration - sample.seconds) < 0.01
    assert sample.file.isascii()
    times = [time for piece in sample.pieces for time in (piece.start, piece.end)]
    assert times == sorted(times)
    assert times[-1] <= sample.seconds * 1000
    assert "".join(piece.text for piece in sample.pieces) != sample.text


@NAMED
def test_pieces_begin_where_there_is_speech(sample: Sample) -> None:
    sound = sound_of(sample)
    heard = [np.abs(sound[p.start * 16 : p.end * 16]).max() for p in sample.pieces]
    assert min(heard) > 0.05


def test_the_samples_are_four_in_two_languages() -> None:
    assert len(samples()) == 4
    assert {sample.language for sample in samples()} == {"zh", "en"}
    described = json.loads(
        files("stepasr_tui.simulator").joinpath("samples", "samples.json").read_text("utf-8")
    )
    assert len(described["samples"]) == 4


def test_copies_have_names_for_people(tmp_path: Path) -> None:
    written = copy_samples(tmp_path / "new folder")
    assert [path.name for path in written] == [sample.name for sample in samples()]
    assert [path.read_bytes() for path in written] == [sample.audio() for sample in samples()]
    assert any(not path.name.isascii() for path in written)


def test_other_sound_gets_facts_and_no_transcript_in_chinese(shared: SimulatorServer) -> None:
    sound = np.concatenate([hum(12, 44100), np.zeros(441000), hum(3, 44100)])
    answer = post(shared.url + ASR, body(wav(stereo(sound), 44100), "wav"))
    assert answer.final == answer.draft
    assert answer.final.startswith("这里是模拟器，没有语音模型。下面不是听写")
    assert "时长 0:25，WAV，44.1 kHz，双声道。" in answer.final
    lines = answer.final.splitlines()[1:]
    assert [line.split(" ")[0] for line in lines] == ["0:00–0:10", "0:10–0:20", "0:20–0:25"]
    assert "dBFS" in lines[0]


def test_other_sound_gets_facts_and_no_transcript_in_english(shared: SimulatorServer) -> None:
    audio = packed(hum(11), 16000, "MP3", "MPEG_LAYER_III")
    answer = post(shared.url + ASR, body(audio, "mp3", language="en"))
    assert "not a transcript" in answer.final
    assert "0:11 long, MP3, 16 kHz, mono." in answer.final
    deltas = answer.events[:-1]
    times = [time for event in deltas for time in (event["start_time"], event["end_time"])]
    assert times == sorted(times)
    assert times[-1] == pytest.approx(11_000, abs=150)


def test_the_level_is_true(shared: SimulatorServer) -> None:
    tone = 0.1 * np.sqrt(2) * np.sin(2 * np.pi * 440 * np.arange(16000 * 5) / 16000)
    answer = post(shared.url + ASR, body(wav(tone), "wav", language="en"))
    assert "0:00–0:05 sound, −20 dBFS on average." in answer.final


def test_a_silent_stretch_is_said_to_be_silent(shared: SimulatorServer) -> None:
    sound = np.concatenate([np.zeros(320_000), hum(5), np.zeros(240_000)])
    lines = post(shared.url + ASR, body(wav(sound), "wav", language="en")).final.splitlines()[1:]
    assert [line.endswith("silence.") for line in lines] == [True, True, False, True]


def test_noise_speech_backwards_and_mixed_clips_are_not_taken_for_clips(
    shared: SimulatorServer,
) -> None:
    first, second = (sound_of(sample) for sample in samples()[:2])
    noise = np.random.default_rng(3).normal(0, 0.05, len(first))
    joined = np.concatenate([first, second])
    shuffled = np.concatenate([first[100_000:], first[:100_000]])
    for sound in (noise, first[::-1], joined, shuffled):
        answer = post(shared.url + ASR, body(wav(sound), "wav"))
        assert answer.final.startswith("这里是模拟器"), len(sound)


def test_silence_gives_nothing(shared: SimulatorServer) -> None:
    answer = post(shared.url + ASR, body(wav(np.zeros(16000 * 25)), "wav"))
    assert (answer.kinds, answer.final) == (["done"], "")


def test_m4a_for_the_third_version_gets_facts(shared: SimulatorServer) -> None:
    document = body(b"\0\0\0\x20ftypM4A " + b"\0" * 2000, "m4a", model="stepaudio-3-asr-max")
    answer = post(shared.url + ASR, document)
    assert "这里是模拟器" in answer.final
    assert "2 kB" in answer.final


def test_deltas_are_small(shared: SimulatorServer) -> None:
    for sample in samples():
        sizes = [len(piece.text.strip("，。；：！？ ,.")) for piece in sample.pieces]
        assert max(sizes) <= (12 if sample.language == "en" else 8)
