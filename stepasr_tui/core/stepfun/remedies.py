"""Status and message → what it really means and what to do. A table; it sends nothing.

The rows are StepFun's documented statuses and what public clients saw the live service answer
(2026-04 to 2026-09).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from stepasr_tui.core.errors import (
    AccountError,
    Again,
    AttemptError,
    NoSpeech,
    Refused,
    ServiceFault,
    TooMuch,
)
from stepasr_tui.core.stepfun.service import PLANS, REGIONS, Endpoint

_SHOWN = 300
"""Characters of the service's own message that are kept."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What is known of a refusal."""

    status: int
    """HTTP status."""
    message: str
    """The service's own words; empty when there were none, or a web page instead."""
    retry_after: float | None = None
    """Seconds asked for, where they were and make sense."""


@dataclass(frozen=True, slots=True)
class Row:
    """One meaning of a refusal, with our own words for it."""

    when: Callable[[Answer], bool]
    """Whether this row is the one."""
    what: str
    """What happened."""
    cause: str
    """Why; ``{said}`` is the service's message, ``{host}``, ``{path}``, ``{model}``… fill in."""
    remedy: str
    """What to do."""
    again: Again
    """Whether trying again helps."""
    kind: type[AttemptError] = Refused
    """Which branch of the tree."""


def _status(*statuses: int) -> Callable[[Answer], bool]:
    return lambda answer: answer.status in statuses


def _says(pattern: str, *statuses: int) -> Callable[[Answer], bool]:
    found = re.compile(pattern, re.IGNORECASE)
    return lambda answer: answer.status in statuses and bool(found.search(answer.message))


_MODERATION = r"censor|content.{0,12}(blocked|review|policy|filter|violat|moderat)|moderation|敏感"
_NAMELESS = (
    r"(?s)^(?!.*(format|field|parameter|missing|invalid|unknown|base64|audio|json|long|large))"
)

ROWS: tuple[Row, ...] = (
    Row(
        _says(r"model\b.*(not supported|not found|not exist|unsupported)", 400, 403, 404),
        "The service does not offer the model {model} here.",
        "It said: {said} Either the {plan} plan in this region does not list the model, or the "
        "address is not this service's.",
        "Choose another model, or another plan; a check of the key says what it lists.",
        Again.NEVER,
    ),
    Row(
        _says(r"no speech", 400),
        "No speech was found in this recording.",
        "The service said: {said}",
        "Listen to it; check that the language ({language}) is the one that is spoken.",
        Again.NEVER,
        NoSpeech,
    ),
    Row(
        _says(_MODERATION, 400, 403),
        "Content moderation refused this recording.",
        "The service said: {said}",
        "The same audio would be refused again; leave out the part in question.",
        Again.NEVER,
    ),
    Row(
        _says(r"too (long|large|big)|longer than|exceed|context", 400),
        "The recording is too long for one request.",
        "The service said: {said} It takes about 30 minutes of audio a request.",
        "Set shorter segments, and transcribe it anew.",
        Again.NEVER,
        TooMuch,
    ),
    Row(
        _says(_NAMELESS, 400, 403),
        "The service refused the request and named no cause{status_note}.",
        "Most often the key belongs to the other plan (this went to the {plan} plan, {prefix}) or "
        "to the other region (this went to {region}). It said: {said}",
        "Check the key, and switch the plan or the region.",
        Again.NEVER,
    ),
    Row(
        _status(400),
        "The service refused the request (400).",
        "It said: {said}",
        "Quote the trace id to StepFun's support if it should have worked.",
        Again.NEVER,
    ),
    Row(
        _status(401),
        "The key was rejected (401).",
        "It is mistyped, revoked, or belongs to the other region: this went to {region}, {host}.",
        "Set the key again, or make one at {console}.",
        Again.NEVER,
        AccountError,
    ),
    Row(
        _status(402),
        "The balance is used up (402).",
        "The account behind this key has no credit left on the {plan} plan.",
        "Top up at {console_home}, then try again.",
        Again.MANUAL,
        AccountError,
    ),
    Row(
        _status(403),
        "The service does not allow this (403).",
        "It said: {said}",
        "Check the key: plan and region must be the ones it was made for.",
        Again.NEVER,
    ),
    Row(
        _status(404),
        "There is no such address: {host}{path} (404).",
        "The path or the base URL is wrong, or the key's plan is not served there.",
        "Reset the base URL, or check the key's plan and region.",
        Again.NEVER,
    ),
    Row(
        _status(407),
        "A proxy asks for a password (407).",
        "A proxy between here and {host} did not let the request through.",
        "Put the proxy's user name and password in HTTPS_PROXY, or go round it with NO_PROXY.",
        Again.NEVER,
    ),
    Row(
        _status(408),
        "The service waited too long for the upload (408).",
        "The connection is slow.",
        "Try again on a faster connection.",
        Again.REJECTED,
    ),
    Row(
        _status(413),
        "The recording is too large for one request (413).",
        "The service, or a proxy before it, limits the size of an upload.",
        "Set shorter segments, and transcribe it anew.",
        Again.NEVER,
        TooMuch,
    ),
    Row(
        _status(429),
        "Too many requests (429).",
        "The account's rate limit is reached: too fast, or too many at once.",
        "It is tried again after a wait; start fewer at once.",
        Again.REJECTED,
    ),
    Row(
        _status(451),
        "Content moderation refused this recording (451).",
        "The service did not transcribe it. It said: {said}",
        "The same audio would be refused again; leave out the part in question.",
        Again.NEVER,
    ),
    Row(
        _status(503),
        "The service is busy (503).",
        "It takes no more work at the moment.",
        "It is tried again after a wait.",
        Again.REJECTED,
    ),
    Row(
        _status(502, 504),
        "A gateway did not get an answer in time ({status}).",
        "The service is slow or away; the request may have been processed, and billed.",
        "Try again in a minute.",
        Again.AMBIGUOUS,
    ),
    Row(
        lambda answer: 500 <= answer.status < 600,
        "The service failed ({status}).",
        "The fault is on its side; the request may have been processed, and billed. "
        "It said: {said}",
        "Try again in a minute; if it stays, quote the trace id to StepFun's support.",
        Again.AMBIGUOUS,
    ),
    Row(
        lambda answer: 300 <= answer.status < 400,
        "The service redirected the request, which is refused ({status}).",
        "A key must not follow a redirect: {said}",
        "Check the base URL; a proxy or a login page may be in the way.",
        Again.NEVER,
    ),
    Row(
        lambda _answer: True,
        "The service answered with the status {status}.",
        "It said: {said}",
        "Quote the trace id to StepFun's support.",
        Again.NEVER,
    ),
)
"""First row that fits wins."""

