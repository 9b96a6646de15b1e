"""What ``probe`` says of files of every kind, sound and broken, and of what is no file."""

import os
import socket
import struct
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stepasr_tui.core.audio.decode import Decoder
from stepasr_tui.core.audio.probe import EXTENSIONS, measured, pcm, probe
from stepasr_tui.core.errors import NotARecording, RecordingError, RecordingUnreadable
from tests.core.audio_zoo import KINDS, tone, wav


def write(
    path: Path,
    seconds: float = 2.0,
    *,
    channels: int = 1,
    format: str = "WAV",  # noqa: A002 - soundfile's word
    subtype: str = "PCM_16",
) -> Path:
    """A 16 kHz tone in ``path``, in soundfile's format and subtype. Returns ``path``."""
    kind = {"format": format, "subtype": subtype}
    with soundfile.SoundFile(path, "w", 16000, channels, **kind) as sound:
        for block in np.array_split(tone(seconds, 16000, channels), 50):
            sound.write(block)  # one long block of Vorbis would crash libsndfile
    return path


def ogg_checksum(page: bytes | bytearray) -> int:
    """The CRC of an Ogg page whose own checksum field is zero (RFC 3533, appendix A)."""
    value = 0
    for byte in page:
        value ^= byte << 24
        for _ in range(8):
            value = (value << 1 ^ (0x04C11DB7 if value & 0x80000000 else 0)) & 0xFFFFFFFF
    return value


@pytest.mark.parametrize(
    ("kind", "subtype", "container", "codec"),
    [
        ("WAV", "PCM_16", "wav", "pcm_s16le"),
        ("WAV", "PCM_24", "wav", "pcm_s24le"),
        ("WAV", "PCM_U8", "wav", "pcm_u8"),
        ("WAV", "FLOAT", "wav", "pcm_f32le"),
        ("WAV", "ULAW", "wav", "pcm_mulaw"),
        ("WAVEX", "PCM_16", "wav", "pcm_s16le"),
        ("RF64", "PCM_16", "wav", "pcm_s16le"),
        ("MP3", "MPEG_LAYER_III", "mp3", "mp3"),
        ("OGG", "VORBIS", "ogg", "vorbis"),
        ("OGG", "OPUS", "ogg", "opus"),
    ],
)
@pytest.mark.parametrize("name", ["right.bin", "wrong.wav", "wrong.mp3", "wrong.raw"])
def test_content_decides_not_the_name(
    tmp_path: Path, name: str, kind: str, subtype: str, container: str, codec: str
) -> None:
    path = write(tmp_path / "made", 2.0, channels=2, format=kind, subtype=subtype).rename(
        tmp_path / name
    )
    found = probe(path)
    assert (found.container, found.codec, found.channels) == (container, codec, 2)
    assert found.duration == pytest.approx(2.0, abs=0.1)
    assert found.sample_rate in (16000, 48000)
    facts = path.stat()
    assert found.path == path
    assert found.size == facts.st_size == found.identity.size
    assert (found.identity.device, found.identity.inode) == (facts.st_dev, facts.st_ino)
    assert found.identity.mtime_ns == facts.st_mtime_ns


@pytest.mark.parametrize("claimed", [0, 0xFFFFFFFF, 0xF0000000])
def test_wav_duration_comes_from_the_bytes_that_are_there(tmp_path: Path, claimed: int) -> None:
    path = tmp_path / "crashed.wav"
    path.write_bytes(wav(size=claimed))
    assert probe(path).duration == 1.0


def test_truncated_wav_is_as_long_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "cut.wav"
    path.write_bytes(wav()[: 44 + 16000])
    assert probe(path).duration == 0.5


def test_chunks_around_the_sound_are_not_sound(tmp_path: Path) -> None:
    path = tmp_path / "tagged.wav"
    odd = b"LIST" + struct.pack("<I", 5) + b"abcde\0"
    path.write_bytes(wav(before=odd, after=odd * 1000))
    assert probe(path).duration == 1.0


def test_a_size_that_is_too_small_does_not_hide_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "wrapped.wav"
    path.write_bytes(wav(size=8000))
    assert probe(path).duration == 1.0
    path.write_bytes(wav(size=32000) + b"LIST" + struct.pack("<I", 4) + b"INFO")
    assert probe(path).duration == 1.0


def test_rf64_takes_its_size_from_ds64(tmp_path: Path) -> None:
    path = tmp_path / "long.wav"
    ds64 = b"ds64" + struct.pack("<IQQQI", 28, 0, 16000, 0, 0)
    path.write_bytes(wav(riff=b"RF64", size=0xFFFFFFFF, before=ds64))
    assert probe(path).duration == 0.5


