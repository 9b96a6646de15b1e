"""The front door: commands and exit codes, and nothing else.

Each command imports its room only when it runs, so that ``--help`` costs next to nothing.
"""

import os
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from stepasr_tui.cli_ending import code_at_the_end
from stepasr_tui.cli_exit import COMPLETE

if TYPE_CHECKING:
    from stepasr_tui.core.transcribe.session import Session

_CONTEXT = {"help_option_names": ["-h", "--help"], "max_content_width": 96}
_Command = TypeVar("_Command", bound=Callable[..., Any])


class Service(NamedTuple):
    """Which service, as the command line says; ``None`` leaves it to environment and settings."""

    region: str | None
    """``cn`` or ``intl``."""
    plan: str | None
    """``standard`` or ``step_plan``."""
    base_url: str | None
    """An address in place of the region's."""


def service_options(command: _Command) -> _Command:
    """Adds the three options that are accepted everywhere."""
    for option in (
        click.option("--base-url", metavar="URL", help="Another address: https, or loopback."),
        click.option(
            "--plan", type=click.Choice(["standard", "step_plan"]), help="What is billed."
        ),
        click.option("--region", type=click.Choice(["cn", "intl"]), help="Where the key was made."),
    ):
        command = option(command)
    return command


def chosen_service() -> Service:
    """The options of this command, then those given before its name."""
    context = click.get_current_context()
    places = (context.params, context.find_root().params)
    return Service(
        *(next((p[name] for p in places if p.get(name)), None) for name in Service._fields)
    )


