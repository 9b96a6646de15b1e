"""Clips and words in tones are known in any clothes; nothing else is ever given a transcript."""

import io
import json
import random
import threading
from collections import Counter
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from stepasr_tui.simulator.clips import Sample, copy_samples, samples
from stepasr_tui.simulator.serve import SimulatorServer
from stepasr_tui.simulator.settings import BOTH_KEY, SimulatorSettings
from stepasr_tui.simulator.tones import Spoken, spoken, words
from tests.simulator.asking import ASR, HEADERS, Answer, body, hum, packed, post, wav
from tests.simulator.conftest import FAST
from tests.simulator.test_pace import Clock

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


@cache
def minute() -> tuple[Spoken, NDArray[Any]]:
    said = spoken(words(72))
    return said, np.concatenate(list(said.blocks()))


def in_opus(sound: NDArray[Any]) -> bytes:
    return packed(sound, 16000, "OGG", "OPUS")


@pytest.mark.parametrize("clothes", ["opus", "vorbis", "mp3 stereo 44.1k", "wav", "pcm"])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_minute_of_words_in_tones_is_heard(
    shared: SimulatorServer, clothes: str, language: str
) -> None:
    said, sound = minute()
    audio, container, form = (
        (in_opus(sound), "ogg", {}) if clothes == "opus" else CLOTHES[clothes](sound)
    )
    answer = post(shared.url + ASR, body(audio or b"", container, format=form, language=language))
    assert answer.final == answer.draft == said.text
    deltas = answer.events[:-1]
    assert len(deltas) == len(said.pieces)
    for event, piece in zip(deltas, said.pieces, strict=True):
        assert event["delta"].strip() == piece.text
        assert abs(event["start_time"] - piece.start) <= 30
        assert abs(event["end_time"] - piece.end) <= 30


def test_a_hum_before_and_between_the_words_does_not_hide_them(shared: SimulatorServer) -> None:
    said, sound = minute()
    both = 0.2 * hum(len(sound) / 16000 + 1)[: len(sound)] + sound
    assert post(shared.url + ASR, body(in_opus(both))).final == said.text


def test_a_minute_without_words_is_told_as_facts(shared: SimulatorServer) -> None:
    _, sound = minute()
    answer = post(shared.url + ASR, body(wav(np.concatenate([hum(70), sound])), "wav"))
    assert answer.final.startswith("这里是模拟器")


@pytest.mark.parametrize("container", ["ogg", "mp3"])
def test_files_joined_end_to_end_are_heard_to_the_end(
    shared: SimulatorServer, container: str
) -> None:
    said, sound = minute()
    one = in_opus(sound) if container == "ogg" else packed(sound, 16000, "MP3", "MPEG_LAYER_III")
    answer = post(shared.url + ASR, body(one + one, container))
    assert answer.final == f"{said.text} {said.text}"


@pytest.mark.parametrize(("container", "start"), [("ogg", b""), ("mp3", b"ID3"), ("mp3", b"")])
def test_a_list_of_files_opens_none_of_them(
    shared: SimulatorServer, tmp_path: Path, container: str, start: bytes
) -> None:
    (tmp_path / "other.ogg").write_bytes(samples()[0].audio())
    listed = start + f"ffconcat version 1.0\nfile '{tmp_path}/other.ogg'\n".encode() + b" " * 999
    answer = post(shared.url + ASR, body(listed, container))
    assert (answer.status, answer.kinds, answer.final) == (200, ["done"], "")


def test_damaged_packets_are_left_out(shared: SimulatorServer) -> None:
    said, sound = minute()
    audio = bytearray(packed(sound, 16000, "MP3", "MPEG_LAYER_III"))
    middle = len(audio) // 2
    audio[middle : middle + 3000] = bytes(3000)
    heard = post(shared.url + ASR, body(bytes(audio), "mp3")).final.split()
    assert 60 < len(heard) < len(said.pieces)
    assert heard[0] == said.pieces[0].text
    assert heard[-1] == said.pieces[-1].text