@pytest.mark.parametrize(
    ("broken", "word"),
    [
        (wav(rate=0), "0 samples"),
        (wav(rate=7), "7 samples"),
        (wav(rate=2147483647), "2147483647 samples"),
        (wav(channels=0), "0 channels"),
        (wav(channels=65535), "65535 channels"),
        (wav(bits=0), "0 bits"),
        (wav()[:20], "describe"),
        (wav()[:36], "before any sound"),
        (b"RIFF\x24\0\0\0WAVE" + b"junk\0\0\0\0" * 5000, "describe"),
    ],
)
def test_broken_wav_headers_say_what_is_broken(tmp_path: Path, broken: bytes, word: str) -> None:
    path = tmp_path / "broken.wav"
    path.write_bytes(broken)
    with pytest.raises(NotARecording) as caught:
        probe(path)
    assert "broken header" in caught.value.what
    assert word in caught.value.what


@pytest.mark.parametrize(
    "empty", [wav(data=b""), wav(data=b"", after=b"LIST\4\0\0\0abcd")], ids=["bare", "tagged"]
)
def test_wav_without_sound(tmp_path: Path, empty: bytes) -> None:
    path = tmp_path / "empty.wav"
    path.write_bytes(empty)
    with pytest.raises(NotARecording, match="no sound"):
        probe(path)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"Dear all,\nhere are the minutes.", "a text"),
        ("会议记录：今天讨论了三件事。".encode() * 200, "a text"),
        (b"<!DOCTYPE html><title>Log in</title>", "web page"),
        (b"\xff\xd8\xff\xe0\0\x10JFIF", "picture"),
        (b"\x89PNG\r\n\x1a\n\0\0", "picture"),
        (b"\0\0\0\x18ftypheic\0\0", "picture"),
        (b"PK\3\4\0\0", "ZIP"),
        (bytes(5000), "not audio"),
        (np.random.default_rng(7).bytes(200_000), "not audio"),
    ],
)
def test_what_is_no_audio_at_all(tmp_path: Path, content: bytes, word: str) -> None:
    path = tmp_path / "notes.mp3"
    path.write_bytes(content)
    with pytest.raises(NotARecording) as caught:
        probe(path)
    assert "not audio" in caught.value.what
    assert word in caught.value.what
    assert "does not exist" not in str(caught.value)


def test_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "nothing.mp3"
    path.touch()
    with pytest.raises(NotARecording, match="0 bytes"):
        probe(path)


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_header_only_ogg_is_damaged(tmp_path: Path, subtype: str) -> None:
    path = write(tmp_path / "a.ogg", format="OGG", subtype=subtype)
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(NotARecording, match="damaged"):
        probe(path)


def test_joined_ogg_has_no_known_duration(tmp_path: Path) -> None:
    one = write(tmp_path / "1.ogg", 1.0, format="OGG", subtype="OPUS")
    two = write(tmp_path / "2.ogg", 2.0, format="OGG", subtype="OPUS")
    both = tmp_path / "both.ogg"
    both.write_bytes(one.read_bytes() + two.read_bytes())
    assert probe(one).duration == pytest.approx(1.0, abs=0.05)
    assert probe(both).duration is None


def test_ogg_whose_last_page_claims_centuries_has_no_known_duration(tmp_path: Path) -> None:
    path = write(tmp_path / "a.ogg", format="OGG", subtype="OPUS")
    content = bytearray(path.read_bytes())
    at = content.rindex(b"OggS")
    content[at + 6 : at + 14] = (2**50).to_bytes(8, "little")
    content[at + 22 : at + 26] = bytes(4)
    content[at + 22 : at + 26] = ogg_checksum(content[at:]).to_bytes(4, "little")
    path.write_bytes(content)
    assert probe(path).duration is None


def test_mp3_behind_a_large_tag(tmp_path: Path) -> None:
    sound = write(tmp_path / "a", format="MP3", subtype="MPEG_LAYER_III").read_bytes()
    cover = 300_000
    length = bytes(cover >> shift & 0x7F for shift in (21, 14, 7, 0))
    path = tmp_path / "cover.mp3"
    path.write_bytes(b"ID3\4\0\0" + length + bytes(cover) + sound)
    assert probe(path).container == "mp3"
    assert probe(path).duration == pytest.approx(2.0, abs=0.1)


def test_names_that_are_not_utf8(tmp_path: Path) -> None:
    for number, name in enumerate(
        (b"\xff\xfe \xe9t\xe9.ogg", b"-rf\n\x1b[31m.ogg", b"x" * 251 + b".ogg")
    ):
        path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
        made = write(tmp_path / f"{number}.ogg", format="OGG", subtype="VORBIS")
        made.rename(path)
        assert probe(path).codec == "vorbis"


