"""The files that are sent have exactly the sound that was written, and no other bytes."""

import stat
import sys
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from stepasr_tui.core.audio.encode import OpusFile, upload_bytes

RATE = 16_000


def tone(frames: int, hertz: float = 1000.0) -> NDArray[np.float32]:
    return (0.5 * np.sin(2 * np.pi * hertz * np.arange(frames) / RATE)).astype(np.float32)


def encoded(path: Path, sound: NDArray[np.float32], block: int = 5000, best: bool = False) -> int:
    file = OpusFile(path, best)
    for at in range(0, len(sound), block):
        file.write(sound[at : at + block])
    return file.close()


@pytest.mark.parametrize("best", [False, True])
@pytest.mark.parametrize("frames", [1, 319, 320, 321, 24_000, 7 * RATE + 123])
def test_the_length_is_kept_to_the_sample(tmp_path: Path, frames: int, best: bool) -> None:
    path = tmp_path / "a.ogg"
    encoded(path, tone(frames), best=best)
    info = soundfile.info(path)
    assert info.frames == pytest.approx(frames * info.samplerate / RATE)
    with av.open(str(path)) as container:
        heard = [(frame.samples, frame.sample_rate) for frame in container.decode(audio=0)]
    assert sum(samples / rate for samples, rate in heard) == pytest.approx(frames / RATE)


@pytest.mark.parametrize("best", [False, True])
def test_the_sound_is_where_it_was(tmp_path: Path, best: bool) -> None:
    sound = np.concatenate([tone(RATE, 500.0), tone(RATE, 2000.0)])
    encoded(tmp_path / "a.ogg", sound, best=best)
    heard, rate = soundfile.read(tmp_path / "a.ogg", dtype="float32")
    assert rate == RATE
    assert np.corrcoef(heard, sound)[0, 1] > 0.98
    assert heard.std() == pytest.approx(sound.std(), rel=0.05)


@pytest.mark.parametrize("best", [False, True])
def test_no_sound_takes_more_than_was_said(tmp_path: Path, best: bool) -> None:
    random = np.random.default_rng(1)
    hard = tone(10 * RATE, 440.0) + tone(10 * RATE, 1318.0)
    noise = random.normal(0.0, 0.3, 10 * RATE).clip(-1, 1).astype(np.float32)
    said = upload_bytes(10.0, best=best)
    for n, sound in enumerate((hard, noise)):
        size = encoded(tmp_path / f"{n}.ogg", sound, best=best)
        assert 0.8 * said < size <= said
    assert encoded(tmp_path / "silent.ogg", np.zeros(10 * RATE, np.float32)) < said / 5


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    encoded(tmp_path / "a.ogg", tone(RATE))
    assert stat.S_IMODE((tmp_path / "a.ogg").stat().st_mode) == 0o600


def test_it_takes_no_name_that_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "a.ogg"
    path.write_text("mine")
    with pytest.raises(FileExistsError):
        OpusFile(path)
    assert path.read_text() == "mine"


def test_only_a_file_that_is_not_finished_is_discarded(tmp_path: Path) -> None:
    path = tmp_path / "a.ogg"
    file = OpusFile(path)
    file.write(tone(10 * RATE))
    assert path.exists()
    file.discard()
    file.discard()
    assert not path.exists()
    file = OpusFile(path)
    file.write(tone(RATE))
    file.close()
    file.discard()
    assert path.exists()


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of that kind")
def test_no_room_is_an_os_error(tmp_path: Path) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    file = OpusFile(tmp_path / "a.ogg")
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            for _ in range(30):
                file.write(tone(RATE))
            file.close()
        file.discard()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not list(tmp_path.iterdir())
