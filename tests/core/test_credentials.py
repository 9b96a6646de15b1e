"""Where a key comes from, and that it never shows itself."""

import copy
import json
import logging
import pickle
import traceback
from pathlib import Path

import pytest

from stepasr_tui.core.credentials import (
    Secret,
    clean_key,
    find_key,
    missing_key,
    save_key,
    shown,
    sources,
)
from stepasr_tui.core.errors import KeyProblem
from stepasr_tui.core.paths import Paths

KEY = "sk-Canary0123456789abcdefa1b2"


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths.under(tmp_path / "own")


def put(path: Path, **values: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(values), "utf-8")
    path.chmod(0o600)


def test_a_secret_shows_its_end_only(caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret(KEY)
    try:
        raise ValueError(secret)
    except ValueError:
        text = traceback.format_exc()
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("x").warning("%s %r %s", secret, secret, {"key": secret})
    for seen in (str(secret), repr(secret), f"{secret:>20}", text, caplog.text, repr([secret])):
        assert "sk-…a1b2" in seen
        assert "Canary" not in seen
    assert not hasattr(secret, "__dict__")


def test_a_secret_is_not_copied_into_files() -> None:
    for copier in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError):
            copier(Secret(KEY))
    with pytest.raises(TypeError):
        json.dumps(Secret(KEY))


def test_secrets_are_equal_by_text() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert len({Secret(KEY), Secret(KEY), Secret("other-key")}) == 2
    assert Secret(KEY) != KEY


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (KEY, "sk-…a1b2"),
        ("sk-12345678", "sk-…"),
        ("sk-123456789", "sk-…6789"),
        ("short", "…"),
        ("0123456789abcdef", "…cdef"),
    ],
)
def test_how_a_key_is_shown(text: str, seen: str) -> None:
    assert shown(Secret(text)) == seen


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        (KEY, ()),
        (f"{KEY}\n", ("the line break",)),
        (f"\r\n\r\n{KEY}\r\n", ("the line break",)),
        (f"  {KEY} ", ("the spaces around it",)),
        (f"\ufeff{KEY}\u200b", ("the spaces around it",)),
        (f'"{KEY}"', ("the quotes",)),
        (f"“{KEY}”", ("the quotes",)),
        (f"Bearer {KEY}", ("“Bearer”",)),
        (f"Authorization: Bearer {KEY}", ("“Authorization:”", "“Bearer”")),
        (f"export STEPFUN_API_KEY={KEY}", ("the name before it",)),
        (f"STEP_API_KEY='{KEY}'", ("the name before it", "the quotes")),
        (f'$env:STEPFUN_API_KEY = "{KEY}";', ("the name before it", "the quotes")),
        (f'"api_key": "{KEY}",', ("the name before it", "the quotes")),
        (f"{KEY}\nsecond", ("all but the first line",)),
        (
            f" 'Bearer {KEY}' \n",
            ("the line break", "the spaces around it", "the quotes", "“Bearer”"),
        ),
    ],
)
def test_what_is_copied_along_with_a_key_is_removed_and_said(
    text: str, cleaned: tuple[str, ...]
) -> None:
    found = clean_key(text)
    assert found.secret.reveal() == KEY
    assert found.cleaned == cleaned


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", ""),
        (" \n\t\u200b\n", ""),
        ("sk-Canary with spaces", "space"),
        ("sk-Canary钥匙0123456", "characters"),
        ("sk-Canary\x1b[31m0123", "characters"),
        ("Canary1", "shorter"),
        ("Canary" * 100, "longer"),
        ('""', "Nothing"),
    ],
)
def test_what_cannot_be_a_key_is_refused_without_repeating_it(text: str, cause: str) -> None:
    with pytest.raises(KeyProblem) as caught:
        clean_key(text)
    assert cause in caught.value.cause
    assert "Canary" not in "".join(traceback.format_exception(caught.value))


def test_ten_megabytes_are_refused_at_once() -> None:
    with pytest.raises(KeyProblem):
        clean_key("x" * 10_000_000)
    assert clean_key("\n" * 10_000_000 + KEY).secret.reveal() == KEY


def test_the_order_of_the_places(paths: Paths, tmp_path: Path) -> None:
    plugin = tmp_path / "plugin" / "config.json"
    env = {
        "STEPFUN_API_KEY": "sk-first-key",
        "STEP_API_KEY": "sk-second-key",
        "CLAUDE_PLUGIN_DATA": str(plugin.parent),
    }
    put(plugin, api_key="sk-third-key")
    put(paths.own_config_file, api_key="sk-fourth-key")
    expected = [
        ("sk-first-key", "STEPFUN_API_KEY", None),
        ("sk-second-key", "STEP_API_KEY", None),
        ("sk-third-key", "CLAUDE_PLUGIN_DATA/config.json", plugin),
        ("sk-fourth-key", "config.json", paths.own_config_file),
    ]
    for key, source, path in expected:
        found = find_key(env, paths)
        assert found is not None
        assert (found.secret.reveal(), found.source, found.path) == (key, source, path)
        assert [place.source for place in sources(env, paths) if place.in_force] == [source]
        if path is None:
            env[source] = " \t"
        else:
            put(path, api_key="  ")
    assert find_key(env, paths) is None
    assert not any(place.in_force for place in sources(env, paths))


def test_a_key_that_is_no_text_is_absent_with_a_note(paths: Paths) -> None:
    put(paths.own_config_file, api_key=12345678)
    assert find_key({}, paths) is None
    assert "not a text" in sources({}, paths)[-1].problem


def test_a_broken_file_is_absent_with_a_note(paths: Paths) -> None:
    put(paths.own_config_file)
    paths.own_config_file.write_text("{", "utf-8")
    assert find_key({}, paths) is None
    assert "line 1" in sources({}, paths)[-1].problem


def test_a_first_place_that_holds_nonsense_is_not_passed_over(paths: Paths) -> None:
    put(paths.own_config_file, api_key=KEY)
    with pytest.raises(KeyProblem, match="STEPFUN_API_KEY") as caught:
        find_key({"STEPFUN_API_KEY": "sk-Canary with space"}, paths)
    assert "Canary" not in str(caught.value)


def test_a_variable_with_quotes_and_newline_is_cleaned(paths: Paths) -> None:
    found = find_key({"STEP_API_KEY": f'"{KEY}"\n'}, paths)
    assert found is not None
    assert found.secret.reveal() == KEY


def test_saving_a_key(paths: Paths, tmp_path: Path) -> None:
    assert save_key(Secret(KEY), paths, {}) == paths.own_config_file
    assert json.loads(paths.own_config_file.read_bytes()) == {"api_key": KEY}
    assert paths.own_config_file.stat().st_mode & 0o777 == 0o600

    shared = tmp_path / "plugin" / "config.json"
    put(shared, theirs=[1])
    shared.write_text("{broken", "utf-8")
    said: list[str] = []
    env = {"CLAUDE_PLUGIN_DATA": str(shared.parent)}
    assert save_key(Secret(KEY), paths, env, tell=said.append, region="intl") == shared
    assert json.loads(shared.read_bytes()) == {"api_key": KEY, "region": "intl"}
    assert "config.json.bad-" in said[0]


def test_without_a_key_three_ways_are_named() -> None:
    text = str(missing_key())
    assert all(way in text for way in ("STEPFUN_API_KEY", "stepasr-tui key set", "ctrl+k"))
