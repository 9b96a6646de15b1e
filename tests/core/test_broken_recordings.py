"""What is no recording, or no longer one: each such file has its own sentence, and no other."""

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from stepasr_tui.core.audio.decode import Decoder
from stepasr_tui.core.audio.probe import probe
from stepasr_tui.core.errors import NotARecording, RecordingUnreadable
from tests.core.audio_zoo import Kind, packed, tone, wav

SOUND = tone(1.0, 48000)[:, 0]


def pictures_alone() -> bytes:
    return packed("mp4", "aac", [], video=1.0)


def cut_before_its_index() -> bytes:
    content = packed("ipod", "aac", [SOUND])
    return content[: content.rindex(b"moov") - 4]


def encrypted() -> bytes:
    """Every packet is noise, as without the key."""
    content = bytearray(packed("ipod", "aac", [tone(6.0, 48000)[:, 0]]))
    start, end = content.index(b"mdat") + 4, content.rindex(b"moov") - 4
    content[start:end] = b"\xff" * (end - start)
    return bytes(content)


def protected() -> bytes:
    content = packed("ipod", "aac", [SOUND])
    return content.replace(b"mp4a", b"prot").replace(b"esds", b"free")


def cover_alone() -> bytes:
    """The picture of a song, whose sound is gone."""
    return packed("mp4", "aac", [], cover=True)


DAMAGED = "damaged that no sound can be read from it."
AGAIN = "Copy it again from where it was recorded."
UNFINISHED = (
    "If it is still recording, stop it first. If it crashed, a repair tool such as untrunc "
)
UNFINISHED += "may save the sound."
LOOK = "Look whether the recorder has finished writing it."
CHOOSE = "Choose a recording, or a video with sound, instead."
CONVERT = "Convert it, for instance: ffmpeg -i INPUT -vn -c:a libopus -b:a 24k OUTPUT.ogg"

TABLE: dict[str, tuple[Callable[[], bytes] | bytes, str, str]] = {
    "empty": (
        b"",
        "talk.mp3 is empty: it has 0 bytes.",
        "Copy it again, or look whether the recorder has finished writing it.",
    ),
    "text": (b"Dear all,\nhere it is.", "talk.mp3 is not audio: it is a text.", CHOOSE),
    "list of other files": (
        b"ffconcat version 1.0\nfile other.m4a\n",
        "talk.mp3 is not audio: it is a text.",
        CHOOSE,
    ),
    "web page": (
        b"<!DOCTYPE html><title>Log in</title>",
        "talk.mp3 is not audio: it is a web page, perhaps a download that asked for a login.",
        CHOOSE,
    ),
    "picture": (b"\x89PNG\r\n\x1a\n\0", "talk.mp3 is not audio: it is a picture (PNG).", CHOOSE),
    "zeros": (
        bytes(5000),
        "talk.mp3 is not audio: it is not audio of any kind known here.",
        CHOOSE,
    ),
    "noise": (
        np.random.default_rng(7).bytes(200_000),
        "talk.mp3 is not audio: it is not audio of any kind known here.",
        CHOOSE,
    ),
    "dsd": (
        b"DSD \x1c\0\0\0\0\0\0\0" + bytes(100),
        "talk.mp3 is DSD audio, which cannot be read here.",
        CONVERT,
    ),
    "pictures alone": (
        pictures_alone,
        "talk.mp3 has no sound: it is a video without an audio track.",
        "Choose the recording that its sound is in.",
    ),
    "cover alone": (
        cover_alone,
        "talk.mp3 has no sound: it has no audio track.",
        "Choose the recording that its sound is in.",
    ),
    "mp4 without its index": (
        cut_before_its_index,
        "talk.mp3 was never finished: the part that says where its sound is is missing.",
        UNFINISHED,
    ),
    "mp4 of a name alone": (
        b"\0\0\0\x20ftypM4A \0\0\0\0" + bytes(2000),
        "talk.mp3 was never finished: the part that says where its sound is is missing.",
        UNFINISHED,
    ),
    "protected": (
        protected,
        "talk.mp3 has sound in a form that nothing here can read.",
        CONVERT,
    ),
    "encrypted": (
        encrypted,
        "No sound can be read from talk.mp3.",
        AGAIN,
    ),
    "rate 0": (
        wav(rate=0),
        "talk.mp3 is a WAV file with a broken header: it claims 0 samples a second.",
        "Copy it again from where it was recorded, or export it once more.",
    ),
    "channels 0": (
        wav(channels=0),
        "talk.mp3 is a WAV file with a broken header: it claims 0 channels.",
        "Copy it again from where it was recorded, or export it once more.",
    ),
    "wav of a header alone": (
        wav(data=b""),
        "talk.mp3 has no sound in it: its length is 0 seconds.",
        LOOK,
    ),
    "wav without sound": (
        wav()[:36],
        "talk.mp3 is a WAV file with a broken header: it ends before any sound.",
        "Copy it again from where it was recorded, or export it once more.",
    ),
    "flac of a name alone": (b"fLaC\0\0\0\x22", f"talk.mp3 is FLAC audio, but so {DAMAGED}", AGAIN),
    "flac with rate 0": (
        b"fLaC\x80\0\0\x22" + bytes(34) + bytes(5000),
        f"talk.mp3 is FLAC audio, but so {DAMAGED}",
        AGAIN,
    ),
    "ogg of a header alone": (
        lambda: packed("ogg", "libopus", [SOUND])[:60],
        f"talk.mp3 is Ogg audio, but so {DAMAGED}",
        AGAIN,
    ),
    "webm of a name alone": (
        b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\1webm" + bytes(100),
        f"talk.mp3 is WebM, but so {DAMAGED}",
        AGAIN,
    ),
    "aiff of a name alone": (
        b"FORM\0\0\0\0AIFFCOMM",
        f"talk.mp3 is AIFF audio, but so {DAMAGED}",
        AGAIN,
    ),
    "wma of a name alone": (
        b"\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9" + bytes(200),
        f"talk.mp3 is Windows Media (WMA or WMV), but so {DAMAGED}",
        AGAIN,
    ),
    "amr of a name alone": (b"#!AMR\n\x3c\x91", "No sound can be read from talk.mp3.", AGAIN),
}


