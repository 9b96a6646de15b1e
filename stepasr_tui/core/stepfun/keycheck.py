"""The checks of a key, one row at a time, each verdict true; free calls only, no audio is sent."""

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Literal

from stepasr_tui.core.credentials import Secret, clean_key, shown
from stepasr_tui.core.errors import AccountError, AttemptError, KeyProblem, NetworkError
from stepasr_tui.core.stepfun.client import StepFunClient
from stepasr_tui.core.stepfun.service import PLANS, REGIONS, Endpoint, listed_models


@dataclass(frozen=True, slots=True)
class CheckRow:
    """One check: told as ``running`` first, then once more with its verdict."""

    name: str
    """What is checked."""
    state: Literal["running", "ok", "warning", "failed"]
    """The verdict."""
    meaning: str
    """What that means."""
    remedy: str = ""
    """What to do about it."""
    seconds: float | None = None
    """How long it took, where something was asked of the network."""
    kind: Literal["", "account", "network"] = ""
    """Which sort of failure, for exit codes: the key, or the way to the service."""


async def check_key(secret: Secret, where: Endpoint, model: str) -> AsyncIterator[CheckRow]:
    """Shape, then ``GET /models`` on the chosen region and plan, then the chosen model."""
    yield CheckRow("Shape", "running", "Looking at the key…")
    try:
        secret = clean_key(secret.reveal()).secret
    except KeyProblem as problem:
        yield CheckRow("Shape", "failed", str(problem), problem.remedy, kind="account")
        return
    yield _shape(secret)
    place = f"{REGIONS[where.region].title}, plan “{PLANS[where.plan].title}”"
    yield CheckRow("Key", "running", f"Asking {where.host} ({place}) for its models…")
    began = time.monotonic()
    try:
        async with StepFunClient(where, secret) as client:
            names = listed_models(await client.get("/models"))
    except AttemptError as error:
        yield _failed(error, where, time.monotonic() - began)
        return
    took = time.monotonic() - began
    if not names:
        yield CheckRow(
            "Key",
            "failed",
            "The answer lists no models: this is not the speech service.",
            "Check the base URL.",
            took,
        )
        return
    yield CheckRow(
        "Key", "ok", f"Accepted: {len(names)} models are listed ({place}).", seconds=took
    )
    yield CheckRow("Model", "running", f"Looking for {model}…")
    yield _listed(model, names, place)


def _shape(secret: Secret) -> CheckRow:
    if secret.reveal().startswith("sk-"):
        return CheckRow("Shape", "ok", f"{shown(secret)} looks like a StepFun key.")
    return CheckRow(
        "Shape",
        "warning",
        "StepFun's keys start with “sk-”; this one does not.",
        "If the next check fails, copy the key again.",
    )


def _failed(error: AttemptError, where: Endpoint, took: float) -> CheckRow:
    refused = isinstance(error, AccountError) or error.status in (400, 403)
    kind: Literal["", "account", "network"] = "account" if refused else ""
    if isinstance(error, NetworkError):
        kind = "network"
    # At an address that the person gave, 404 is about the address: its own words say so.
    if error.status in (400, 403) or (error.status == 404 and where.own):
        other = next(plan.title for plan in PLANS.values() if plan.name != where.plan)
        return CheckRow(
            "Key",
            "failed",
            f"Refused without a cause ({error.status}): mostly a key of the other plan or region.",
            f"Try it with the plan “{other}”; if that fails too, with the other region.",
            took,
            kind,
        )
    meaning = f"{error.what} {error.cause}".strip()
    return CheckRow("Key", "failed", meaning, error.remedy, took, kind)


def _listed(model: str, names: tuple[str, ...], place: str) -> CheckRow:
    if model in names:
        return CheckRow("Model", "ok", f"{model} is listed.")
    heard = [name for name in names if "asr" in name]
    return CheckRow(
        "Model",
        "failed",
        f"The model {model} is not listed there ({place}).",
        f"Choose one of {', '.join(heard)}." if heard else "Choose the other plan or region.",
    )
