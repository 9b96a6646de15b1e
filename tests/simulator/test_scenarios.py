"""What each scenario puts on the wire, byte by byte where that is the point."""

import gzip
import json
import zlib
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from stepasr_tui.simulator.clips import samples
from stepasr_tui.simulator.scenarios import SCENARIOS, scenario
from stepasr_tui.simulator.serve import SimulatorServer
from stepasr_tui.simulator.settings import SimulatorSettings
from stepasr_tui.simulator.stream_faults import HOSTILE
from tests.simulator.asking import ASR, HEADERS, Answer, body, get, post
from tests.simulator.conftest import FAST

SAMPLE = samples()[0]
GOOD = body(SAMPLE.audio())
DRAFT = "".join(piece.text for piece in SAMPLE.pieces)
HALF = "".join(piece.text for piece in SAMPLE.pieces[: round(len(SAMPLE.pieces) / 2)])
COUNT = len(SAMPLE.pieces)
BUSY = "server is busy, please try again later"

Check = Callable[[Answer], bool]


def refused(status: int, message: str) -> Check:
    return lambda a: a.status == status and message in a.message and a.raw[:10] == b'{"error":{'


def limited(retry_after: str | None) -> Check:
    return lambda a: a.status == 429 and a.headers.get("retry-after") == retry_after


def page(status: int) -> Check:
    return lambda a: (
        a.status == status and a.headers["content-type"] == "text/html" and b"<h1>" in a.raw
    )


def right(answer: Answer) -> bool:
    return (
        answer.headers["content-type"] == "text/event-stream"
        and answer.kinds == ["delta"] * COUNT + ["done"]
        and answer.final == SAMPLE.text
    )


def kinds(*last: str, deltas: int = COUNT) -> Check:
    """The stream is whole HTTP, has that many deltas in front and then just these events."""
    return lambda a: a.broke is None and a.kinds == ["delta"] * deltas + list(last)


def half_then_error(message: str) -> Check:
    return lambda a: (
        a.broke is None
        and a.kinds[-1] == "error"
        and set(a.kinds[:-1]) == {"delta"}
        and a.draft == HALF
        and a.events[-1]["message"] == message
    )


def half_only(answer: Answer) -> bool:
    return answer.draft == HALF and set(answer.kinds) == {"delta"}


def final(text: str) -> Check:
    return lambda a: a.final == text and a.draft == DRAFT


def same_with(old: bytes, new: bytes) -> Check:
    """Put back, the bytes are the right stream."""
    return lambda a: new in a.raw and right(Answer(a.status, a.headers, a.raw.replace(new, old)))


def line_separators(a: Answer) -> bool:
    odd = {"\u2028", "\u2029"}
    return (
        odd < set(a.final)
        and odd < set(a.draft)
        and b"\\u" not in a.raw
        and a.final.endswith("\x85end")
    )


def split(a: Answer) -> bool:
    torn = 0
    for chunk in a.chunks:
        try:
            chunk.decode()
        except UnicodeDecodeError:
            torn += 1
    return torn > 10 and right(a)


def unknown(a: Answer) -> bool:
    known = b"".join(
        part + b"\n\n" for part in a.raw.split(b"\n\n") if b'"transcript.text.' in part
    )
    return a.raw.count(b"event: usage") == COUNT and right(Answer(200, a.headers, known))


def odd_times(a: Answer) -> bool:
    starts = [event["start_time"] for event in a.events[:-1]]
    return -500 in starts and "12" in starts and a.final == SAMPLE.text


def odd_data(a: Answer) -> bool:
    head, tail = b'data: null\n\ndata: 7\n\ndata: ["x"]\n\ndata:\n\n', b"data: [DONE]\n\n"
    inner = a.raw.removeprefix(head).removesuffix(tail)
    whole = head + inner + tail == a.raw
    return whole and right(Answer(200, a.headers, inner))


def retry_date(a: Answer) -> bool:
    wait = parsedate_to_datetime(a.headers["retry-after"]) - parsedate_to_datetime(
        a.headers["date"]
    )
    return a.status == 429 and 6 <= wait.total_seconds() <= 8


