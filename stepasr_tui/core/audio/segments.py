"""A recording → what is sent of it: as it is, or cut at pauses and encoded, piece by piece."""

import math
import secrets
from collections.abc import Callable, Collection, Generator, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from itertools import accumulate, count
from pathlib import Path
from typing import TYPE_CHECKING

from stepasr_tui.core.audio.decode import Decoder
from stepasr_tui.core.audio.encode import OpusFile, upload_bytes
from stepasr_tui.core.audio.probe import opened
from stepasr_tui.core.audio.recording import SAMPLE_RATE, FileIdentity, Recording, UploadChoices
from stepasr_tui.core.audio.seams import Plan, Seam, Seams, Sound, reach_in
from stepasr_tui.core.display import clock
from stepasr_tui.core.errors import Again, NotARecording, RecordingError
from stepasr_tui.core.files import TEMPORARY_PREFIX, not_saved

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Block = NDArray[np.float32]

LONGEST = 30 * 60.0
"""Seconds of sound that one request may have. The service's own limit, as its table in
``core.stepfun`` says too: sound is cut without knowing who hears it."""

SHORTEST = 1.5
"""Seconds; anything shorter is filled up with silence, or the service may hear nothing in it."""

_BEGINNING = (3 * 60.0, 8 * 60.0)
"""Seconds of the first segments of a long recording: text must come soon, whatever its length."""

_AT_MOST = 12 * 3600.0
"""Seconds of sound in a file whose header does not promise more: a bomb must end somewhere."""

_UNSURE = 10.0
"""Seconds by which another decoder may find a file longer: what a codec adds at its ends."""

_UNTOUCHED = 20_000_000
"""Bytes of an accepted file that is sent as it is when quality goes over size."""

_WORTH_IT = 1.25
"""How many times larger than ours an accepted file must be to be encoded a second time: that
costs quality, for a saving that nobody would notice."""


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of the recording that is sent in one request."""

    index: int
    """From 0, in the order of the recording."""
    start: float
    """Seconds into the recording at which its sound begins."""
    end: float
    """Seconds at which its sound ends; the next one starts there, or earlier where doubtful."""
    doubtful: bool = False
    """True when no pause was found at its start: it then begins 5 s before ``end`` of the one
    before, and both texts have the words of that overlap."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """One segment ready to be sent: an OGG/Opus file, its receiver's to delete."""

    span: Span
    """Which stretch it is, to the sample."""
    path: Path
    """Where it is; readable by its owner only."""
    identity: FileIdentity
    """What that file is."""
    last: bool
    """True when the recording ends with it."""
    padded: bool = False
    """True when silence was added after its end, to make 1.5 s."""
    notes: tuple[str, ...] = ()
    """With the last one: what the decoder has to say about the recording, in sentences."""

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self.identity.size


def goes_as_it_is(recording: Recording, choices: UploadChoices) -> bool:
    """Whether the bytes of ``recording`` are sent untouched, in one request.

    They are when the service takes them, their length is sure and fits, and ours would not be
    clearly smaller; with ``choices.best`` they need only fit.
    """
    duration = recording.duration
    if recording.accepted is None or duration is None or not recording.exact:
        return False
    if choices.track != 0 or len(recording.tracks) > 1 or duration < SHORTEST:
        return False
    if duration > min(choices.whole, LONGEST - _UNSURE):
        return False
    if choices.best:
        return recording.size <= _UNTOUCHED
    return recording.size <= upload_bytes(duration) * _WORTH_IT


def upload_size(recording: Recording, choices: UploadChoices) -> int | None:
    """Bytes of all that will be sent, at most, before it becomes base64; None when unknown."""
    if goes_as_it_is(recording, choices):
        return recording.size
    if recording.duration is None:
        return None
    lengths = planned(recording.duration, choices)
    return sum(upload_bytes(max(SHORTEST, each), best=choices.best) for each in lengths)


def planned(duration: float | None, choices: UploadChoices, most: float = LONGEST) -> list[float]:
    """The lengths in seconds that segments are wanted to have, in order.

    One up to ``most``; else 3 minutes, 8 minutes, and equal shares of what is left, so much below
    ``choices.longest`` that there is room to look for a pause. For None the last one is repeated
    until the recording ends.
    """
    room = _samples(min(choices.longest, most))
    share = (room - reach_in(room)) / SAMPLE_RATE
    beginning = [min(each, share) for each in _BEGINNING]
    if duration is None:
        return [*beginning, share]
    if duration <= most:
        return [duration]
    if duration < sum(beginning) + share / 2:
        beginning = []
    rest = duration - sum(beginning)
    shares = math.ceil(rest / share)
    return [*beginning, *[rest / shares] * shares]


def request_count(duration: float, choices: UploadChoices) -> int:
    """How many requests a recording of ``duration`` seconds needs."""
    return len(planned(duration, choices))


