"""What the simulator hears: its own clips and words in tones, of anything else only the facts.

It never makes up a transcript. A clip is known again in another container, at another
sample rate, with up to half a second of silence around it, or as a stretch cut out of it;
a stretch has the draft's words as its final text, for nobody wrote another one. Words in tones
(`tones.py`) are heard in recordings of any length and whatever the language that was asked for;
their draft and final text are the same.
"""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING

from stepasr_tui.simulator import tone_ear
from stepasr_tui.simulator.clips import Piece, Sample, samples
from stepasr_tui.simulator.contract import SHORTEST_HEARD
from stepasr_tui.simulator.fingerprint import STEP, best_match, fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from stepasr_tui.simulator.asr_request import AsrRequest
    from stepasr_tui.simulator.fingerprint import Print
    from stepasr_tui.simulator.sound import Mono, Sound

LINE_SECONDS = 10.0
"""Each line about an unknown recording is about that much of it."""
_ALIKE = 0.85
"""Measured: the same clip is above 0.97 after mp3, Opus, Vorbis, µ-law at 8 kHz or noise, and other
speech of the same voice below 0.35."""
_PADDING = 1.05
_SHORTEST_STRETCH = 2.0
_SILENT = -60.0
_LISTENED = 60.0
"""Seconds of sound within which words in tones must begin; what has none by then is told as facts,
which must not wait for the end of the recording."""
_TONES_SECONDS = 2.0
"""Decoded at a time where words in tones are heard: so early the first one is told."""
_WORDS = re.compile(r"\s*(?:[\u4e00-\u9fff]{1,3}[，。：、]?|[^\s\u4e00-\u9fff]+)")


@dataclass(frozen=True, slots=True)
class Heard:
    """The text of one recording: its pieces as they come, and the last word."""

    pieces: Iterable[Piece]
    """The draft; may be worked out while it is read."""
    final: str | None
    """The final text; None where it is the pieces joined."""


NOTHING = Heard((), "")


def hear(request: AsrRequest, sound: Sound | None) -> Heard:
    """What is said in a recording, as far as a simulator can know it."""
    if request.container == "m4a":
        return Heard(_spread(_unreadable(request), 0, 0), None)
    if sound is None or sound.seconds < SHORTEST_HEARD:
        return NOTHING
    if known := _known(request, sound):
        return known
    if next(tone_ear.heard(_beginning(sound), sound.rate), None):
        return Heard(_words(sound), None)
    return Heard(_facts(request, sound), None)


def _known(request: AsrRequest, sound: Sound) -> Heard | None:
    """The clip that the sound is, or a stretch of; None where it is neither."""
    if sound.seconds > max(sample.seconds for sample in samples()) + _PADDING:
        return None
    heard = next(sound.blocks(sound.seconds + 1), None)
    if heard is None:
        return None
    print_ = fingerprint(heard, sound.rate)
    for sample in sorted(samples(), key=lambda one: abs(one.seconds - sound.seconds)):
        found = _placed(print_, sound.seconds, sample)
        if found is None:
            continue
        if sample.language != request.language:
            return NOTHING
        offset, whole = found
        if not whole:
            return Heard(_stretch(sample, offset, sound.seconds), None)
        final = sample.text if request.itn else sample.text_without_itn
        return Heard(_moved(sample.pieces, -offset), final)
    return None


def _placed(print_: Print, seconds: float, sample: Sample) -> tuple[float, bool] | None:
    """Seconds into the clip at which the sound starts, and whether it is all of the clip."""
    longer = seconds - sample.seconds
    clip = _print_of(sample)
    if -0.1 <= longer <= _PADDING:
        match = best_match(print_, clip, range(-5, round(longer / STEP) + 6))
        return (-match.offset, True) if match.likeness > _ALIKE else None
    if longer > 0 or seconds < _SHORTEST_STRETCH:
        return None
    match = best_match(clip, print_, range(-2, len(clip) - len(print_) + 3))
    return (match.offset, False) if match.likeness > _ALIKE else None


@cache
def _print_of(sample: Sample) -> Print:
    import soundfile

    mono, rate = soundfile.read(io.BytesIO(sample.audio()), dtype="float32")
    return fingerprint(mono, rate)


def _moved(pieces: Iterable[Piece], seconds: float) -> tuple[Piece, ...]:
    by = round(seconds * 1000)
    return tuple(Piece(max(0, p.start + by), max(0, p.end + by), p.text) for p in pieces)


