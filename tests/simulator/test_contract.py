"""Every rule about requests that the contract states, broken one at a time."""

import json
from typing import Any

import httpx
import pytest

from stepasr_tui.simulator.clips import samples
from stepasr_tui.simulator.serve import SimulatorServer
from stepasr_tui.simulator.settings import (
    BOTH_KEY,
    NO_BALANCE_KEY,
    NORMAL_KEY,
    OTHER_REGION_KEY,
    PLAN_KEY,
    REVOKED_KEY,
    SimulatorSettings,
)
from tests.simulator.asking import ASR, HEADERS, body, changed, get, hum, packed, post, wav

CLIP = samples()[0].audio()
GOOD = body(CLIP)
PCM = body(
    b"\0\1" * 32000, "pcm", format={"codec": "pcm_s16le", "rate": 16000, "bits": 16, "channel": 1}
)
WISH, FORM = "audio.input.transcription", "audio.input.format"


def test_a_right_request_is_streamed_as_the_contract_shows(shared: SimulatorServer) -> None:
    answer = post(shared.url + ASR, GOOD)
    assert answer.status == 200
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.headers["x-trace-id"]
    first, last = answer.events[0], answer.events[-1]
    assert list(first) == [
        "type", "meta", "delta", "item_id", "content_index", "start_time", "end_time",
    ]  # fmt: skip
    assert first["type"] == "transcript.text.delta"
    assert set(first["meta"]) == {"session_id", "timestamp"}
    assert first["meta"]["session_id"].startswith("sse_")
    assert isinstance(first["meta"]["timestamp"], int)
    assert len({event["meta"]["session_id"] for event in answer.events}) == 1
    assert last["type"] == "transcript.text.done"
    usage = last["usage"]
    assert usage["type"] == "tokens"
    assert usage["input_token_details"] == {"text_tokens": usage["input_tokens"], "audio_tokens": 0}
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


def test_events_are_compact_and_not_escaped(shared: SimulatorServer) -> None:
    raw = post(shared.url + ASR, GOOD).raw
    line = raw.split(b"\n\n")[0].removeprefix(b"data: ")
    event = json.loads(line)
    assert line == json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    assert b"\\u" not in raw


def test_without_timestamps_deltas_carry_none(shared: SimulatorServer) -> None:
    for document in (
        body(CLIP, enable_timestamp=False),
        changed(GOOD, f"{WISH}.enable_timestamp", ...),
    ):
        events = post(shared.url + ASR, document).events
        assert {frozenset(event) for event in events[:-1]} == {frozenset({"type", "meta", "delta"})}


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("audio", ..., "audio: field required"),
        ("audio", [], "audio: must be an object"),
        ("extra", 1, "extra: unknown field"),
        ("audio.extra", 1, "audio.extra: unknown field"),
        ("audio.input.extra", 1, "audio.input.extra: unknown field"),
        (f"{FORM}.extra", 1, f"{FORM}.extra: unknown field"),
        (f"{WISH}.extra", 1, f"{WISH}.extra: unknown field"),
        ("audio.data", ..., "audio.data: field required"),
        ("audio.data", 7, "audio.data: must be a base64 string"),
        ("audio.data", "", "audio.data: is empty"),
        ("audio.data", "a===", "audio.data: is not base64"),
        ("audio.data", "YW\nJj", "audio.data: is not base64"),
        ("audio.data", "音", "audio.data: is not base64"),
        ("audio.input", None, "audio.input: must be an object"),
        (WISH, "x", f"{WISH}: must be an object"),
        (f"{WISH}.model", ..., f"{WISH}.model: field required"),
        (f"{WISH}.model", 3, f"{WISH}.model: must be a string"),
        (f"{WISH}.model", "step-asr", "model step-asr not supported"),
        (f"{WISH}.model", "gpt-asr", "model gpt-asr not supported"),
        (f"{WISH}.model", "step-tts-2", "model step-tts-2 not supported"),
        (f"{WISH}.language", "fr", f"{WISH}.language: must be"),
        (f"{WISH}.language", None, f"{WISH}.language: must be a string"),
        (f"{WISH}.enable_itn", "true", f"{WISH}.enable_itn: must be a boolean"),
        (f"{WISH}.enable_timestamp", 1, f"{WISH}.enable_timestamp: must be a boolean"),
        (f"{WISH}.hotwords", "word", f"{WISH}.hotwords: must be a list of strings"),
        (f"{WISH}.hotwords", ["a", 1], f"{WISH}.hotwords: must be a list of strings"),
        (f"{WISH}.prompt", 1, f"{WISH}.prompt: must be a string"),
        (FORM, ..., f"{FORM}: field required"),
        (f"{FORM}.type", ..., f"{FORM}.type: field required"),
        (f"{FORM}.type", "flac", f"{FORM}.type: must be one of"),
        (f"{FORM}.type", "m4a", f"{FORM}.type: must be one of"),
        (f"{FORM}.rate", 16000.0, f"{FORM}.rate: must be a positive integer"),
        (f"{FORM}.rate", True, f"{FORM}.rate: must be a positive integer"),
        (f"{FORM}.channel", 0, f"{FORM}.channel: must be a positive integer"),
        (f"{FORM}.bits", "16", f"{FORM}.bits: must be a positive integer"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_refused_and_named(
    shared: SimulatorServer, path: str, value: Any, named: str
) -> None:
    answer = post(shared.url + ASR, changed(GOOD, path, value))
    assert answer.status == 400
    assert answer.message.startswith(named)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-trace-id"]


@pytest.mark.parametrize(
    ("field", "value"),
    [("codec", ...), ("codec", "pcm_s24le"), ("codec", 1), ("rate", ...), ("rate", "16000"),
     ("bits", ...), ("bits", 24), ("channel", ...), ("channel", 1.0)],
)  # fmt: skip
def test_pcm_has_to_say_what_it_is(shared: SimulatorServer, field: str, value: Any) -> None:
    assert post(shared.url + ASR, PCM).status == 200
    answer = post(shared.url + ASR, changed(PCM, f"{FORM}.{field}", value))
    assert answer.status == 400
    assert answer.message.startswith(f"{FORM}.{field}: ")


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000], ids=lambda c: repr(c[:4])
)
def test_a_body_that_is_no_json_object_is_refused(shared: SimulatorServer, content: bytes) -> None:
    answer = post(shared.url + ASR, content)
    assert answer.status == 400
    assert answer.message.startswith("body: ")


