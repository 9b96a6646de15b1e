"""The settings file: patient when read, careful when written."""

import json
import os
import stat
import tempfile
import threading
from dataclasses import fields
from pathlib import Path

import pytest

from stepasr_tui.core import settings as module
from stepasr_tui.core.errors import SettingsError
from stepasr_tui.core.paths import Paths, _homeless
from stepasr_tui.core.settings import Settings, SettingsFile, load_settings, with_folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "config.json"


def put(path: Path, data: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else json.dumps(data).encode())


def test_every_setting_has_its_check() -> None:
    names = {field.name for field in fields(Settings)}
    assert names == set(module._FIELDS) == set(module._MEANT)
    for name in names - module._NULLABLE:
        default = module._plain(getattr(Settings(), name))
        assert module._FIELDS[name](default) == getattr(Settings(), name)


def test_no_file_is_the_defaults(path: Path) -> None:
    assert SettingsFile(path).load() == (Settings(), [])
    assert not path.parent.exists()


def test_what_is_saved_comes_back(path: Path) -> None:
    file = SettingsFile(path)
    chosen = {
        "region": "intl",
        "plan": "step_plan",
        "model": "stepaudio-3-asr-max",
        "language": "en",
        "enable_itn": False,
        "hotwords": ("阶跃星辰", "StepFun"),
        "base_url": "https://example.test",
        "theme": "stepasr-light",
        "last_folder": "/music/\udcff",
        "recent_folders": ("/a", "/b"),
        "tier": "V3",
        "best": True,
        "segment_minutes": 12,
    }
    assert file.save(**chosen) == []
    assert file.load() == (Settings(**chosen), [])  # type: ignore[arg-type]
    assert file.save(base_url=None) == []
    assert file.load()[0].base_url is None


def test_folder_and_file_are_private(path: Path) -> None:
    before = os.umask(0)
    try:
        SettingsFile(path).save(region="intl")
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_unknown_fields_stay_unchanged_and_in_place(path: Path) -> None:
    old = {"zebra": [1, {"a": None}], "region": "cn", "api_key": "sk-12345678", "名": 1.5}
    put(path, old)
    SettingsFile(path).save(region="intl", language="en")
    kept = json.loads(path.read_text("utf-8"))
    assert list(kept) == ["zebra", "region", "api_key", "名", "language"]
    assert kept == old | {"region": "intl", "language": "en"}


def test_a_bad_field_alone_is_left_at_its_default(path: Path) -> None:
    put(path, {"region": "mars", "enable_itn": 1, "hotwords": "a", "language": "en"})
    loaded, notes = SettingsFile(path).load()
    assert loaded == Settings(language="en")
    assert [name in " ".join(notes) for name in ("region", "enable_itn", "hotwords")] == [True] * 3
    assert "mars" not in " ".join(notes)
    SettingsFile(path).save(tier="V1")
    assert json.loads(path.read_bytes())["region"] == "mars"


@pytest.mark.parametrize("minutes", [0, 29, 25.0, True, "25", None])
def test_segments_have_1_to_28_minutes(path: Path, minutes: object) -> None:
    put(path, {"segment_minutes": minutes, "best": True})
    loaded, notes = SettingsFile(path).load()
    assert loaded == Settings(best=True)
    assert minutes is None or "whole number from 1 to 28" in notes[0]
    for right in (1, 28):
        SettingsFile(path).save(segment_minutes=right)
        assert SettingsFile(path).load()[0].segment_minutes == right


def test_at_most_nine_recent_folders(path: Path) -> None:
    settings = Settings()
    for number in range(12):
        settings = with_folder(settings, f"/{number}")
    settings = with_folder(settings, "/7")
    assert settings.recent_folders == tuple(f"/{n}" for n in (7, 11, 10, 9, 8, 6, 5, 4, 3))
    put(path, {"recent_folders": [f"/{n}" for n in range(30)]})
    assert len(SettingsFile(path).load()[0].recent_folders) == 9


BROKEN = {
    "truncated": b'{"region":\n\n "in',
    "utf16": '{"region": "intl"}'.encode("utf-16"),
    "latin": b'{"region": "\xff"}',
    "list": b"[1]",
    "empty": b"",
    "deep": b"[" * 200_000,
    "long": b'{"a": "' + b"x" * 1_000_000 + b'"}',
}


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_file_is_read_as_none_and_set_aside_when_written(path: Path, kind: str) -> None:
    put(path, BROKEN[kind])
    loaded, notes = SettingsFile(path).load()
    assert loaded == Settings()
    assert len(notes) == 1
    assert "cannot be read" in notes[0]
    assert path.read_bytes() == BROKEN[kind]

    said = SettingsFile(path).save(region="intl")
    aside = list(path.parent.glob("config.json.bad-*"))
    assert [file.read_bytes() for file in aside] == [BROKEN[kind]]
    assert aside[0].name in said[0]
    assert SettingsFile(path).load() == (Settings(region="intl"), [])