def test_opus_as_long_as_the_limit_is_taken_and_longer_is_not() -> None:
    with SimulatorServer(SimulatorSettings(audio_limit=10.0)) as server:
        for seconds, status in ((10, 200), (10.1, 400)):
            assert post(server.url + ASR, body(in_opus(hum(seconds)))).status == status


def test_long_audio_comes_at_the_pace_of_the_contract() -> None:
    # The contract: 1,046 s in 10.4 s.
    clock = Clock()
    settings = SimulatorSettings(speed=100, clock=clock, sleep=clock.sleep)
    form = {**S16, "rate": 100, "channel": 1}
    with SimulatorServer(settings) as server:
        answer = post(server.url + ASR, body(pcm(hum(1046, 100)), "pcm", format=form))
    assert len(answer.final.splitlines()) == 1 + 105
    assert clock.now == pytest.approx(10.46)


TROUBLES = ("rate-limit", "unavailable", "reset-before-reply", "no-reply", "reset", "no-done", "ok")


def test_troubles_in_any_order_for_requests_at_once(fresh: SimulatorServer) -> None:
    said, sound = minute()
    cut = [piece.start * 16 - 2000 for piece in said.pieces[::9]] + [len(sound)]
    stretches = [in_opus(sound[a:b]) for a, b in pairwise(cut)]
    order = [*TROUBLES, *TROUBLES, *TROUBLES]
    random.Random(5).shuffle(order)
    fresh.scenario = order
    texts: dict[int, str] = {}
    tries: Counter[int] = Counter()

    def go_on(index: int) -> None:
        while index not in texts:
            tries[index] += 1
            try:
                answer = post(fresh.url + ASR, body(stretches[index]))
            except httpx.HTTPError:
                continue
            if answer.status == 200 and answer.broke is None and "done" in answer.kinds:
                texts[index] = answer.final
            elif answer.status == 429:
                assert answer.headers["retry-after"] == str(FAST.retry_after)

    threads = [threading.Thread(target=go_on, args=(n,)) for n in range(len(stretches))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert " ".join(texts[index] for index in sorted(texts)) == said.text
    met = Counter(record.scenario for record in fresh.posts)
    assert met - Counter(order) == Counter(ok=max(0, len(fresh.posts) - len(order)))
    by_content = Counter(record.audio_sha256 for record in fresh.posts)
    assert sorted(by_content.values()) == sorted(tries.values())


def test_one_too_many_at_once_is_told_to_wait() -> None:
    document = body(samples()[0].audio())
    settings = SimulatorSettings(at_once=2, stall=300, scenario="stall-midstream", retry_after=7)
    with SimulatorServer(settings) as server, httpx.Client(trust_env=False) as client:
        open_ = [
            client.send(
                client.build_request("POST", server.url + ASR, json=document, headers=HEADERS),
                stream=True,
            )
            for _ in range(2)
        ]
        refused = post(server.url + ASR, document)
        assert (refused.status, refused.headers["retry-after"]) == (429, "7")
        assert len({record.audio_sha256 for record in server.posts}) == 1
        server.scenario = "ok"
        # Another key has its own.
        other = HEADERS | {"Authorization": f"Bearer {BOTH_KEY}"}
        assert post(server.url + ASR, document, other).status == 200
        open_[0].close()
        assert server.posts[0].over.wait(5)
        assert post(server.url + ASR, document).status == 200


def test_one_too_many_a_minute_is_told_how_long_to_wait() -> None:
    document = body(samples()[0].audio())
    clock = Clock()
    settings = SimulatorSettings(a_minute=3, clock=clock, sleep=clock.sleep)
    with SimulatorServer(settings) as server:
        for _ in range(3):
            assert post(server.url + ASR, document).status == 200
            clock.now += 10
        refused = post(server.url + ASR, document)
        assert (refused.status, refused.headers["retry-after"]) == (429, "30")
        clock.now += 29
        assert post(server.url + ASR, document).status == 429
        clock.now += 1
        assert post(server.url + ASR, document).status == 200
        assert post(server.url + ASR, document).headers["retry-after"] == "10"
