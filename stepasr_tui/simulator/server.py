"""The service's HTTP and SSE behaviour, strict about requests, as an ASGI app.

It states the contract on its own and imports nothing of the client. How it is put on a
port is not its job (`serve.py`).
"""

import asyncio
import hashlib
from collections.abc import Iterator
from email.parser import BytesParser
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from stepasr_tui.simulator import contract
from stepasr_tui.simulator.asr_request import AsrRequest, check_headers, read_request
from stepasr_tui.simulator.contract import Refusal, Refused
from stepasr_tui.simulator.hearing import NOTHING, Heard, hear
from stepasr_tui.simulator.reception import RECORD, Reception
from stepasr_tui.simulator.records import RequestRecord
from stepasr_tui.simulator.replies import Reply, over_the_limit
from stepasr_tui.simulator.scenario import Scenario
from stepasr_tui.simulator.scenarios import scenario
from stepasr_tui.simulator.settings import SimulatorSettings
from stepasr_tui.simulator.simulation import Simulator
from stepasr_tui.simulator.sound import Sound, is_what_it_says, listen, sniffed
from stepasr_tui.simulator.stream_faults import Take
from stepasr_tui.simulator.wire import (
    Chunk,
    Script,
    SilentAnswer,
    Step,
    StreamedAnswer,
    compact,
    frame,
    unless_left,
)


def create_app(settings: SimulatorSettings | None = None) -> Starlette:
    """The service as an ASGI app; its `Simulator` is ``app.state.simulator``."""
    simulator = Simulator(settings or SimulatorSettings())
    routes = []
    for scene in ("", "/scenario/{scenario}"):
        for plan, prefix in contract.PREFIXES.items():
            for method, path, call in _CALLS:
                if path == "/accounts" and plan != "standard":
                    continue
                at = scene + prefix + path
                endpoint = partial(call, plan=plan)
                routes.append(Route(at, endpoint, methods=[method]))
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(Reception, note=simulator.requests.append, clock=simulator.settings.clock)
        ],
        exception_handlers={
            Refused: _refused,
            HTTPException: _no_route,
            ClientDisconnect: _left,
        },
    )
    app.router.redirect_slashes = False
    app.state.simulator = simulator
    return app


async def _refused(_request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Refused)  # noqa: S101 - for the type checker
    refusal = problem.refusal
    return _reply(Reply(refusal.status, compact(refusal.body())))


async def _no_route(_request: Request, problem: Exception) -> Response:
    wrong_method = isinstance(problem, HTTPException) and problem.status_code == 405
    refusal = contract.WRONG_METHOD if wrong_method else contract.WRONG_PATH
    return _reply(Reply(refusal.status, compact(refusal.body())))


async def _left(request: Request, _problem: Exception) -> Response:
    """Nobody gets this answer: the client broke off its upload, or would not wait."""
    request.scope[RECORD].finish("client left")
    return Response(status_code=400)


def _reply(reply: Reply) -> Response:
    headers = dict(reply.headers)
    if reply.status == 204:
        return Response(status_code=204, headers=headers)
    response = Response(reply.body, reply.status, headers)
    response.headers["content-type"] = reply.media_type
    return response


async def _models(request: Request, plan: str) -> Response:
    simulator: Simulator = request.app.state.simulator
    chosen = simulator.chosen(request, use_up=False)
    if chosen.everywhere and chosen.answer:
        return _reply(chosen.answer(simulator.settings, ""))
    simulator.key(request, plan)
    created = 1_767_225_600
    data = [
        {"id": name, "object": "model", "created": created, "owned_by": "stepai"}
        for name in contract.MODELS[plan]
    ]
    return _reply(Reply(200, compact({"object": "list", "data": data})))


async def _accounts(request: Request, plan: str) -> Response:
    simulator: Simulator = request.app.state.simulator
    chosen = simulator.chosen(request, use_up=False)
    if chosen.everywhere and chosen.answer:
        return _reply(chosen.answer(simulator.settings, ""))
    balance = simulator.key(request, plan).balance
    account = {
        "object": "account",
        "type": "prepaid",
        "balance": balance,
        "total_cash_balance": balance,
        "total_voucher_balance": 0,
    }
    return _reply(Reply(200, compact(account)))


async def _body(request: Request, limit: int) -> bytearray:
    """The whole body, read to its end even where it is refused for its size."""
    record: RequestRecord = request.scope[RECORD]
    body = bytearray()
    async for chunk in request.stream():
        record.byte_count += len(chunk)
        if record.byte_count <= limit:
            body += chunk
    record.complete = True
    if record.byte_count > limit:
        raise Refused(contract.TOO_LARGE)
    return body