def bomb(a: Answer) -> bool:
    size = len(zlib.decompressobj(wbits=31).decompress(a.raw))
    return a.headers["content-encoding"] == "gzip" and size > 100 * len(a.raw)


def packed(a: Answer) -> bool:
    return a.headers["content-encoding"] == "gzip" and right(
        Answer(200, a.headers, gzip.decompress(a.raw))
    )


def hostile_error(a: Answer) -> bool:
    return half_then_error(HOSTILE)(a) and "[@click=app.quit]" in a.headers["x-trace-id"]


CHECKS: dict[str, Check] = {
    "ok": right,
    "both-empty": lambda a: a.kinds == ["done"] and a.final == "",
    "done-empty": final(""),
    "done-without-deltas": lambda a: a.kinds == ["done"] and a.final == SAMPLE.text,
    "done-twice": kinds("done", "done"),
    "done-twice-different": lambda a: (
        a.events[-1]["text"] == SAMPLE.text + "？" != a.events[-2]["text"]
    ),
    "delta-after-done": kinds("done", "delta"),
    "done-then-error": kinds("done", "error"),
    "done-then-hang": right,
    "done-then-reset": lambda a: right(a) and isinstance(a.broke, httpx.ReadError),
    "short-final": lambda a: 0 < len(a.final) < len(SAMPLE.text) / 2 and a.draft == DRAFT,
    "error-first": lambda a: a.kinds == ["error"] and a.events[0]["message"] != "",
    "error-without-message": lambda a: a.kinds[-1] == "error" and "message" not in a.events[-1],
    "error-then-done": lambda a: (
        a.kinds.count("error") == 1 and a.kinds[-1] == "done" and a.draft == DRAFT
    ),
    "busy-first": lambda a: a.kinds == ["error"] and a.events[0]["message"] == BUSY,
    "busy-once": lambda a: a.kinds == ["error"],
    "busy-midstream": half_then_error(BUSY),
    "moderation-midstream": half_then_error("content blocked by moderation"),
    "no-done": lambda a: half_only(a) and a.broke is None,
    "no-done-once": half_only,
    "empty-200": lambda a: (a.status, a.raw, a.broke) == (200, b"", None),
    "cut-mid-event": lambda a: (
        a.broke is None and not a.raw.endswith(b"\n") and a.raw.count(b"\n\n") == round(COUNT / 2)
    ),
    "cut-chunk": lambda a: half_only(a) and isinstance(a.broke, httpx.RemoteProtocolError),
    "reset": lambda a: half_only(a) and isinstance(a.broke, httpx.ReadError),
    "reset-once": lambda a: half_only(a) and isinstance(a.broke, httpx.ReadError),
    "stall-before-events": right,
    "stall-midstream": right,
    "pings-only": lambda a: a.raw == b": ping\n\n" * 5,
    "unknown-events": unknown,
    "malformed-line": same_with(b"", b'data: {"type":"transcript.te\n\n'),
    "malformed-done": lambda a: a.raw.count(b"\n\n") == COUNT + 1 and not a.raw.endswith(b"}\n\n"),
    "odd-data": odd_data,
    "line-separator": line_separators,
    "crlf": same_with(b"\n", b"\r\n"),
    "cr": lambda a: b"\n" not in a.raw and same_with(b"\n", b"\r")(a),
    "bom": same_with(b"", b"\xef\xbb\xbf"),
    "no-space": lambda a: b"data: " not in a.raw and same_with(b"data: {", b"data:{")(a),
    "many-data-lines": same_with(b",", b",\ndata: "),
    "split-utf8": split,
    "invalid-utf8": lambda a: b"\xff\xfe" in a.raw,
    "no-blank-line-at-end": lambda a: (
        not a.raw.endswith(b"\n\n") and right(Answer(200, a.headers, a.raw + b"\n"))
    ),
    "times-missing": lambda a: right(a) and not any("start_time" in event for event in a.events),
    "times-odd": odd_times,
    "no-usage": lambda a: right(a) and "usage" not in a.events[-1],
    "repetition": lambda a: a.final == SAMPLE.text * 4 and a.draft == DRAFT * 4,
    "missing-trace-id": lambda a: right(a) and "x-trace-id" not in a.headers,
    "hostile-text": lambda a: HOSTILE in a.draft and a.final == SAMPLE.text + HOSTILE,
    "hostile-error": hostile_error,
    "gzip": packed,
    "gzip-bomb": bomb,
    "endless-line": lambda a: b"\n" not in a.raw and len(a.raw) > 200_000 and a.broke is not None,
    "huge": lambda a: len(a.final.encode()) == FAST.huge_event,
    "huge-stream": lambda a: len(a.raw) > FAST.huge_stream,
    "many-deltas": kinds("done", deltas=FAST.many),
    "model-not-supported": refused(400, "model stepaudio-2.5-asr not supported"),
    "bad-request": refused(400, "audio.input.format: "),
    "plan-key": refused(400, "Bad Request"),
    "plan-key-403": refused(403, "Forbidden"),
    "bad-key": refused(401, "Incorrect API key"),
    "bad-key-early": refused(401, "Incorrect API key"),
    "no-balance": refused(402, "balance"),
    "wrong-path": refused(404, "Not Found"),
    "no-speech": refused(400, "no speech found"),
    "too-large": refused(413, "too large"),
    "too-large-early": lambda a: refused(413, "")(a) and a.headers["connection"] == "close",
    "rate-limit": limited("7"),
    "rate-limit-once": limited("7"),
    "rate-limit-date": retry_date,
    "rate-limit-no-header": limited(None),
    "rate-limit-zero": limited("0"),
    "rate-limit-nonsense": limited("nan"),
    "rate-limit-hour": limited("3600"),
    "moderation": refused(451, "moderation"),
    "server-error": refused(500, "Internal"),
    "server-error-once": refused(500, "Internal"),
    "unavailable": refused(503, "unavailable"),
    "unavailable-once": refused(503, "unavailable"),
    "gateway-html": page(504),
    "gateway-html-once": page(504),
    "proxy-login": page(407),
    "redirect": lambda a: page(302)(a) and a.headers["location"] == "/redirected",
    "hostile-refusal": lambda a: (
        a.status == 400 and json.loads(a.raw)["error"]["message"] == HOSTILE
    ),
    "huge-refusal": lambda a: a.status == 500 and len(a.message) == FAST.huge_event,
    "text-error": lambda a: a.status == 500 and a.headers["content-type"] == "text/plain",
    "html-200": page(200),
    "json-200": lambda a: (
        a.headers["content-type"] == "application/json" and json.loads(a.raw)["text"] != ""
    ),
    "json-error-200": refused(200, BUSY),
    "no-content": lambda a: (a.status, a.raw) == (204, b""),
    "slow-first-byte": right,
}
WITHOUT_ANSWER = {
    "no-reply": httpx.RemoteProtocolError,
    "reset-before-reply": httpx.ReadError,
}