def _stretch(sample: Sample, start: float, seconds: float) -> tuple[Piece, ...]:
    """The pieces of which at least the middle is inside the stretch."""
    inside = (p for p in sample.pieces if 0 <= (p.start + p.end) / 2000 - start <= seconds)
    last = round(seconds * 1000)
    moved = _moved(inside, -start)
    return tuple(Piece(p.start, min(p.end, last), p.text) for p in moved)


def _beginning(sound: Sound) -> Iterator[Mono]:
    """The sound up to where it was audible for a minute."""
    audible = 0.0
    for block in sound.blocks(_TONES_SECONDS):
        yield block
        audible += len(block) / sound.rate if _level(block) > _SILENT else 0.0
        if audible >= _LISTENED:
            return


def _words(sound: Sound) -> Iterator[Piece]:
    """The words in tones, each as soon as it was heard, with a space between each two."""
    space = ""
    for piece in tone_ear.heard(sound.blocks(_TONES_SECONDS), sound.rate):
        yield replace(piece, text=space + piece.text)
        space = " "


def _level(block: Mono) -> float:
    """Its mean energy in dB below full scale, −100 for none."""
    import numpy as np

    power = float(np.mean(np.square(block, dtype=np.float64)))
    return 10 * math.log10(power) if power > 1e-10 else -100.0


def _facts(request: AsrRequest, sound: Sound) -> Iterator[Piece]:
    """A line for each ten seconds, read as it goes; nothing at all for silence."""
    waiting: list[tuple[float, float, float]] = []
    told = False
    at = 0.0
    for block in sound.blocks(LINE_SECONDS):
        end = at + len(block) / sound.rate
        waiting.append((at, end, _level(block)))
        at = end
        if not told and waiting[-1][2] <= _SILENT:
            continue
        if not told:
            yield from _spread(_greeting(request, sound), 0, _middle(waiting[0]))
        for line in waiting:
            begin = _middle(line) if not told else round(line[0] * 1000)
            told = True
            yield from _spread(_line(request, line), begin, round(line[1] * 1000))
        waiting = []
    if told:
        for line in waiting:
            yield from _spread(_line(request, line), round(line[0] * 1000), round(line[1] * 1000))


def _middle(line: tuple[float, float, float]) -> int:
    return round((line[0] + line[1]) * 500)


def _spread(text: str, start: int, end: int) -> Iterator[Piece]:
    """The text in small pieces, evenly over that many milliseconds."""
    words = _WORDS.findall(text)
    for index, word in enumerate(words):
        begin = start + (end - start) * index // len(words)
        yield Piece(begin, start + (end - start) * (index + 1) // len(words), word)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"


def _greeting(request: AsrRequest, sound: Sound) -> str:
    length, rate = _clock(sound.seconds), f"{sound.rate / 1000:g} kHz"
    if request.language == "zh":
        channels = {1: "单声道", 2: "双声道"}.get(sound.channels, f"{sound.channels} 声道")
        return (
            "这里是模拟器，没有语音模型。下面不是听写，只是这段录音的事实："
            f"时长 {length}，{sound.container}，{rate}，{channels}。"
        )
    channels = {1: "mono", 2: "stereo"}.get(sound.channels, f"{sound.channels} channels")
    return (
        "This is the simulator, without a speech model. What follows is not a transcript, only "
        f"facts about the recording: {length} long, {sound.container}, {rate}, {channels}."
    )


def _unreadable(request: AsrRequest) -> str:
    size = f"{len(request.audio) / 1000:.0f} kB"
    if request.language == "zh":
        return f"这里是模拟器，没有语音模型，也读不了 m4a。这不是听写：收到 {size} 的 m4a。"
    return (
        "This is the simulator, without a speech model, and it cannot read m4a. "
        f"This is not a transcript: {size} of m4a came in."
    )


def _line(request: AsrRequest, line: tuple[float, float, float]) -> str:
    start, end, level = line
    span = f"\n{_clock(start)}–{_clock(end)}"
    quiet, loud = level <= _SILENT, f"−{abs(level):.0f} dBFS"
    if request.language == "zh":
        return f"{span} 没有声音。" if quiet else f"{span} 有声音，平均 {loud}。"
    return f"{span} silence." if quiet else f"{span} sound, {loud} on average."