_CENSORED = ("Content moderation",)


def refusal(
    answer: Answer, where: Endpoint, *, path: str, model: str, language: str
) -> AttemptError:
    """The error that a status other than 200 means."""
    row = next(row for row in ROWS if row.when(answer))
    region = REGIONS[where.region]
    words: Mapping[str, object] = {
        "said": _quoted(answer.message),
        "status": answer.status,
        "status_note": f" ({answer.status})",
        "host": where.host,
        "path": path,
        "model": model,
        "language": language,
        "plan": PLANS[where.plan].title,
        "prefix": PLANS[where.plan].prefix,
        "region": region.title,
        "console": region.console,
        "console_home": region.console.removesuffix("/interface-key"),
    }
    return row.kind(
        row.what.format_map(words),
        cause=row.cause.format_map(words),
        remedy=row.remedy.format_map(words),
        again=row.again,
        status=answer.status,
        retry_after=answer.retry_after,
        censored=row.what.startswith(_CENSORED),
    )


def fault(message: str) -> ServiceFault:
    """The error that an ``error`` event inside the stream means."""
    if re.search(_MODERATION, message, re.IGNORECASE):
        return ServiceFault(
            "Content moderation stopped this recording.",
            cause=f"The service said: {_quoted(message)}",
            remedy="The text so far is kept. The same audio would be stopped again.",
            again=Again.NEVER,
            censored=True,
        )
    if re.search(
        r"busy|overload|internal|timeout|timed out|try again|繁忙", message, re.IGNORECASE
    ):
        return ServiceFault(
            "The service gave up in the middle of the answer.",
            cause=f"It said: {_quoted(message)}",
            remedy="The text so far is kept. Try again in a minute.",
            again=Again.AMBIGUOUS,
        )
    return ServiceFault(
        "The service reported an error inside its answer.",
        cause=f"It said: {_quoted(message)}" if message else "It gave no details.",
        remedy="The text so far is kept. Try again, or quote the ids to StepFun's support.",
        again=Again.MANUAL,
    )


def _quoted(message: str) -> str:
    text = " ".join(message.split())
    if not text:
        return "(nothing)."
    if len(text) > _SHOWN:
        text = text[: _SHOWN - 1] + "…"
    return f"“{text}”."
