"""Every kind of recording becomes the same sound, whole, at the right time, in little memory."""

import dataclasses
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from stepasr_tui.core.audio.decode import Decoder
from stepasr_tui.core.audio.mono import Mono, mixed, shares
from stepasr_tui.core.audio.probe import measured, pcm, probe
from stepasr_tui.core.audio.recording import SAMPLE_RATE
from stepasr_tui.core.errors import NotARecording, RecordingChanged, RecordingUnreadable
from tests.core import audio_zoo as zoo
from tests.core.audio_zoo import KINDS, SECOND_TONE, SECONDS, TONE, Kind, packed, tone, wav

MOST = 64 * 2**20


def decoded(path: Path, track: int = 0) -> tuple[NDArray[np.float32], list[str]]:
    """All of the sound, and the notes."""
    decoder = Decoder(probe(path), track)
    blocks = list(decoder.blocks())
    for block in blocks:
        assert 0 < len(block) <= SAMPLE_RATE
        assert block.dtype == np.float32
        assert np.abs(block).max() <= 1.0
    sound = np.concatenate(blocks)
    assert decoder.position == len(sound) / SAMPLE_RATE
    return sound, decoder.notes


def hertz(sound: NDArray[np.float32]) -> float:
    """The loudest frequency."""
    return float(np.abs(np.fft.rfft(sound)).argmax() * SAMPLE_RATE / len(sound))


def seconds(sound: NDArray[np.float32]) -> float:
    return len(sound) / SAMPLE_RATE


def loud(sound: NDArray[np.float32], start: float, end: float) -> float:
    """Mean level of a stretch."""
    stretch = sound[int(start * SAMPLE_RATE) : int(end * SAMPLE_RATE)]
    return float(np.sqrt(np.mean(stretch**2)))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.id)
def test_every_kind_is_known_by_its_content_and_heard_whole(tmp_path: Path, kind: Kind) -> None:
    path = kind.made(tmp_path / "talk.txt")
    found = probe(path)
    assert (found.container, found.codec) == (kind.container, kind.codec)
    assert (found.accepted, found.exact) == (kind.accepted, kind.exact)
    assert found.sample_rate == kind.rate
    assert found.channels == av.AudioLayout(kind.layout).nb_channels
    assert len(found.tracks) == 1
    assert (found.duration is not None) == kind.known
    true = measured(found)
    assert true.exact
    assert true.duration == pytest.approx(SECONDS, abs=0.05)
    assert true.bit_rate == pytest.approx(found.size * 8 / SECONDS, rel=0.03)
    sound, notes = decoded(path)
    assert seconds(sound) == pytest.approx(SECONDS, abs=0.05)
    assert hertz(sound) == pytest.approx(TONE, abs=2)
    assert 0.2 < loud(sound, 0.5, 1.5) < 0.5
    assert notes == []


