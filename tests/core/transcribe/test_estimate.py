"""What sending takes is told before: bytes, requests, money and time, and what must be asked."""

from dataclasses import replace
from pathlib import Path

import pytest

from stepasr_tui.core.audio.recording import FileIdentity, Recording, Track, UploadChoices
from stepasr_tui.core.audio.segments import request_count, upload_size
from stepasr_tui.core.transcribe.estimate import Estimate, asks, estimate, total

MODEL = "stepaudio-2.5-asr"
HOUR = 3600.0


def recording(duration: float | None, size: int = 60_000_000, **facts: object) -> Recording:
    plain = Recording(
        Path("talk.m4a"),
        size,
        "m4a",
        "aac",
        duration,
        44_100,
        2,
        FileIdentity(1, 2, size, 3),
        tracks=(Track("aac", 44_100, 2),),
    )
    return replace(plain, **facts)  # type: ignore[arg-type]


def of(each: Recording, tier: str = "V0", **choices: object) -> Estimate:
    chosen = UploadChoices(**choices)  # type: ignore[arg-type]
    return estimate(each, chosen, MODEL, tier)


def test_an_hour_and_a_half_is_cut_and_converted() -> None:
    talk, choices = recording(1.5 * HOUR), UploadChoices()
    found, count = of(talk), upload_size(talk, choices)
    assert count is not None
    assert found.upload == -(-count // 3) * 4
    assert found.requests == request_count(1.5 * HOUR, choices) > 3
    assert (found.duration, found.exact, found.as_it_is) == (1.5 * HOUR, True, False)
    assert found.yuan == pytest.approx(0.225)
    assert (found.price, found.priced, found.asks) == (0.15, "2026-06", "")


def test_what_the_service_takes_is_sent_as_it_is() -> None:
    size = 1_500_001
    found = of(recording(600.0, size, container="mp3", codec="mp3", accepted="mp3"))
    assert (found.as_it_is, found.requests) == (True, 1)
    assert found.upload == 2_000_004
    assert found.seconds == pytest.approx(2.0 + 6.0, abs=0.01)


def test_what_is_not_known_is_none() -> None:
    found = of(recording(None, exact=False))
    assert (found.duration, found.exact) == (None, False)
    assert (found.upload, found.requests, found.yuan, found.seconds) == (None,) * 4
    priceless = estimate(recording(HOUR), UploadChoices(), "my-own-model", "V0")
    assert (priceless.yuan, priceless.price, priceless.priced) == (None, None, "")
    assert priceless.requests
    assert not of(recording(HOUR, exact=False)).exact


def test_a_very_short_clip_is_filled_up_and_paid_for_as_such() -> None:
    found = of(recording(0.4))
    assert found.yuan == pytest.approx(1.5 * 0.15 / 3600)
    assert (found.requests, found.seconds) == (1, 1.0)


def test_the_time_follows_from_preparing_uploading_hearing_and_the_tier() -> None:
    long = recording(6 * HOUR, 200_000_000)
    slow, fast = of(long).seconds, of(long, "V1").seconds
    assert slow and fast
    # Side by side, it takes neither less than preparing it nor as long as one after another.
    assert 6 * HOUR / 400 < fast <= slow < 6 * HOUR / 400 + 6 * HOUR / 100 + 100
    assert (of(long, best=True).seconds or 0) > 1.5 * slow
    minutes = of(long, longest=60.0)
    assert minutes.requests and minutes.seconds
    assert minutes.seconds >= 60 * ((minutes.requests - 1) // 10)
    assert (of(long, "V1", longest=60.0).seconds or 0) < minutes.seconds / 5
    assert of(long, "a tier of tomorrow") == of(long, "V0")


def test_very_long_ones_and_traps_are_asked_about() -> None:
    assert asks(recording(12 * HOUR)) == ""
    assert asks(recording(13.5 * HOUR)) == (
        "talk.m4a is 13:30:00 long, which is more than 12:00:00."
    )
    assert of(recording(13.5 * HOUR)).asks == asks(recording(13.5 * HOUR))
    bomb = recording(6 * HOUR, 4_000_000)
    assert asks(bomb) == (
        "talk.m4a has 4.0 MB and unpacks to 3.8 GB of sound: it may not be what it seems."
    )
    assert asks(replace(bomb, size=40_000_000)) == ""
    assert asks(recording(2 * HOUR, 4_000_000)) == ""
    assert asks(recording(None)) == ""


def test_several_are_added_up_as_far_as_they_are_known() -> None:
    one, two, unknown = of(recording(HOUR)), of(recording(600.0)), of(recording(None, exact=False))
    both = total([one, two])
    assert (both.duration, both.exact) == (4200.0, True)
    for name in ("upload", "requests", "yuan", "seconds"):
        assert getattr(both, name) == getattr(one, name) + getattr(two, name)
    assert (both.price, both.priced) == (0.15, "2026-06")
    assert total([one, two, unknown]) == replace(both, exact=False)
    assert total([unknown]).duration is None
    mixed = total([one, estimate(recording(60.0), UploadChoices(), "stepaudio-3-asr-max", "V0")])
    assert (mixed.price, mixed.priced) == (None, "")
    assert total([of(recording(13 * HOUR)), one]).asks.startswith("talk.m4a is 13:00:00 long")


def test_side_by_side_is_quicker_within_the_tier() -> None:
    many = [of(recording(600.0))] * 25
    alone = total(many).seconds or 0
    together = total(many, "V0").seconds or 0
    assert together >= 2 * 60, "10 requests a minute"
    assert together <= alone
    assert (total(many, "V2").seconds or 0) < together
