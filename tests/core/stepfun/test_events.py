"""One payload → one event: every odd one has a line here."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepasr_tui.core.stepfun.events import (
    Delta,
    Done,
    ServiceError,
    Unknown,
    error_message,
    parse,
)

DELTA, DONE = "transcript.text.delta", "transcript.text.done"
META = {"session_id": "sse_1", "timestamp": 1}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


def test_the_contracts_own_examples() -> None:
    delta = (
        '{"type":"transcript.text.delta","meta":{"session_id":"sse_1642","timestamp":1642694400123},'
        '"delta":"你好，","item_id":"item_x","content_index":0,"start_time":0,"end_time":500}'
    )
    usage = {"type": "tokens", "input_tokens": 69, "output_tokens": 9, "total_tokens": 78}
    done = {"type": DONE, "meta": META, "text": "你好，我是蕾格。", "usage": usage}
    error = {"type": "error", "meta": META, "message": "content blocked …"}
    assert parse(delta) == Delta("你好，", 0, 500, "sse_1642")
    assert parse(json.dumps(done)) == Done("你好，我是蕾格。", usage, "sse_1")
    assert parse(json.dumps(error)) == ServiceError("content blocked …", "sse_1")


@pytest.mark.parametrize(
    ("start", "end", "ms"),
    [
        (-500, 10**9, (None, None)),
        (9000, 100, (9000, 100)),
        ("12", None, (None, None)),
        (1.5, 2.9, (1, 2)),
        (True, False, (None, None)),
        ([], {}, (None, None)),
        (float("nan"), float("inf"), (None, None)),
        (0, 10**400, (0, None)),
    ],
)
def test_odd_times(start: Any, end: Any, ms: tuple[int | None, int | None]) -> None:
    event = parse(json.dumps({"type": DELTA, "delta": "a", "start_time": start, "end_time": end}))
    assert event == Delta("a", *ms)


@pytest.mark.parametrize(
    ("payload", "malformed"),
    [
        ('{"type":"transcript.te', True),
        ("nonsense", True),
        ("[" * 100_000, True),
        ('{"type":"x","n":' + "9" * 5000 + "}", True),
        ("[DONE]", False),
        (" [DONE] ", False),
        ("", False),
        ("null", False),
        ("7", False),
        ('["x"]', False),
        ('"error"', False),
        ("{}", False),
        ('{"type":null}', False),
        ('{"type":["error"]}', False),
        ('{"error":null}', False),
    ],
)
def test_what_is_no_event(payload: str, malformed: bool) -> None:
    assert parse(payload) == Unknown("", malformed)


@pytest.mark.parametrize("kind", ["transcript.session.created", "transcript.text.delta.2", "Error"])
def test_unknown_kinds_are_kept_as_such(kind: str) -> None:
    assert parse(json.dumps({"type": kind, "text": "x", "delta": "y"})) == Unknown(kind)


@pytest.mark.parametrize("text", [None, 7, ["x"], {"text": "x"}])
def test_texts_that_are_no_text(text: Any) -> None:
    assert parse(json.dumps({"type": DELTA, "delta": text})) == Unknown(DELTA)
    assert parse(json.dumps({"type": DONE, "text": text, "usage": text})) == Done(
        "", text if isinstance(text, dict) else {}
    )
    assert parse(json.dumps({"type": DONE})) == Done("")


@pytest.mark.parametrize("meta", [None, 7, "x", [], {}, {"session_id": 7}, {"session_id": ""}])
def test_no_session_id(meta: Any) -> None:
    assert parse(json.dumps({"type": DELTA, "delta": "", "meta": meta})) == Delta("")


@pytest.mark.parametrize("odd", ["\u2028", "\u2029", "\x85", "\x0b", "\x1b[31m", "[/]", "\u202e"])
def test_odd_characters_stay(odd: str) -> None:
    payload = json.dumps({"type": DONE, "text": f"a{odd}b"}, ensure_ascii=False)
    assert parse(payload) == Done(f"a{odd}b")


def test_halves_of_characters_become_ones_that_can_be_written() -> None:
    assert parse(r'{"type":"transcript.text.delta","delta":"a\ud83d"}') == Delta("a\ufffd")
    assert parse(r'{"type":"transcript.text.done","text":"\ud83d\ude00"}') == Done("\U0001f600")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"message": " m "}, "m"),
        ({"error": {"message": "m", "type": "t"}}, "m"),
        ({"error": "m"}, "m"),
        ({"message": "", "error": {"message": "m"}}, "m"),
        ({"message": {"message": "m"}}, "m"),
        ("m", "m"),
        ({}, ""),
        ({"message": None}, ""),
        ({"message": 7}, ""),
        ({"message": ["m"]}, ""),
        ({"error": {"code": 1}}, ""),
        ([], ""),
        (None, ""),
    ],
)
def test_messages_in_every_shape(body: Any, message: str) -> None:
    assert error_message(body) == message
    if isinstance(body, dict):
        assert parse(json.dumps({"type": "error", **body})) == ServiceError(message)


def test_an_error_without_a_type_is_an_error() -> None:
    assert parse('{"error":{"message":"busy"}}') == ServiceError("busy")


@given(st.text())
def test_any_text_parses(payload: str) -> None:
    assert isinstance(parse(payload), Delta | Done | ServiceError | Unknown)


@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from([DELTA, DONE, "error", "other"]) | JSON},
        optional=dict.fromkeys(
            ("delta", "text", "message", "meta", "start_time", "end_time", "usage"), JSON
        ),
    )
)
def test_any_json_parses_to_what_can_be_written(body: Any) -> None:
    match parse(json.dumps(body)):
        case Delta(text, start, end, _):
            assert all(ms is None or 0 <= ms <= 10**9 for ms in (start, end))
        case Done(text):
            pass
        case ServiceError(text) | Unknown(text):
            pass
    text.encode()


@given(st.text(), st.integers(0, 10**8), st.integers(0, 10**8))
def test_what_was_said_is_what_is_heard(text: str, start: int, end: int) -> None:
    body = {"type": DELTA, "delta": text, "start_time": start, "end_time": end, "meta": META}
    assert parse(json.dumps(body, ensure_ascii=False)) == Delta(text, start, end, "sse_1")
