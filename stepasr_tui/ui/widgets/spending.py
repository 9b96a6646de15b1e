"""What a recording that nobody has sent yet will take: time, bytes, money; it sends nothing."""

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widget import Widget

from stepasr_tui.core.audio.recording import Recording, Track
from stepasr_tui.core.display import size, visible_row
from stepasr_tui.core.figures import about, length, roughly, upload
from stepasr_tui.core.stepfun.service import SHORTEST
from stepasr_tui.ui.fact_rows import FactRow, as_content, laid_out
from stepasr_tui.ui.pieces import Line, Piece

if TYPE_CHECKING:
    from stepasr_tui.core.transcribe.estimate import Estimate

_CHANNELS = {1: "mono", 2: "stereo"}


def spending_lines(
    recording: Recording, estimate: "Estimate", track: int, width: int, height: int
) -> list[Line]:
    """The table in ``width`` × ``height`` cells; details go first where room is scarce."""
    rows = [
        FactRow("length", _length(estimate)),
        FactRow("sound", sound(recording, track)),
        *spending_rows(estimate),
        *_tracks(recording, track),
        FactRow(rank=6),
        *_warnings(estimate),
        FactRow("Enter", (Piece("transcribes it", "foreground"),), "accent"),
    ]
    return laid_out(rows, width, height)


def spending_rows(estimate: "Estimate") -> list[FactRow]:
    """What an estimate says of upload, price and time; what it does not know is left out."""
    rows = []
    if estimate.upload is not None:
        as_it_is = estimate.as_it_is and estimate.requests in (1, None)
        sent, how = upload(estimate.upload, estimate.requests, as_it_is=as_it_is)
        facts = [Piece(sent, "foreground")]
        if how:
            facts.append(Piece(how if as_it_is else f"in {how}", "foreground", 0, " "))
        rows.append(FactRow("upload", tuple(facts), rank=4))
    if estimate.yuan is not None:
        rows.append(FactRow("cost", (Piece(about(estimate.yuan), "foreground"), *_price(estimate))))
    if estimate.seconds is not None:
        rows.append(FactRow("time", (Piece(roughly(estimate.seconds), "foreground"),), rank=3))
    return rows


def sound(recording: Recording, track: int) -> tuple[Piece, ...]:
    """What the file is, and how its chosen sound was recorded."""
    chosen = track_of(recording, track)
    words = dict.fromkeys((recording.container, chosen.codec))
    return (
        *(Piece(visible_row(word), "secondary", 10 + n) for n, word in enumerate(words)),
        Piece(channels_of(chosen), "secondary", 12),
        Piece(size(recording.size), "secondary", 9),
    )


def track_of(recording: Recording, track: int) -> Track:
    """The sound at that place of the recording; the first where there is no such place."""
    if track < len(recording.tracks):
        return recording.tracks[track]
    return Track(recording.codec, recording.sample_rate, recording.channels)


def channels_of(track: Track) -> str:
    """``44.1 kHz stereo``."""
    channels = _CHANNELS.get(track.channels, f"{track.channels} channels")
    return f"{track.sample_rate / 1000:.4g} kHz {channels}"


def track_name(track: Track) -> str:
    """Language and title of a track, as far as the file says them; may be empty."""
    return visible_row(" ".join(word for word in (track.language, track.title) if word), 60)


def _length(estimate: "Estimate") -> tuple[Piece, ...]:
    if estimate.duration is None:
        return (Piece("not known before it is read", "foreground"),)
    if estimate.duration < SHORTEST:
        return (Piece(f"{estimate.duration:.1f} s", "primary"),)
    shown = Piece(length(estimate.duration, exact=estimate.exact), "primary")
    return (shown,) if estimate.exact else (shown, Piece("as far as is known", "faint", 10))


def _price(estimate: "Estimate") -> tuple[Piece, ...]:
    if estimate.price is None:
        return ()
    rate = Piece(f"¥{estimate.price:g} an hour", "secondary", 8)
    dated = f"price of {estimate.priced}"
    return (rate, Piece(dated, "secondary", 7, ", ")) if estimate.priced else (rate,)


def _tracks(recording: Recording, track: int) -> list[FactRow]:
    count = len(recording.tracks)
    if count < 2:
        return []
    name = track_name(track_of(recording, track))
    which = f"{track + 1} of {count}{f': {name}' if name else ''}"
    return [
        FactRow(
            "track",
            (Piece(which, "foreground"), Piece("ctrl+u chooses", "faint", 2)),
        )
    ]


def _warnings(estimate: "Estimate") -> list[FactRow]:
    found = []
    if estimate.duration is not None and estimate.duration < SHORTEST:
        text = "very short clips may come back empty"
        found.append(FactRow("!", (Piece(text, "warning"),), "warning"))
    if estimate.asks:
        text = f"{visible_row(estimate.asks).rstrip('.')}: you will be asked first"
        found.append(FactRow("!", (Piece(text, "warning"),), "warning"))
    return found


class Spending(Widget):
    """The table for the recording under the cursor, in place of a text that is not there yet."""

    DEFAULT_CSS = """
    Spending {
        background: $background;
        color: $foreground;
        padding: 0 1 0 2;
        text-wrap: nowrap;
    }
    """

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's word
        super().__init__(id=id)
        self._shown: tuple[Recording, Estimate, int] | None = None

    def show(self, recording: Recording, estimate: "Estimate", track: int = 0) -> None:
        """Shows what ``recording`` is, and what its sound ``track`` takes to be sent."""
        self._shown = (recording, estimate, track)
        self.refresh()

    def clear(self) -> None:
        """Shows nothing: nothing is known yet."""
        self._shown = None
        self.refresh()

    def render(self) -> Content:
        if self._shown is None:
            return Content("")
        width, height = self.content_size
        return as_content(spending_lines(*self._shown, width, height))
