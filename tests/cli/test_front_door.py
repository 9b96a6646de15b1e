"""Words in, exit codes out: help, versions, paths, the simulator, and a bug of ours."""

import os
import re
import signal
import stat
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from typing import Any

import pytest

from stepasr_tui import cli, cli_exit
from tests.cli.shell import COMMAND, HELLO, LIMIT, Shell, ignoring

PIPE = subprocess.PIPE

HEAVY = {"httpx", "numpy", "soundfile", "textual", "rich", "platformdirs", "starlette", "uvicorn"}


@pytest.mark.parametrize("words", [["--help"], ["transcribe", "--help"], ["key", "set", "-h"]])
def test_help_is_cheap_and_complete(shell: Shell, words: list[str]) -> None:
    script = (
        "import sys\nfrom stepasr_tui.cli import run\n"
        f"sys.argv = ['stepasr-tui', *{words}]\n"
        "try:\n    run()\nfinally:\n    print(*sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 0
    assert not HEAVY & {name.partition(".")[0] for name in done.stderr.split()}
    for option in ("--region", "--plan", "--base-url"):
        assert option in done.stdout


def test_the_help_names_every_exit_code(shell: Shell) -> None:
    said = shell.run("--help").out
    for code in (0, 1, 2, 3, 4, 5, 6, 70):
        assert re.search(rf"\b{code} [a-z]", said)
    assert all(len(line) <= 96 for line in said.splitlines())


def test_the_version(shell: Shell) -> None:
    done = shell.run("--version")
    assert (done.code, done.out) == (0, f"stepasr-tui {version('stepasr-tui')}\n")


def test_no_option_takes_a_key() -> None:
    def options(command: Any) -> list[str]:
        own = [name for each in command.params for name in each.opts]
        below = getattr(command, "commands", {}).values()
        return own + [name for each in below for name in options(each)]

    assert not [name for name in options(cli.main) if "key" in name or "token" in name]


def test_what_is_neither_command_nor_file_is_said(shell: Shell) -> None:
    done = shell.run("transcrib")
    assert (done.code, done.out) == (2, "")
    assert "Did you mean “transcribe”?" in done.err
    hostile = shell.run("\x1b]52;c;QQ==\x07")
    assert hostile.code == 2
    assert "\x1b" not in hostile.err


@pytest.mark.parametrize("words", [[], ["demo"], ["./demo"], ["--region", "intl", "./demo"]])
def test_without_a_terminal_the_app_says_what_to_use(shell: Shell, words: list[str]) -> None:
    (shell.folder / "demo").write_bytes(HELLO.audio())
    done = shell.run(*words, env={"TERM": "xterm"})
    assert (done.code, done.out) == (2, "")
    assert "stepasr-tui transcribe FILE" in done.err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ([], (None, None, None, None)),
        (["--region", "intl", "here.mp3"], ("here.mp3", "intl", None, None)),
        (["here.mp3", "--plan", "step_plan"], ("here.mp3", None, "step_plan", None)),
        (["--region", "cn", "here.mp3", "--region", "intl"], ("here.mp3", "intl", None, None)),
        (["./demo"], ("./demo", None, None, None)),
    ],
)
def test_a_path_opens_the_app_with_the_service_chosen(
    words: list[str],
    expected: tuple[str | None, ...],
    monkeypatch: pytest.MonkeyPatch,
    shell: Shell,
) -> None:
    calls = []
    monkeypatch.chdir(shell.folder)
    for name in ("here.mp3", "demo"):
        (shell.folder / name).touch()
    monkeypatch.setattr(cli, "_open", lambda path: calls.append((path, *cli.chosen_service())))
    monkeypatch.setattr(sys, "argv", ["stepasr-tui", *words])
    with pytest.raises(SystemExit) as leaving:
        cli.run()
    assert leaving.value.code == 0
    assert calls == [expected]


def test_a_bug_of_ours_is_one_line_and_a_private_report(shell: Shell) -> None:
    script = (
        "import sys\nfrom stepasr_tui import cli, cli_transcribe\n"
        "def broken(asked, env):\n    raise RuntimeError('Bearer sk-canary-000000000000')\n"
        "cli_transcribe.transcribe = broken\n"
        "sys.argv = ['stepasr-tui', 'transcribe', 'x']\ncli.run()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=shell.env
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (70, "", 1)
    (report,) = (shell.home / ".local/state/stepasr-tui/crashes").glob("crash-*.txt")
    assert report.name in done.stderr
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    assert "canary" not in done.stderr + report.read_text()


def test_the_simulator_says_how_to_use_it(shell: Shell) -> None:
    process = shell.start("simulate", "--speed", "0", stdout=PIPE, stderr=PIPE)
    assert process.stdout
    said = [process.stdout.readline().decode() for _ in range(3)]
    env = dict(line.removeprefix("export ").strip().split("=", 1) for line in said[1:])
    assert env.keys() == {"STEPASR_BASE_URL", "STEPFUN_API_KEY"}
    assert env["STEPASR_BASE_URL"] in said[0]
    done = shell.run("transcribe", shell.clip(), env=env)
    assert (done.code, done.out) == (0, HELLO.text + "\n")
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=LIMIT)
    assert (process.returncode, err) == (130, b"")


def test_the_simulator_behaves_as_told(shell: Shell) -> None:
    process = shell.start(
        "simulate", "--scenario", "bad-key", stdout=PIPE, preexec_fn=ignoring(signal.SIGHUP)
    )
    assert process.stdout
    url = process.stdout.readline().decode().split()[4]
    process.send_signal(signal.SIGHUP)
    assert shell.run("transcribe", shell.clip(), "--base-url", url).code == 5
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=LIMIT)
    assert process.returncode == 143


def test_the_simulator_refuses_what_it_cannot_do(shell: Shell) -> None:
    taken = shell.run("simulate", "--port", shell.server.port)
    assert (taken.code, taken.out) == (1, "")
    assert f"Port {shell.server.port} cannot be used." in taken.err
    unknown = shell.run("simulate", "--scenario", "nonsense")
    assert unknown.code == 2
    listed = shell.run("simulate", "--list")
    assert (listed.code, listed.out.splitlines()[0].split()[0]) == (0, "ok")


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        ([], 0),
        ([0, 0], 0),
        ([0, 1], 3),
        ([6, 6], 6),
        ([1, 6], 1),
        ([3, 3], 3),
        ([1, 3], 3),
        ([0, 5], 5),
        ([5, 4, 0], 4),
    ],
)
def test_several_files_have_one_exit_code(codes: list[int], code: int) -> None:
    assert cli_exit.overall(codes) == code


def test_the_command_is_installed() -> None:
    assert os.access(COMMAND, os.X_OK)
    check: Callable[[], None] = cli.run
    assert check.__doc__
