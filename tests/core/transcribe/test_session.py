"""What is in force: settings, overrides, environment, key, and the runner made of them."""

import json
from pathlib import Path

import pytest

from stepasr_tui.core.credentials import Secret
from stepasr_tui.core.errors import KeyProblem, SettingsError
from stepasr_tui.core.paths import Paths
from stepasr_tui.core.transcribe.session import Session

KEY = "sk-canary-0123456789abcdef"
HERE = "http://127.0.0.1:9"


def write(folder: Path, **fields: object) -> Paths:
    paths = Paths.under(folder)
    paths.config.mkdir(parents=True, exist_ok=True)
    paths.own_config_file.write_text(json.dumps(fields))
    paths.own_config_file.chmod(0o600)
    return paths


def kept(session: Session) -> dict[str, object]:
    found: dict[str, object] = json.loads(session.config_file.read_text())
    return found


def test_overrides_win_over_the_settings_for_this_run_only(tmp_path: Path) -> None:
    paths = write(tmp_path, region="intl", plan="step_plan", model="m")
    assert Session(paths, {}).where.base == "https://api.stepfun.ai/step_plan/v1"
    session = Session(paths, {}, region="cn", plan="standard")
    assert session.where.base == "https://api.stepfun.com/v1" and session.settings.model == "m"
    assert kept(session)["region"] == "intl"


def test_base_url_from_argument_then_environment_then_settings(tmp_path: Path) -> None:
    paths = write(tmp_path, base_url="http://127.0.0.1:1")
    env = {"STEPASR_BASE_URL": "http://127.0.0.1:2"}
    assert Session(paths, env, base_url="http://127.0.0.1:3").where.host == "127.0.0.1:3"
    assert Session(paths, env).where.host == "127.0.0.1:2"
    assert Session(paths, {"STEPASR_BASE_URL": " "}).where.host == "127.0.0.1:1"
    assert Session(paths, {}).at("cn", "step_plan").base == "http://127.0.0.1:1/step_plan/v1"


def test_an_unusable_base_url_is_refused(tmp_path: Path) -> None:
    for bad in ("http://example.com", "nonsense", "https://a:b@example.com"):
        with pytest.raises(SettingsError):
            Session(Paths.under(tmp_path), {}, base_url=bad)
        with pytest.raises(SettingsError):
            Session(Paths.under(tmp_path), {"STEPASR_BASE_URL": bad})


def test_use_changes_all_or_nothing_and_writes_nothing(tmp_path: Path) -> None:
    session = Session(Paths.under(tmp_path), {}, base_url=HERE)
    session.use(language="en", plan="step_plan")
    assert session.settings.language == "en" and session.where.plan == "step_plan"
    before = session.settings, session.where
    with pytest.raises(SettingsError):
        session.use(base_url="http://example.com", language="zh")
    assert (session.settings, session.where) == before
    assert not session.config_file.exists()


def test_keys_in_order(tmp_path: Path) -> None:
    paths = write(tmp_path / "own", api_key=KEY + "own4")
    plugin = tmp_path / "plugin"
    plugin.mkdir()
    (plugin / "config.json").write_text(json.dumps({"api_key": KEY + "plug"}))
    env = {
        "STEPFUN_API_KEY": KEY + "one1",
        "STEP_API_KEY": KEY + "two2",
        "CLAUDE_PLUGIN_DATA": str(plugin),
    }
    for gone, end in ((None, "one1"), ("STEPFUN_API_KEY", "two2"), ("STEP_API_KEY", "plug"),
                      ("CLAUDE_PLUGIN_DATA", "own4")):  # fmt: skip
        env.pop(gone or "", None)
        key = Session(paths, env).key
        assert key is not None and key.secret == Secret(KEY + end)


async def test_without_a_key_there_is_no_runner(tmp_path: Path) -> None:
    session = Session(Paths.under(tmp_path), {"STEPFUN_API_KEY": "  "})
    assert session.key is None
    with pytest.raises(KeyProblem, match="no StepFun key"):
        session.runner()
    await session.aclose()


def test_nonsense_for_a_key_is_noted_without_its_text(tmp_path: Path) -> None:
    session = Session(Paths.under(tmp_path), {"STEPFUN_API_KEY": "secret words here"})
    assert session.key is None and "STEPFUN_API_KEY" in session.notes[0]
    assert "secret" not in " ".join(session.notes)


async def test_a_kept_key_is_used_with_its_region_and_plan(tmp_path: Path) -> None:
    paths = write(tmp_path, other={"tool": 1}, language="en")
    session = Session(paths, {})
    assert session.keep_key(Secret(KEY), "intl", "step_plan") == paths.own_config_file
    assert kept(session) == {
        "other": {"tool": 1}, "language": "en",
        "api_key": KEY, "region": "intl", "plan": "step_plan",
    }  # fmt: skip
    assert session.key is not None and session.key.secret == Secret(KEY)
    assert session.where.base == "https://api.stepfun.ai/step_plan/v1"
    assert session.settings.language == "en"
    await session.aclose()


async def test_a_runner_is_made_once_until_its_address_or_key_changes(tmp_path: Path) -> None:
    session = Session(Paths.under(tmp_path), {"STEPFUN_API_KEY": KEY}, base_url=HERE)
    first = session.runner()
    assert session.runner() is first
    session.use(language="en")
    assert session.runner() is first, "a language is asked of the same service"
    session.use(plan="step_plan")
    second = session.runner()
    session.keep_key(Secret(KEY), "cn", "step_plan")
    third = session.runner()
    assert len({id(each) for each in (first, second, third)}) == 3
    assert first._pace is second._pace is third._pace is session.pace
    await session.aclose()


def test_settings_and_folders_are_kept(tmp_path: Path) -> None:
    session = Session(Paths.under(tmp_path), {})
    assert session.keep(language="en") == []
    folders = {"last_folder": "b", "recent_folders": ("b", "a")}
    session.use(**folders)
    session.keep(**folders)
    again = Session(Paths.under(tmp_path), {}).settings
    assert again.language == "en" and again.last_folder == "b"
    assert again.recent_folders == ("b", "a") == session.settings.recent_folders


def test_what_cannot_be_kept_is_in_force_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("in the way")
    session = Session(Paths.under(tmp_path), {})
    session.use(language="en")
    assert session.settings.language == "en"
    with pytest.raises(SettingsError):
        session.keep(language="en")


def test_a_recording_whose_language_is_known_is_heard_in_it(tmp_path: Path) -> None:
    english = tmp_path / "en.ogg"
    paths = write(tmp_path, hotwords=["阶跃"], enable_itn=False)
    session = Session(paths, {}, languages={english: "en"})
    found = session.options(english)
    assert (found.language, found.hotwords, found.enable_itn) == ("en", ("阶跃",), False)
    assert session.options(tmp_path / "other.ogg").language == "zh" and found.enable_timestamp


@pytest.mark.parametrize(
    ("option", "env", "source"),
    [
        ("http://elsewhere.invalid", {}, "--base-url"),
        (None, {"STEPASR_BASE_URL": "ftp://x"}, "STEPASR_BASE_URL"),
        (None, {}, "config.json"),
    ],
)
def test_a_refused_address_says_where_it_comes_from(
    tmp_path: Path, option: str | None, env: dict[str, str], source: str
) -> None:
    paths = write(tmp_path, base_url="http://example.invalid")
    with pytest.raises(SettingsError) as refused:
        Session(paths, env, base_url=option)
    assert source in refused.value.cause