async def _old_transcriptions(request: Request, plan: str) -> Response:
    """The older, multipart path: it knows the older models only."""
    simulator: Simulator = request.app.state.simulator
    body = await _body(request, simulator.settings.body_limit)
    simulator.key(request, plan)
    head = f"Content-Type: {request.headers.get('content-type', '')}\r\n\r\n".encode()
    form = BytesParser().parsebytes(head + bytes(body))
    fields = {
        part.get_param("name", header="content-disposition"): part.get_payload(decode=True)
        for part in (form.walk() if form.is_multipart() else ())
    }
    for field in ("model", "file"):
        if not isinstance(fields.get(field), bytes):
            raise Refused(Refusal(400, f"{field}: field required"))
    model, audio = bytes(fields["model"]), bytes(fields["file"])
    name = model.decode("utf-8", "replace")
    if name not in contract.OLD_MODELS:
        raise Refused(contract.model_not_supported(name))
    asked = AsrRequest(audio, name, (sniffed(audio) or "").replace("mpeg frames", "mp3"))
    heard = await asyncio.to_thread(lambda: hear(asked, listen(asked)))
    text = heard.final if heard.final is not None else "".join(p.text for p in heard.pieces)
    return _reply(Reply(200, compact({"text": text})))


async def _transcribe(request: Request, plan: str) -> Response:
    simulator: Simulator = request.app.state.simulator
    record: RequestRecord = request.scope[RECORD]
    chosen = simulator.chosen(request, use_up=True)
    if chosen.early and chosen.answer:
        early = _reply(chosen.answer(simulator.settings, ""))
        early.headers["connection"] = "close"
        return early
    body = await _body(request, simulator.settings.body_limit)
    key = simulator.key(request, plan)
    check_headers(request.headers)
    asked = await asyncio.to_thread(read_request, body, plan)
    del body
    await asyncio.to_thread(_note, record, asked)
    if key.state == "no-balance":
        raise Refused(contract.NO_BALANCE)
    if (wait := simulator.admit(key, record)) is not None:
        return _reply(over_the_limit(simulator.settings, wait))
    if simulator.spared(chosen, record.audio_sha256):
        chosen = scenario("ok")
    return await _answer(request, simulator, chosen, asked)


def _note(record: RequestRecord, asked: AsrRequest) -> None:
    record.model, record.container, record.language = asked.model, asked.container, asked.language
    record.rate, record.channels, record.hotwords = asked.rate, asked.channels, asked.hotwords
    record.itn, record.timestamps = asked.itn, asked.timestamps
    record.audio_bytes = len(asked.audio)
    record.audio_sha256 = hashlib.sha256(asked.audio).hexdigest()


async def _answer(
    request: Request, simulator: Simulator, chosen: Scenario, asked: AsrRequest
) -> Response:
    """The chosen scenario's answer to a request that is right."""
    settings = simulator.settings
    if chosen.wait:
        seconds = settings.slow_first_byte if chosen.wait == "slow" else settings.stall
        if not await unless_left(_sleep(settings, seconds), request.receive):
            raise ClientDisconnect
    if chosen.hang_up:
        return SilentAnswer(reset=chosen.hang_up == "reset")
    if chosen.answer:
        return _reply(chosen.answer(settings, asked.model))
    sound = await asyncio.to_thread(listen, asked) if is_what_it_says(asked) else None
    seconds = sound.seconds if sound else 0.0
    if seconds > settings.audio_limit:
        raise Refused(contract.TOO_LONG)
    heard = await asyncio.to_thread(_hear, asked, sound)
    tokens = 69 + len("".join(asked.hotwords)) + len(asked.prompt)
    script = Script(asked.timestamps, tokens)
    if chosen.stream is None:
        steps = _right(script, heard, seconds)
        slow_steps = heard.final is None
    else:
        pieces = await asyncio.to_thread(tuple, heard.pieces)
        final = "".join(p.text for p in pieces) if heard.final is None else heard.final
        steps = chosen.stream(Take(script, pieces, final, seconds, settings))
        slow_steps = False
    return StreamedAnswer(steps, settings, request.scope[RECORD], chosen.headers, slow_steps)


async def _sleep(settings: SimulatorSettings, seconds: float) -> None:
    await settings.sleep(seconds)


def _hear(asked: AsrRequest, sound: Sound | None) -> Heard:
    return hear(asked, sound) if is_what_it_says(asked) else NOTHING


def _right(script: Script, heard: Heard, seconds: float) -> Iterator[Step]:
    """The stream as it should be."""
    text = ""
    for piece in heard.pieces:
        text += piece.text
        yield Chunk(frame(script.delta(piece)), piece.end / 1000)
    yield Chunk(frame(script.done(text if heard.final is None else heard.final)), seconds)


_CALLS = (
    ("POST", "/audio/asr/sse", _transcribe),
    ("POST", "/audio/transcriptions", _old_transcriptions),
    ("GET", "/models", _models),
    ("GET", "/accounts", _accounts),
)
