"""Cuts land where nobody speaks, and it is said when they may not."""

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from stepasr_tui.core.audio.pauses import FRAME, OVERLAP, REACH, cut, levels, quietest

RATE = 16_000
Block = NDArray[np.float32]


def tone(seconds: float, hertz: float, level: float = 1.0) -> Block:
    times = np.arange(round(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def noise(seconds: float, level: float, seed: int = 1) -> Block:
    random = np.random.default_rng(seed)
    return random.normal(0.0, level, round(seconds * RATE)).astype(np.float32)


def talk(seconds: float, pauses: list[tuple[float, float]], *, room: float = 0.002) -> Block:
    """Bursts like syllables, 60 to 200 ms with 40 ms between, silent in ``pauses``, in a room."""
    random = np.random.default_rng(7)
    sound = np.zeros(round(seconds * RATE), np.float32)
    at = 0
    while at < len(sound):
        length = int(random.uniform(0.06, 0.2) * RATE)
        piece = sound[at : at + length]
        piece += noise(1.0, 0.1, at)[: len(piece)] * np.float32(random.uniform(0.3, 1.0))
        at += length + RATE // 25
    for start, end in pauses:
        sound[round(start * RATE) : round(end * RATE)] = 0.0
    return sound + noise(seconds, room, 99)


def test_levels_are_mean_squares_of_the_band_of_speech() -> None:
    assert levels(tone(1.0, 1000.0)) == pytest.approx(0.5, rel=0.02)
    assert levels(tone(1.0, 50.0)).max() < 1e-4
    assert levels(tone(1.0, 6000.0)).max() < 1e-6
    assert levels(tone(25.0, 1000.0)).shape == (25 * 50,)
    assert levels(np.zeros(FRAME - 1, np.float32)).shape == (0,)


def test_the_quietest_place_is_the_longest_pause_not_a_gap_between_syllables() -> None:
    sound = talk(20.0, [(5.0, 5.15), (12.0, 12.6)])
    pause = quietest(levels(sound), 5 * RATE)
    assert pause
    assert 12.1 <= pause.at / RATE <= 12.5
    assert pause.sure


def test_hum_and_hiss_hide_no_pause() -> None:
    sound = talk(20.0, [(12.0, 12.6)]) + tone(20.0, 50.0, 0.5) + tone(20.0, 7000.0, 0.3)
    pause = quietest(levels(sound), 10 * RATE)
    assert pause
    assert 12.1 <= pause.at / RATE <= 12.5
    assert pause.sure


def test_in_silence_the_wanted_place_is_as_good_as_any() -> None:
    pause = quietest(levels(np.zeros(30 * RATE, np.float32)), 10 * RATE)
    assert pause
    assert pause.depth == math.inf
    assert abs(pause.at - 10 * RATE) <= FRAME
    assert cut(np.zeros(60 * RATE, np.float32), 30 * RATE).end == pytest.approx(
        30 * RATE, abs=FRAME
    )


def test_a_room_where_people_speak_a_fifth_of_the_time_has_sure_pauses() -> None:
    sound = talk(30.0, [(0.0, 12.0), (15.0, 24.0), (27.0, 30.0)])
    pause = quietest(levels(sound), 15 * RATE)
    assert pause
    assert pause.sure


def test_a_stretch_below_300_ms_has_no_pause() -> None:
    assert quietest(levels(np.zeros(RATE // 5, np.float32)), 0) is None


def test_a_pause_in_reach_is_taken_before_a_deeper_one_further_away() -> None:
    sound = talk(60.0, [(10.0, 12.0), (40.0, 40.5)], room=0.003)
    sound[10 * RATE : 12 * RATE] *= 0.1
    found = cut(sound, 30 * RATE)
    assert 40.1 <= found.end / RATE <= 40.4
    assert found.begin == found.end


def test_without_one_in_reach_it_is_looked_for_twice_as_far() -> None:
    found = cut(talk(60.0, [(53.0, 53.6)]), 30 * RATE)
    assert 53.1 <= found.end / RATE <= 53.5
    assert found.begin == found.end


@pytest.mark.parametrize("pause", [(53.0, 53.2), (0.0, 0.0)])
def test_without_any_both_sides_get_five_seconds(pause: tuple[float, float]) -> None:
    found = cut(talk(60.0, [pause]), 30 * RATE)
    assert found.end - found.begin == OVERLAP
    assert 0 <= found.begin < found.end <= 60 * RATE


@pytest.mark.parametrize("wanted", [0, 20, 30, 60])
def test_a_steady_tone_is_cut_with_an_overlap_inside_the_window(wanted: int) -> None:
    found = cut(tone(60.0, 400.0, 0.5), wanted * RATE)
    assert found.end - found.begin == OVERLAP
    assert 0 <= found.begin < found.end <= 60 * RATE


@pytest.mark.parametrize("seconds", [0.0, 0.1, 1.0, 5.0, 5.5])
def test_a_window_shorter_than_the_overlap_is_not_left(seconds: float) -> None:
    sound = tone(seconds, 400.0, 0.5)
    found = cut(sound, len(sound) // 2)
    assert 0 <= found.begin <= found.end <= len(sound)


def test_only_the_window_that_is_given_is_searched() -> None:
    sound = talk(60.0, [(20.0, 20.6)])
    found = cut(sound[: 20 * RATE], REACH)
    assert found.end <= 20 * RATE
    assert found.begin < found.end
