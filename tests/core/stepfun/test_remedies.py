"""Each row of the contract's table of errors: its cause, its remedy, whether again helps."""

import pytest

from stepasr_tui.core.errors import AccountError, Again, AttemptError, NoSpeech, Refused, TooMuch
from stepasr_tui.core.stepfun.remedies import Answer, fault, refusal
from stepasr_tui.core.stepfun.service import endpoint

PATH = "/v1/audio/asr/sse"


def refused(
    status: int, message: str = "", *, region: str = "cn", plan: str = "standard"
) -> AttemptError:
    answer = Answer(status, message, 7.0 if status == 429 else None)
    where = endpoint(region, plan)
    return refusal(answer, where, path=PATH, model="stepaudio-3-asr-max", language="zh")


@pytest.mark.parametrize(
    ("status", "message", "what", "cause", "remedy", "again"),
    [
        (400, "model x not supported", "model stepaudio-3-asr-max", "plan", "model", "N"),
        (404, "model x does not exist", "model stepaudio-3-asr-max", "plan", "model", "N"),
        (400, "Bad Request", "named no cause", "other plan", "switch the plan or the region", "N"),
        (400, "", "named no cause", "other region", "Check the key", "N"),
        (403, "Forbidden", "named no cause", "other plan", "switch the plan or the region", "N"),
        (404, "Not Found", "api.stepfun.com/v1/audio/asr/sse", "base URL", "plan and region", "N"),
        (400, "audio.format: invalid", "(400)", "“audio.format: invalid”", "trace id", "N"),
        (400, "bad\nformat field", "(400)", "“bad format field”", "trace id", "N"),
        (400, "no speech found", "No speech", "no speech found", "language (zh)", "N"),
        (400, "audio is too long", "too long", "30 minutes", "shorter", "N"),
        (401, "Incorrect API key", "rejected", "China, api.stepfun.com", "interface-key", "N"),
        (402, "insufficient", "balance", "Normal", "platform.stepfun.com", "M"),
        (403, "field x is invalid", "(403)", "field x", "plan and region", "N"),
        (407, "", "proxy", "proxy", "HTTPS_PROXY", "N"),
        (408, "", "waited too long", "slow", "faster", "R"),
        (413, "", "too large", "limits the size", "shorter", "N"),
        (429, "slow down", "Too many", "rate limit", "after a wait", "R"),
        (451, "refused", "moderation", "“refused”", "same audio", "N"),
        (500, "oops", "failed (500)", "billed", "minute", "A"),
        (502, "", "gateway", "billed", "minute", "A"),
        (503, "", "busy", "no more work", "after a wait", "R"),
        (504, "", "gateway", "billed", "minute", "A"),
        (599, "", "failed (599)", "billed", "minute", "A"),
        (302, "it points to evil.example", "redirect", "evil.example", "base URL", "N"),
        (418, "teapot", "418", "teapot", "trace id", "N"),
    ],
)
def test_a_status_and_what_to_do(
    status: int, message: str, what: str, cause: str, remedy: str, again: str
) -> None:
    error = refused(status, message)
    assert what.lower() in error.what.lower()
    assert cause in error.cause
    assert remedy in error.remedy
    assert error.again is Again(again)
    assert error.status == status
    kinds = {401: AccountError, 402: AccountError, 413: TooMuch}
    said = {"no speech found": NoSpeech, "audio is too long": TooMuch}
    assert type(error) is said.get(message, kinds.get(status, Refused))
    assert error.retry_after == (7.0 if status == 429 else None)
    assert "{" not in str(error)


@pytest.mark.parametrize(("status", "censored"), [(451, True), (400, True), (403, True)])
def test_moderation_by_status_or_words(status: int, censored: bool) -> None:
    error = refused(status, "content blocked by policy")
    assert error.censored is censored
    assert error.again is Again.NEVER


def test_other_refusals_are_not_moderation() -> None:
    assert not any(refused(status, "Bad Request").censored for status in (400, 401, 413, 429, 500))


@pytest.mark.parametrize(
    ("region", "console"), [("cn", "platform.stepfun.com"), ("intl", "platform.stepfun.ai")]
)
def test_the_console_is_the_regions_own(region: str, console: str) -> None:
    assert console in refused(401, region=region).remedy
    assert console in refused(402, region=region).remedy


def test_the_plan_that_was_used_is_named() -> None:
    assert "Normal plan, /v1" in refused(400).cause
    assert "Plan plan, /step_plan/v1" in refused(400, plan="step_plan").cause


@pytest.mark.parametrize("words", ["{host} {0} {", "%s %d", "}{"])
def test_words_from_outside_fill_nothing_in(words: str) -> None:
    assert f"“{words}”" in refused(451, words).cause


def test_a_long_message_is_cut() -> None:
    error = refused(500, "x" * 100_000)
    assert len(error.cause) < 500
    assert "…" in error.cause


@pytest.mark.parametrize(
    ("message", "again", "censored"),
    [
        ("content blocked by moderation", Again.NEVER, True),
        ("内容含敏感信息", Again.NEVER, True),
        ("server is busy, please try again later", Again.AMBIGUOUS, False),
        ("服务繁忙", Again.AMBIGUOUS, False),
        ("Internal error", Again.AMBIGUOUS, False),
        ("request timed out", Again.AMBIGUOUS, False),
        ("audio could not be processed", Again.MANUAL, False),
        ("", Again.MANUAL, False),
    ],
)
def test_an_error_event(message: str, again: Again, censored: bool) -> None:
    error = fault(message)
    assert (error.again, error.censored) == (again, censored)
    assert (f"“{message}”" if message else "no details") in error.cause
    assert "The text so far is kept." in error.remedy
