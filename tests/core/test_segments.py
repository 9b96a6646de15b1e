"""A recording is cut and encoded without losing or doubling a sample of it."""

import stat
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from stepasr_tui.core.audio import segments as cutting
from stepasr_tui.core.audio.encode import upload_bytes
from stepasr_tui.core.audio.probe import probe
from stepasr_tui.core.audio.recording import FileIdentity, Recording, UploadChoices
from stepasr_tui.core.audio.segments import (
    LONGEST,
    Encoded,
    Span,
    goes_as_it_is,
    planned,
    request_count,
    segments,
    upload_size,
)
from stepasr_tui.core.errors import NotARecording, RecordingChanged, RecordingError
from stepasr_tui.core.files import TEMPORARY_PREFIX

RATE = 16_000
CHOICES = UploadChoices()
SHORT = UploadChoices(longest=60.0)


def hertz(second: int) -> float:
    """The tone of each second: far from its neighbours', and repeated after 37 s only."""
    return 400.0 + 80.0 * (second * 17 % 37)


def words(seconds: float, gap: float = 0.4) -> NDArray[np.float32]:
    """One word a second, told by its tone, ``gap`` seconds of room noise after each."""
    times = np.arange(round(seconds * RATE)) / RATE
    tones = np.array([hertz(n) for n in range(int(seconds) + 1)])
    sound = 0.4 * np.sin(2 * np.pi * tones[times.astype(int)] * times)
    sound[times % 1.0 > 1.0 - gap] = 0.0
    noise = np.random.default_rng(1).normal(0, 0.001, len(times))
    return np.asarray(sound + noise, np.float32)


def saved(path: Path, sound: NDArray[np.float32]) -> Recording:
    soundfile.write(path, sound, RATE, subtype="PCM_16")
    return probe(path)


