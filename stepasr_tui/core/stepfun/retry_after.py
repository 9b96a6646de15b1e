"""How long ``Retry-After`` asks to wait; nonsense in it counts as absent. It waits for nothing."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST = 3600.0
"""Seconds; what asks for more is taken as absent."""


def retry_after(value: str | None, date: str | None, now: datetime | None = None) -> float | None:
    """Seconds to wait: ASCII digits, or an HTTP date measured against the answer's own ``Date``.

    None when absent, zero, negative, not a number, or more than an hour (RFC 9110, 10.2.3).
    """
    if not value:
        return None
    text = value.strip()
    if re.fullmatch(r"[0-9]{1,9}", text):
        seconds = float(text)
    else:
        until = _moment(text)
        if until is None:
            return None
        seconds = (until - (_moment(date or "") or now or datetime.now(UTC))).total_seconds()
    return seconds if 0 < seconds <= _LONGEST else None


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
