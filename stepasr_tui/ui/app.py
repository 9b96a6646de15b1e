"""The roof: wires session, screens and signals together; it draws nothing itself."""

import asyncio
import os
import sys
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from pathlib import Path

from rich.text import Text
from textual.app import App, SystemCommand
from textual.screen import Screen

from stepasr_tui.core.crash import install_hooks
from stepasr_tui.core.display import visible_path
from stepasr_tui.core.errors import NotSaved
from stepasr_tui.core.library.rescue import rescue, rescued
from stepasr_tui.core.paths import Paths, home
from stepasr_tui.core.stepfun.service import MODELS, PLANS, REGIONS
from stepasr_tui.core.transcribe.job import Job
from stepasr_tui.core.transcribe.jobs import Jobs
from stepasr_tui.core.transcribe.session import Session
from stepasr_tui.ui.commands import in_palette
from stepasr_tui.ui.demo import Demo
from stepasr_tui.ui.screens.leave import Answer, Leave
from stepasr_tui.ui.screens.main import MainScreen
from stepasr_tui.ui.screens.save_as import free_name
from stepasr_tui.ui.screens.saving import as_file, save_text, usual_place
from stepasr_tui.ui.terminal import CrashSafe, catch_signals, quiet_descriptor_two
from stepasr_tui.ui.themes import DARK, LIGHT


