"""The scenarios in which no stream comes: refusals, web pages, ends of the connection."""

from stepasr_tui.simulator import contract, replies
from stepasr_tui.simulator.contract import Refusal
from stepasr_tui.simulator.replies import fixed, page, refusal, too_fast
from stepasr_tui.simulator.scenario import Scenario
from stepasr_tui.simulator.wire import compact

_BUSY = "server is busy, please try again later"
_DOWN = refusal(Refusal(503, "Service is temporarily unavailable", "service_unavailable"))
_BROKEN = refusal(Refusal(500, "Internal server error", "server_error"))
_MODERATED = Refusal(451, "The audio was refused by content moderation", "content_blocked")
_GATEWAY = page(504, "504 Gateway Time-out")
_LOGIN = page(407, "Proxy Authentication Required", {"Proxy-Authenticate": "Basic"})
_MOVED = page(302, "302 Found", {"Location": "/redirected"})
_TRANSCRIPT = fixed(200, compact({"text": "这是一次没有分段的回答。"}))

ANSWERED = (
    Scenario(
        "model-not-supported", "400: the path or plan has no such model.", replies.unsupported_model
    ),
    Scenario(
        "bad-request",
        "400: a field is wrong, and named.",
        refusal(Refusal(400, "audio.input.format: invalid")),
    ),
    Scenario(
        "no-speech",
        "400: nobody speaks in the recording.",
        refusal(Refusal(400, "no speech found in the audio")),
    ),
    Scenario(
        "plan-key",
        "400 that names no cause: often a Plan key on the standard path.",
        refusal(contract.UNNAMED["standard"]),
        everywhere=True,
    ),
    Scenario(
        "plan-key-403",
        "403 that names no cause: a key of the other plan or region.",
        refusal(contract.UNNAMED["step_plan"]),
        everywhere=True,
    ),
    Scenario(
        "bad-key",
        "401: the key is wrong, revoked or of the other region.",
        refusal(contract.BAD_KEY),
        everywhere=True,
    ),
    Scenario(
        "bad-key-early",
        "401 before the body was read, then the connection is closed.",
        refusal(contract.BAD_KEY),
        early=True,
    ),
    Scenario("no-balance", "402: the account is empty.", refusal(contract.NO_BALANCE)),
    Scenario(
        "wrong-path", "404: there is no such path.", refusal(contract.WRONG_PATH), everywhere=True
    ),
    Scenario("too-large", "413: too much audio for one call.", refusal(contract.TOO_LARGE)),
    Scenario(
        "too-large-early",
        "413 before the body was read, then the connection is closed.",
        refusal(contract.TOO_LARGE),
        early=True,
    ),
    Scenario("rate-limit", "429 with Retry-After, every time.", too_fast(replies.seconds)),
    Scenario(
        "rate-limit-once",
        "429 with Retry-After at first, then all is well.",
        too_fast(replies.seconds),
        once=True,
    ),
    Scenario("rate-limit-date", "429 whose Retry-After is a date.", too_fast(replies.http_date)),
    Scenario(
        "rate-limit-no-header", "429 that does not say how long to wait.", too_fast(lambda _: None)
    ),
    Scenario("rate-limit-zero", "429 with Retry-After: 0.", too_fast(lambda _: "0")),
    Scenario(
        "rate-limit-nonsense", "429 whose Retry-After is no time at all.", too_fast(lambda _: "nan")
    ),
    Scenario("rate-limit-hour", "429 that asks for an hour.", too_fast(lambda _: "3600")),
    Scenario("moderation", "451: refused by content moderation.", refusal(_MODERATED)),
    Scenario("server-error", "500, every time.", _BROKEN, everywhere=True),
    Scenario("server-error-once", "500 at first, then all is well.", _BROKEN, once=True),
    Scenario("unavailable", "503, every time.", _DOWN, everywhere=True),
    Scenario("unavailable-once", "503 at first, then all is well.", _DOWN, once=True),
    Scenario("gateway-html", "504 as a gateway's web page.", _GATEWAY, everywhere=True),
    Scenario(
        "gateway-html-once", "504 as a web page at first, then all is well.", _GATEWAY, once=True
    ),
    Scenario("proxy-login", "407: a proxy wants a login.", _LOGIN, everywhere=True),
    Scenario("redirect", "302 to another path of this server.", _MOVED, everywhere=True),
    Scenario(
        "hostile-refusal",
        "400 whose message holds escape sequences and markup.",
        replies.hostile_refusal,
    ),
    Scenario("huge-refusal", "500 with an error message of megabytes.", replies.huge_refusal),
    Scenario(
        "text-error",
        "500 as plain text, no JSON.",
        fixed(500, b"upstream \xff error", "text/plain"),
    ),
    Scenario(
        "html-200", "200, but a web page.", page(200, "Welcome to this network"), everywhere=True
    ),
    Scenario("json-200", "200 with the transcript as JSON, no stream.", _TRANSCRIPT),
    Scenario(
        "json-error-200",
        "200 with an error as JSON.",
        fixed(200, compact(Refusal(200, _BUSY, "server_busy").body())),
    ),
    Scenario("no-content", "204 and nothing more.", fixed(204, b"")),
    Scenario("no-reply", "The connection is closed once the body is read.", hang_up="close"),
    Scenario(
        "reset-before-reply", "The connection is reset once the body is read.", hang_up="reset"
    ),
    Scenario("slow-first-byte", "The answer takes long to start, then all is well.", wait="slow"),
    Scenario("stall-before-reply", "Nothing comes, for minutes.", wait="stall"),
)
