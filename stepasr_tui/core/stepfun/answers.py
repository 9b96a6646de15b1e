"""What came instead of a stream: a refusal, a transcript in one piece, a web page. No I/O."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from stepasr_tui.core.errors import Again, AttemptError, BrokenAnswer
from stepasr_tui.core.stepfun import remedies
from stepasr_tui.core.stepfun.events import Done, error_message
from stepasr_tui.core.stepfun.request import TranscriptionRequest
from stepasr_tui.core.stepfun.retry_after import retry_after
from stepasr_tui.core.stepfun.said import as_json, host_of, said
from stepasr_tui.core.stepfun.service import Endpoint


@dataclass(frozen=True, slots=True)
class Reply:
    """One whole HTTP answer."""

    status: int
    """HTTP status."""
    headers: Mapping[str, str]
    """By name in lower case."""
    body: bytes
    """As much of it as was read."""


def whole_answer(reply: Reply, kind: str, where: Endpoint, request: TranscriptionRequest) -> Done:
    """The transcript, where it came in one piece of the type ``kind``; all else is raised."""
    if reply.status not in (200, 204):
        raise refused(reply, where, "/audio/asr/sse", request)
    answer = as_json(reply.body) if kind == "application/json" else None
    if isinstance(answer, dict) and answer.get("error") is not None:
        raise remedies.fault(error_message(answer))
    if isinstance(answer, dict) and isinstance(answer.get("text"), str):
        usage = answer.get("usage")
        return Done(answer["text"], usage if isinstance(usage, dict) else {})
    if not reply.body.strip():
        raise BrokenAnswer(
            "The answer is empty.",
            cause="The service said yes and then nothing. It may have been billed.",
            remedy="Try again in a minute.",
            again=Again.AMBIGUOUS,
            status=reply.status,
        )
    raise not_the_api(reply)


def refused(
    reply: Reply, where: Endpoint, path: str, request: TranscriptionRequest | None = None
) -> AttemptError:
    """The error that a status other than 200 at ``path`` below the endpoint means."""
    message = said(reply.body)
    if 300 <= reply.status < 400:
        message = f"it points to {host_of(reply.headers.get('location', ''))}"
    wait = retry_after(reply.headers.get("retry-after"), reply.headers.get("date"))
    options = request.options if request else None
    return remedies.refusal(
        remedies.Answer(reply.status, message, wait),
        where,
        path=urlsplit(where.base).path + path,
        model=options.model if options else "",
        language=options.language if options else "",
    )


def not_the_api(reply: Reply) -> BrokenAnswer:
    """Something else than the service answered, and said yes."""
    words = said(reply.body)[:200]
    return BrokenAnswer(
        "This is not the speech service: something else answered.",
        cause=f"A web page, or a proxy's login: “{words}”." if words else "It sent no JSON.",
        remedy="Check the base URL; log in to the network if it asks for that.",
        status=reply.status,
    )
