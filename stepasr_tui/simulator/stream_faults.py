"""The ways in which a stream of events can go, right and wrong, as steps on the wire.

Each function takes one exchange and yields its steps; it does not send anything.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from stepasr_tui.simulator.clips import Piece
from stepasr_tui.simulator.settings import SimulatorSettings
from stepasr_tui.simulator.wire import Chunk, Drop, Script, Step, Wait, frame

HOSTILE = (
    "\x1b]52;c;aGFja2Vk\x07\x1b[2J\x1b[31m\x9b5m [/] [@click=app.quit]quit[/] [bold]b[/bold] "
    "[link=http://127.0.0.1:9/]link[/link] [Music] \u202egnp.exe\u202c a\u200bb \x00\x08\r\n\tend"
)
"""Text that must stay text: escape sequences, markup, marks that reorder, control characters."""


@dataclass(frozen=True, slots=True)
class Take:
    """One exchange, everything about it known."""

    script: Script
    """Writes its events."""
    pieces: tuple[Piece, ...]
    """The deltas to come."""
    final: str
    """The text of ``done``."""
    seconds: float
    """Length of the recording."""
    settings: SimulatorSettings
    """Sizes and waits."""

    def deltas(self, share: float = 1.0) -> list[Step]:
        """The first so many of the deltas, at least one where there is any."""
        count = max(1, round(len(self.pieces) * share))
        return [self.says(self.script.delta(p), p.end / 1000) for p in self.pieces[:count]]

    def says(self, payload: dict[str, Any], at: float | None = None) -> Chunk:
        return Chunk(frame(payload), self.seconds if at is None else at)

    def done(self, text: str | None = None) -> Chunk:
        return self.says(self.script.done(self.final if text is None else text))

    def error(self, message: str, at: float | None = None) -> Chunk:
        return self.says(self.script.error(message), at)

    def middle(self) -> float:
        """When half of the deltas are out, in seconds of the recording."""
        return self.pieces[max(1, round(len(self.pieces) / 2)) - 1].end / 1000 if self.pieces else 0

    def whole(self) -> list[Step]:
        return [*self.deltas(), self.done()]


Stream = Callable[[Take], Iterator[Step]]


def steps(*parts: Callable[[Take], list[Step] | Step]) -> Stream:
    """A stream put together from parts, each a step or a list of steps."""

    def stream(take: Take) -> Iterator[Step]:
        for part in parts:
            made = part(take)
            yield from made if isinstance(made, list) else [made]

    return stream


def rewritten(change: Callable[[bytes], bytes]) -> Stream:
    """The right stream, its bytes written differently."""

    def stream(take: Take) -> Iterator[Step]:
        for step in take.whole():
            yield Chunk(change(step.data), step.at) if isinstance(step, Chunk) else step

    return stream


def altered(change: Callable[[int, dict[str, Any]], dict[str, Any]]) -> Stream:
    """The right stream, the payload of each delta changed."""

    def stream(take: Take) -> Iterator[Step]:
        for index, piece in enumerate(take.pieces):
            yield take.says(change(index, take.script.delta(piece)), piece.end / 1000)
        yield take.done()

    return stream


def half(take: Take) -> list[Step]:
    return take.deltas(0.5)


def rest(take: Take) -> list[Step]:
    return take.deltas()[len(half(take)) :]


def pause(take: Take) -> Wait:
    return Wait(take.settings.pause)


def stall(take: Take) -> Wait:
    return Wait(take.settings.stall)


def half_an_event(take: Take) -> Chunk:
    data = take.done().data
    return Chunk(data[: len(data) // 2], take.middle())


def pings(take: Take) -> Iterator[Step]:
    """Comments only, until the stall is over."""
    yield Chunk(b": ping\n\n")
    for _ in range(int(take.settings.stall / max(take.settings.ping_every, 0.001))):
        yield Wait(take.settings.ping_every)
        yield Chunk(b": ping\n\n")


def unknown_events(take: Take) -> Iterator[Step]:
    """Events of types and names that no contract mentions, between the right ones."""
    yield take.says(take.script.payload("transcript.session.created", model="x"), 0)
    for step in take.deltas():
        yield step
        yield Chunk(b'event: usage\nid: 7\ndata: {"type":"transcript.usage.tick","n":1}\n\n')
    yield take.done()


def line_separators(take: Take) -> Iterator[Step]:
    """Characters that some take for the end of a line, inside the texts, unescaped."""
    odd = "\u2028", "\u2029", "\x85", "\x0b", "\x0c"
    marked = tuple(replace(p, text=p.text + odd[i % 2]) for i, p in enumerate(take.pieces))
    yield from replace(take, pieces=marked).deltas()
    text = take.script.done(take.final + "\u2028" + "\u2029" + "\x85" + "end")
    yield take.says(text)


def split_bytes(take: Take) -> Iterator[Step]:
    """Chunks that end in the middle of lines and of characters."""
    data = b"".join(step.data for step in take.whole() if isinstance(step, Chunk))
    for start in range(0, len(data), 7):
        yield Chunk(data[start : start + 7], take.seconds * start / len(data))


def invalid_utf8(take: Take) -> Iterator[Step]:
    yield from half(take)
    yield Chunk(frame(take.script.delta(Piece(0, 0, "@@"))).replace(b"@@", b"\xff\xfe"))
    yield from rest(take)
    yield take.done()


def repeated(take: Take) -> Iterator[Step]:
    """The model falls into a loop: the same text four times."""
    for _ in range(4):
        yield from take.deltas()
    yield take.done(take.final * 4)


def odd_times(index: int, payload: dict[str, Any]) -> dict[str, Any]:
    """Times that are negative, backwards, beyond the recording, or no numbers."""
    odd: list[tuple[Any, Any]] = [(-500, 10**9), (9000, 100), ("12", None), (1.5, 2.5)]
    return payload | dict(zip(("start_time", "end_time"), odd[index % len(odd)], strict=True))


def timeless(_: int, payload: dict[str, Any]) -> dict[str, Any]:
    gone = {"start_time", "end_time", "item_id", "content_index"}
    return {name: value for name, value in payload.items() if name not in gone}


def no_usage(take: Take) -> Iterator[Step]:
    yield from take.deltas()
    payload = take.script.done(take.final)
    del payload["usage"]
    yield take.says(payload)


def hostile(take: Take) -> Iterator[Step]:
    yield from half(take)
    yield take.says(take.script.delta(Piece(0, 0, HOSTILE)), take.middle())
    yield from rest(take)
    yield take.done(take.final + HOSTILE)


def many(take: Take) -> Iterator[Step]:
    """Very many small deltas."""
    for index in range(take.settings.many):
        at = index * 1000 // take.settings.many
        yield Chunk(frame(take.script.delta(Piece(at, at, "好 " if index % 9 else "好。 "))))
    yield take.done()


def endless_line(take: Take) -> Iterator[Step]:
    """A line that does not end while it is read, then no more."""
    yield Chunk(b'data: {"type":"transcript.text.delta","delta":"')
    for _ in range(take.settings.huge_event // 65536):
        yield Chunk(b"a" * 65536)
    yield Drop()


def huge(take: Take) -> Iterator[Step]:
    """One event far larger than any text."""
    yield from half(take)
    yield take.done("长" * (take.settings.huge_event // 3))


def huge_stream(take: Take) -> Iterator[Step]:
    """Deltas without end, each of a reasonable size."""
    data = frame(take.script.delta(Piece(0, 0, "a" * 60_000)))
    for _ in range(take.settings.huge_stream // len(data) + 1):
        yield Chunk(data)
    yield take.done()


def packed(take: Take) -> Iterator[Step]:
    """The right stream, compressed with gzip though nobody asked for it."""
    yield from _gzip(iter(take.whole()))


def bomb(take: Take) -> Iterator[Step]:
    """A little gzip that unpacks to very much."""
    yield from _gzip(Chunk(b": " + b" " * 2**20) for _ in range(take.settings.huge_stream >> 20))


def _gzip(inner: Iterator[Step]) -> Iterator[Step]:
    press = zlib.compressobj(wbits=31)
    for step in inner:
        if isinstance(step, Chunk):
            data = press.compress(step.data) + press.flush(zlib.Z_SYNC_FLUSH)
            step = Chunk(data, step.at)
        yield step
    yield Chunk(press.flush())