def test_every_scenario_is_checked_and_described() -> None:
    assert set(SCENARIOS) == {*CHECKS, *WITHOUT_ANSWER, "stall-before-reply"}
    assert next(iter(SCENARIOS)) == "ok"
    for one in SCENARIOS.values():
        assert one.sentence.endswith(".")
        assert one.name.replace("-", "").isalnum()
    with pytest.raises(ValueError, match="nothing-such"):
        scenario("nothing-such")


@pytest.mark.parametrize("name", CHECKS)
def test_scenario(fresh: SimulatorServer, name: str) -> None:
    answer = post(fresh.base_url(scenario=name) + "/audio/asr/sse", GOOD)
    assert CHECKS[name](answer), (answer.status, answer.headers, answer.broke, answer.raw[-900:])
    assert ("x-trace-id" in answer.headers) is (name != "missing-trace-id")
    (record,) = fresh.requests
    assert (record.scenario, record.status) == (name, answer.status)
    assert record.over.wait(5)


@pytest.mark.parametrize("name", [name for name, one in SCENARIOS.items() if one.once])
def test_a_once_scenario_goes_well_the_second_time(fresh: SimulatorServer, name: str) -> None:
    url = fresh.base_url(scenario=name) + "/audio/asr/sse"
    assert [right(post(url, GOOD)) for _ in range(3)] == [False, True, False]
    # Another recording has its own first try.
    other = body(samples()[1].audio())
    broken, well = post(url, other), post(url, other)
    assert broken.status != 200 or "done" not in broken.kinds
    assert well.final == samples()[1].text


