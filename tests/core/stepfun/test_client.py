"""The real client against the simulator: every scenario, over loopback."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from stepasr_tui.core.credentials import Secret
from stepasr_tui.core.errors import (
    AccountError,
    Again,
    AttemptError,
    BrokenAnswer,
    CutOff,
    NetworkError,
    NoSpeech,
    Refused,
    ServiceFault,
    TooMuch,
)
from stepasr_tui.core.stepfun import guarded
from stepasr_tui.core.stepfun.client import Accepted, Fact, StepFunClient, Uploaded
from stepasr_tui.core.stepfun.events import Delta, Done
from stepasr_tui.core.stepfun.service import listed_models
from stepasr_tui.core.stepfun.watchdog import Timeouts
from stepasr_tui.simulator.clips import samples
from stepasr_tui.simulator.scenarios import SCENARIOS
from stepasr_tui.simulator.serve import SimulatorServer
from stepasr_tui.simulator.settings import NORMAL_KEY, PLAN_KEY, REVOKED_KEY, SimulatorSettings
from stepasr_tui.simulator.stream_faults import HOSTILE
from tests.core.stepfun.raw import at, request

SAMPLE = samples()[0]
DRAFT = "".join(piece.text for piece in SAMPLE.pieces)
HALF = "".join(piece.text for piece in SAMPLE.pieces[: round(len(SAMPLE.pieces) / 2)])

QUICK = Timeouts(first_byte=1.0, silence=1.0, tick=0.02)
"""For what falls silent; all else is far faster."""
DEAF = Timeouts(no_event=0.5, tick=0.02)
PATIENT = Timeouts()


@dataclass(frozen=True)
class Met:
    """What one exchange came to."""

    facts: list[Fact]
    error: AttemptError | None

    @property
    def draft(self) -> str:
        return "".join(fact.text for fact in self.facts if isinstance(fact, Delta))

    @property
    def done(self) -> Done:
        (done,) = (fact for fact in self.facts if isinstance(fact, Done))
        assert self.facts[-1] is done
        return done


async def meet(
    where: str, timeouts: Timeouts = PATIENT, key: str = NORMAL_KEY, plan: str = "standard"
) -> Met:
    facts: list[Fact] = []
    asked = request(SAMPLE.audio(), SAMPLE.seconds)
    async with StepFunClient(at(where, plan), Secret(key), timeouts) as client:
        try:
            async for fact in client.transcribe(asked):
                facts.append(fact)
        except AttemptError as error:
            return Met(facts, error)
    return Met(facts, None)


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    settings = SimulatorSettings(
        pause=0.02,
        slow_first_byte=0.1,
        stall=60.0,
        ping_every=0.02,
        retry_after=7,
        many=500,
        huge_event=300_000,
        huge_stream=2**21,
    )
    with SimulatorServer(settings) as running:
        yield running


WELL: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        ["ok", "done-twice", "done-twice-different", "delta-after-done", "done-then-error"],
        (DRAFT, SAMPLE.text),
    ),
    **dict.fromkeys(
        ["done-then-hang", "done-then-reset", "malformed-line", "unknown-events", "odd-data"],
        (DRAFT, SAMPLE.text),
    ),
    **dict.fromkeys(
        ["crlf", "cr", "bom", "no-space", "many-data-lines", "split-utf8", "no-blank-line-at-end"],
        (DRAFT, SAMPLE.text),
    ),
    **dict.fromkeys(
        ["times-missing", "times-odd", "no-usage", "missing-trace-id", "slow-first-byte"],
        (DRAFT, SAMPLE.text),
    ),
    "both-empty": ("", ""),
    "done-empty": (DRAFT, ""),
    "done-without-deltas": ("", SAMPLE.text),
    "short-final": (DRAFT, SAMPLE.text[: len(SAMPLE.text) // 3]),
    "invalid-utf8": (HALF + "\ufffd\ufffd" + DRAFT[len(HALF) :], SAMPLE.text),
    "repetition": (DRAFT * 4, SAMPLE.text * 4),
    "hostile-text": (HALF + HOSTILE + DRAFT[len(HALF) :], SAMPLE.text + HOSTILE),
    "many-deltas": ("".join("好 " if n % 9 else "好。 " for n in range(500)), SAMPLE.text),
    "json-200": ("", "这是一次没有分段的回答。"),
}
"""What ends well: the joined deltas, and the text of done."""


@pytest.mark.parametrize("name", WELL)
async def test_what_ends_well(server: SimulatorServer, name: str) -> None:
    met = await meet(server.base_url(scenario=name))
    draft, final = WELL[name]
    assert met.error is None
    assert (met.draft, met.done.text) == (draft, final)
    uploads = [fact for fact in met.facts if isinstance(fact, Uploaded)]
    sent = server.posts[-1]
    assert [fact.sent for fact in uploads] == sorted({fact.sent for fact in uploads})
    assert {fact.total for fact in uploads} == {uploads[-1].sent} == {sent.byte_count}
    accepted = [fact.trace_id for fact in met.facts if isinstance(fact, Accepted)]
    trace_id = None if name == "missing-trace-id" else sent.trace_id
    assert accepted == [trace_id]
    sessions = {fact.session_id for fact in met.facts if isinstance(fact, Delta | Done)}
    assert len(sessions) == 1
    assert sessions == {None} if name == "json-200" else sessions.pop()[:4] == "sse_"  # type: ignore[index]
    assert sent.headers["accept"] == "text/event-stream"
    assert sent.headers["content-type"] == "application/json"


async def test_line_separators_stay_in_the_text(server: SimulatorServer) -> None:
    met = await meet(server.base_url(scenario="line-separator"))
    assert met.done.text == SAMPLE.text + "\u2028\u2029\x85end"
    assert {"\u2028", "\u2029"} < set(met.draft)


async def test_sentences_carry_their_times(server: SimulatorServer) -> None:
    met = await meet(server.base_url())
    deltas = [fact for fact in met.facts if isinstance(fact, Delta)]
    assert [(d.start_ms, d.end_ms, d.text) for d in deltas] == [
        (piece.start, piece.end, piece.text) for piece in SAMPLE.pieces
    ]
    assert met.done.usage["total_tokens"] > 69


@dataclass(frozen=True)
class Ends:
    """How an exchange ends badly."""

    kind: type[AttemptError]
    again: Again
    status: int | None
    says: str
    draft: str = ""
    timeouts: Timeouts = PATIENT


N, A, R, M = Again.NEVER, Again.AMBIGUOUS, Again.REJECTED, Again.MANUAL
BADLY = {
    "model-not-supported": Ends(Refused, N, 400, "stepaudio-2.5-asr"),
    "bad-request": Ends(Refused, N, 400, "audio.input.format"),
    "plan-key": Ends(Refused, N, 400, "other plan"),
    "plan-key-403": Ends(Refused, N, 403, "other plan"),
    "bad-key": Ends(AccountError, N, 401, "rejected"),
    "bad-key-early": Ends(AccountError, N, 401, "rejected"),
    "no-balance": Ends(AccountError, M, 402, "balance"),
    "wrong-path": Ends(Refused, N, 404, "/v1/audio/asr/sse"),
    "no-speech": Ends(NoSpeech, N, 400, "No speech was found"),
    "too-large": Ends(TooMuch, N, 413, "too large"),
    "too-large-early": Ends(TooMuch, N, 413, "too large"),
    "rate-limit": Ends(Refused, R, 429, "Too many"),
    "rate-limit-once": Ends(Refused, R, 429, "Too many"),
    "rate-limit-date": Ends(Refused, R, 429, "Too many"),
    "rate-limit-no-header": Ends(Refused, R, 429, "Too many"),
    "rate-limit-zero": Ends(Refused, R, 429, "Too many"),
    "rate-limit-nonsense": Ends(Refused, R, 429, "Too many"),
    "rate-limit-hour": Ends(Refused, R, 429, "Too many"),
    "moderation": Ends(Refused, N, 451, "moderation"),
    "server-error": Ends(Refused, A, 500, "Internal server error"),
    "server-error-once": Ends(Refused, A, 500, "Internal server error"),
    "unavailable": Ends(Refused, R, 503, "busy"),
    "unavailable-once": Ends(Refused, R, 503, "busy"),
    "gateway-html": Ends(Refused, A, 504, "gateway"),
    "gateway-html-once": Ends(Refused, A, 504, "gateway"),
    "proxy-login": Ends(Refused, N, 407, "proxy"),
    "redirect": Ends(Refused, N, 302, "redirect"),
    "hostile-refusal": Ends(Refused, N, 400, "[Music]"),
    "huge-refusal": Ends(Refused, A, 500, "xxx"),
    "text-error": Ends(Refused, A, 500, "upstream"),
    "html-200": Ends(BrokenAnswer, N, 200, "Welcome to this network"),
    "json-error-200": Ends(ServiceFault, A, 200, "server is busy"),
    "no-content": Ends(BrokenAnswer, A, 204, "empty"),
    "no-reply": Ends(NetworkError, A, None, "billed"),
    "reset-before-reply": Ends(NetworkError, A, None, "billed"),
    "stall-before-reply": Ends(NetworkError, A, None, "billed", timeouts=QUICK),
    "error-first": Ends(ServiceFault, M, 200, "could not be processed"),
    "error-without-message": Ends(ServiceFault, M, 200, "no details", HALF),
    "error-then-done": Ends(ServiceFault, A, 200, "server is busy", HALF),
    "busy-first": Ends(ServiceFault, A, 200, "server is busy"),
    "busy-once": Ends(ServiceFault, A, 200, "server is busy"),
    "busy-midstream": Ends(ServiceFault, A, 200, "server is busy", HALF),
    "moderation-midstream": Ends(ServiceFault, N, 200, "moderation", HALF),
    "no-done": Ends(CutOff, A, 200, "cut off", HALF),
    "no-done-once": Ends(CutOff, A, 200, "cut off", HALF),
    "empty-200": Ends(CutOff, A, 200, "cut off"),
    "cut-mid-event": Ends(CutOff, A, 200, "cut off", HALF),
    "cut-chunk": Ends(CutOff, A, 200, "broke", HALF),
    "reset": Ends(CutOff, A, 200, "broke", HALF),
    "reset-once": Ends(CutOff, A, 200, "broke", HALF),
    "stall-before-events": Ends(CutOff, A, 200, "silent", timeouts=QUICK),
    "stall-midstream": Ends(CutOff, A, 200, "silent", HALF, QUICK),
    "pings-only": Ends(CutOff, A, 200, "alive", timeouts=DEAF),
    "malformed-done": Ends(CutOff, A, 200, "cut off", DRAFT),
    "hostile-error": Ends(ServiceFault, M, 200, "[Music]", HALF),
    "gzip": Ends(BrokenAnswer, N, 200, "compressed"),
    "gzip-bomb": Ends(BrokenAnswer, N, 200, "compressed"),
    "endless-line": Ends(BrokenAnswer, N, 200, "too large"),
    "huge": Ends(BrokenAnswer, N, 200, "too large", HALF),
}


def test_no_scenario_is_left_out() -> None:
    elsewhere = {"line-separator", "huge-stream"}
    assert set(WELL) | set(BADLY) | elsewhere == set(SCENARIOS)


@pytest.mark.parametrize("name", BADLY)
async def test_what_ends_badly(
    server: SimulatorServer, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded, "EVENT_CAP", 100_000)
    ends = BADLY[name]
    met = await meet(server.base_url(scenario=name), ends.timeouts)
    error = met.error
    assert error is not None
    assert (type(error), error.again, error.status) == (ends.kind, ends.again, ends.status)
    assert ends.says in str(error)
    assert met.draft == ends.draft
    assert not any(isinstance(fact, Done) for fact in met.facts)
    post = server.posts[-1]
    if ends.status is None:
        assert error.trace_id is None
    else:
        assert error.trace_id == post.trace_id or name == "hostile-error"
        assert error.trace_id
    in_events = bool(ends.draft) or name in ("error-first", "busy-first", "busy-once")
    assert (error.session_id or "").startswith("sse_") is in_events
    assert error.censored is ("moderation" in name)
    assert len(error.cause) < 600
    assert error.remedy
    assert NORMAL_KEY[-12:] not in str(error) + repr(error)
    if name.endswith("-once"):
        again = await meet(server.base_url(scenario=name))
        assert again.done.text == SAMPLE.text


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("rate-limit", 7, 7),
        ("rate-limit-date", 4, 8),
        ("rate-limit-hour", 3600, 3600),
        ("rate-limit-no-header", None, None),
        ("rate-limit-zero", None, None),
        ("rate-limit-nonsense", None, None),
    ],
)
async def test_the_wait_that_is_asked_for(
    server: SimulatorServer, name: str, least: float | None, most: float | None
) -> None:
    error = (await meet(server.base_url(scenario=name))).error
    assert error is not None
    wait = error.retry_after
    assert wait is None if least is None or most is None else least <= (wait or 0) <= most


async def test_an_endless_stream_is_cut(
    server: SimulatorServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guarded, "STREAM_CAP", 2**20)
    met = await meet(server.base_url(scenario="huge-stream"))
    assert isinstance(met.error, BrokenAnswer)
    assert met.error.again is N
    assert 500_000 < len(met.draft) <= 2**20


async def test_no_scenario_is_tried_twice_by_the_client(server: SimulatorServer) -> None:
    before = len(server.posts)
    for name in ("no-done", "server-error", "no-reply", "redirect", "rate-limit"):
        await meet(server.base_url(scenario=name))
    assert len(server.posts) - before == 5


@pytest.mark.parametrize(
    ("key", "plan", "status"),
    [(PLAN_KEY, "standard", 400), (NORMAL_KEY, "step_plan", 403), (REVOKED_KEY, "standard", 401)],
)
async def test_a_key_of_the_wrong_kind(
    server: SimulatorServer, key: str, plan: str, status: int
) -> None:
    met = await meet(server.url, key=key, plan=plan)
    assert met.error is not None
    assert met.error.status == status
    assert met.error.again is N


async def test_each_plan_has_its_path(server: SimulatorServer) -> None:
    met = await meet(server.url, key=PLAN_KEY, plan="step_plan")
    assert met.done.text == SAMPLE.text
    assert server.posts[-1].path == "/step_plan/v1/audio/asr/sse"


async def test_the_list_of_models(server: SimulatorServer) -> None:
    async with StepFunClient(at(server.url), Secret(NORMAL_KEY)) as client:
        answer = await client.get("/models")
        assert "stepaudio-2.5-asr" in listed_models(answer)


@pytest.mark.parametrize(
    ("name", "kind", "status"),
    [
        ("bad-key", AccountError, 401),
        ("plan-key", Refused, 400),
        ("html-200", BrokenAnswer, 200),
        ("redirect", Refused, 302),
        ("gateway-html", Refused, 504),
    ],
)
async def test_a_free_call_that_fails(
    server: SimulatorServer, name: str, kind: type[AttemptError], status: int
) -> None:
    async with StepFunClient(at(server.base_url(scenario=name)), Secret(NORMAL_KEY)) as client:
        with pytest.raises(kind) as caught:
            await client.get("/models")
    assert caught.value.status == status
    assert caught.value.trace_id == server.requests[-1].trace_id
