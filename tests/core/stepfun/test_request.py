"""The request's body: its exact length, its JSON, and files that change under it."""

import base64
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepasr_tui.core.audio.probe import opened
from stepasr_tui.core.audio.source import FileAudio
from stepasr_tui.core.errors import RecordingChanged, RecordingUnreadable
from stepasr_tui.core.stepfun.request import BLOCK, AudioFormat, Options, TranscriptionRequest
from tests.core.stepfun.raw import Bytes

OPTIONS = Options("stepaudio-2.5-asr", "zh")
WISH = {
    "model": "stepaudio-2.5-asr",
    "language": "zh",
    "enable_itn": True,
    "enable_timestamp": True,
}
READ = 16 * BLOCK


async def body(request: TranscriptionRequest) -> bytes:
    """The whole of it, once its blocks and its length were found right."""
    blocks = [block async for block in request.blocks()]
    assert all(0 < len(block) <= 64 * 1024 for block in blocks)
    assert sum(map(len, blocks)) == request.length
    return b"".join(blocks)


def file_audio(path: Path) -> FileAudio:
    with opened(path) as (_, identity):
        return FileAudio(path, identity)


def file_request(path: Path) -> TranscriptionRequest:
    return TranscriptionRequest(OPTIONS, AudioFormat("wav"), file_audio(path))


@pytest.mark.parametrize(
    "size", [1, 2, 3, 4, BLOCK - 1, BLOCK, BLOCK + 1, READ - 1, READ, READ + 1, 2 * READ + 5]
)
async def test_the_bytes_of_a_file_arrive_whole_and_twice(tmp_path: Path, size: int) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(os.urandom(size))
    request = file_request(path)
    first = await body(request)
    data = json.loads(first)["audio"]["data"]
    assert data == base64.b64encode(path.read_bytes()).decode()
    assert await body(request) == first


@pytest.mark.parametrize(
    ("form", "shape"),
    [
        (AudioFormat("ogg"), {"type": "ogg"}),
        (AudioFormat("mp3"), {"type": "mp3"}),
        (AudioFormat("wav"), {"type": "wav"}),
        (AudioFormat("wav", 8000, 2), {"type": "wav", "rate": 8000, "channel": 2}),
        (
            AudioFormat("pcm", 16000, 1),
            {"type": "pcm", "codec": "pcm_s16le", "rate": 16000, "bits": 16, "channel": 1},
        ),
    ],
)
async def test_the_contracts_json(form: AudioFormat, shape: dict[str, Any]) -> None:
    request = TranscriptionRequest(OPTIONS, form, Bytes(b"abc"))
    assert json.loads(await body(request)) == {
        "audio": {"data": "YWJj", "input": {"transcription": WISH, "format": shape}}
    }


async def test_every_wish_is_in_it() -> None:
    options = Options("m", "en", False, False, ("阶跃星辰", 'a"b\\', "\x00audio\x00"))
    request = TranscriptionRequest(options, AudioFormat("ogg"), Bytes(b"abc"))
    sent = await body(request)
    assert json.loads(sent)["audio"]["input"]["transcription"] == {
        "model": "m",
        "language": "en",
        "enable_itn": False,
        "enable_timestamp": False,
        "hotwords": ["阶跃星辰", 'a"b\\', "\x00audio\x00"],
    }
    assert "阶跃星辰".encode() in sent


async def test_a_hot_word_that_is_no_text_does_not_stop_it() -> None:
    options = Options("m", "zh", hotwords=(os.fsdecode(b"a\xffb"),))
    request = TranscriptionRequest(options, AudioFormat("ogg"), Bytes(b"abc"))
    assert json.loads(await body(request))["audio"]["input"]["transcription"]["hotwords"] == ["a?b"]


@given(st.binary(max_size=200), st.lists(st.text(max_size=9), max_size=3))
async def test_length_is_always_exact(audio: bytes, words: list[str]) -> None:
    options = Options("m", "zh", hotwords=tuple(words))
    sent = await body(TranscriptionRequest(options, AudioFormat("ogg"), Bytes(audio)))
    assert base64.b64decode(json.loads(sent)["audio"]["data"]) == audio


def longer(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def shorter(path: Path) -> None:
    os.truncate(path, READ + 1)


def replaced(path: Path) -> None:
    other = path.with_name("other")
    other.write_bytes(bytes(path.stat().st_size))
    was = path.stat()
    os.utime(other, ns=(was.st_atime_ns, was.st_mtime_ns))
    other.replace(path)


def rewritten(path: Path) -> None:
    was = path.stat()
    with path.open("r+b") as file:
        file.write(b"new")
    os.utime(path, ns=(was.st_atime_ns, was.st_mtime_ns + 1000))


@pytest.mark.parametrize("change", [longer, shorter, replaced, rewritten])
@pytest.mark.parametrize("early", [True, False])
async def test_a_file_that_changes_is_never_sent_as_if_it_had_not(
    tmp_path: Path, change: Callable[[Path], None], early: bool
) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(os.urandom(3 * READ))
    request = file_request(path)
    if early:
        change(path)
    sent = 0
    with pytest.raises(RecordingChanged, match=r"a\.wav changed") as caught:
        async for block in request.blocks():
            sent += len(block)
            if sent > 70_000 and not early:
                early = True
                change(path)
    assert sent < request.length
    assert "Wait" in caught.value.remedy


async def test_a_file_that_is_gone_says_so(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"abc")
    request = file_request(path)
    path.unlink()
    with pytest.raises(RecordingUnreadable, match="not there"):
        await body(request)


async def test_closing_the_blocks_early_closes_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(bytes(3 * READ))
    request = file_request(path)
    before = set(os.listdir("/proc/self/fd"))
    blocks = request.blocks()
    for _ in range(3):
        await anext(blocks)
    assert set(os.listdir("/proc/self/fd")) > before
    await blocks.aclose()
    assert set(os.listdir("/proc/self/fd")) == before
