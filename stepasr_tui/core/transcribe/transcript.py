"""The text as it stands: heard, final or partial, and where in the recording it was said."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import inf
from typing import Any, Self

from stepasr_tui.core.stepfun.events import Delta
from stepasr_tui.core.transcribe.alignment import Stretch

_END = re.compile(
    r"(?:[。！？]|[!?](?![A-Za-z0-9])|\n"
    # A full stop ends no sentence in 2.5, e.g., Dr. Li, nor before a small letter.
    r"|(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bProf)(?<!\bSt)(?<!\bvs)(?<!\bNo)"
    r"\.(?![A-Za-z0-9])(?!\s+[a-z]))"
    r"[。！？!?.…]*[\"'”’」』）)\]》]*\s*"
)
_BREATH = re.compile(r"[，、；：,;:](?!\d)\s*|\s+")
_LONGEST_CUE = 120
"""Characters; a longer sentence is cut where it pauses."""


class Draft:
    """Deltas so far: grows at its end in constant time, and an older view stays what it was.

    Views share one list; only the newest may append to it, any other copies first. So a
    frozen ``Job`` can hold one, and folding 10,000 deltas does not cost their square.
    """

    __slots__ = ("_pieces", "count", "length", "text_end_ms", "weight")

    def __init__(self, pieces: list[Delta] | None = None) -> None:
        self._pieces = list(pieces or ())
        self.count = len(self._pieces)
        """Deltas in this view."""
        self.length = sum(len(piece.text) for piece in self._pieces)
        """Characters in this view."""
        self.weight = sum(_weight(piece.text) for piece in self._pieces)
        """Characters that are not white space: what a draft is worth."""
        self.text_end_ms = max((piece.end_ms or 0 for piece in self._pieces), default=0)
        """Milliseconds of the recording heard so far, 0 when the service gives no times."""

    def plus(self, piece: Delta) -> "Draft":
        """This draft and one delta more."""
        pieces = self._pieces
        if len(pieces) != self.count:
            pieces = pieces[: self.count]
        pieces.append(piece)
        grown = Draft.__new__(Draft)
        grown._pieces = pieces
        grown.count = self.count + 1
        grown.length = self.length + len(piece.text)
        grown.weight = self.weight + _weight(piece.text)
        grown.text_end_ms = max(self.text_end_ms, piece.end_ms or 0)
        return grown

    @property
    def pieces(self) -> list[Delta]:
        """The deltas, oldest first."""
        return self._pieces[: self.count]

    @property
    def text(self) -> str:
        """The deltas joined."""
        return "".join(piece.text for piece in self.pieces)

    def said(self, words: str, *, last: bool = False) -> tuple[float, float] | None:
        """Seconds at which ``words`` begin and end, the first or ``last`` time they were said.

        None where they are not in it, or have no times.
        """
        text = self.text
        at = text.rfind(words) if last else text.find(words)
        spans = _spans(self) if at >= 0 and words else []
        if not spans:
            return None
        return _begin(spans, at), _end(spans, at + len(words) - 1)


@dataclass(frozen=True, slots=True)
class Cue:
    """A sentence with its times in the recording."""

    start: float
    """Seconds."""
    end: float
    """Seconds, never before ``start``."""
    text: str
    """As it stands in the transcript, without white space around it."""


@dataclass(frozen=True, slots=True)
class Transcript:
    """The text of one recording, whatever state it is in."""

    draft: Draft = field(default_factory=Draft)
    """What was heard in the latest attempt."""
    earlier: Draft = field(default_factory=Draft)
    """The longest draft of the attempts before it: kept in case this one comes to less."""
    final: str | None = None
    """The text of ``done``, which replaces the draft; None until it arrives."""
    so_far: str | None = None
    """The text of several segments of which not all are final; None for a single one."""
    from_draft: bool = False
    """True when ``done`` had no text, and the joined deltas are the best there is."""
    changed: tuple[tuple[int, int], ...] = ()
    """[start, end) offsets into ``final`` that differ from the draft."""
    cues: tuple[Cue, ...] = ()
    """``final`` in sentences with times; empty when the service gave no times."""
    usage: Mapping[str, Any] = field(default_factory=dict)
    """As the service sent it."""

    @property
    def best_draft(self) -> Draft:
        """The one that says more: this attempt's draft, or the best of those before."""
        return self.draft if self.draft.weight >= self.earlier.weight else self.earlier

    @property
    def text(self) -> str:
        """The best text there is."""
        if self.final is not None:
            return self.final
        return self.best_draft.text if self.so_far is None else self.so_far

    def heard(self, delta: Delta) -> Self:
        """With one delta more."""
        return replace(self, draft=self.draft.plus(delta))

    def begun_again(self) -> Self:
        """For a new attempt: its deltas replace the old ones and are never joined to them."""
        return replace(self, draft=Draft(), earlier=self.best_draft)