@pytest.mark.parametrize("missing", ["gone.mp3", "x" * 300, "a\0b.mp3", "file.txt/in.mp3"])
def test_what_cannot_be_opened(tmp_path: Path, missing: str) -> None:
    (tmp_path / "file.txt").touch()
    with pytest.raises(RecordingUnreadable):
        probe(tmp_path / missing)


def test_links(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "dangling").symlink_to("gone")
    with pytest.raises(RecordingUnreadable, match="leads back to itself"):
        probe(tmp_path / "loop")
    with pytest.raises(RecordingUnreadable, match="not there"):
        probe(tmp_path / "dangling")
    good = write(tmp_path / "good.wav")
    (tmp_path / "link").symlink_to(good)
    assert probe(tmp_path / "link").path == tmp_path / "link"


def test_what_is_no_plain_file_is_refused_without_waiting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    os.mkfifo("pipe")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        for path, word in (
            ("pipe", "pipe"), ("socket", "socket"), (".", "folder"), ("/dev/null", "device"),
        ):  # fmt: skip
            with pytest.raises(RecordingUnreadable, match=word):
                probe(Path(path))


def test_a_pipe_that_takes_the_files_place_does_not_hang_us(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = write(tmp_path / "a.wav")
    before = path.stat()

    def swap(*_: object, **__: object) -> os.stat_result:
        path.unlink()
        os.mkfifo(path)
        return before

    monkeypatch.setattr(Path, "stat", swap)
    with pytest.raises(RecordingUnreadable, match="pipe"):
        probe(path)


def test_no_permission_says_whose_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "secret.wav")

    def refuse(*_: object) -> int:
        raise PermissionError(13, "Permission denied")

    # Root may read everything, so the refusal has to be played.
    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(RecordingUnreadable) as caught:
        probe(path)
    assert "permission" in caught.value.what.lower()
    assert path.owner() in caught.value.cause


def test_pcm_is_as_long_as_its_bytes(tmp_path: Path) -> None:
    path = tmp_path / "raw.pcm"
    path.write_bytes(bytes(16000 * 2 * 2 * 3 + 1))
    found = pcm(path, 16000, 2)
    assert (found.container, found.codec, found.duration) == ("pcm", "pcm_s16le", 3.0)
    assert (found.sample_rate, found.channels) == (16000, 2)
    for rate, channels in ((0, 1), (16000, 0), (-1, 1)):
        with pytest.raises(NotARecording):
            pcm(path, rate, channels)
    (tmp_path / "one").write_bytes(b"\0")
    with pytest.raises(NotARecording, match="no sound"):
        pcm(tmp_path / "one", 16000, 1)


def test_every_kind_that_can_be_made_is_listed() -> None:
    usual = {
        "3gp": ".3gp", "aac": ".aac", "ac3": ".ac3", "aiff": ".aif", "amr": ".amr", "au": ".au",
        "avi": ".avi", "caf": ".caf", "eac3": ".eac3", "flac": ".flac", "flv": ".flv",
        "m4a": ".m4a", "mkv": ".mkv", "mov": ".mov", "mp2": ".mp2", "mp3": ".mp3", "mp4": ".mp4",
        "mpeg": ".mpg", "ogg": ".ogg", "sph": ".sph", "ts": ".mts", "tta": ".tta", "voc": ".voc",
        "w64": ".w64", "wav": ".wav", "webm": ".webm", "wma": ".wma", "wv": ".wv",
    }  # fmt: skip
    # LOAS is a stream of broadcasts, and RealMedia has died out: neither has files to list.
    assert {kind.container for kind in KINDS} - usual.keys() == {"loas", "rm"}
    assert set(usual.values()) < EXTENSIONS


@pytest.fixture(scope="module")
def originals(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    path = tmp_path_factory.mktemp("originals") / "made"
    return [kind.made(path, 0.3).read_bytes() for kind in KINDS]


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_no_damage_makes_it_raise_anything_else(
    tmp_path: Path, originals: list[bytes], data: st.DataObject
) -> None:
    content = bytearray(data.draw(st.sampled_from(originals)))
    for _ in range(data.draw(st.integers(0, 12))):
        place = data.draw(st.integers(0, min(len(content) - 1, 4000)))
        content[place] = data.draw(st.integers(0, 255))
    del content[data.draw(st.integers(0, len(content))) :]
    path = tmp_path / "damaged.mp3"
    path.write_bytes(content)
    try:
        found = probe(path)
        assert found.duration is None or found.duration > 0
        assert found.sample_rate > 0
        measured(found)
        for block in islice(Decoder(found).blocks(), 100):
            assert 0 < len(block) <= 16000
            assert np.isfinite(block).all()
    except RecordingError:
        pass
