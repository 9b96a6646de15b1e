"""Text to the clipboard, when a person asks for it; choosing the text is not its job."""

import asyncio
import contextlib
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from stepasr_tui.core.display import size, visible_row

if TYPE_CHECKING:
    from textual.app import App

TERMINAL_LIMIT = 1_000_000
"""Bytes of UTF-8 sent through the terminal (OSC 52); many terminals take far less."""

PROGRAM_LIMIT = 3.0
"""Seconds that a clipboard program is given."""

_PROGRAMS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("pbcopy", "", ()),
    ("wl-copy", "WAYLAND_DISPLAY", ("--type", "text/plain;charset=utf-8")),
    ("xclip", "DISPLAY", ("-selection", "clipboard", "-in")),
    ("xsel", "DISPLAY", ("--clipboard", "--input")),
    ("clip.exe", "", ()),
)
"""Program, the variable without which it cannot work, and its arguments; the first one wins."""

_SECRETS = {"STEPFUN_API_KEY", "STEP_API_KEY"}
_ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""Controls other than tab and line break: pasted into a shell, they could act."""


async def copy(text: str, app: "App[Any]") -> str:
    """Copy ``text`` by the system's program and by the terminal; says where it went.

    Both, because neither is sure: over ssh only the terminal reaches the person's clipboard, and
    a terminal never says whether it did. Takes 3 s at most. Never raises.
    """
    text = _ACTING.sub(lambda found: visible_row(found[0]), text.replace("\r\n", "\n"))
    data = text.encode("utf-8", "replace")
    program = await _through_program(data, os.environ)
    if len(data) <= TERMINAL_LIMIT:
        app.copy_to_clipboard(data.decode())
        if program:
            return f"Copied to the clipboard ({program}, and the terminal)."
        return "Copied through the terminal (OSC 52), if it allows that."
    too_long = f"{size(len(data))} is too long for the terminal's own clipboard"
    if program:
        return f"Copied to the clipboard ({program}); {too_long}."
    return f"Not copied: {too_long}, and no clipboard program answered. Save it instead."


async def _through_program(data: bytes, env: Mapping[str, str]) -> str | None:
    """The name of the program that took ``data``; ``None`` when there is none that did."""
    for name, variable, arguments in _PROGRAMS:
        if variable and not env.get(variable):
            continue
        path = shutil.which(name)
        # A relative path means an entry like "." in PATH: a program of the folder we stand in.
        if path and Path(path).is_absolute():
            # clip.exe reads the console's code page unless the text says that it is UTF-16.
            given = data.decode().encode("utf-16") if name == "clip.exe" else data
            return name if await _given_to((path, *arguments), given, env) else None
    return None


async def _given_to(command: tuple[str, ...], data: bytes, env: Mapping[str, str]) -> bool:
    """Run ``command`` with ``data`` as its input; true when it ended well and in time."""
    quiet = asyncio.subprocess.DEVNULL
    try:
        # A session of its own: xclip and wl-copy stay behind to serve the text, and must outlive
        # a closed terminal.
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=quiet,
            stderr=quiet,
            env={name: value for name, value in env.items() if name not in _SECRETS},
            start_new_session=True,
        )
    except OSError:
        return False
    try:
        async with asyncio.timeout(PROGRAM_LIMIT):
            await process.communicate(data)
    except (TimeoutError, OSError):
        return False
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode == 0
