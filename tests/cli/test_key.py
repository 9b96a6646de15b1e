"""``stepasr-tui key``: shows without showing, keeps privately, checks truthfully."""

import json
import stat

import pytest

from stepasr_tui.simulator.settings import BOTH_KEY, NORMAL_KEY, PLAN_KEY, REVOKED_KEY
from tests.cli.shell import Shell

CONFIG = ".config/stepasr-tui/config.json"
UNSET = {"STEPFUN_API_KEY": None}


def test_show_lists_the_places_in_order(shell: Shell) -> None:
    plugin = shell.folder / "plugin"
    plugin.mkdir()
    (plugin / "config.json").write_text(json.dumps({"api_key": PLAN_KEY}))
    (plugin / "config.json").chmod(0o600)
    done = shell.run("key", "show", env={"CLAUDE_PLUGIN_DATA": str(plugin)})
    assert done.code == 0
    rows = [line.split() for line in done.out.splitlines()]
    assert rows[0] == ["STEPFUN_API_KEY", "in", "force", "sk-…e5f6"]
    assert rows[1] == ["STEP_API_KEY", "empty"]
    assert rows[2][:4] == ["CLAUDE_PLUGIN_DATA/config.json", "not", "used", "sk-…c3d4"]
    assert rows[3][:2] == ["config.json", "empty"]
    assert BOTH_KEY not in done.out and PLAN_KEY not in done.out


def test_show_without_any_is_exit_2(shell: Shell) -> None:
    done = shell.run("key", "show", env=UNSET)
    assert done.code == 2
    assert "There is no StepFun key." in done.err


def test_a_place_with_nonsense_is_in_the_way(shell: Shell) -> None:
    env = {"STEPFUN_API_KEY": "two words", "STEP_API_KEY": NORMAL_KEY}
    done = shell.run("key", "show", env=env)
    assert done.code == 2
    assert "in the way" in done.out.splitlines()[0]
    done = shell.run("transcribe", shell.clip(), env=env)
    assert (done.code, done.out) == (2, "")
    assert "two words" not in done.err


def test_set_takes_a_key_from_a_pipe_and_keeps_it_privately(shell: Shell) -> None:
    given = f'export STEPFUN_API_KEY="{NORMAL_KEY}"\n\n'.encode()
    done = shell.run("key", "set", "--region", "intl", given=given, env=UNSET)
    assert (done.code, done.out) == (0, "")
    assert "Removed" in done.err and "the quotes" in done.err
    path = shell.home / CONFIG
    assert str(path) in done.err and "0600" in done.err
    assert NORMAL_KEY not in done.err
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert json.loads(path.read_text()) == {"api_key": NORMAL_KEY, "region": "intl"}
    shown = shell.run("key", "show", env=UNSET)
    assert shown.code == 0
    assert "Region intl" in shown.out
    where = shell.run("key", "path", env=UNSET)
    assert where.out == f"{path}\n"


def test_set_says_what_still_comes_first(shell: Shell) -> None:
    done = shell.run("key", "set", given=NORMAL_KEY.encode())
    assert done.code == 0
    assert "STEPFUN_API_KEY is set, and comes first" in done.err


@pytest.mark.parametrize("given", [b"", b"\n\n", b"two words\n", b"\xff\xfe\n"])
def test_set_refuses_what_cannot_be_a_key(shell: Shell, given: bytes) -> None:
    done = shell.run("key", "set", given=given, env=UNSET)
    assert (done.code, done.out) == (2, "")
    assert not (shell.home / CONFIG).exists()
    assert "two words" not in done.err


def test_set_where_nothing_can_be_written(shell: Shell) -> None:
    env = {**UNSET, "XDG_CONFIG_HOME": "/proc/nowhere"}
    done = shell.run("key", "set", given=NORMAL_KEY.encode(), env=env)
    assert (done.code, done.out) == (4, "")
    assert NORMAL_KEY not in done.err and "Traceback" not in done.err


def test_check_says_yes_row_by_row(shell: Shell) -> None:
    done = shell.run("key", "check")
    assert done.code == 0
    assert [line.split()[0] for line in done.out.splitlines()[1:]] == ["ok"] * 3


@pytest.mark.parametrize(
    ("key", "words", "code"),
    [
        (REVOKED_KEY, [], 5),
        (PLAN_KEY, [], 5),
        (PLAN_KEY, ["--plan", "step_plan"], 0),
        (BOTH_KEY, ["--base-url", "http://127.0.0.1:1"], 6),
    ],
)
def test_check_has_an_exit_code_for_scripts(
    shell: Shell, key: str, words: list[str], code: int
) -> None:
    done = shell.run(*words, "key", "check", "--json", env={"STEPFUN_API_KEY": key})
    found = json.loads(done.out)
    assert (done.code, found["ok"]) == (code, code == 0)
    assert key not in done.out + done.err
    last = found["checks"][-1]
    assert code == 0 or (last["state"] == "failed" and last["remedy"])
    assert "ctrl+k" not in done.out


def test_check_fails_when_the_model_is_not_listed(shell: Shell) -> None:
    path = shell.home / CONFIG
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps({"model": "stepaudio-9"}))
    done = shell.run("key", "check")
    assert done.code == 1
    assert "stepaudio-9 is not listed there" in done.out
