"""A transcript view alone on a screen in memory, and passages to show in it."""

from collections.abc import Callable

from rich.segment import Segment
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot
from textual.strip import Strip

from stepasr_tui.core.transcribe.passages import Kind, Passage
from stepasr_tui.core.transcribe.transcript import Cue
from stepasr_tui.ui.themes import DARK, LIGHT
from stepasr_tui.ui.widgets.transcript_view import FRAME, TranscriptView

LONG = "\n".join(f"line {number} 今天我们讨论语音识别" for number in range(200))


def draft(text: str, index: int = 0, start: float = 0.0, *, doubtful: bool = False) -> Passage:
    """A segment as it streams; ``start`` in seconds."""
    return Passage(index, Kind.DRAFT, text, start, doubtful)


def cut(
    text: str, index: int = 0, start: float = 0.0, *, missing: tuple[float, float] | None = None
) -> Passage:
    """A segment whose stream broke; ``missing`` in seconds."""
    return Passage(index, Kind.CUT, text, start, doubtful=False, missing=missing)


def final(
    text: str,
    index: int = 0,
    start: float = 0.0,
    *,
    doubtful: bool = False,
    changed: tuple[tuple[int, int], ...] = (),
    cues: tuple[Cue, ...] = (),
) -> Passage:
    """A finished segment; ``changed`` and ``cues`` as in ``Passage``."""
    return Passage(index, Kind.FINAL, text, start, doubtful, changed, cues)


class Stage(App[None]):
    """One transcript view, and the facts that it posted."""

    def __init__(self) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = DARK.name
        self.follows: list[bool] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return DARK.variables

    def compose(self) -> ComposeResult:
        yield TranscriptView()

    def on_transcript_view_follow_changed(self, message: TranscriptView.FollowChanged) -> None:
        self.follows.append(message.following)

    @property
    def view(self) -> TranscriptView:
        return self.query_one(TranscriptView)


def painted(view: TranscriptView) -> list[Strip]:
    return view.render_lines(Region(0, 0, *view.size))


def lines(view: TranscriptView) -> list[str]:
    return [strip.text.rstrip() for strip in painted(view)]


def segments(view: TranscriptView) -> list[Segment]:
    return [segment for strip in painted(view) for segment in strip]


def colour(view: TranscriptView, words: str) -> str:
    """The colour in which ``words`` are painted, as ``#rrggbb``."""
    for segment in segments(view):
        if words in segment.text and segment.style and segment.style.color:
            triplet = segment.style.color.triplet
            assert triplet is not None
            return triplet.hex
    raise AssertionError(f"{words!r} is not painted")


async def until(pilot: Pilot[None], true: Callable[[], bool]) -> None:
    for _ in range(200):
        if true():
            return
        await pilot.pause(FRAME / 4)
    raise AssertionError("it never became true")


def ground(segment: Segment) -> object:
    """The colour behind ``segment``."""
    return segment.style and segment.style.bgcolor


def ground_of(view: TranscriptView) -> object:
    """The colour behind text that is neither selected nor marked."""
    return view.rich_style.bgcolor


def text_of(*words: str, rows: int = 60) -> str:
    """A row for each of ``words`` and each number below ``rows``."""
    return "\n".join(f"{word} {row}" for word in words for row in range(rows))
