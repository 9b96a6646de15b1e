"""What a person changes for the recordings to come: settings and key, in force and written."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from textual.screen import Screen

from stepasr_tui.core.audio.recording import Recording
from stepasr_tui.core.errors import SettingsError, StepasrError
from stepasr_tui.core.settings import Settings, with_folder
from stepasr_tui.core.transcribe.session import Session
from stepasr_tui.ui.screens.sending import Sending
from stepasr_tui.ui.screens.tracks import Tracks

if TYPE_CHECKING:
    from stepasr_tui.core.credentials import Secret
    from stepasr_tui.core.stepfun.keycheck import CheckRow
    from stepasr_tui.ui.screens.key_setup import Check, KeySetup


class Say(Protocol):
    """Shows a sentence that leaves by itself."""

    def __call__(self, sentence: str, *, warning: bool = False) -> None: ...


class InForce:
    """Changes settings for one screen; each change is told to ``changed``, and kept."""

    def __init__(
        self, screen: Screen[Any], session: Session, *, say: Say, changed: Callable[[], None]
    ) -> None:
        self._screen = screen
        self._session = session
        self._say = say
        self._changed = changed
        self._writing = asyncio.Lock()

    def say_notes(self) -> None:
        """Tell what the session noted about the settings."""
        for note in self._session.take_notes():
            self._say(note, warning=True)

    def change(self, **changes: object) -> None:
        """Let settings be in force from the next recording on, and keep them."""
        self._session.use(**changes)
        self._changed()
        if "plan" in changes and self._session.where.plan != changes["plan"]:
            self._say("The base URL in force ends in the other plan's path: it decides.")
        self._write(partial(self._session.keep, **changes))

    def switch_language(self) -> None:
        """From Chinese to English, or back."""
        language = "en" if self._session.settings.language == "zh" else "zh"
        self.change(language=language)
        self._say(f"Recordings are now heard as {'English' if language == 'en' else 'Chinese'}.")

    def folder_shown(self, folder: Path) -> None:
        """Remember where the file picker is."""
        self._remember(replace(self._session.settings, last_folder=str(folder)))

    def folder_used(self, folder: Path) -> None:
        """Remember where a recording was taken from."""
        if self._session.settings.recent_folders[:1] == (str(folder),):
            return  # the one before it came from there, too
        self._remember(with_folder(self._session.settings, str(folder)))

    def ask_sending(self) -> None:
        """Ask how recordings are to be sent."""
        chosen = self._session.settings

        def answered(wanted: Sending.Wanted | None) -> None:
            if wanted:
                self.change(
                    best=wanted.best, segment_minutes=wanted.segment_minutes, tier=wanted.tier
                )

        dialog = Sending(chosen.best, chosen.segment_minutes, chosen.tier)
        self._screen.app.push_screen(dialog, answered)

    def ask_track(self, recording: Recording) -> None:
        """Ask which of the sounds in ``recording`` is to be heard."""
        path = recording.path

        def answered(track: int | None) -> None:
            if track is not None:
                self._session.hear_track(path, track)
                self._changed()

        chosen = self._session.choices(path).track
        self._screen.app.push_screen(Tracks(recording.tracks, chosen), answered)

    def ask_key(self, then: Callable[[], None] | None = None) -> None:
        """Ask for a key; then do what could not be done without one."""
        from stepasr_tui.ui.screens.key_setup import KeySetup

        session = self._session

        def done(saved: "KeySetup.Done | None") -> None:
            if saved:
                session.use(region=saved.region, plan=saved.plan)
                self._changed()
                self.say_notes()
                if session.key is None:
                    self._say(f"The key is saved, but not in force. {session.no_key}", warning=True)
                elif then:
                    then()
                else:
                    self._say("The key is saved. Choose a recording and press Enter.")
            elif then:
                self._say("Without a key nothing can be sent; ctrl+k sets one up.")

        self._screen.app.push_screen(
            KeySetup(
                check=_check(session),
                save=session.keep_key,
                path=session.config_file,
                region=session.where.region,
                plan=session.where.plan,
                current=session.key,
            ),
            done,
        )

    def _remember(self, settings: Settings) -> None:
        """Keep where recordings are taken from; that it cannot be kept is not worth a word."""
        folders = {
            "last_folder": settings.last_folder,
            "recent_folders": settings.recent_folders,
        }
        self._session.use(**folders)

        def keep() -> None:
            with suppress(SettingsError):
                self._session.keep(**folders)

        self._write(keep)

    def _write(self, keep: Callable[[], list[str] | None]) -> None:
        self._screen.run_worker(self._written(keep), group="settings")

    async def _written(self, keep: Callable[[], list[str] | None]) -> None:
        """Write settings in a thread, one change after another in the order of the keys."""
        async with self._writing:
            try:
                notes = await asyncio.to_thread(keep)
            except StepasrError as error:
                notes = [str(error)]
        for note in notes or ():
            self._say(note, warning=True)


def _check(session: Session) -> "Check":
    async def check(secret: "Secret", region: str, plan: str) -> "AsyncIterator[CheckRow]":
        from stepasr_tui.core.stepfun.keycheck import check_key

        model = session.settings.model
        async for row in check_key(secret, session.at(region, plan), model):
            yield row

    return check
