"""The text as it stands: heard, final or partial, and where in the recording it was said."""

import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Self

from stepasr_tui.core.stepfun.events import Delta
from stepasr_tui.core.transcribe.alignment import Stretch

_CUE = re.compile(r"[^。！？!?\n.]{1,120}(?:[。！？!?\n]+|\.(?!\d)|$|(?<=[，,；;])|\.)?\s*")


class Draft:
    """Deltas so far: grows at its end in constant time, and an older view stays what it was.

    Views share one list; only the newest may append to it, any other copies first. So a
    frozen ``Job`` can hold one, and folding 10,000 deltas does not cost their square.
    """

    __slots__ = ("_pieces", "count", "length", "text_end_ms")

    def __init__(self, pieces: list[Delta] | None = None) -> None:
        self._pieces = pieces or []
        self.count = len(self._pieces)
        """Deltas in this view."""
        self.length = sum(len(piece.text) for piece in self._pieces)
        """Characters in this view."""
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
        """The longer of this attempt's draft and the earlier ones."""
        return self.draft if self.draft.length >= self.earlier.length else self.earlier

    @property
    def text(self) -> str:
        """The best text there is."""
        return self.best_draft.text if self.final is None else self.final

    def heard(self, delta: Delta) -> Self:
        """With one delta more."""
        return replace(self, draft=self.draft.plus(delta))

    def begun_again(self) -> Self:
        """For a new attempt: its deltas replace the old ones and are never joined to them."""
        return replace(self, draft=Draft(), earlier=self.best_draft)


def cues_of(
    final: str, draft: Draft, stretches: list[Stretch], duration: float | None
) -> tuple[Cue, ...]:
    """``final`` in sentences, with the times of the deltas that its characters came from.

    Times outside the recording are brought inside, and never run backwards. Empty when no
    delta has times.
    """
    spans = _spans(draft)
    if not spans:
        return ()
    starts = [at for at, _, _ in spans]
    cues: list[Cue] = []
    latest = 0.0
    for match in _CUE.finditer(final):
        text = match.group().strip()
        if not text:
            continue
        first = _draft_offset(stretches, match.start())
        last = max(first, _draft_offset(stretches, match.start() + len(match.group().rstrip()) - 1))
        begin = spans[max(0, bisect_right(starts, first) - 1)][1] / 1000
        end = spans[max(0, bisect_right(starts, last) - 1)][2] / 1000
        if duration is not None:
            begin, end = min(begin, duration), min(end, duration)
        begin = max(begin, latest)
        end = max(end, begin)
        latest = end
        cues.append(Cue(begin, end, text))
    return tuple(cues)


def _spans(draft: Draft) -> list[tuple[int, int, int]]:
    """(offset into the draft, start, end) in milliseconds, of each delta that has times."""
    spans = []
    at = 0
    for piece in draft.pieces:
        if piece.start_ms is not None:
            spans.append((at, piece.start_ms, max(piece.end_ms or 0, piece.start_ms)))
        at += len(piece.text)
    return spans


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