class StepasrApp(CrashSafe[None]):
    """stepasr-tui."""

    TITLE = "stepasr-tui"
    CSS = """
    Toast {
        width: auto;
        max-width: 46;
        padding: 0 1;
        background: $panel;
    }
    ToastRack { align: right bottom; margin-bottom: 1; }
    """

    def __init__(
        self,
        session: Session,
        start: Path,
        *,
        demo: Demo | None = None,
        wall: Callable[[], datetime] = datetime.now,
    ) -> None:
        """``start`` is a folder, or a file to select; ``demo`` makes it the demo."""
        super().__init__()
        self._session = session
        self._jobs = Jobs()
        self._start = start
        self._demo = demo
        self._wall = wall
        self.crash_folder = session.paths.state / "crashes"
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        wanted = session.settings.theme
        self.theme = wanted if wanted in (DARK.name, LIGHT.name) else DARK.name

    def on_mount(self) -> None:
        self._undo_signals = catch_signals(self._on_signal)
        self._main = MainScreen(
            self._session,
            self._jobs,
            self._start,
            demo=self._demo is not None,
            wall=self._wall,
        )
        self.push_screen(self._main)
        self.call_after_refresh(self._greet)

    async def on_unmount(self) -> None:
        self._undo_signals()
        await self._session.aclose()

    def _greet(self) -> None:
        # Importing the HTTP client takes longer than the first frame: it waits for that.
        self.run_worker(_warm_up, thread=True, group="warm-up")
        if self._demo:
            self._main.begin(self._demo.first)
        elif self._session.key is None:
            self._main.action_key()
        kept = rescued(self._unsaved_folder)
        if kept:
            count = "1 unsaved transcript" if len(kept) == 1 else f"{len(kept)} unsaved transcripts"
            where = visible_path(self._unsaved_folder)
            self._main.say(f"In {where}: {count} of an earlier run.")

    @property
    def _unsaved_folder(self) -> Path:
        return self._session.paths.data / "unsaved"

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        if screen is not self._main:
            return
        for command in in_palette():
            target = self if command.action.startswith("app.") else screen
            action = command.action.removeprefix("app.")
            run = partial(target.run_action, action)
            yield SystemCommand(command.title, command.help, run)
        for model in MODELS.values():
            about = f"¥{model.yuan_per_hour:g} an hour of audio ({model.priced})"
            change = partial(self._main.in_force.change, model=model.name)
            yield SystemCommand(f"Model: {model.name}", about, change)
        for plan in PLANS.values():
            about = f"Send to {plan.prefix}, billed to that plan"
            yield SystemCommand(
                f"Plan: {plan.title}", about, partial(self._main.in_force.change, plan=plan.name)
            )
        for region in REGIONS.values():
            about = f"Send to {region.host.removeprefix('https://')}"
            yield SystemCommand(
                f"Region: {region.title}",
                about,
                partial(self._main.in_force.change, region=region.name),
            )
        if self._demo:
            for name, title, about in self._demo.happenings:
                yield SystemCommand(title, about, partial(self._demo.let_happen, name))

    def action_theme(self) -> None:
        """Switch between dark and light, and keep that."""
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name
        self._main.in_force.change(theme=self.theme)

    def action_help(self) -> None:
        """Show every key."""
        from stepasr_tui.ui.screens.help import Help

        if self.screen is self._main:
            self.push_screen(Help())

    def action_help_quit(self) -> None:
        """Ctrl+C with nothing selected: what people mean by it is leaving."""
        self.action_ask_quit()

    async def action_quit(self) -> None:
        """Ctrl+Q, wherever it is pressed."""
        self.action_ask_quit()

    def action_ask_quit(self) -> None:
        """Leave, after a question when something would be lost."""
        if isinstance(self.screen, Leave):
            return
        running, unsaved = len(self._jobs.running), len(self._jobs.unsaved)
        if self._demo or not (running or unsaved):
            self.exit()
            return
        self.push_screen(Leave(running, unsaved), self._leave)

    def _leave(self, answer: Answer | None) -> None:
        if answer == "leave":
            self.exit()
        elif answer == "save":
            self._stop_all()
            self.call_later(self._save_all_and_leave)

    def _stop_all(self) -> None:
        for job in self._jobs.running:
            self._main.stop(job)

    async def _save_all_and_leave(self) -> None:
        # Those that were stopped just now may not have been told of it yet.
        jobs = [*self._jobs.unsaved, *self._jobs.running]
        jobs = [job for job in jobs if job.transcript.text.strip()]
        places = await asyncio.to_thread(lambda: [self._save_somewhere(job) for job in jobs])
        if None in places:
            self._main.say("Not all could be saved, so the app stays. ctrl+a saves elsewhere.")
            return
        told = "\n".join(f"Saved as {visible_path(place)}" for place in places if place)
        self.exit(message=Text(told) if told else None)

    def _save_somewhere(self, job: Job) -> Path | None:
        """Where its text is now; None when it could not be written anywhere. Blocks."""
        place = free_name(usual_place(job))
        try:
            save_text(place, as_file(job), False)
        except (FileExistsError, NotSaved):
            return rescue(self._unsaved_folder, job.path.stem, job.transcript.text)
        self._jobs.saved(job)
        return place

    def _on_signal(self, number: int) -> None:
        self._rescue()
        self.exit(return_code=128 + number)

    def _handle_exception(self, error: Exception) -> None:
        self._rescue()
        super()._handle_exception(error)

    def _rescue(self) -> None:
        """Keep every text that is on the screen only: there is nobody left to ask."""
        if self._demo:
            return
        for job in (*self._jobs.unsaved, *self._jobs.running):
            if job.transcript.text.strip():
                rescue(self._unsaved_folder, job.path.stem, job.transcript.text)


def run_app(start: Path | None, region: str | None, plan: str | None, base_url: str | None) -> int:
    """Run the app until the person leaves; returns the exit code. Raises ``SettingsError``."""
    session = Session(Paths.for_user(), region=region, plan=plan, base_url=base_url)
    last = session.settings.last_folder
    # Unlike Path's own, this answers for a folder that cannot be looked at, too.
    place = start or (Path(last) if last and os.path.isdir(last) else home())  # noqa: PTH112
    return _run(StepasrApp(session, place.absolute()), session)


def run_demo() -> int:
    """Run the app against the built-in simulator, in a folder that is gone afterwards."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stepasr-demo-")))
        demo = stack.enter_context(Demo(folder))
        session = Session(
            Paths.under(folder / "home"), demo.env, base_url=demo.url, languages=demo.languages
        )
        return _run(StepasrApp(session, demo.first, demo=demo), session)


def _run(app: App[None], session: Session) -> int:
    install_hooks(session.paths.state / "crashes")
    with quiet_descriptor_two(session.paths.state / "stray.log"):
        app.run()
    sys.stdout.flush()
    return app.return_code or 0


def _warm_up() -> None:
    import stepasr_tui.core.transcribe.runner  # noqa: F401
