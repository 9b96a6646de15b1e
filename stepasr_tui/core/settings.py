"""The settings, one sentence each, and ``config.json`` that keeps them; the key is not one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from stepasr_tui.core.config_file import ConfigFile
from stepasr_tui.core.paths import Paths, plugin_config_file

RECENT = 9
"""How many recent folders are kept: as many as have a digit key."""

SEGMENT_MINUTES = (1, 28)
"""The shortest and the longest that segments may be made: a request holds 30 minutes, about."""


@dataclass(frozen=True)
class Settings:
    """What a person chose, or the defaults."""

    region: str = "cn"
    """``cn`` (platform.stepfun.com) or ``intl`` (platform.stepfun.ai): where the key was made."""
    plan: str = "standard"
    """``standard`` (pay as you go) or ``step_plan`` (a subscription's credit): what is billed."""
    model: str = "stepaudio-2.5-asr"
    """The speech model that hears the recording."""
    language: str = "zh"
    """``zh`` or ``en``: what is spoken."""
    enable_itn: bool = True
    """Numbers and dates are written as figures."""
    hotwords: tuple[str, ...] = ()
    """Names and terms that the model should expect."""
    base_url: str | None = None
    """An address to use instead of the region's own; ``None`` for the region's."""
    theme: str = "stepasr-dark"
    """The colours of the screen."""
    last_folder: str | None = None
    """Where the file picker was when the app closed."""
    recent_folders: tuple[str, ...] = ()
    """Folders that recordings were taken from, newest first, nine at most."""
    tier: str = "V0"
    """The account's rate limit, ``V0`` to ``V5`` (by its total recharge)."""
    best: bool = False
    """Quality over size: larger uploads, and nothing converted that need not be."""
    segment_minutes: int = 25
    """Minutes that a segment of a long recording may have, 1 to 28."""


class SettingsFile:
    """The settings kept in one ``config.json``, beside the key and fields of other tools."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = ConfigFile(path)

    def load(self) -> tuple[Settings, list[str]]:
        """The settings, and sentences for the person; a bad field is left at its default."""
        return _settings([self])

    def api_key(self) -> str | None:
        """The key's text as it stands in the file; ``None`` when absent or not a text."""
        value = self._file.read().values.get("api_key")
        return value if isinstance(value, str) else None

    def save(self, **changes: object) -> list[str]:
        """Keep the named settings; everything else in the file stays as another hand left it.

        Blocks (lock, disk): call it in a thread. Returns sentences for the person. Raises
        ``SettingsError`` when they cannot be kept, ``TypeError`` for what is no setting.
        """
        for name, value in changes.items():
            if name not in _FIELDS:
                raise TypeError(f"{name} is not a setting")
            if value is not None and _FIELDS[name](_plain(value)) is None:
                raise TypeError(f"{name} cannot have that value")
        return self._file.change({name: _plain(value) for name, value in changes.items()})

    def fields(self) -> tuple[dict[str, object], list[str]]:
        """The settings that the file has and that are sound, and notes about the others."""
        contents = self._file.read()
        notes = list(contents.notes)
        sound: dict[str, object] = {}
        for name, check in _FIELDS.items():
            value = contents.values.get(name)
            if value is None:
                if name in contents.values and name in _NULLABLE:
                    sound[name] = None
                continue
            checked = check(value)
            if checked is None:
                notes.append(f"{self.path}: “{name}” {_MEANT[name]}. It is not used.")
            else:
                sound[name] = checked
        return sound, notes


def load_settings(paths: Paths, env: Mapping[str, str]) -> tuple[Settings, list[str]]:
    """The settings in force: the plugin's file first, then the app's own for what that lacks."""
    plugin = plugin_config_file(env)
    files = ([plugin] if plugin else []) + [paths.own_config_file]
    return _settings([SettingsFile(path) for path in files])


def with_folder(settings: Settings, folder: str) -> Settings:
    """``settings`` after a recording was taken from ``folder``."""
    recent = (folder, *(old for old in settings.recent_folders if old != folder))[:RECENT]
    return replace(settings, last_folder=folder, recent_folders=recent)


def _settings(files: list[SettingsFile]) -> tuple[Settings, list[str]]:
    values: dict[str, object] = {}
    notes: list[str] = []
    for file in files:
        found, said = file.fields()
        values = found | values
        notes += said
    return replace(Settings(), **values), notes  # type: ignore[arg-type]  # _FIELDS checked them


def _plain(value: object) -> object:
    return list(value) if isinstance(value, tuple) else value


def _one_of(*words: str) -> Callable[[object], object]:
    return lambda value: value if value in words and isinstance(value, str) else None


def _text(value: object) -> object:
    return value.strip() or None if isinstance(value, str) else None


def _yes_or_no(value: object) -> object:
    return value if isinstance(value, bool) else None


def _whole_number(lowest: int, highest: int) -> Callable[[object], object]:
    def check(value: object) -> object:
        # True and False are numbers to Python.
        if not isinstance(value, int) or isinstance(value, bool):
            return None
        return value if lowest <= value <= highest else None

    return check


def _texts(value: object) -> object:
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return tuple(item for item in value if item.strip())
    return None


def _folder(value: object) -> object:
    return value if isinstance(value, str) and value else None


def _folders(value: object) -> object:
    texts = _texts(value)
    return texts[:RECENT] if isinstance(texts, tuple) else None


_FIELDS: dict[str, Callable[[object], object]] = {
    "region": _one_of("cn", "intl"),
    "plan": _one_of("standard", "step_plan"),
    "model": _text,
    "language": _one_of("zh", "en"),
    "enable_itn": _yes_or_no,
    "hotwords": _texts,
    "base_url": _text,
    "theme": _text,
    "last_folder": _folder,
    "recent_folders": _folders,
    "tier": _one_of("V0", "V1", "V2", "V3", "V4", "V5"),
    "best": _yes_or_no,
    "segment_minutes": _whole_number(*SEGMENT_MINUTES),
}
"""For each setting: a value from a file → the value, or ``None`` when it cannot be one."""

_NULLABLE = {"base_url", "last_folder"}

_MEANT = {
    "region": "must be cn or intl",
    "plan": "must be standard or step_plan",
    "model": "must be a text",
    "language": "must be zh or en",
    "enable_itn": "must be true or false",
    "hotwords": "must be a list of texts",
    "base_url": "must be a text or null",
    "theme": "must be a text",
    "last_folder": "must be a text or null",
    "recent_folders": "must be a list of texts",
    "tier": "must be V0 to V5",
    "best": "must be true or false",
    "segment_minutes": "must be a whole number from 1 to 28",
}
