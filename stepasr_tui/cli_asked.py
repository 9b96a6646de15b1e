"""What one call of ``transcribe`` asks for, and of which recordings; it hears none of them."""

import sys
from dataclasses import dataclass
from pathlib import Path

from stepasr_tui.cli_signals import blocks_of
from stepasr_tui.core.audio.recording import Recording, Track, UploadChoices
from stepasr_tui.core.audio.spool import Spool
from stepasr_tui.core.errors import RecordingError, StepasrError
from stepasr_tui.core.settings import Settings
from stepasr_tui.core.stepfun.request import Options
from stepasr_tui.core.transcribe.job import PcmShape

STDIN = "-"
"""The name that stands for standard input."""

MEANT = "If you mean it, add --yes."
"""What to do about a recording that is asked about."""

_CHANNELS = {1: "mono", 2: "stereo"}


@dataclass(frozen=True, slots=True)
class Asked:
    """What the command line asks for; ``None`` leaves it to the settings."""

    files: tuple[str, ...]
    """Paths as they were given, or ``-`` once."""
    language: str | None = None
    """What is spoken."""
    model: str | None = None
    """The speech model."""
    container: str | None = None
    """What the bytes are said to be; their content decides, where it can be told."""
    pcm: PcmShape | None = None
    """For raw samples."""
    enable_itn: bool | None = None
    """Numbers as figures."""
    hotwords: tuple[str, ...] = ()
    """Names and terms to expect; empty for the settings' own."""
    track: int | None = None
    """Which of several sounds in a file is heard, from 1; ``None`` for the first."""
    best: bool = False
    """Quality over size, whatever the settings say."""
    segment_minutes: int | None = None
    """Minutes that a segment of a long recording may have."""
    tier: str | None = None
    """The account's rate limit."""
    yes: bool = False
    """Also recordings that would be asked about."""
    dry_run: bool = False
    """Say what it takes, and send nothing."""
    timestamps: bool = False
    """Sentences with their times."""
    as_objects: bool = False
    """One line of JSON for each file."""
    partial: bool = False
    """Also texts that are not complete."""
    strict_billing: bool = False
    """Nothing is sent twice that may have been billed once."""
    region: str | None = None
    """Instead of the settings' own."""
    plan: str | None = None
    """Likewise."""
    base_url: str | None = None
    """Likewise."""

    def options(self, settings: Settings) -> Options:
        """What is asked of the model."""
        return Options(
            self.model or settings.model,
            self.language or settings.language,
            settings.enable_itn if self.enable_itn is None else self.enable_itn,
            hotwords=self.hotwords or settings.hotwords,
        )

    def choices(self, settings: Settings) -> UploadChoices:
        """How each recording is made into uploads."""
        minutes = self.segment_minutes or settings.segment_minutes
        return UploadChoices((self.track or 1) - 1, self.best or settings.best, 60.0 * minutes)

    def remarks(self, recording: Recording) -> list[str]:
        """Sentences about a recording that is not quite what the command line says of it."""
        found = []
        if self.container and self.container != recording.container:
            kind = recording.container
            found.append(f"It is read as {kind}, which it is, and not as {self.container}.")
        if len(recording.tracks) > 1 and self.track is None:
            names = ", ".join(f"{n} {_name(each)}" for n, each in enumerate(recording.tracks, 1))
            found.append(
                f"It has {len(recording.tracks)} tracks, and the first is heard "
                f"(--track chooses): {names}."
            )
        return found

    def must_have_track(self, recording: Recording) -> None:
        """Raises ``RecordingError`` when there is no such track as was asked for."""
        count = len(recording.tracks) or 1
        if self.track is not None and self.track > count:
            only = "one track only" if count == 1 else f"{count} tracks"
            raise RecordingError(
                f"{recording.path.name} has no track {self.track}: it has {only}.",
                remedy="Leave --track away." if count == 1 else f"Give --track 1 to {count}.",
            )


def called(name: str) -> str:
    """What ``name`` of the command line is called in sentences."""
    return "stdin" if name == STDIN else name


def path_of(name: str, stdin: Path | StepasrError | None) -> Path:
    """Where the recording ``name`` is; ``stdin`` is what ``spooled`` gave."""
    if name != STDIN:
        return Path(name)
    return stdin if isinstance(stdin, Path) else Path("stdin")


def spooled(files: tuple[str, ...], spool: Spool) -> Path | StepasrError | None:
    """Standard input in a file, or why it is in none; ``None`` when it is not among ``files``."""
    if STDIN not in files:
        return None
    try:
        return spool.take(blocks_of(sys.stdin.buffer), "stdin")
    except RecordingError as error:
        return error


def _name(track: Track) -> str:
    """What tells one track of a file from the others."""
    channels = _CHANNELS.get(track.channels, f"{track.channels} channels")
    title = f"“{track.title}”" if track.title else ""
    return " ".join(word for word in (track.language, title, track.codec, channels) if word)