def _weight(text: str) -> int:
    return sum(len(word) for word in text.split())


def cues_of(
    final: str,
    draft: Draft,
    stretches: list[Stretch],
    start: float = 0.0,
    end: float | None = None,
) -> tuple[Cue, ...]:
    """``final`` in sentences, with the times of the deltas that its characters came from.

    Times outside the segment (``start`` to ``end``, seconds of the recording) are brought
    inside, and never run backwards. Empty when no delta has times.
    """
    spans = _spans(draft)
    if not spans:
        return ()
    cues: list[Cue] = []
    for at, until in _sentences(final):
        text = final[at:until].strip()
        at = until - len(final[at:until].lstrip())
        first = _draft_offset(stretches, at)
        last = max(first, _draft_offset(stretches, at + len(text) - 1))
        cues.append(Cue(_begin(spans, first), _end(spans, last), text))
    return tuple(_in_order(cues, start, inf if end is None else end))


@dataclass(frozen=True, slots=True)
class _Span:
    """A delta with times."""

    at: int
    """Offset of its first character into the draft."""
    length: int
    """Characters."""
    start_ms: int
    end_ms: int

    def time(self, characters: int) -> float:
        """Seconds at which so many of its characters were said, as if at an even speed."""
        share = min(1.0, characters / self.length) if self.length else 1.0
        return (self.start_ms + (self.end_ms - self.start_ms) * share) / 1000


def _spans(draft: Draft) -> list[_Span]:
    spans = []
    at = 0
    for piece in draft.pieces:
        start = piece.start_ms
        if start is not None:
            spans.append(_Span(at, len(piece.text), start, max(piece.end_ms or 0, start)))
        at += len(piece.text)
    return spans


def _span(spans: list[_Span], at: int) -> _Span:
    return spans[max(0, bisect_right(spans, at, key=lambda each: each.at) - 1)]


def _begin(spans: list[_Span], first: int) -> float:
    span = _span(spans, first)
    return span.time(max(0, first - span.at))


def _end(spans: list[_Span], last: int) -> float:
    span = _span(spans, last)
    return span.time(max(0, last - span.at) + 1)


def _in_order(cues: list[Cue], earliest: float, longest: float) -> Iterator[Cue]:
    """``cues`` with times from ``earliest`` to ``longest`` that never run backwards."""
    latest = earliest
    begins = [min(each.start, longest) for each in cues]
    for each, begin, following in zip(cues, begins, [*begins, inf][1:], strict=True):
        start = max(begin, latest)
        end = max(min(each.end, longest), start)
        # One time far ahead must not push all that follows there.
        latest = following if start <= following < end else end
        yield Cue(start, latest, each.text)


def _sentences(text: str) -> Iterator[tuple[int, int]]:
    """[start, end) offsets of sentences that have a text; together they leave none of it out."""
    start = 0
    for end in [*(match.end() for match in _END.finditer(text)), len(text)]:
        # Signs alone, as in “……”, belong to what follows.
        if not any(char.isalnum() for char in text[start:end]) and end < len(text):
            continue
        while end - start > _LONGEST_CUE:
            cut = _pause(text, start)
            yield start, cut
            start = cut
        if text[start:end].strip():
            yield start, end
        start = end


def _pause(text: str, start: int) -> int:
    """Where a sentence from ``start`` on that is too long is cut best."""
    found = [match.end() for match in _BREATH.finditer(text, start + 1, start + _LONGEST_CUE)]
    return found[-1] if found else start + _LONGEST_CUE


def _draft_offset(stretches: list[Stretch], at: int) -> int:
    """Where in the draft the final's character ``at`` came from, in proportion where changed."""
    index = max(0, bisect_right(stretches, at, key=lambda each: each.final[0]) - 1)
    if not stretches:
        return at
    each = stretches[index]
    inside, long = at - each.final[0], each.final[1] - each.final[0]
    if each.same:
        return each.draft[0] + inside
    return each.draft[0] + (each.draft[1] - each.draft[0]) * inside // max(long, 1)