@pytest.mark.parametrize(("name", "kind"), WITHOUT_ANSWER.items())
def test_a_connection_that_ends_without_an_answer(
    fresh: SimulatorServer, name: str, kind: type[httpx.HTTPError]
) -> None:
    with pytest.raises(kind):
        post(fresh.base_url(scenario=name) + "/audio/asr/sse", GOOD)
    (record,) = fresh.posts
    assert record.over.wait(5)
    assert (record.complete, record.status) == (True, 0)


def test_an_answer_that_never_comes() -> None:
    with SimulatorServer(SimulatorSettings(scenario="stall-before-reply")) as server:
        with pytest.raises(httpx.ReadTimeout), httpx.Client(trust_env=False, timeout=0.3) as client:
            client.post(server.url + ASR, json=GOOD, headers=HEADERS)
        (record,) = server.posts
        assert record.over.wait(5)
        assert (record.complete, record.ended, record.status) == (True, "client left", 0)


def test_early_refusals_do_not_read_the_body(fresh: SimulatorServer) -> None:
    answer = post(fresh.base_url(scenario="too-large-early") + "/audio/asr/sse", GOOD)
    assert answer.status == 413
    assert (fresh.posts[0].byte_count, fresh.posts[0].complete) == (0, False)


def test_a_scenario_can_be_set_while_it_runs(fresh: SimulatorServer) -> None:
    assert fresh.scenario == "ok"
    fresh.scenario = "moderation"
    assert post(fresh.url + ASR, GOOD).status == 451
    # The path says more than what was set.
    assert right(post(fresh.base_url(scenario="ok") + "/audio/asr/sse", GOOD))
    with pytest.raises(ValueError, match="nothing-such"):
        fresh.scenario = "nothing-such"
    assert fresh.scenario == "moderation"


def test_a_list_is_used_up_one_a_post(fresh: SimulatorServer) -> None:
    fresh.scenario = ["unavailable", "moderation"]
    assert get(fresh.url + "/v1/models").status_code == 200
    assert [post(fresh.url + ASR, GOOD).status for _ in range(3)] == [503, 451, 200]
    assert fresh.scenario == []
    assert [record.scenario for record in fresh.posts] == ["unavailable", "moderation", "ok"]


def test_a_list_can_be_given_from_the_start() -> None:
    with SimulatorServer(SimulatorSettings(scenario=("no-balance", "ok"))) as server:
        assert [post(server.url + ASR, GOOD).status for _ in range(2)] == [402, 200]


@pytest.mark.parametrize(
    ("name", "status"),
    [("bad-key", 401), ("plan-key", 400), ("unavailable", 503), ("redirect", 302),
     ("html-200", 200), ("no-balance", 200), ("no-done", 200), ("rate-limit", 200)],
)  # fmt: skip
def test_the_list_of_models_shares_what_concerns_it(
    shared: SimulatorServer, name: str, status: int
) -> None:
    answer = get(shared.base_url(scenario=name) + "/models")
    assert answer.status_code == status
    listed = answer.headers["content-type"] == "application/json" and "data" in answer.json()
    assert listed is (name in ("no-balance", "no-done", "rate-limit"))


def test_a_wrong_request_is_refused_in_every_scenario(shared: SimulatorServer) -> None:
    wrong: dict[str, Any] = {"audio": 7}
    for name in ("no-done", "server-error", "reset"):
        answer = post(shared.base_url(scenario=name) + "/audio/asr/sse", wrong)
        assert answer.message == "audio: must be an object"