@pytest.mark.parametrize(
    ("name", "value"),
    [("Content-Type", "application/json; charset=utf-8"), ("Content-Type", "text/plain"),
     ("Accept", "*/*"), ("Accept", "text/event-stream, */*")],
)  # fmt: skip
def test_a_header_that_is_not_exact_is_refused_and_named(
    shared: SimulatorServer, name: str, value: str
) -> None:
    answer = post(shared.url + ASR, GOOD, HEADERS | {name: value})
    assert answer.status == 400
    assert answer.message.startswith(f"header {name}: ")


@pytest.mark.parametrize(
    "value", ["", NORMAL_KEY, f"bearer {NORMAL_KEY}", f"Basic {NORMAL_KEY}", "Bearer sk-unknown"]
)
def test_an_authorization_that_is_no_known_key_is_401(shared: SimulatorServer, value: str) -> None:
    assert post(shared.url + ASR, GOOD, HEADERS | {"Authorization": value}).status == 401
    assert httpx.get(f"{shared.url}/v1/models", trust_env=False).status_code == 401


@pytest.mark.parametrize(
    ("key", "standard", "plan"),
    [(NORMAL_KEY, 200, 403), (PLAN_KEY, 400, 200), (BOTH_KEY, 200, 200),
     (REVOKED_KEY, 401, 401), (OTHER_REGION_KEY, 401, 401), (NO_BALANCE_KEY, 402, 402)],
)  # fmt: skip
def test_each_key_on_each_plan(shared: SimulatorServer, key: str, standard: int, plan: int) -> None:
    headers = HEADERS | {"Authorization": f"Bearer {key}"}
    for prefix, expected in (("/v1", standard), ("/step_plan/v1", plan)):
        answer = post(f"{shared.url}{prefix}/audio/asr/sse", GOOD, headers)
        assert answer.status == expected
        listed = get(f"{shared.url}{prefix}/models", key).status_code
        assert listed == (200 if expected == 402 else expected)
        if expected in (400, 403):
            assert answer.message in ("Bad Request", "Forbidden")


def test_models_of_both_plans(shared: SimulatorServer) -> None:
    lists = []
    for prefix in ("/v1", "/step_plan/v1"):
        document = get(f"{shared.url}{prefix}/models", BOTH_KEY).json()
        assert document["object"] == "list"
        lists.append({model["id"] for model in document["data"]})
    standard, plan = lists
    assert (len(standard), len(plan)) == (36, 10)
    assert plan < standard
    assert {"stepaudio-3-asr-max", "stepaudio-2-asr-pro", "stepaudio-2.5-asr"} <= standard
    assert "stepaudio-3-asr-max" not in plan


def test_a_model_that_only_the_other_plan_has(shared: SimulatorServer) -> None:
    headers = HEADERS | {"Authorization": f"Bearer {BOTH_KEY}"}
    document = body(CLIP, model="stepaudio-3-asr-max")
    answer = post(shared.base_url("step_plan") + "/audio/asr/sse", document, headers)
    assert (answer.status, answer.message) == (400, "model stepaudio-3-asr-max not supported")
    assert post(shared.base_url() + "/audio/asr/sse", document, headers).final == samples()[0].text