class _Door(click.Group):
    """A group whose first word may be a path instead of a command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        word = args[0]
        if self.get_command(ctx, word) is not None:
            return super().resolve_command(ctx, args)
        if not os.path.lexists(word):
            raise click.UsageError(f"There is no command and no file called “{word}”.{_near(word)}")
        return "", open_app, args


def _near(word: str) -> str:
    from difflib import get_close_matches

    near = get_close_matches(word, list(main.commands), n=1)
    return f" Did you mean “{near[0]}”?" if near else ""


@click.group(
    cls=_Door,
    invoke_without_command=True,
    context_settings=_CONTEXT,
    subcommand_metavar="[PATH | COMMAND …]",
)
@service_options
@click.version_option(
    package_name="stepasr-tui", prog_name="stepasr-tui", message="%(prog)s %(version)s"
)
def main(**_service: str | None) -> int:
    """Turn recordings into text with StepFun's speech models, live in the terminal.

    \b
      stepasr-tui                     open the app
      stepasr-tui talk.mp3            open it with a recording selected
      stepasr-tui demo                try it: no key, no network
      stepasr-tui transcribe talk.mp3 > talk.txt

    The key comes from STEPFUN_API_KEY, STEP_API_KEY or config.json, never from an option. A file
    that is named like a command: ./demo

    \b
    Exit codes: 0 complete, 1 failed, 2 usage (also: no key), 3 partial, 4 output not saved,
    5 key or balance, 6 network gave up, 70 a bug of ours, 128 + n ended by signal n.
    """
    if click.get_current_context().invoked_subcommand is not None:
        return COMPLETE
    return _open(None)


@click.command("", context_settings=_CONTEXT)
@click.argument("path")
@service_options
def open_app(path: str, **_service: str | None) -> int:
    """Open the app in a folder, or with a recording selected."""
    return _open(path)


@main.command()
def demo() -> int:
    """Try the app: no key, no network."""
    _need_terminal()
    from stepasr_tui.ui.app import run_demo

    return run_demo()


@main.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option("--language", type=click.Choice(["zh", "en"]), help="What is spoken.")
@click.option("--model", metavar="M", help="stepaudio-2.5-asr, stepaudio-3-asr-max…")
@click.option(
    "--format",
    "container",
    type=click.Choice(["mp3", "wav", "ogg", "pcm"]),
    help="Needed for pcm only: the content of all others says what they are.",
)
@click.option("--rate", type=click.IntRange(min=1), metavar="R", help="Hz, for pcm.")
@click.option("--channels", type=click.IntRange(min=1), metavar="C", help="1 or 2, for pcm.")
@click.option("--no-itn", is_flag=True, help="Write numbers as words.")
@click.option("--timestamps", is_flag=True, help="Sentences with the time of their start.")
@click.option("--hotword", "hotwords", multiple=True, metavar="W", help="A name to expect; again.")
@click.option(
    "--track", type=click.IntRange(min=1), metavar="N", help="Which of several sounds in FILE."
)
@click.option("--best", is_flag=True, help="Quality over size of the upload.")
@click.option(
    "--segment-minutes",
    type=click.IntRange(1, 28),
    metavar="N",
    help="Longest segment of a long recording.",
)
@click.option(
    "--tier",
    type=click.Choice(["V0", "V1", "V2", "V3", "V4", "V5"]),
    help="Rate limit of the account.",
)
@click.option("--yes", is_flag=True, help="Also recordings that would be asked about: very long.")
@click.option("--dry-run", is_flag=True, help="Say what it takes and costs; send nothing.")
@click.option("--json", "as_objects", is_flag=True, help="One line of JSON for each file.")
@click.option("--partial", is_flag=True, help="Print text that is not complete, too.")
@click.option("--strict-billing", is_flag=True, help="Send nothing twice that may be billed.")
@service_options
def transcribe(**given: Any) -> int:
    """Print the text of recordings.

    \b
      stepasr-tui transcribe talk.mp3 > talk.txt
      stepasr-tui transcribe --dry-run interview.m4a
      stepasr-tui transcribe *.ogg --json | jq -r .text
      arecord -f S16_LE -r 16000 -t raw | stepasr-tui transcribe - --format pcm --rate 16000
        --channels 1

    Takes every usual kind of recording, videos with sound, and raw pcm; - reads standard input.
    What is longer than 30 minutes is cut at pauses, and its segments are sent side by side.
    Standard output holds complete texts only; all else goes to standard error. Exit codes:
    0 complete, 1 failed, 2 usage or no key, 3 partial (or some files only), 4 output not saved,
    5 key or balance, 6 network gave up.
    """
    files: tuple[str, ...] = given["files"]
    if files.count("-") > 1:
        raise click.UsageError("Standard input (-) can be read once only.")
    if "-" in files and (sys.stdin is None or sys.stdin.isatty()):
        raise click.UsageError("Nothing is piped in: “-” reads a recording from a pipe.")
    rate, channels = given.pop("rate"), given.pop("channels")
    if given["container"] == "pcm" and not (rate and channels):
        raise click.UsageError("Raw pcm does not say what it is: give --rate and --channels.")
    from stepasr_tui.cli_asked import Asked
    from stepasr_tui.core.transcribe.job import PcmShape

    given["pcm"] = PcmShape(rate, channels) if given["container"] == "pcm" else None
    given["enable_itn"] = False if given.pop("no_itn") else None
    given["hotwords"] = tuple(word for word in given["hotwords"] if word.strip())
    given |= chosen_service()._asdict()
    asked = Asked(**given)
    if asked.dry_run:
        from stepasr_tui import cli_dry_run

        return cli_dry_run.dry_run(asked, os.environ)
    from stepasr_tui import cli_transcribe

    return cli_transcribe.transcribe(asked, os.environ)


@main.group()
def key() -> None:
    """Show, set and check the StepFun key."""


@key.command("show")
@service_options
def key_show(**_service: str | None) -> int:
    """Where a key is looked for, in order, and which one is in force."""
    from stepasr_tui import cli_key

    return cli_key.show(_session())


@key.command("set")
@service_options
def key_set(**_service: str | None) -> int:
    """Save a key, typed unseen or piped in; with --region and --plan, those too.

    \b
      stepasr-tui key set --region intl
      pass show stepfun | stepasr-tui key set
    """
    from stepasr_tui import cli_key

    service = chosen_service()
    return cli_key.keep(os.environ, service.region, service.plan)


@key.command("check")
@click.option("--json", "as_objects", is_flag=True, help="One line of JSON.")
@service_options
def key_check(as_objects: bool, **_service: str | None) -> int:
    """Ask the service about the key; costs nothing. Exit code 5: refused, 6: no network."""
    from stepasr_tui import cli_key

    return cli_key.check(_session(), as_objects=as_objects)


@key.command("path")
@service_options
def key_path(**_service: str | None) -> int:
    """The file that “key set” writes."""
    from stepasr_tui import cli_key

    return cli_key.path(os.environ)


@main.command()
@click.option("--port", type=click.IntRange(0, 65535), default=0, metavar="N", help="0: any free.")
@click.option("--scenario", default="ok", metavar="NAME", help="How it behaves; see --list.")
@click.option("--list", "listed", is_flag=True, help="List the scenarios.")
@click.option(
    "--speed",
    type=click.FloatRange(min=0),
    default=20.0,
    show_default=True,
    metavar="X",
    help="Times faster than the recording; 0: at once.",
)
def simulate(port: int, scenario: str, listed: bool, speed: float) -> int:
    """Run a practice service on this machine."""
    from stepasr_tui import cli_simulate

    if listed:
        return cli_simulate.known_scenarios()
    if not cli_simulate.is_scenario(scenario):
        raise click.UsageError(f"There is no scenario called “{scenario}”: see --list.")
    return cli_simulate.simulate(port, scenario, speed)


def run() -> None:
    """Carry out the command line, and exit with its code; no traceback leaves here."""

    def carry_out() -> object:
        with main.make_context("stepasr-tui", sys.argv[1:]) as context:
            return main.invoke(context)

    sys.exit(code_at_the_end(carry_out))


def _session() -> "Session":
    """Settings and endpoint in force; what is to be said about them is said."""
    from stepasr_tui.cli_output import Console
    from stepasr_tui.core.paths import Paths
    from stepasr_tui.core.transcribe.session import Session

    service = chosen_service()
    session = Session(Paths.for_user(), os.environ, **service._asdict())
    Console(os.environ).say(*session.notes)
    return session


def _open(path: str | None) -> int:
    _need_terminal()
    from pathlib import Path

    from stepasr_tui.ui.app import run_app

    service = chosen_service()
    return run_app(Path(path) if path else None, *service)


def _need_terminal() -> None:
    """The app draws on stderr, and its keys come from stdin."""
    terminal = all(stream is not None and stream.isatty() for stream in (sys.stdin, sys.stderr))
    if not terminal or os.environ.get("TERM", "") in ("", "dumb"):
        raise click.UsageError(
            "The app needs a terminal. In a script, use “stepasr-tui transcribe FILE”."
        )
