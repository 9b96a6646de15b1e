"""The scenarios in which a stream comes, right or wrong."""

from stepasr_tui.simulator import stream_faults as faults
from stepasr_tui.simulator.clips import Piece
from stepasr_tui.simulator.scenario import Scenario
from stepasr_tui.simulator.stream_faults import (
    HOSTILE,
    Take,
    half,
    pause,
    rest,
    rewritten,
    stall,
    steps,
)
from stepasr_tui.simulator.wire import Chunk, Drop, Step

_BUSY = "server is busy, please try again later"
_BLOCKED = "content blocked by moderation"
_GZIP = {"Content-Encoding": "gzip"}
_HOSTILE_TRACE = {"X-Trace-Id": "[@click=app.quit]trace[/] \x9b31m"}


def _deltas(take: Take) -> list[Step]:
    return take.deltas()


def _done(take: Take) -> Step:
    return take.done()


def _whole(take: Take) -> list[Step]:
    return take.whole()


def _reset(_: Take) -> Step:
    return Drop(reset=True)


def _busy(take: Take) -> Step:
    return take.error(_BUSY, take.middle())


def _busy_first(take: Take) -> Step:
    return take.error(_BUSY, 0)


STREAMED = (
    Scenario("ok", "All is well."),
    Scenario(
        "both-empty",
        "No deltas, and done is empty: no speech was found.",
        stream=steps(lambda t: t.done("")),
    ),
    Scenario(
        "done-empty",
        "Deltas come, but the text of done is empty.",
        stream=steps(_deltas, lambda t: t.done("")),
    ),
    Scenario("done-without-deltas", "Only done comes.", stream=steps(_done)),
    Scenario("done-twice", "Done comes twice, the same.", stream=steps(_whole, _done)),
    Scenario(
        "done-twice-different",
        "Done comes again with another text.",
        stream=steps(_whole, lambda t: t.done(t.final + "？")),
    ),
    Scenario(
        "delta-after-done",
        "A delta follows done.",
        stream=steps(_whole, lambda t: t.says(t.script.delta(Piece(0, 1, "迟到")))),
    ),
    Scenario(
        "done-then-error", "An error follows done.", stream=steps(_whole, lambda t: t.error(_BUSY))
    ),
    Scenario(
        "done-then-hang", "After done the connection stays open.", stream=steps(_whole, stall)
    ),
    Scenario(
        "done-then-reset",
        "After done the connection is reset.",
        stream=steps(_whole, pause, _reset),
    ),
    Scenario(
        "short-final",
        "Done has far less text than the deltas.",
        stream=steps(_deltas, lambda t: t.done(t.final[: len(t.final) // 3])),
    ),
    Scenario(
        "error-first",
        "An error event comes before any delta.",
        stream=steps(lambda t: t.error("audio could not be processed", 0)),
    ),
    Scenario(
        "error-without-message",
        "An error event that says nothing.",
        stream=steps(half, lambda t: t.says(t.script.payload("error"), t.middle())),
    ),
    Scenario(
        "error-then-done",
        "An error event, and done all the same.",
        stream=steps(half, _busy, rest, _done),
    ),
    Scenario(
        "busy-first", "An error event at once: the server is busy.", stream=steps(_busy_first)
    ),
    Scenario(
        "busy-once",
        "The server is busy at first, then all is well.",
        stream=steps(_busy_first),
        once=True,
    ),
    Scenario(
        "busy-midstream",
        "An error event after some deltas: the server is busy.",
        stream=steps(half, _busy),
    ),
    Scenario(
        "moderation-midstream",
        "Content moderation stops the stream after some deltas.",
        stream=steps(half, lambda t: t.error(_BLOCKED, t.middle())),
    ),
    Scenario("no-done", "The stream ends after some deltas, without done.", stream=steps(half)),
    Scenario(
        "no-done-once",
        "The stream ends without done at first, then all is well.",
        stream=steps(half),
        once=True,
    ),
    Scenario("empty-200", "The stream ends before anything came.", stream=steps()),
    Scenario(
        "cut-mid-event",
        "The stream ends in the middle of an event.",
        stream=steps(half, faults.half_an_event),
    ),
    Scenario(
        "cut-chunk",
        "The connection closes with the chunked body unfinished.",
        stream=steps(half, pause, lambda _: Drop()),
    ),
    Scenario(
        "reset", "The connection is reset after some deltas.", stream=steps(half, pause, _reset)
    ),
    Scenario(
        "reset-once",
        "The connection is reset at first, then all is well.",
        stream=steps(half, pause, _reset),
        once=True,
    ),
    Scenario("stall-before-events", "The headers come, then nothing.", stream=steps(stall, _whole)),
    Scenario(
        "stall-midstream",
        "After some deltas nothing comes for minutes, then the rest.",
        stream=steps(half, stall, rest, _done),
    ),
    Scenario("pings-only", "Only comments come, to keep the line open.", stream=faults.pings),
    Scenario(
        "unknown-events",
        "Events that nobody knows, between the right ones.",
        stream=faults.unknown_events,
    ),
    Scenario(
        "malformed-line",
        "One event is no JSON.",
        stream=steps(
            half, lambda t: Chunk(b'data: {"type":"transcript.te\n\n', t.middle()), rest, _done
        ),
    ),
    Scenario(
        "malformed-done",
        "The event that should be done is no JSON.",
        stream=steps(_deltas, lambda t: Chunk(t.done().data[:-6] + b"\n\n", t.seconds)),
    ),
    Scenario(
        "odd-data",
        "Data that is JSON but no event: null, a number, a list, [DONE].",
        stream=steps(
            lambda _: Chunk(b'data: null\n\ndata: 7\n\ndata: ["x"]\n\ndata:\n\n'),
            _whole,
            lambda t: Chunk(b"data: [DONE]\n\n", t.seconds),
        ),
    ),
    Scenario(
        "line-separator", "The texts hold U+2028, U+2029 and U+0085.", stream=faults.line_separators
    ),
    Scenario(
        "crlf", "Lines end with CR LF.", stream=rewritten(lambda data: data.replace(b"\n", b"\r\n"))
    ),
    Scenario(
        "cr", "Lines end with CR alone.", stream=rewritten(lambda data: data.replace(b"\n", b"\r"))
    ),
    Scenario(
        "bom",
        "The stream starts with a byte order mark.",
        stream=steps(lambda _: Chunk(b"\xef\xbb\xbf"), _whole),
    ),
    Scenario(
        "no-space",
        "No space follows the colon of data.",
        stream=rewritten(lambda data: data.replace(b"data: ", b"data:", 1)),
    ),
    Scenario(
        "many-data-lines",
        "Each event's JSON is spread over several data lines.",
        stream=rewritten(lambda data: data.replace(b',"meta"', b',\ndata: "meta"', 1)),
    ),
    Scenario("split-utf8", "Chunks end in the middle of characters.", stream=faults.split_bytes),
    Scenario(
        "invalid-utf8", "One delta holds bytes that are not UTF-8.", stream=faults.invalid_utf8
    ),
    Scenario(
        "no-blank-line-at-end",
        "The blank line after done is missing.",
        stream=steps(_deltas, lambda t: Chunk(t.done().data[:-1], t.seconds)),
    ),
    Scenario(
        "times-missing",
        "Deltas carry no times though they were asked for.",
        stream=faults.altered(faults.timeless),
    ),
    Scenario(
        "times-odd",
        "Times run backwards, beyond the end, or are no numbers.",
        stream=faults.altered(faults.odd_times),
    ),
    Scenario("no-usage", "Done has no usage.", stream=faults.no_usage),
    Scenario(
        "repetition", "The model repeats itself: four times the text.", stream=faults.repeated
    ),
    Scenario("missing-trace-id", "There is no X-Trace-Id header.", no_trace_id=True),
    Scenario(
        "hostile-text",
        "The texts hold escape sequences, markup and reordering marks.",
        stream=faults.hostile,
    ),
    Scenario(
        "hostile-error",
        "The message of an error event holds the same.",
        stream=steps(half, lambda t: t.error(HOSTILE, t.middle())),
        headers=_HOSTILE_TRACE,
    ),
    Scenario(
        "gzip",
        "The stream is compressed though nobody asked for it.",
        stream=faults.packed,
        headers=_GZIP,
    ),
    Scenario(
        "gzip-bomb", "A little gzip that unpacks to very much.", stream=faults.bomb, headers=_GZIP
    ),
    Scenario("endless-line", "A line of megabytes that never ends.", stream=faults.endless_line),
    Scenario("huge", "One event of megabytes.", stream=faults.huge),
    Scenario("huge-stream", "More text than any recording has.", stream=faults.huge_stream),
    Scenario("many-deltas", "Very many small deltas.", stream=faults.many),
)