def test_account_is_told_on_the_standard_plan_only(shared: SimulatorServer) -> None:
    account = get(f"{shared.url}/v1/accounts").json()
    assert (account["object"], account["type"], account["balance"]) == ("account", "prepaid", 42.0)
    assert get(f"{shared.url}/v1/accounts", NO_BALANCE_KEY).json()["balance"] == 0
    assert get(f"{shared.url}/step_plan/v1/accounts", BOTH_KEY).status_code == 404


def test_the_old_path_knows_the_old_models_only(shared: SimulatorServer) -> None:
    def ask(model: str) -> httpx.Response:
        return httpx.post(
            f"{shared.url}/v1/audio/transcriptions",
            headers={"Authorization": f"Bearer {NORMAL_KEY}"},
            data={"model": model},
            files={"file": ("a.ogg", CLIP)},
            trust_env=False,
        )

    refused = ask("stepaudio-2.5-asr")
    assert refused.status_code == 400
    assert refused.json()["error"]["message"] == "model stepaudio-2.5-asr not supported"
    assert ask("step-asr").json()["text"] == samples()[0].text


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/", 404), ("GET", "/v1", 404), ("GET", "/v1/models/", 404),
     ("POST", "/v2/audio/asr/sse", 404), ("POST", "/v1/audio/asr/file/submit", 404),
     ("GET", "/v1/audio/asr/sse", 405), ("POST", "/v1/models", 405),
     ("GET", "/scenario/nothing-such/v1/models", 404)],
)  # fmt: skip
def test_other_paths_and_methods(
    shared: SimulatorServer, method: str, path: str, status: int
) -> None:
    answer = httpx.request(method, shared.url + path, trust_env=False)
    assert answer.status_code == status
    assert set(answer.json()["error"]) == {"message", "type"}
    assert answer.headers["x-trace-id"]


def test_a_body_over_the_limit_is_413() -> None:
    document = json.dumps(GOOD).encode()
    with SimulatorServer(SimulatorSettings(body_limit=len(document))) as server:
        assert post(server.url + ASR, document).status == 200
        assert post(server.url + ASR, document + b" ").status == 413


def test_audio_over_thirty_minutes_is_refused(shared: SimulatorServer) -> None:
    form = {"codec": "pcm_s16le", "rate": 100, "bits": 16, "channel": 1}
    assert post(shared.url + ASR, body(b"\0\0" * 180_000, "pcm", format=form)).status == 200
    answer = post(shared.url + ASR, body(b"\0\0" * 180_100, "pcm", format=form))
    assert answer.status == 400
    assert "30 minutes" in answer.message


@pytest.mark.parametrize("container", ["mp3", "wav", "pcm"])
def test_a_format_that_the_bytes_are_not_gives_nothing_and_no_error(
    shared: SimulatorServer, container: str
) -> None:
    form = {"codec": "pcm_s16le", "rate": 16000, "bits": 16, "channel": 1}
    answer = post(shared.url + ASR, body(CLIP, container, format=form))
    assert (answer.status, answer.kinds, answer.final) == (200, ["done"], "")


@pytest.mark.parametrize("audio", [b"hello", b"OggS" + b"\0" * 400, CLIP[:60], b"\xff\xfb"])
def test_bytes_that_hold_no_sound_give_nothing(shared: SimulatorServer, audio: bytes) -> None:
    answer = post(shared.url + ASR, body(audio))
    assert (answer.status, answer.kinds, answer.final) == (200, ["done"], "")


def test_other_codecs_in_ogg_are_not_ogg_to_the_service(shared: SimulatorServer) -> None:
    assert post(shared.url + ASR, body(packed(hum(3), 16000, "FLAC", "PCM_16"))).final == ""


@pytest.mark.parametrize(
    ("seconds", "heard"), [(0.4, False), (0.8, False), (1.49, False), (1.5, True)]
)
def test_a_short_clip_is_not_heard(shared: SimulatorServer, seconds: float, heard: bool) -> None:
    answer = post(shared.url + ASR, body(wav(hum(seconds)), "wav"))
    assert (answer.final != "") is heard


def test_requests_are_noted_without_the_key(fresh: SimulatorServer) -> None:
    document = body(CLIP, hotwords=["阶跃星辰"], enable_itn=False)
    trace = post(fresh.url + ASR, document).headers["x-trace-id"]
    get(f"{fresh.url}/v1/models")
    (record,) = fresh.posts
    assert len(fresh.requests) == 2
    assert record.over.wait(5)
    assert (record.path, record.status, record.ended) == (ASR, 200, "answered")
    assert (record.model, record.container, record.language) == ("stepaudio-2.5-asr", "ogg", "zh")
    assert (record.itn, record.timestamps, record.hotwords) == (False, True, ("阶跃星辰",))
    assert record.byte_count == len(json.dumps(document))
    assert record.audio_bytes == len(CLIP)
    assert record.trace_id == trace
    assert record.headers["authorization"] == "Bearer …a1b2"
    assert NORMAL_KEY not in repr(fresh.requests)
