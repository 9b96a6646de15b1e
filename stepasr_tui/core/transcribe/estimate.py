"""What it takes to send a recording: bytes, requests, money, time; it looks into no file."""

import heapq
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from stepasr_tui.core.audio.recording import Recording, UploadChoices
from stepasr_tui.core.audio.segments import goes_as_it_is, planned, request_count, upload_size
from stepasr_tui.core.display import clock, size
from stepasr_tui.core.stepfun.service import MODELS, SHORTEST, TIERS, cost

_PREPARED = {False: 400.0, True: 120.0}
"""Seconds of sound that are made into an upload in one second, by ``UploadChoices.best``: decoding
and resampling go at about 1,000, encoding at 800 and 136 (measured on one slow core)."""

_LINE = 1_000_000
"""Bytes a second that an upload is assumed to go at: nobody knows before it is on its way."""

_HEARD = 100.0
"""Seconds of sound that the service hears in one second (the contract page: 1,046 s in 10.4 s)."""

_MINUTE = 60.0

_LONG = 12 * 3600.0
"""Seconds; no recording of people speaking is longer, as a rule."""

_MUCH = 2_000_000_000
"""Bytes of 16-bit samples that a file may unpack to before it is asked about…"""
_TIMES = 200
"""…if that is so many times its own size: silence that was packed very well, or a trap."""

_Number = TypeVar("_Number", int, float)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What sending takes, as far as it can be told before."""

    duration: float | None
    """Seconds of the recording; None when it is not known before all of it is read."""
    exact: bool
    """False when ``duration``, and so all that follows from it, is an estimate itself."""
    upload: int | None
    """Bytes on the wire: the sound in base64, without the few hundred bytes around it."""
    requests: int | None
    """How many segments it is sent in."""
    yuan: float | None
    """What it costs; None for a model whose price is not known."""
    price: float | None
    """Yuan for an hour of sound, likewise."""
    priced: str
    """Month in which that price was read; empty without a price."""
    seconds: float | None
    """From the start to the whole text, roughly; never below a second."""
    as_it_is: bool
    """True when the file is sent unchanged."""
    asks: str
    """Why the person should be asked first, one sentence; empty when there is no need."""


def estimate(recording: Recording, choices: UploadChoices, model: str, tier: str) -> Estimate:
    """What it takes to have ``recording`` heard by ``model`` on an account of ``tier``.

    The time is rough: preparing at 400 × real time (120 × for the best quality), uploading at an
    assumed 1 MB/s, hearing at 100 × real time, side by side as the tier allows.
    """
    duration = recording.duration
    as_it_is = goes_as_it_is(recording, choices)
    count = upload_size(recording, choices)
    upload = None if count is None else 4 * ((count + 2) // 3)
    known = MODELS.get(model)
    seconds = None
    if duration is not None and upload is not None:
        pace = None if as_it_is else _PREPARED[choices.best]
        lengths = [duration] if as_it_is else planned(duration, choices)
        seconds = _time(lengths, upload, pace, tier)
    return Estimate(
        duration=duration,
        exact=recording.exact and duration is not None,
        upload=upload,
        requests=None if duration is None else request_count(duration, choices),
        yuan=None if duration is None else cost(model, max(duration, SHORTEST)),
        price=known.yuan_per_hour if known else None,
        priced=known.priced if known else "",
        seconds=seconds,
        as_it_is=as_it_is,
        asks=asks(recording),
    )


def total(estimates: Sequence[Estimate], tier: str | None = None) -> Estimate:
    """What all of ``estimates`` take together; what one of them does not know is left out.

    With ``tier`` they are sent side by side as it allows, else one after another. ``exact`` says
    whether every duration is known, ``as_it_is`` whether no file is converted.
    """
    prices = {(each.price, each.priced) for each in estimates}
    price, priced = prices.pop() if len(prices) == 1 else (None, "")
    seconds = _sum(each.seconds for each in estimates)
    if tier is not None and seconds is not None:
        seconds = _side_by_side(estimates, seconds, tier)
    return Estimate(
        duration=_sum(each.duration for each in estimates),
        exact=all(each.exact for each in estimates),
        upload=_sum(each.upload for each in estimates),
        requests=_sum(each.requests for each in estimates),
        yuan=_sum(each.yuan for each in estimates),
        price=price,
        priced=priced,
        seconds=seconds,
        as_it_is=all(each.as_it_is for each in estimates),
        asks=" ".join(each.asks for each in estimates if each.asks),
    )


def asks(recording: Recording) -> str:
    """Why nothing should be done with ``recording`` before the person said yes; or empty."""
    name, duration = recording.path.name, recording.duration
    if duration is None:
        return ""
    if duration > _LONG:
        return f"{name} is {clock(duration)} long, which is more than {clock(_LONG)}."
    unpacked = round(duration * recording.sample_rate * recording.channels * 2)
    if unpacked > _MUCH and unpacked > _TIMES * recording.size:
        return (
            f"{name} has {size(recording.size)} and unpacks to {size(unpacked)} of sound: "
            "it may not be what it seems."
        )
    return ""


def _sum(values: Iterable[_Number | None]) -> _Number | None:
    """The sum of those that are known; None when none is."""
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _time(lengths: Sequence[float], upload: int, pace: float | None, tier: str) -> float:
    """Seconds until segments of ``lengths`` (seconds) all have their text, of ``upload`` bytes.

    Each is sent once it is prepared (at ``pace`` × real time) and it is its turn; uploads share
    one line, while others are heard.
    """
    at_once, a_minute = TIERS.get(tier, TIERS["V0"])
    turns = [0.0] * min(at_once, len(lengths))
    starts: list[float] = []
    prepared = line = 0.0
    bytes_a_second = upload / max(sum(lengths), 1e-9)
    for length in lengths:
        prepared += length / pace if pace else 0.0
        start = max(prepared, turns[0])
        if len(starts) >= a_minute:
            start = max(start, starts[-a_minute] + _MINUTE)
        starts.append(start)
        line = max(line, start) + length * bytes_a_second / _LINE
        heapq.heapreplace(turns, line + length / _HEARD)
    return max(1.0, *turns)


def _side_by_side(estimates: Sequence[Estimate], seconds: float, tier: str) -> float:
    """Seconds for all of ``estimates``, which take ``seconds`` one after another."""
    at_once, a_minute = TIERS.get(tier, TIERS["V0"])
    requests = _sum(each.requests for each in estimates) or 1
    upload = _sum(each.upload for each in estimates) or 0
    longest = max(each.seconds or 0.0 for each in estimates)
    minutes = _MINUTE * ((requests - 1) // a_minute)
    return max(longest, seconds / at_once, upload / _LINE, minutes)