@pytest.fixture(scope="module")
def spoken(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """4:10 and a bit, with pauses."""
    return saved(tmp_path_factory.mktemp("spoken") / "spoken.wav", words(250.123))


@pytest.fixture(scope="module")
def droned(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """2:40 without any pause."""
    return saved(tmp_path_factory.mktemp("droned") / "droned.wav", words(160.0, gap=0.0))


def heard(made: Encoded) -> NDArray[np.float32]:
    sound, rate = soundfile.read(made.path, dtype="float32")
    assert rate == RATE
    return np.asarray(sound, np.float32)


def is_all_of_it(made: Sequence[Encoded], seconds: float, gap: float = 0.4) -> None:
    """Every word is where the spans say, the spans leave nothing out, only the doubtful overlap."""
    assert [each.span.index for each in made] == list(range(len(made)))
    assert [each.last for each in made] == [False] * (len(made) - 1) + [True]
    assert made[0].span.start == 0.0
    assert made[-1].span.end == pytest.approx(seconds, abs=0.5 / RATE)
    for before, after in pairwise(made):
        overlap = before.span.end - after.span.start
        assert overlap == (5.0 if after.span.doubtful else 0.0)
    for each in made:
        sound, span = heard(each), each.span
        assert len(sound) == round((span.end - span.start) * RATE)
        for second in range(int(span.start) + 1, int(span.end)):
            at = round((second - span.start) * RATE)
            word = sound[at : at + round((1.0 - gap) * RATE)]
            peak = np.abs(np.fft.rfft(word * np.hanning(len(word)))).argmax()
            assert peak * RATE / len(word) == pytest.approx(hertz(second), abs=4.0)


def spans(made: Sequence[Encoded]) -> list[Span]:
    return [each.span for each in made]


def test_a_short_recording_is_one_segment(spoken: Recording, tmp_path: Path) -> None:
    made = list(segments(spoken, CHOICES, tmp_path))
    assert len(made) == 1
    is_all_of_it(made, 250.123)
    (one,) = made
    assert one.path.parent == tmp_path
    assert one.path.name.startswith(TEMPORARY_PREFIX)
    assert one.path.suffix == ".ogg"
    assert one.size == one.path.stat().st_size <= upload_bytes(250.123)
    assert not one.padded
    if sys.platform != "win32":
        assert stat.S_IMODE(one.path.stat().st_mode) == 0o600


def test_a_long_one_is_cut_in_its_pauses(spoken: Recording, tmp_path: Path) -> None:
    made = list(segments(spoken, CHOICES, tmp_path, most=60.0))
    is_all_of_it(made, 250.123)
    assert len(made) == len(planned(250.123, CHOICES, 60.0)) > 4
    for each in made:
        assert each.span.end - each.span.start <= 60.0
        assert not each.span.doubtful
    for each in made[:-1]:
        assert 0.6 <= each.span.end % 1.0 <= 1.0


def test_without_pauses_the_segments_overlap(droned: Recording, tmp_path: Path) -> None:
    made = list(segments(droned, CHOICES, tmp_path, most=60.0))
    is_all_of_it(made, 160.0, gap=0.0)
    assert [each.span.doubtful for each in made] == [False] + [True] * (len(made) - 1)
    assert all(each.span.end - each.span.start <= 60.0 for each in made)


@pytest.mark.parametrize("known", [None, 7000.0])
def test_a_duration_that_is_not_sure_is_cut_as_it_comes(
    spoken: Recording, tmp_path: Path, known: float | None
) -> None:
    unsure = replace(spoken, duration=known, exact=False)
    made = list(segments(unsure, SHORT, tmp_path))
    is_all_of_it(made, 250.123)
    assert all(each.span.end - each.span.start <= 60.0 for each in made)
    assert made[-1].span.end - made[-1].span.start >= 15.0


def test_a_header_that_promised_too_little_sends_nothing_too_long(
    spoken: Recording, tmp_path: Path
) -> None:
    made = list(segments(replace(spoken, duration=80.0), SHORT, tmp_path, most=90.0))
    is_all_of_it(made, 250.123)
    assert 75.0 <= made[0].span.end <= 90.0
    assert all(each.span.end - each.span.start <= 60.0 for each in made[1:])


def test_a_recording_that_was_cut_off_ends_with_a_note(spoken: Recording, tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(spoken.path.read_bytes()[: 44 + 2 * 150 * RATE])
    made = list(segments(probe(path), CHOICES, tmp_path, most=60.0))
    is_all_of_it(made, 150.0)
    assert [len(each.notes) for each in made] == [0] * (len(made) - 1) + [1]
    assert made[-1].notes[0].startswith("It ends at 2:30, though its header says 4:10")


def test_a_promise_that_was_not_kept_loses_nothing(spoken: Recording, tmp_path: Path) -> None:
    made = list(segments(replace(spoken, duration=400.0), CHOICES, tmp_path, most=60.0))
    is_all_of_it(made, 250.123)


@pytest.mark.parametrize(("seconds", "count"), [(212.0, 1), (240.0, 2)])
def test_a_small_rest_stays_with_the_segment_before(
    tmp_path: Path, seconds: float, count: int
) -> None:
    sound = words(seconds, gap=0.0)
    pause = slice(round(190.2 * RATE), round(190.9 * RATE))
    sound[pause] = 0.0
    unsure = replace(saved(tmp_path / "a.wav", sound), duration=None, exact=False)
    made = list(segments(unsure, CHOICES, tmp_path))
    assert len(made) == count
    assert made[0].span.end == seconds or 190.2 <= made[0].span.end <= 190.9
    assert not made[-1].span.doubtful


def test_the_first_comes_before_the_rest_is_decoded(tmp_path: Path) -> None:
    recording = saved(tmp_path / "a.wav", words(250.0))
    made = segments(recording, CHOICES, tmp_path, most=60.0)
    first = next(made)
    assert first.path.exists()
    # Read no further than needed: what changes after it is not noticed yet.
    with recording.path.open("r+b") as file:
        file.truncate(recording.size // 2)
    second = next(made)
    assert second.span.start <= first.span.end
    with pytest.raises(RecordingError):
        list(made)
    assert sorted(tmp_path.glob(".stepasr-*")) == sorted([first.path, second.path])


@pytest.mark.parametrize("name", ["spoken", "droned"])
@pytest.mark.parametrize("index", [0, 1, 3])
def test_one_segment_is_made_again_alone(
    request: pytest.FixtureRequest, tmp_path: Path, name: str, index: int
) -> None:
    recording: Recording = request.getfixturevalue(name)
    first = list(segments(recording, CHOICES, tmp_path, most=60.0))
    again = list(
        segments(recording, CHOICES, tmp_path, known=spans(first), wanted={index}, more=False)
    )
    assert spans(again) == [first[index].span]
    assert again[0].last == first[index].last
    assert np.array_equal(heard(again[0]), heard(first[index]))
    assert not list(
        segments(recording, CHOICES, tmp_path, known=spans(first), wanted={99}, more=False)
    )


@pytest.mark.parametrize("name", ["spoken", "droned"])
@pytest.mark.parametrize("done", [1, 2, 4])
def test_a_preparation_that_broke_goes_on_as_it_would_have(
    request: pytest.FixtureRequest, tmp_path: Path, name: str, done: int
) -> None:
    recording: Recording = request.getfixturevalue(name)
    first = list(segments(recording, CHOICES, tmp_path, most=60.0))
    rest = list(
        segments(recording, CHOICES, tmp_path, known=spans(first)[:done], wanted={0}, most=60.0)
    )
    assert spans(rest) == spans([first[0], *first[done:]])
    assert [each.last for each in rest] == [each.last for each in [first[0], *first[done:]]]


def test_known_seams_stay_whatever_the_choices_are_now(spoken: Recording, tmp_path: Path) -> None:
    known = [Span(0, 0.0, 31.3333125), Span(1, 31.3333125, 90.0), Span(2, 85.0, 120.0, True)]
    made = list(segments(spoken, SHORT, tmp_path, known=known))
    assert spans(made)[:3] == known
    assert made[3].span.start == 120.0
    is_all_of_it(made, 250.123)


def test_a_plan_that_is_whole_has_nothing_after_it(spoken: Recording, tmp_path: Path) -> None:
    first = list(segments(spoken, CHOICES, tmp_path, most=60.0))
    again = list(segments(spoken, CHOICES, tmp_path, known=spans(first), most=60.0))
    assert spans(again) == spans(first)
    assert again[-1].last


def test_a_known_seam_beyond_the_end_is_no_surprise(spoken: Recording, tmp_path: Path) -> None:
    known = [Span(0, 0.0, 200.0), Span(1, 200.0, 300.0)]
    made = segments(spoken, CHOICES, tmp_path, known=known, wanted={1})
    with pytest.raises(RecordingChanged, match=r"spoken\.wav is shorter than"):
        list(made)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("seconds", [0.01, 0.5, 1.49])
def test_a_clip_below_a_second_and_a_half_is_filled_up(tmp_path: Path, seconds: float) -> None:
    sound = np.full(round(seconds * RATE), 0.3, np.float32) * words(seconds, gap=0.0)
    (made,) = segments(saved(tmp_path / "a.wav", sound), CHOICES, tmp_path)
    assert made.padded
    assert made.last
    assert made.span == Span(0, 0.0, len(sound) / RATE)
    assert len(heard(made)) == 1.5 * RATE


def test_a_recording_without_a_sample_is_refused(tmp_path: Path, spoken: Recording) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(spoken.path.read_bytes()[:44])
    facts = path.stat()
    identity = FileIdentity(facts.st_dev, facts.st_ino, facts.st_size, facts.st_mtime_ns)
    empty = replace(spoken, path=path, size=44, identity=identity)
    with pytest.raises(NotARecording):
        list(segments(empty, CHOICES, tmp_path))
    assert list(tmp_path.iterdir()) == [path]


def test_a_recording_without_end_is_given_up(
    spoken: Recording, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cutting, "_AT_MOST", 100.0)
    made = segments(replace(spoken, duration=20.0), SHORT, tmp_path, most=60.0)
    assert next(made).span.index == 0
    with pytest.raises(NotARecording, match=r"goes on past 1:40, though its header says 0:20\."):
        list(made)
    # A header that promises as much is believed.
    assert list(segments(spoken, SHORT, tmp_path, most=60.0))[-1].last


def test_closing_it_leaves_what_was_handed_out(spoken: Recording, tmp_path: Path) -> None:
    made = segments(spoken, CHOICES, tmp_path, most=60.0)
    first = next(made)
    made.close()
    assert list(tmp_path.iterdir()) == [first.path]


def test_told_to_stop_it_leaves_no_unfinished_file(spoken: Recording, tmp_path: Path) -> None:
    calls = 0

    def stopped() -> bool:
        nonlocal calls
        calls += 1
        return calls > 120

    made = list(segments(spoken, CHOICES, tmp_path, most=60.0, stopped=stopped))
    assert calls == 121
    assert 0 < len(made) < 4
    assert not made[-1].last
    assert sorted(tmp_path.iterdir()) == sorted(each.path for each in made)


@pytest.mark.skipif(sys.platform == "win32", reason="no limits of that kind")
def test_a_full_disk_is_said_in_words(spoken: Recording, tmp_path: Path) -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(RecordingError) as caught:
            list(segments(spoken, CHOICES, tmp_path))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert str(caught.value).startswith("spoken.wav cannot be made ready to be sent. File too")
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_gone_is_said_in_words(spoken: Recording, tmp_path: Path) -> None:
    with pytest.raises(RecordingError, match=r"The folder does not exist\. Free some room in "):
        next(segments(spoken, CHOICES, tmp_path / "gone"))


def test_best_is_larger(spoken: Recording, tmp_path: Path) -> None:
    (usual,) = segments(spoken, CHOICES, tmp_path)
    (best,) = segments(spoken, UploadChoices(best=True), tmp_path)
    assert best.size > 1.1 * usual.size
    assert best.span == usual.span


def test_a_long_recording_begins_with_short_segments() -> None:
    assert planned(1800.0, CHOICES) == [1800.0]
    assert planned(None, CHOICES) == [180.0, 480.0, 1485.0]
    assert planned(1801.0, CHOICES) == [180.0, 480.0, 1141.0]
    assert planned(3 * 3600.0, CHOICES)[:2] == [180.0, 480.0]
    assert planned(3601.0, SHORT)[:3] == [45.0, 45.0, pytest.approx(3511 / 79)]
    assert request_count(1800.0, CHOICES) == 1
    assert request_count(3 * 3600.0, CHOICES) == 9


@given(st.floats(0.1, 12 * 3600.0), st.floats(60.0, 1680.0), st.sampled_from([20.0, 60.0, LONGEST]))
def test_shares_are_equal_and_fit(duration: float, longest: float, most: float) -> None:
    choices = UploadChoices(longest=longest)
    lengths = planned(duration, choices, most)
    assert sum(lengths) == pytest.approx(duration)
    if duration <= most:
        assert lengths == [duration]
        return
    assert max(lengths) <= min(longest, most)
    assert min(lengths) >= min(30.0, most / 4)
    assert len(set(lengths[2:])) <= 1


@given(st.floats(1801.0, 12 * 3600.0), st.floats(60.0, 1680.0), st.data())
def test_wherever_the_pauses_are_there_are_no_more_requests_than_was_said(
    duration: float, longest: float, data: st.DataObject
) -> None:
    choices = UploadChoices(longest=longest)
    plan = cutting._plan(_accepted(1, duration, accepted=None), choices, (), LONGEST)
    begin, made = 0, 1
    while round(duration * RATE) > (window := plan.window(made - 1, begin))[2]:
        low, wanted, high = window
        assert begin < low <= wanted <= high <= begin + plan.longest
        assert high - low >= 15 * RATE - 1
        begin = data.draw(st.sampled_from([low, wanted, high]))
        made += 1
    # Where the last share still has room in the one before, it is not sent on its own.
    assert made in (request_count(duration, choices), request_count(duration, choices) - 1)


def _accepted(size: int, duration: float | None, **other: object) -> Recording:
    identity = FileIdentity(1, 1, size, 1)
    known = Recording(
        Path("a.mp3"), size, "mp3", "mp3", duration, 44_100, 2, identity, accepted="mp3"
    )
    return replace(known, **other)  # type: ignore[arg-type]


SMALL = upload_bytes(600.0)


def _cases() -> Iterator[tuple[Recording, UploadChoices, bool]]:
    best = UploadChoices(best=True)
    yield _accepted(SMALL, 600.0), CHOICES, True
    yield _accepted(2 * SMALL, 600.0), CHOICES, False
    yield _accepted(2 * SMALL, 600.0), best, True
    yield _accepted(20_000_001, 600.0), best, False
    yield _accepted(SMALL, 600.0, accepted=None), best, False
    yield _accepted(SMALL, None), CHOICES, False
    yield _accepted(SMALL, 600.0, exact=False), CHOICES, False
    yield _accepted(SMALL, 1800.5), CHOICES, False
    yield _accepted(1000, 1.4), best, False
    yield _accepted(SMALL, 600.0), UploadChoices(track=1), False


@pytest.mark.parametrize(("recording", "choices", "so"), list(_cases()))
def test_what_goes_as_it_is(recording: Recording, choices: UploadChoices, so: bool) -> None:
    assert goes_as_it_is(recording, choices) is so
    if so:
        assert upload_size(recording, choices) == recording.size


def test_the_upload_is_known_before_and_not_exceeded(spoken: Recording, tmp_path: Path) -> None:
    said = upload_size(spoken, CHOICES)
    assert said
    (made,) = segments(spoken, CHOICES, tmp_path)
    assert said / 3 < made.size <= said
    hour = replace(spoken, duration=3600.0)
    assert upload_size(hour, CHOICES) == pytest.approx(upload_bytes(3600.0), rel=0.01)
    assert upload_bytes(3600.0) <= 14_000_000
    assert upload_size(replace(spoken, duration=None), CHOICES) is None
