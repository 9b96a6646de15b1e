"""The texts of all segments in the order of the recording, and one transcript of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

from stepasr_tui.core.display import clock
from stepasr_tui.core.transcribe.overlap import shared
from stepasr_tui.core.transcribe.segment import Segment
from stepasr_tui.core.transcribe.transcript import Cue, Draft, Transcript

_APART = "\n\n"
"""What sets a mark for what is missing apart from the text around it."""

_WORDS = 24
"""Characters by which a place is found again in the draft."""


class Kind(Enum):
    """What a passage is."""

    DRAFT = "draft"
    """It may still grow."""
    CUT = "cut"
    """Its stream broke: no more comes."""
    FINAL = "final"
    """It stays as it is."""


@dataclass(frozen=True, slots=True)
class Passage:
    """The text of one segment, without what it shares with the one before."""

    index: int
    """The segment's place in the job."""
    kind: Kind
    """What it is."""
    text: str
    """May be empty."""
    start: float
    """Seconds into the recording at which the segment begins: where its seam is."""
    doubtful: bool
    """True when no pause was found there."""
    changed: tuple[tuple[int, int], ...] = ()
    """[start, end) offsets into ``text`` that differ from the draft."""
    cues: tuple[Cue, ...] = ()
    """``text`` in sentences with times, where they are known."""
    missing: tuple[float, float] | None = None
    """[start, end) seconds that have no text and none on its way."""

    @property
    def gap(self) -> str:
        """A mark to stand after the text for what is missing; empty when nothing is."""
        return (
            f"[missing: {clock(self.missing[0])}–{clock(self.missing[1])}]" if self.missing else ""
        )


def passages(
    segments: Sequence[Segment], rest: tuple[float, float] | None = None
) -> tuple[Passage, ...]:
    """One passage for each segment; where two overlap, what both say stands once.

    ``rest`` is the stretch after the last one, in seconds, where none of it will be heard.
    """
    found = [_passage(n, each) for n, each in enumerate(segments)]
    for n in range(1, len(found)):
        before, after = found[n - 1 : n + 1]
        if after.doubtful and before.kind is Kind.FINAL and after.kind is not Kind.DRAFT:
            both = shared(before.text, after.text)
            if both is None:
                # What nobody can see to be the same is kept: better than words that are lost.
                continue
            drafts = (each.transcript.draft for each in segments[n - 1 : n + 1])
            found[n - 1] = _clipped(before, 0, both.first, next(drafts))
            found[n] = _clipped(after, both.second, len(after.text), next(drafts))
    if rest and found:
        start = found[-1].missing[0] if found[-1].missing else rest[0]
        found[-1] = replace(found[-1], missing=(start, rest[1]))
    return tuple(found)


def joined(segments: Sequence[Segment], parts: Sequence[Passage], *, whole: bool) -> Transcript:
    """One transcript of all passages; its draft is all that was heard, in order.

    It is not final before the recording is ``whole``: cut into segments to its end.
    """
    text = ""
    changed: list[tuple[int, int]] = []
    usage: Counter[str] = Counter()
    marked = any(part.text.strip() for part in parts)
    for part in parts:
        text += between(text, part.text)
        changed += [(start + len(text), end + len(text)) for start, end in part.changed]
        text += part.text
        if marked and part.gap:
            text += f"{'' if text.endswith(_APART) else _APART}{part.gap}{_APART}"
    drafts = [each.transcript.best_draft for each in segments]
    for each in segments:
        usage.update(_counts(each.transcript.usage))
    done = whole and all(each.transcript.final is not None for each in segments)
    return Transcript(
        draft=Draft([piece for draft in drafts for piece in draft.pieces]),
        final=text if done else None,
        so_far=None if done else text,
        from_draft=any(each.transcript.from_draft for each in segments),
        changed=tuple(changed),
        cues=tuple(cue for part in parts for cue in part.cues),
        usage=dict(usage),
    )


def between(before: str, after: str) -> str:
    """What stands between two texts that are joined: a space, where words need one."""
    if not before or not after or before[-1].isspace() or after[0].isspace():
        return ""
    return "" if _is_wide(before[-1]) or _is_wide(after[0]) else " "


def _is_wide(char: str) -> bool:
    """Whether ``char`` is written without spaces around it: Chinese, and its signs."""
    return (
        "\u2e80" <= char <= "\u9fff" or "\uf900" <= char <= "\ufaff" or "\uff00" <= char <= "\uffef"
    )


def _passage(index: int, segment: Segment) -> Passage:
    span, transcript = segment.span, segment.transcript
    # While it is heard again, the text of before stays until there is another.
    shown = segment.kept if segment.kept and not transcript.text.strip() else transcript
    open_end = Kind.DRAFT if segment.running else Kind.CUT
    return Passage(
        index,
        open_end if shown.final is None else Kind.FINAL,
        shown.text,
        span.start if span else 0.0,
        bool(span and span.doubtful),
        shown.changed,
        shown.cues,
        segment.missing,
    )


def _placed(part: Passage) -> Iterator[tuple[Cue, tuple[int, int]]]:
    """The cues of ``part`` with their [start, end) offsets into its text."""
    at = 0
    for cue in part.cues:
        found = part.text.find(cue.text, at)
        if found >= 0:
            at = found + len(cue.text)
            yield cue, (found, at)


def _clipped(part: Passage, start: int, end: int, draft: Draft) -> Passage:
    """The characters from ``start`` to ``end`` of ``part``, with what belongs to them."""
    changed = tuple(
        (max(first, start) - start, min(last, end) - start)
        for first, last in part.changed
        if first <= end and last >= start
    )
    cues = []
    for cue, (first, last) in _placed(part):
        head, tail = max(first, start), min(last, end)
        text = part.text[head:tail].strip()
        if text:
            # As if said at an even speed, where the draft does not know it better.
            pace = (cue.end - cue.start) / (last - first)
            begin, until = cue.start + (head - first) * pace, cue.end - (last - tail) * pace
            if head > first and (said := draft.said(text[:_WORDS])):
                begin = said[0]
            if tail < last and (said := draft.said(text[-_WORDS:], last=True)):
                until = said[1]
            cues.append(Cue(begin, max(begin, until), text))
    return replace(part, text=part.text[start:end], changed=changed, cues=tuple(cues))


def _counts(usage: Any) -> dict[str, int]:
    return {name: value for name, value in usage.items() if isinstance(value, int)}
