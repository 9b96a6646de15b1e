"""Where settings, transcripts and logs live; reading and writing them is not its job."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

APP = "stepasr-tui"
PLUGIN_VARIABLE = "CLAUDE_PLUGIN_DATA"
"""Names a folder whose ``config.json`` is shared with other tools of the same person."""


@dataclass(frozen=True)
class Paths:
    """Four folders; none of them need exist yet."""

    config: Path
    """Holds ``config.json``."""
    data: Path
    """Holds the library of transcripts."""
    state: Path
    """Holds logs and crash reports."""
    cache: Path
    """Holds what can be made again."""

    @classmethod
    def for_user(cls) -> "Paths":
        """The folders that this system gives a user; without a home, a private temporary one."""
        import platformdirs

        dirs = platformdirs.PlatformDirs(APP, appauthor=False)
        try:
            found = cls(
                config=dirs.user_config_path,
                data=dirs.user_data_path,
                state=dirs.user_state_path,
                cache=dirs.user_cache_path,
            )
        except RuntimeError:
            return cls.under(_homeless())
        folders = (found.config, found.data, found.state, found.cache)
        return found if all(folder.is_absolute() for folder in folders) else cls.under(_homeless())

    @classmethod
    def under(cls, folder: Path) -> "Paths":
        """All four inside ``folder``: the demo's and the tests' own world."""
        return cls(folder / "config", folder / "data", folder / "state", folder / "cache")

    @property
    def own_config_file(self) -> Path:
        """The app's own ``config.json``."""
        return self.config / "config.json"

    def config_file(self, env: Mapping[str, str]) -> Path:
        """The file that settings and key are written to: the plugin's where it is named."""
        return plugin_config_file(env) or self.own_config_file


def home() -> Path:
    """The user's home folder; the root folder for a user who has none."""
    try:
        return Path.home()
    except RuntimeError:
        return Path("/")


def plugin_config_file(env: Mapping[str, str]) -> Path | None:
    """``${CLAUDE_PLUGIN_DATA}/config.json``; ``None`` when the variable is unset or blank."""
    folder = env.get(PLUGIN_VARIABLE, "")
    return Path(folder) / "config.json" if folder.strip() else None


@cache
def _homeless() -> Path:
    """A folder for this process: a fixed name under the shared one could be someone's trap."""
    import tempfile

    return Path(tempfile.mkdtemp(prefix=f"{APP}-"))
