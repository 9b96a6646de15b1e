"""Lengths, sizes, prices and waits in words, before spending and after; it draws nothing."""

from stepasr_tui.core.display import clock, size

_BAR = 10
"""Cells of a progress bar."""


def about(yuan: float) -> str:
    """An estimated price with as many decimals as mean something."""
    if yuan < 0.001:
        return "under ¥0.001"
    return f"about ¥{yuan:.3f}" if yuan < 0.01 else f"about ¥{yuan:,.2f}"


def length(seconds: float | None, *, exact: bool = True) -> str:
    """A duration, ``~1:02:10`` while it is an estimate, ``?`` while there is none."""
    if seconds is None:
        return "?"
    return clock(seconds) if exact else f"~{clock(seconds)}"


def stretch(start: float, end: float) -> str:
    """A stretch of a recording: ``25:00–50:00``."""
    return f"{clock(start)}–{clock(end)}"


def roughly(seconds: float) -> str:
    """A wait as people say it: no more exact than it can be known."""
    if seconds < 10:
        return f"about {max(1, round(seconds))} s"
    if seconds < 57.5:
        return f"about {round(seconds / 5) * 5} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"about {minutes} min"
    hours, rest = divmod(round(minutes / 5) * 5, 60)
    return f"about {hours} h {rest} min" if rest else f"about {hours} h"


def upload(count: int, requests: int | None, *, as_it_is: bool = False) -> tuple[str, str]:
    """How much is sent, and in how many requests or that nothing is made of it before."""
    if as_it_is:
        return size(count), "as it is"
    return size(count), counted(requests, "request") if requests is not None else ""


def counted(number: int, thing: str) -> str:
    """``1 segment``, ``1,204 segments``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def bar(share: float) -> str:
    """Filled cells are whole tenths that are done, never more."""
    full = int(share * _BAR)
    return "▰" * full + "▱" * (_BAR - full)
