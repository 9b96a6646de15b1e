"""``stepasr-tui key``: shows, keeps and checks the key that other modules find."""

import asyncio
import os
import sys
from collections.abc import Mapping

import click

from stepasr_tui.cli_exit import ACCOUNT, COMPLETE, FAILED, NETWORK, USAGE
from stepasr_tui.cli_output import Console, put
from stepasr_tui.core.credentials import (
    VARIABLES,
    KeySource,
    clean_key,
    find_key,
    missing_key,
    save_key,
    shown,
    sources,
)
from stepasr_tui.core.display import visible_path, visible_row
from stepasr_tui.core.errors import KeyProblem, NotSaved, SettingsError
from stepasr_tui.core.library.export import as_json
from stepasr_tui.core.paths import Paths
from stepasr_tui.core.transcribe.session import Session

_INPUT_LIMIT = 65536
"""Bytes of standard input that are looked at."""

_SIGNS = {"ok": "ok     ", "warning": "warning", "failed": "failed "}


def show(session: Session) -> int:
    """Every place that a key may come from, in order, and which one is in force."""
    console = Console(session.env)
    places = sources(session.env, session.paths)
    width = max(len(place.source) for place in places)
    put("".join(f"{_place(place, width)}\n" for place in places))
    where = session.where
    put(f"Region {where.region}, plan {where.plan}: {visible_row(where.base)}\n")
    if not any(place.in_force for place in places):
        problem = missing_key()
        console.say(problem.what, problem.remedy)
        return USAGE
    usable = any(place.in_force and place.secret for place in places)
    return COMPLETE if usable else USAGE


def keep(env: Mapping[str, str], region: str | None, plan: str | None) -> int:
    """Ask for the key, or read it from standard input, and write it to ``config.json``.

    Raises ``KeyProblem``, ``NotSaved``.
    """
    console, paths = Console(env), Paths.for_user()
    cleaned = clean_key(_given())
    if cleaned.cleaned:
        console.say(f"Removed {', '.join(cleaned.cleaned)}.")
    also = {name: value for name, value in (("region", region), ("plan", plan)) if value}
    try:
        path = save_key(cleaned.secret, paths, env, tell=console.say, **also)
    except SettingsError as error:
        raise NotSaved(error.what, cause=error.cause, remedy=error.remedy) from error
    mode = path.stat().st_mode & 0o777
    kept = " and ".join(["The key", *(f"{name} {value}" for name, value in also.items())])
    owner = "readable by you only" if not mode & 0o077 else "others can read it"
    console.say(f"{kept} ({shown(cleaned.secret)}) saved in {path} (mode {mode:04o}: {owner}).")
    first = next((name for name in VARIABLES if env.get(name, "").strip()), None)
    if first:
        console.say(f"{first} is set, and comes first: unset it to use this key.")
    return COMPLETE


def check(session: Session, *, as_objects: bool) -> int:
    """Ask the service about the key; one row for each thing that was looked at.

    Raises ``KeyProblem`` when there is none.
    """
    console = Console(session.env)
    found = find_key(session.env, session.paths)
    if found is None:
        raise missing_key()
    if not as_objects:
        put(f"{shown(found.secret)} from {visible_row(found.source)}\n")
    rows, kinds = asyncio.run(_checked(session, as_objects=as_objects, console=console))
    failed = [kind for row, kind in zip(rows, kinds, strict=True) if row["state"] == "failed"]
    if as_objects:
        facts = {"ok": not failed, "key": shown(found.secret), "source": found.source}
        where = {"region": session.where.region, "plan": session.where.plan}
        put(as_json({**facts, **where, "base_url": session.where.base, "checks": rows}))
    if not failed:
        return COMPLETE
    return {"account": ACCOUNT, "network": NETWORK}.get(failed[0], FAILED)


def path(env: Mapping[str, str]) -> int:
    """The file that ``key set`` writes; it need not exist."""
    put(os.fsencode(Paths.for_user().config_file(env)).decode("utf-8", "replace") + "\n")
    return COMPLETE


async def _checked(
    session: Session, *, as_objects: bool, console: Console
) -> tuple[list[dict[str, object]], list[str]]:
    from stepasr_tui.core.stepfun.keycheck import check_key

    found = find_key(session.env, session.paths)
    assert found is not None  # noqa: S101 - for the type checker; it was looked for before
    rows: list[dict[str, object]] = []
    kinds: list[str] = []
    async for row in check_key(found.secret, session.where, session.settings.model):
        if row.state == "running":
            console.progress(row.meaning)
            continue
        console.clear()
        meaning, remedy = row.meaning, row.remedy
        rows.append(
            {
                "name": row.name,
                "state": row.state,
                "meaning": meaning,
                "remedy": remedy,
                "seconds": None if row.seconds is None else round(row.seconds, 3),
            }
        )
        kinds.append(row.kind)
        if not as_objects:
            put(f"{_SIGNS[row.state]}  {row.name:<6} {visible_row(meaning)}\n")
            if remedy:
                put(f"{'':17}{visible_row(remedy)}\n")
    return rows, kinds


def _place(place: KeySource, width: int) -> str:
    if place.in_force:
        state = "in force" if place.secret else "in the way"
    else:
        state = "not used" if place.secret else "empty"
    key = shown(place.secret) if place.secret else ""
    facts = (f"{place.source:<{width}}", f"{state:<10}", f"{key:<8}", place.problem)
    file = visible_path(place.path) if place.path else ""
    return visible_row("  ".join((*facts[:3], facts[3] or file)).rstrip())


def _given() -> str:
    """The text that holds the key: typed unseen, or from a pipe."""
    if sys.stdin is None:
        raise KeyProblem("Standard input is closed.", remedy="Pipe the key into this command.")
    if sys.stdin.isatty():
        text: str = click.prompt("StepFun key (not shown)", hide_input=True, err=True)
        return text
    return sys.stdin.buffer.read(_INPUT_LIMIT).decode("utf-8", "replace")
