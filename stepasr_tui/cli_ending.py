"""How a command ends: what it raised → words on stderr, and an exit code."""

import os
import sys
from collections.abc import Callable

import click

from stepasr_tui.cli_exit import CRASHED, READER_GONE, USAGE, Interrupted, ReaderGone, code_of
from stepasr_tui.core.display import visible, visible_row
from stepasr_tui.core.errors import StepasrError


def code_at_the_end(carry_out: Callable[[], object]) -> int:
    """Call ``carry_out``, and return the exit code of what it returned or raised."""
    try:
        code = carry_out()
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    except click.ClickException as error:
        return _misused(error)
    except StepasrError as error:
        return _failed(error)
    except (ReaderGone, BrokenPipeError):
        return _reader_gone()
    except Interrupted as interrupted:
        return interrupted.code
    except (KeyboardInterrupt, click.Abort):
        return 130
    except Exception as error:
        return _crashed(error)


def _misused(error: click.ClickException) -> int:
    context = getattr(error, "ctx", None)
    message = visible(error.format_message())
    if context is not None and not message.startswith("Usage:"):
        message = f"{visible(context.get_usage())}\n{message}"
    _say(message)
    return USAGE if isinstance(error, click.UsageError) else error.exit_code


def _failed(error: StepasrError) -> int:
    from stepasr_tui.core.transcribe.report import problem

    _say("\n".join(visible_row(line) for line in problem(error)))
    return code_of(error)


def _reader_gone() -> int:
    """Nothing more can be written; Python must not try at its exit, and complain."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, sys.stdout.fileno())
    return READER_GONE


def _crashed(error: Exception) -> int:
    from stepasr_tui.core.crash import crash_line
    from stepasr_tui.core.paths import Paths

    try:
        folder = Paths.for_user().state / "crashes"
    except Exception:
        folder = None
    _say(crash_line(folder, error) if folder else "stepasr-tui stopped because of a bug of ours.")
    return CRASHED


def _say(text: str) -> None:
    if sys.stderr is not None:
        click.echo(text, err=True)