def segments(
    recording: Recording,
    choices: UploadChoices,
    folder: Path,
    *,
    known: Sequence[Span] = (),
    wanted: Collection[int] | None = None,
    more: bool = True,
    most: float | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Generator[Encoded, None, None]:
    """The segments of ``recording``, each as soon as it is whole in a file in ``folder``; blocking.

    All is decoded once, from its start, at most 90 s ahead of what is encoded. ``known`` are the
    first spans of a plan made before: they come out again to the sample, and of them only those
    whose index is in ``wanted`` (None: all). ``more`` says whether what lies after them is cut and
    encoded too, at the same places as it would have been then. ``most`` (seconds) is less than
    30 minutes where the service takes less. Once ``stopped`` says so, it ends within a second.

    A file that was handed out is the receiver's; one that is not whole is deleted. Raises
    NotARecording, RecordingUnreadable, RecordingChanged, and RecordingError when ``folder`` cannot
    be written.
    """
    asked = {n for n in range(len(known)) if wanted is None or n in wanted}
    if not asked and not more:
        return
    decoder = Decoder(recording, choices.track)
    with suppress(_Stopped), closing(_heard(decoder, recording, stopped)) as blocks:
        sound = Sound(blocks)
        plan = _plan(recording, choices, known, LONGEST if most is None else most)
        seams = Seams(plan, sound, recording.path.name)
        seam = seams.beginning
        for _ in sound.up_to(seam.begin):
            pass
        for index in count() if more else range(max(asked) + 1):
            if seam.last:
                return
            begin, doubtful = seam.begin, seam.begin < seam.end
            if index < len(known) and index not in asked:
                seam = _taken(sound, seams, index, begin, None)
                continue
            path = folder / f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}.ogg"
            with _written(path, recording, choices) as opus:
                seam = _taken(sound, seams, index, begin, opus)
                padded = _padded(opus, recording)
                opus.close()
            with opened(path) as (_, identity):
                span = Span(index, begin / SAMPLE_RATE, seam.end / SAMPLE_RATE, doubtful)
            notes = tuple(decoder.notes) if seam.last else ()
            yield Encoded(span, path, identity, seam.last, padded, notes)


def _plan(recording: Recording, choices: UploadChoices, known: Sequence[Span], most: float) -> Plan:
    duration = recording.duration
    short = duration is not None and duration <= most
    sure = short or recording.exact
    lengths = planned(duration if sure else None, choices, most)
    # Where the duration is not known, what comes after the first ones is as long as it may be.
    ends = [_samples(each) for each in accumulate(lengths)]
    longest = _samples(min(choices.longest, most))
    return Plan(
        known=[(_samples(each.start), _samples(each.end)) for each in known],
        wanted=ends[:-1],
        end=ends[-1] if sure and duration is not None else None,
        first=_samples(most) if short else longest,
        longest=longest,
    )


def _taken(sound: Sound, seams: Seams, index: int, begin: int, opus: OpusFile | None) -> Seam:
    """Writes segment ``index`` to ``opus`` (None: passes it over); its end."""
    for block in sound.up_to(seams.certain(index, begin)):
        if opus:
            opus.write(block)
    seam = seams.after(index, begin)
    for block in sound.up_to(seam.begin):
        if opus:
            opus.write(block)
    if opus:
        opus.write(sound.held(seam.begin, seam.end))
    return seam


def _padded(opus: OpusFile, recording: Recording) -> bool:
    """Whether silence had to be added to what was written; raises NotARecording for nothing."""
    import numpy as np

    if not opus.samples:
        raise NotARecording(
            f"{recording.path.name} has no sound in it.",
            remedy="Copy it again, or look whether the recorder has finished writing it.",
        )
    missing = _samples(SHORTEST) - opus.samples
    if missing > 0:
        opus.write(np.zeros(missing, np.float32))
    return missing > 0


@contextmanager
def _written(path: Path, recording: Recording, choices: UploadChoices) -> Iterator[OpusFile]:
    """A file at ``path`` to be closed by the block; it is gone when that fails."""
    opus = None
    try:
        opus = OpusFile(path, choices.best)
        yield opus
    except OSError as error:
        raise RecordingError(
            f"{recording.path.name} cannot be made ready to be sent.",
            cause=not_saved(path, error).cause,
            remedy=f"Free some room in {path.parent}, or see that it can be written.",
            again=Again.MANUAL,
        ) from error
    finally:
        if opus:
            opus.discard()


class _Stopped(Exception):
    """Nobody waits for the rest."""


def _heard(
    decoder: Decoder, recording: Recording, stopped: Callable[[], bool]
) -> Generator["Block", None, None]:
    """The sound of ``decoder``; raises NotARecording when there is no end to it, and _Stopped."""
    claimed = recording.duration
    most = max(_AT_MOST, 1.1 * (claimed or 0.0))
    frames = 0
    for block in decoder.blocks():
        if stopped():
            raise _Stopped
        frames += len(block)
        if frames > most * SAMPLE_RATE:
            header = f"its header says {clock(claimed)}" if claimed else "its header says nothing"
            raise NotARecording(
                f"{recording.path.name} goes on past {clock(most)}, though {header}.",
                remedy="It is damaged, or made to fill disks. Cut out the part that you need.",
            )
        yield block


def _samples(seconds: float) -> int:
    return round(seconds * SAMPLE_RATE)