def test_a_truncated_file_is_named_by_line(path: Path) -> None:
    put(path, BROKEN["truncated"])
    assert "line 3" in SettingsFile(path).load()[1][0]


def test_two_broken_files_in_one_second_are_both_kept(path: Path) -> None:
    for text in (b"one", b"two"):
        put(path, text)
        SettingsFile(path).save(tier="V1")
    kept = {file.read_bytes() for file in path.parent.glob("config.json.bad-*")}
    assert kept == {b"one", b"two"}


def test_a_byte_order_mark_is_read(path: Path) -> None:
    put(path, b"\xef\xbb\xbf" + b'{"region": "intl"}')
    assert SettingsFile(path).load() == (Settings(region="intl"), [])


def test_a_key_that_others_can_read_is_made_private_and_said(path: Path) -> None:
    put(path, {"api_key": "sk-12345678"})
    path.chmod(0o644)
    _, notes = SettingsFile(path).load()
    assert len(notes) == 1
    assert "only you" in notes[0]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_folder_that_others_can_write_to_is_tightened_and_said(path: Path) -> None:
    path.parent.mkdir()
    path.parent.chmod(0o777)
    said = SettingsFile(path).save(tier="V1")
    assert len(said) == 1
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o755


@pytest.mark.skipif(os.getuid() != 0, reason="only root can give a file away")
def test_a_file_of_another_user_is_neither_used_nor_written(path: Path) -> None:
    put(path, {"region": "intl"})
    os.chown(path, 12345, 12345)
    loaded, notes = SettingsFile(path).load()
    assert loaded == Settings()
    assert "another user" in notes[0]
    with pytest.raises(SettingsError, match="another user"):
        SettingsFile(path).save(tier="V1")
    assert json.loads(path.read_bytes()) == {"region": "intl"}


def test_a_link_is_followed(path: Path, tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "stepasr.json"
    put(real, {"region": "intl"})
    path.parent.mkdir()
    path.symlink_to(real)
    SettingsFile(path).save(language="en")
    assert path.is_symlink()
    assert json.loads(real.read_bytes()) == {"region": "intl", "language": "en"}


def test_a_pipe_in_its_place_does_not_hang(path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path)
    assert "plain file" in SettingsFile(path).load()[1][0]
    with pytest.raises(SettingsError):
        SettingsFile(path).save(tier="V1")


def test_a_place_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SettingsError, match="not saved") as caught:
        SettingsFile(tmp_path / "file" / "config.json").save(tier="V1")
    assert caught.value.cause


def test_two_instances_lose_nothing_of_each_other(path: Path) -> None:
    def writer(name: str, values: list[str]) -> None:
        for value in values:
            SettingsFile(path).save(**{name: value})

    threads = [
        threading.Thread(target=writer, args=("tier", ["V1", "V2"] * 8)),
        threading.Thread(target=writer, args=("language", ["en", "zh"] * 8)),
        threading.Thread(target=writer, args=("region", ["intl", "cn"] * 8)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert json.loads(path.read_bytes()) == {"tier": "V2", "language": "zh", "region": "cn"}


def test_only_settings_are_saved(path: Path) -> None:
    with pytest.raises(TypeError):
        SettingsFile(path).save(colour="red")
    with pytest.raises(TypeError):
        SettingsFile(path).save(region="mars")
    assert not path.exists()


def test_the_plugins_file_comes_first_and_ours_fills_in(tmp_path: Path) -> None:
    paths = Paths.under(tmp_path / "own")
    env = {"CLAUDE_PLUGIN_DATA": str(tmp_path / "plugin")}
    assert paths.config_file(env) == tmp_path / "plugin" / "config.json"
    assert paths.config_file({"CLAUDE_PLUGIN_DATA": " "}) == paths.own_config_file
    put(tmp_path / "plugin" / "config.json", {"region": "intl", "plan": 3})
    put(paths.own_config_file, {"region": "cn", "plan": "step_plan", "language": "en"})
    loaded, notes = load_settings(paths, env)
    assert loaded == Settings(region="intl", plan="step_plan", language="en")
    assert len(notes) == 1
    assert load_settings(paths, {})[0].region == "cn"


def test_there_are_folders_without_a_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    _homeless.cache_clear()
    paths = Paths.for_user()
    assert paths.config.is_relative_to(tmp_path)
    assert paths == Paths.for_user()
    _homeless.cache_clear()