@pytest.mark.parametrize("name", TABLE)
def test_each_has_its_sentence(tmp_path: Path, name: str) -> None:
    content, what, remedy = TABLE[name]
    path = tmp_path / "talk.mp3"
    path.write_bytes(content if isinstance(content, bytes) else content())
    # What was never finished is a recording all the same.
    kind = RecordingUnreadable if remedy == UNFINISHED else NotARecording
    with pytest.raises(kind) as caught:
        list(Decoder(probe(path)).blocks())
    assert (caught.value.what, caught.value.remedy) == (what, remedy)


def test_a_file_that_is_mostly_damaged(tmp_path: Path) -> None:
    content = bytearray(packed("ipod", "aac", [tone(6.0, 48000)[:, 0]]))
    start, end = content.index(b"mdat") + 4, content.rindex(b"moov") - 4
    start += (end - start) // 5
    content[start:end] = b"\xff" * (end - start)
    path = tmp_path / "song.m4a"
    path.write_bytes(content)
    with pytest.raises(NotARecording) as caught:
        list(Decoder(probe(path)).blocks())
    assert caught.value.what == "song.m4a is damaged or protected: most of it cannot be read."


def test_a_list_of_other_files_never_opens_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Kind("m4a", "aac", "ipod").made(tmp_path / "other.m4a")
    lure = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nother.m4a\n#EXT-X-ENDLIST\n"
    for number, content in enumerate((b"ffconcat version 1.0\nfile other.m4a\n", lure)):
        path = tmp_path / f"{number}.mp3"
        path.write_bytes(content)
        with pytest.raises(NotARecording, match="a text"):
            probe(path)


def test_ffmpeg_is_given_one_demuxer_and_no_way_out(tmp_path: Path) -> None:
    """Even a file that is taken for something else than it is cannot make it open another."""
    from stepasr_tui.core.audio.container import DEMUXERS, opened_av

    Kind("m4a", "aac", "ipod").made(tmp_path / "other.m4a")
    path = tmp_path / "list"
    path.write_bytes(f"ffconcat version 1.0\nfile {tmp_path}/other.m4a\n".encode())
    for container in DEMUXERS:
        with path.open("rb", buffering=0) as file:
            try:
                with opened_av(file, container) as opened:
                    found = sum(packet.size for packet in opened.demux())
                    assert found <= path.stat().st_size
            except av.error.FFmpegError:
                continue