@pytest.mark.parametrize("name", ["a.wav", "a.m4a", "concat:a.mp3", "http:x.ogg", "-i.mkv"])
def test_the_name_says_nothing(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    path = Kind("flac", "flac", "flac").made(Path(name))
    assert probe(path).container == "flac"
    assert seconds(decoded(path)[0]) == pytest.approx(SECONDS, abs=0.01)


def test_raw_samples(tmp_path: Path) -> None:
    path = tmp_path / "a.pcm"
    sound = (tone(SECONDS, 8000, 2) * 32767).astype("<i2")
    path.write_bytes(sound.tobytes() + b"\1")
    decoder = Decoder(pcm(path, 8000, 2))
    heard = np.concatenate(list(decoder.blocks()))
    assert seconds(heard) == pytest.approx(SECONDS, abs=0.001)
    assert hertz(heard) == pytest.approx(TONE, abs=1)


def test_the_deep_speaker_is_left_out_and_the_middle_is_loudest(tmp_path: Path) -> None:
    rate, tones = 48000, (300, 500, 700, 900, 1100, 1300)
    channels = [tone(1.0, rate, hertz=hz)[:, 0] for hz in tones]
    path = zoo.written(tmp_path / "a.wav", "WAVEX", "PCM_16", np.stack(channels, 1), rate)
    sound, _ = decoded(path)
    levels = np.abs(np.fft.rfft(sound)) / len(sound)
    assert levels[900] < 0.001  # the fourth channel of 5.1
    assert levels[700] > levels[300] == pytest.approx(levels[500], rel=0.01)
    assert levels[300] > levels[1100] > 0.01
    assert sum(shares(["FL", "FR", "FC", "LFE", "BL", "BR"])) == pytest.approx(1.0)
    assert shares(["FL", "FR"]) == [0.5, 0.5]
    assert shares(["NONE"] * 4) == [0.25] * 4


def test_numbers_that_are_none_become_silence_and_loud_ones_are_held(tmp_path: Path) -> None:
    wild = np.array([0.5, np.nan, np.inf, -np.inf, 1e38, -3.0] * 1000, dtype="<f4")
    path = tmp_path / "a.wav"
    path.write_bytes(wav(bits=32, tag=3, data=wild.tobytes()))
    sound, _ = decoded(path)
    assert list(sound[:6]) == [0.5, 0.0, 1.0, -1.0, 1.0, -1.0]
    double = mixed(np.array([[1e300, np.nan], [0.5, 0.25]]), [0.5, 0.5])
    assert list(double) == [0.5, 0.375]


@pytest.mark.parametrize("claimed", [0, 0xFFFFFFFF, 0xF0000000])
@pytest.mark.parametrize("channels", [1, 3])
def test_a_wav_whose_size_is_a_lie_is_heard_to_its_end(
    tmp_path: Path, claimed: int, channels: int
) -> None:
    data = (tone(SECONDS, 16000, channels) * 32767).astype("<i2").tobytes()
    path = tmp_path / "a.wav"
    path.write_bytes(wav(data=data, size=claimed, channels=channels))
    assert probe(path).accepted is None
    sound, notes = decoded(path)
    assert seconds(sound) == pytest.approx(SECONDS, abs=0.05)
    assert notes == []


def test_what_stands_after_the_sound_of_a_wav_is_not_heard(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(wav(data=bytes(32000), after=b"LIST" + b"\xff\x7f" * 5000))
    sound, _ = decoded(path)
    assert len(sound) == 16000
    assert not sound.any()


def mp3(kbps: int, length: float = SECONDS) -> bytes:
    """A tone as MP3 frames of one bit rate, without the table in front."""
    content = packed("mp3", "libmp3lame", [tone(length, 48000)[:, 0]], bit_rate=kbps * 1000)
    return content[content.index(b"\xff\xfb", content.index(b"Info")) :]


def test_an_mp3_of_varying_rate_without_a_table(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(mp3(32, 20.0) + mp3(192, 6.0))
    found = probe(path)
    assert not found.exact
    assert measured(found).duration == pytest.approx(26, abs=0.2)
    sound, _ = decoded(path)
    assert seconds(sound) == pytest.approx(26, abs=0.2)
    assert loud(sound, 25, 25.8) > 0.3


def test_an_mp3_of_one_rate_is_exact_without_a_table(tmp_path: Path) -> None:
    path = tmp_path / "a.mp3"
    path.write_bytes(mp3(64, 6.0) + b"TAG" + bytes(125))
    assert probe(path).exact
    assert probe(path).duration == pytest.approx(6.0, abs=0.1)


def test_two_mp3_joined(tmp_path: Path) -> None:
    one = Kind("mp3", "mp3", "MP3", "MPEG_LAYER_III", "soundfile", 16000)
    content = one.made(tmp_path / "1").read_bytes()
    path = tmp_path / "both.mp3"
    path.write_bytes(content + content)
    assert probe(path).duration == pytest.approx(2 * SECONDS, abs=0.3)
    sound, _ = decoded(path)
    assert seconds(sound) == pytest.approx(2 * SECONDS, abs=0.3)
    assert loud(sound, 3.0, 3.8) > 0.3


@pytest.mark.parametrize(("first", "second"), [("OPUS", "OPUS"), ("VORBIS", "VORBIS")])
def test_chained_ogg(tmp_path: Path, first: str, second: str) -> None:
    parts = [
        zoo.written(tmp_path / str(number), "OGG", subtype, tone(SECONDS, rate), rate).read_bytes()
        for number, (subtype, rate) in enumerate(((first, 48000), (second, 16000)))
    ]
    path = tmp_path / "both.ogg"
    path.write_bytes(parts[0] + parts[1] + parts[0])
    found = probe(path)
    assert (found.duration, found.exact, found.accepted) == (None, False, None)
    sound, _ = decoded(path)
    assert seconds(sound) == pytest.approx(3 * SECONDS, abs=0.15)
    assert min(loud(sound, at, at + 1) for at in (0.5, 2.5, 4.5)) > 0.3
    assert measured(found).duration == pytest.approx(3 * SECONDS, abs=0.15)


def test_flac_without_a_total(tmp_path: Path) -> None:
    content = bytearray(Kind("flac", "flac", "flac").made(tmp_path / "a").read_bytes())
    content[21] &= 0xF0  # the upper 4 of 36 bits; the rest follows
    content[22:26] = bytes(4)
    (tmp_path / "a").write_bytes(content)
    found = probe(tmp_path / "a")
    assert not found.exact
    assert measured(found).duration == pytest.approx(SECONDS, abs=0.05)
    assert seconds(decoded(tmp_path / "a")[0]) == pytest.approx(SECONDS, abs=0.01)


FAST_START = {"movflags": "faststart"}


@pytest.mark.parametrize(
    ("kind", "noted"),
    [
        (Kind("flac", "flac", "flac"), True),
        (Kind("mkv", "opus", "matroska", "libopus"), True),
        (Kind("m4a", "aac", "ipod", options=FAST_START), True),
        (Kind("mp3", "mp3", "mp3", "libmp3lame", bit_rate=64000), True),
        (Kind("aiff", "pcm_s16be", "AIFF", "PCM_16", "soundfile"), True),
        (Kind("wav", "pcm_s16le", "WAV", "PCM_16", "soundfile"), True),
        (Kind("ogg", "opus", "ogg", "libopus"), False),
        (Kind("aac", "aac", "adts"), False),
    ],
    ids=lambda value: value.container if isinstance(value, Kind) else "",
)
def test_a_file_that_was_cut_off_is_heard_as_far_as_it_goes(
    tmp_path: Path, kind: Kind, noted: bool
) -> None:
    path = kind.made(tmp_path / "cut", 10.0)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    found = probe(path)
    assert found.accepted in (None, "mp3")
    true = measured(found)
    sound, notes = decoded(path)
    assert 3.5 < seconds(sound) < 6.0
    assert true.duration == pytest.approx(seconds(sound), abs=0.15)
    assert hertz(sound) == pytest.approx(TONE, abs=1)
    if noted:
        ends = f"It ends at 0:0{int(seconds(sound))}, though its header says 0:10"
        assert any(note.startswith(ends) for note in notes), notes
    else:
        assert notes == []


def test_garbage_inside_an_mp3_is_left_out(tmp_path: Path) -> None:
    content = bytearray(mp3(64, 10.0))
    middle = len(content) // 2
    content[middle : middle + 8000] = np.random.default_rng(3).bytes(8000)
    path = tmp_path / "a.mp3"
    path.write_bytes(content)
    sound, _ = decoded(path)
    assert 8.5 < seconds(sound) < 10.2
    assert loud(sound, 0.5, 4) > 0.3 < loud(sound, seconds(sound) - 3, seconds(sound) - 0.5)


def test_damage_in_an_ogg_moves_nothing_after_it(tmp_path: Path) -> None:
    quiet_then_loud = np.concatenate([tone(8.0, 48000) * 0.1, tone(4.0, 48000)])
    path = zoo.written(tmp_path / "a.ogg", "OGG", "OPUS", quiet_then_loud, 48000)
    content = bytearray(path.read_bytes())
    at = len(content) // 3
    content[at : at + 4000] = bytes(4000)
    path.write_bytes(content)
    assert probe(path).accepted is None
    sound, notes = decoded(path)
    assert seconds(sound) == pytest.approx(12.0, abs=0.05)
    assert loud(sound, 7.5, 7.95) < 0.1 < 0.3 < loud(sound, 8.05, 8.5)
    assert any("heard as silence" in note for note in notes)


def mkv(stamps: list[float], length: float = 0.5) -> bytes:
    """A Matroska file of 16-bit tones, each at its time."""
    import io
    from fractions import Fraction

    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as container:
        stream = container.add_stream("pcm_s16le", rate=16000, layout="mono")
        for stamp in stamps:
            samples = (tone(length, 16000).T * 32767).astype("<i2")
            frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
            frame.rate, frame.pts = 16000, round(stamp * 16000)
            frame.time_base = Fraction(1, 16000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def test_a_pause_of_the_recorder_is_silence(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    path.write_bytes(mkv([0.0, 0.5, 3.0, 3.5]))
    sound, notes = decoded(path)
    assert seconds(sound) == pytest.approx(4.0, abs=0.01)
    assert loud(sound, 1.05, 2.95) == 0 < 0.3 < loud(sound, 3.05, 3.95)
    assert notes == ["It has 1 gap without sound, heard as silence."]
    inexact = dataclasses.replace(probe(path), exact=False)
    assert measured(inexact).duration == pytest.approx(4.0, abs=0.05)


def test_a_pause_of_two_minutes_is_believed_when_the_header_has_room(tmp_path: Path) -> None:
    path = tmp_path / "a.mkv"
    path.write_bytes(mkv([0.0, 120.0]))
    assert seconds(decoded(path)[0]) == pytest.approx(120.5, abs=0.01)


def test_a_crazy_time_stamp_makes_no_hours_of_silence(tmp_path: Path) -> None:
    content = mkv([0.0, 7200.0, 7200.5, 7201.0])
    at = content.index(b"\x44\x89\x88")  # the duration, a float64
    path = tmp_path / "a.mkv"
    path.write_bytes(content[:at] + b"\xec\x89\x88" + content[at + 3 :])  # now a void
    assert not probe(path).exact
    assert seconds(decoded(path)[0]) == pytest.approx(2.0, abs=0.01)


@pytest.mark.parametrize("kind", ["matroska", "mp4", "mov"])
def test_a_sound_that_begins_after_the_pictures_keeps_its_time(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "film"
    sound = tone(2.0, 48000)[:, 0]
    path.write_bytes(packed(kind, "aac", [sound], video=5.0, start=3.0))
    heard, notes = decoded(path)
    assert seconds(heard) == pytest.approx(5.0, abs=0.05)
    assert loud(heard, 0.1, 2.9) < 0.01 < 0.3 < loud(heard, 3.2, 4.8)
    assert probe(path).duration == pytest.approx(5.0, abs=0.05)
    assert notes == []


def test_the_rate_may_change_on_the_way() -> None:
    mono = Mono()
    blocks = [
        block
        for rate in (8000, 48000, 16000, 44100, 1000, 768000)
        for block in mono.take(tone(1.0, rate)[:, 0], rate)
    ] + list(mono.rest())
    assert mono.frames == sum(map(len, blocks)) == pytest.approx(6 * SAMPLE_RATE, abs=10)
    assert max(map(len, blocks)) <= SAMPLE_RATE


def test_one_of_two_tracks(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    sounds = [tone(2.0, 48000)[:, 0], tone(2.0, 48000, hertz=SECOND_TONE)[:, 0]]
    path.write_bytes(packed("matroska", "libopus", sounds, languages=("eng", "chi"), video=2.0))
    found = probe(path)
    assert [(track.language, track.title) for track in found.tracks] == [
        ("eng", "Track 1"),
        ("chi", "Track 2"),
    ]
    assert hertz(decoded(path)[0]) == pytest.approx(TONE, abs=1)
    assert hertz(decoded(path, 1)[0]) == pytest.approx(SECOND_TONE, abs=1)
    with pytest.raises(NotARecording, match="no track 3"):
        decoded(path, 2)


@pytest.mark.parametrize("kind", ["mp4", "mov", "matroska", "avi", "mpegts"])
def test_the_sound_of_a_video(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "film"
    path.write_bytes(packed(kind, "libmp3lame", [tone(2.0, 48000)[:, 0]], video=2.0))
    sound, _ = decoded(path)
    assert seconds(sound) == pytest.approx(2.0, abs=0.1)
    assert hertz(sound) == pytest.approx(TONE, abs=2)


def test_a_cover_is_no_video(tmp_path: Path) -> None:
    path = tmp_path / "song.mp3"
    path.write_bytes(packed("mp3", "libmp3lame", [tone(2.0, 48000)[:, 0]], cover=True))
    assert probe(path).container == "mp3"
    assert seconds(decoded(path)[0]) == pytest.approx(2.0, abs=0.05)


def test_amr_with_the_pauses_that_phones_make(tmp_path: Path) -> None:
    speech = Kind("amr", "amr_nb", "amr", "libopencore_amrnb", rate=8000, bit_rate=12200)
    content = speech.made(tmp_path / "a").read_bytes()
    # A frame of comfort noise (8), then frames without data (15), 20 ms each.
    pause = bytes([8 << 3 | 4]) + bytes([0x12, 0x34, 0x56, 0x78, 0x90]) + b"\x7c" * 49
    path = tmp_path / "a.amr"
    path.write_bytes(content + pause + content[6:])
    sound, notes = decoded(path)
    assert seconds(sound) == pytest.approx(2 * SECONDS + 1.0, abs=0.1)
    assert loud(sound, 3.5, 4.5) > 0.3
    assert notes == []


def test_wide_amr(tmp_path: Path) -> None:
    path = tmp_path / "a.awb"
    path.write_bytes(b"#!AMR-WB\n" + (b"\x04" + bytes(17)) * 100)
    assert (probe(path).container, probe(path).codec) == ("amr", "amr_wb")
    assert seconds(decoded(path)[0]) == pytest.approx(2.0, abs=0.05)


def test_counting_stops_early_when_enough_is_proven(tmp_path: Path) -> None:
    path = Kind("aac", "aac", "adts").made(tmp_path / "a", 60.0)
    found = probe(path)
    some = measured(found, upto=10.0)
    assert not some.exact
    assert some.duration == pytest.approx(60.0, rel=0.5)
    assert measured(found, upto=100.0).exact
    assert measured(found, upto=100.0).duration == pytest.approx(60.0, abs=0.05)


@pytest.fixture(params=["wav", "flac"])
def going(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Path, Iterator[object]]:
    """A file, and its blocks, of which the first has been taken."""
    kind = Kind("wav", "", "WAV", "PCM_16", "soundfile", 16000)
    if request.param == "flac":
        kind = Kind("flac", "flac", "flac")
    path = kind.made(tmp_path / "a", 5.0)
    blocks = Decoder(probe(path)).blocks()
    next(blocks)
    return path, blocks


def test_a_file_that_grows_meanwhile_has_changed(going: tuple[Path, Iterator[object]]) -> None:
    path, blocks = going
    with path.open("ab") as file:
        file.write(bytes(100))
    with pytest.raises(RecordingChanged, match="changed"):
        list(blocks)


def test_a_file_deleted_meanwhile_is_heard_to_its_end(
    going: tuple[Path, Iterator[object]],
) -> None:
    path, blocks = going
    path.unlink()
    assert len(list(blocks)) >= 4


def test_a_file_cut_short_meanwhile_has_changed(going: tuple[Path, Iterator[object]]) -> None:
    path, blocks = going
    with path.open("r+b") as file:
        file.truncate(1000)
    with pytest.raises(RecordingChanged):
        list(blocks)


def test_a_file_that_is_another_since_it_was_probed(tmp_path: Path) -> None:
    path = KINDS[0].made(tmp_path / "a")
    found, live = probe(path), dataclasses.replace(probe(path), exact=False)
    KINDS[0].made(path, 3.0)
    with pytest.raises(RecordingChanged):
        next(Decoder(found).blocks())
    with pytest.raises(RecordingChanged):
        measured(live)
    path.unlink()
    with pytest.raises(RecordingUnreadable):
        next(Decoder(found).blocks())


CHILD = """
import resource, sys
from pathlib import Path
import av, numpy, soxr
from stepasr_tui.core.audio.decode import Decoder
from stepasr_tui.core.audio.probe import probe

def resident():
    # Not ru_maxrss: a child inherits the mark of the process that started it.
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()

before, most, frames = resident(), 0, 0
for count, block in enumerate(Decoder(probe(Path(sys.argv[1]))).blocks()):
    frames += len(block)
    if count % 50 == 0:
        most = max(most, resident())
print(frames / 16000, most - before)
"""


def bomb_flac(path: Path) -> float:
    """Hours of silence in 2 MB: one frame, many times. Returns its seconds."""
    silence = [np.zeros(8000 * 20, np.float32)]
    content = packed("flac", "flac", silence, rate=8000, options={})
    frames = [at for at in range(len(content)) if content[at : at + 2] == b"\xff\xf8"]
    body = content[frames[0] : frames[-1]]
    path.write_bytes(content[: frames[0]] + body * 360)
    return 360 * 20.0


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_hours_of_silence_in_a_small_file_take_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "bomb"
    length = bomb_flac(path)
    assert path.stat().st_size < length * SAMPLE_RATE * 2 / 100
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(path)], capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0, done.stderr
    heard, growth = map(float, done.stdout.split())
    assert heard == pytest.approx(length, rel=0.1)
    assert growth < MOST
