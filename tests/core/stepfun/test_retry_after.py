"""``Retry-After``: what is a time, and what is nonsense."""

from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepasr_tui.core.stepfun.retry_after import retry_after

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
DATE = "Mon, 02 Nov 2026 12:00:00 GMT"


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), (" 7 ", 7.0), ("007", 7.0), ("120", 120.0), ("3600", 3600.0)],
)
def test_whole_seconds(value: str, seconds: float) -> None:
    assert retry_after(value, None) == seconds


@pytest.mark.parametrize(
    "value",
    [
        *(None, "", " ", "0", "-5", "nan", "inf", "²", "٣", "1e20", "1.5", "3601", "9" * 30),
        *("soon", "7 s", "+5", "0x7", DATE),
        "Mon, 99 Foo 2026 12:00:00 GMT",
        "Mon, 02 Nov 2026 11:59:59 GMT",
        "Mon, 02 Nov 99999 12:00:30 GMT",
        "Mon, 02 Nov 2026 14:00:00 GMT",
    ],
)
def test_nonsense_counts_as_absent(value: str | None) -> None:
    assert retry_after(value, DATE, NOON) is None


def test_a_date_is_measured_against_the_answers_own() -> None:
    wrong_clock = NOON + timedelta(days=3)
    assert retry_after("Mon, 02 Nov 2026 12:00:30 GMT", DATE, wrong_clock) == 30.0


@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_without_a_date_of_the_answer_our_clock_counts(date: str | None) -> None:
    assert retry_after("Mon, 02 Nov 2026 12:00:30 GMT", date, NOON) == 30.0


@given(st.integers(1, 3600), st.integers(-12, 14))
def test_any_zone(seconds: int, zone: int) -> None:
    until = (NOON + timedelta(seconds=seconds)).astimezone(timezone(timedelta(hours=zone)))
    assert retry_after(format_datetime(until), DATE) == seconds


@given(st.text(), st.none() | st.text())
def test_it_never_raises_nor_waits_for_ever(value: str, date: str | None) -> None:
    wait = retry_after(value, date)
    assert wait is None or 0 < wait <= 3600
