"""``stepasr-tui transcribe --dry-run``: what it would take, on stdout; it sends nothing."""

import contextlib
from collections.abc import Mapping
from pathlib import Path

from stepasr_tui.cli_asked import MEANT, STDIN, Asked, called, path_of, spooled
from stepasr_tui.cli_exit import COMPLETE, FAILED
from stepasr_tui.cli_output import Console, lines_of, must_be_open, put, quiet_libraries
from stepasr_tui.cli_signals import Signals
from stepasr_tui.core.audio.probe import measured, pcm, probe
from stepasr_tui.core.audio.raw import may_be_raw
from stepasr_tui.core.audio.recording import Recording
from stepasr_tui.core.audio.spool import Spool
from stepasr_tui.core.display import size, visible_row
from stepasr_tui.core.errors import StepasrError
from stepasr_tui.core.figures import about, length, roughly
from stepasr_tui.core.library.export import as_json
from stepasr_tui.core.paths import Paths
from stepasr_tui.core.settings import Settings, load_settings
from stepasr_tui.core.transcribe import report
from stepasr_tui.core.transcribe.estimate import Estimate, estimate, total

_ROW = "{:>9}  {:>8}  {:>8}  {:<13}  {:<17}  {}\n"
"""Length, upload, requests, cost, time, file: what can be of any width comes last."""


def dry_run(asked: Asked, env: Mapping[str, str]) -> int:
    """Say of each recording what it takes to transcribe it; 1 when one of them cannot be.

    Raises ``NotSaved``, ``ReaderGone``, ``Interrupted``.
    """
    console, signals, spool = Console(env), Signals(), Spool()
    must_be_open()
    settings, notes = load_settings(Paths.for_user(), env)
    console.say(*notes)
    signals.at_the_end += [console.clear, spool.remove]
    with signals.caught(), contextlib.ExitStack() as stack:
        stack.callback(spool.remove)
        stdin = spooled(asked.files, spool)
        stack.enter_context(quiet_libraries())
        stack.callback(console.clear)
        return _Estimates(asked, settings, console, stdin).all()


class _Estimates:
    """One call of the command."""

    def __init__(
        self,
        asked: Asked,
        settings: Settings,
        console: Console,
        stdin: Path | StepasrError | None,
    ) -> None:
        self._asked, self._settings = asked, settings
        self._console, self._stdin = console, stdin
        self._model = asked.options(settings).model
        self._found: list[Estimate] = []

    def all(self) -> int:
        """Every file in order, then all together; the exit code."""
        for name in self._asked.files:
            self._console.progress(f"{visible_row(called(name))}  looking")
            try:
                recording = self._look(name)
            except StepasrError as error:
                self._say(report.problem(error), name)
                if self._asked.as_objects:
                    put(as_json({"file": name, **report.failure(error)}))
                continue
            self._console.clear()
            self._tell(recording, name)
        if not self._asked.as_objects:
            self._sum_up()
        return COMPLETE if len(self._found) == len(self._asked.files) else FAILED

    def _look(self, name: str) -> Recording:
        """What is under that name, all of it read where its header does not tell how long it is."""
        if name == STDIN and isinstance(self._stdin, StepasrError):
            raise self._stdin
        path, raw = path_of(name, self._stdin), self._asked.pcm
        if raw and may_be_raw(path):
            recording = pcm(path, raw.rate, raw.channels)
        else:
            recording = measured(probe(path))
        self._asked.must_have_track(recording)
        return recording

    def _tell(self, recording: Recording, name: str) -> None:
        # It brings the HTTP client with it, which a file that is no recording need not wait for.
        from stepasr_tui.core.transcribe.runner import warnings

        asked, settings = self._asked, self._settings
        choices, tier = asked.choices(settings), asked.tier or settings.tier
        found = estimate(recording, choices, self._model, tier)
        for remark in (*asked.remarks(recording), *warnings(recording)):
            self._say([remark], name)
        if found.asks and not asked.yes:
            self._say([f"{found.asks} {MEANT}"], name)
        if asked.as_objects:
            put(as_json({"file": name, **self._object(recording, found)}))
        else:
            if not self._found:
                put(_ROW.format("length", "upload", "requests", "cost", "time", "file"))
            put(_row(found, name))
        self._found.append(found)

    def _object(self, recording: Recording, found: Estimate) -> dict[str, object]:
        return {
            "ok": True,
            "container": recording.container,
            "codec": recording.codec,
            "size": recording.size,
            "duration": None if found.duration is None else round(found.duration, 3),
            "exact": found.exact,
            "upload": found.upload,
            "requests": found.requests,
            "as_it_is": found.as_it_is,
            "model": self._model,
            "cost_estimate": None if found.yuan is None else round(found.yuan, 6),
            "yuan_per_hour": found.price,
            "priced": found.priced or None,
            "seconds": None if found.seconds is None else round(found.seconds),
            "asks": found.asks or None,
        }

    def _sum_up(self) -> None:
        if not self._found:
            return
        count = len(self._found)
        if count > 1:
            put(_row(total(self._found), f"all {count} together, one after another"))
        first = self._found[0]
        if first.price is None:
            put(f"The price of {visible_row(self._model)} is not known.\n")
        else:
            price = f"¥{first.price:g} an hour, price of {first.priced}"
            put(f"{visible_row(self._model)}: {price}. All of this is an estimate.\n")

    def _say(self, sentences: list[str], name: str) -> None:
        self._console.say(*lines_of(sentences, called(name)))


def _row(found: Estimate, name: str) -> str:
    requests = "as it is" if found.as_it_is else found.requests
    return _ROW.format(
        length(found.duration, exact=found.exact),
        "?" if found.upload is None else size(found.upload),
        "?" if requests is None else requests,
        "?" if found.yuan is None else about(found.yuan),
        "?" if found.seconds is None else roughly(found.seconds),
        visible_row(name),
    )
