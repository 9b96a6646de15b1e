"""Settings, key and endpoint in force for one run, and the runner made of them. No screen."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from stepasr_tui.core.audio.recording import UploadChoices
from stepasr_tui.core.credentials import FoundKey, Secret, find_key, missing_key, save_key
from stepasr_tui.core.errors import KeyProblem, SettingsError
from stepasr_tui.core.paths import Paths
from stepasr_tui.core.settings import Settings, SettingsFile, load_settings
from stepasr_tui.core.stepfun.request import Options
from stepasr_tui.core.stepfun.service import BASE_URL_VARIABLE, Endpoint, endpoint
from stepasr_tui.core.transcribe.pace import Pace

if TYPE_CHECKING:
    from stepasr_tui.core.stepfun.client import StepFunClient
    from stepasr_tui.core.transcribe.runner import Runner


class Session:
    """What a run of the app works with; the client is made when it is first needed."""

    def __init__(
        self,
        paths: Paths,
        env: Mapping[str, str] | None = None,
        *,
        region: str | None = None,
        plan: str | None = None,
        base_url: str | None = None,
        languages: Mapping[Path, str] | None = None,
        pace: Pace | None = None,
    ) -> None:
        """``region``, ``plan`` and ``base_url`` win over the settings, for this run only.

        ``languages`` are those of recordings whose language is known. Reads two small files;
        raises ``SettingsError`` for a base URL that the key must not go to.
        """
        self.paths = paths
        self.env = os.environ if env is None else env
        self.notes: list[str] = []
        """Sentences about the settings, for the person."""
        self.settings, notes = load_settings(paths, self.env)
        self.notes += notes
        chosen = self.settings
        self.settings = replace(
            chosen,
            region=region or chosen.region,
            plan=plan or chosen.plan,
            base_url=base_url or self.env.get(BASE_URL_VARIABLE, "").strip() or chosen.base_url,
        )
        self.where: Endpoint = self._first_endpoint("--base-url" if base_url else "")
        self.key: FoundKey | None = None
        """The key in force."""
        self.no_key: KeyProblem = missing_key()
        """Why there is none, when there is none."""
        self.find_key()
        self._languages = dict(languages or {})
        self._tracks: dict[Path, int] = {}
        self.pace = pace or Pace(self.settings.tier)
        """The account's limiter, and its clock."""
        self._runner: Runner | None = None
        self._clients: list[StepFunClient] = []

    def _first_endpoint(self, option: str) -> Endpoint:
        try:
            return _endpoint(self.settings)
        except SettingsError as error:
            variable = BASE_URL_VARIABLE if self.env.get(BASE_URL_VARIABLE, "").strip() else ""
            source = option or variable or f"“base_url” in {self.config_file}"
            error.cause = f"{error.cause} It comes from {source}."
            raise

    @property
    def config_file(self) -> Path:
        """Where settings and key are written."""
        return self.paths.config_file(self.env)

    def options(self, path: Path) -> Options:
        """What is asked of the model for the recording ``path``."""
        chosen = self.settings
        return Options(
            chosen.model,
            self._languages.get(path, chosen.language),
            chosen.enable_itn,
            enable_timestamp=True,
            hotwords=chosen.hotwords,
        )

    def choices(self, path: Path) -> UploadChoices:
        """How the recording ``path`` is made into uploads."""
        chosen = self.settings
        return UploadChoices(self._tracks.get(path, 0), chosen.best, 60.0 * chosen.segment_minutes)

    def hear_track(self, path: Path, track: int) -> None:
        """Hear the sound at that place in ``Recording.tracks`` of ``path`` from now on."""
        self._tracks[path] = track

    def find_key(self) -> None:
        """Look for the key in its places again; a place with nonsense leaves a note."""
        try:
            self.key = find_key(self.env, self.paths)
            self.no_key = missing_key()
        except KeyProblem as problem:
            self.key = None
            self.no_key = problem
            self.notes.append(str(problem))

    def take_notes(self) -> list[str]:
        """Sentences for the person that were not taken before."""
        notes, self.notes = self.notes, []
        return notes

    def use(self, **changes: object) -> None:
        """Let settings be in force from the next job on; ``keep`` writes them.

        Raises ``SettingsError`` for a base URL that the key must not go to; nothing changes then.
        """
        chosen = replace(self.settings, **changes)  # type: ignore[arg-type]
        where = _endpoint(chosen)
        if where != self.where:
            self._runner = None
        if chosen.tier != self.settings.tier:
            self.pace.keep_to(chosen.tier)
        self.settings, self.where = chosen, where

    def keep(self, **changes: object) -> list[str]:
        """Write settings; blocks. Returns sentences for the person. Raises ``SettingsError``."""
        return SettingsFile(self.config_file).save(**changes)

    def keep_key(self, secret: Secret, region: str, plan: str) -> Path:
        """Write a key with its region and plan, and use them; blocks. Raises ``SettingsError``."""
        path = save_key(
            secret, self.paths, self.env, tell=self.notes.append, region=region, plan=plan
        )
        self.find_key()
        self._runner = None
        self.use(region=region, plan=plan)
        return path

    def at(self, region: str, plan: str) -> Endpoint:
        """The endpoint of another region or plan, at the base URL in force."""
        return endpoint(region, plan, self.settings.base_url)

    def runner(self) -> "Runner":
        """The runner for what is in force; the first call imports the HTTP client.

        Raises ``KeyProblem`` when there is no key.
        """
        from stepasr_tui.core.stepfun.client import StepFunClient
        from stepasr_tui.core.transcribe.runner import Runner

        if self.key is None:
            raise self.no_key
        if self._runner is None:
            client = StepFunClient(self.where, self.key.secret)
            self._clients.append(client)
            self._runner = Runner(client, self.pace, cache=self.paths.cache / "segments")
        return self._runner

    async def aclose(self) -> None:
        """Close every connection."""
        for client in self._clients:
            await client.aclose()


def _endpoint(chosen: Settings) -> Endpoint:
    return endpoint(chosen.region, chosen.plan, chosen.base_url)
