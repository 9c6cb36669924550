"""Sums, counts, times and spans in words."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from webapp.web import figures

NOW = datetime(2026, 11, 22, 14, 2, 7, 102000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("minor", "currency", "text"),
    [
        (12170, "EUR", "€121.70"),
        (5, "EUR", "€0.05"),
        (-450, "GBP", "−£4.50"),
        (123456789, "USD", "$1,234,567.89"),
        (1500, "JPY", "¥1,500"),
        (12170, "DKK", "121.70\u00a0DKK"),
        (1234, "KWD", "1.234\u00a0KWD"),
        (0, "EUR", "€0.00"),
    ],
)
def test_money_is_whole_units_with_the_currencys_own_decimals(minor: int, currency: str, text: str) -> None:
    """Amounts are minor units inside and readers' sums outside."""
    assert figures.money_text(minor, currency) == text


def test_a_change_always_shows_its_sign() -> None:
    """Plus is written, minus is a real minus, nothing is 0."""
    assert [figures.change_text(n) for n in (24, -1, 0, 1200)] == ["+24", "−1", "0", "+1,200"]


@pytest.mark.parametrize(
    ("ago", "text"),
    [
        (timedelta(hours=1), "13:02"),
        (timedelta(days=2), "Fri"),
        (timedelta(days=10), "12 Nov"),
        (timedelta(days=360), "27 Nov 2025"),
        (timedelta(days=-1), "23 Nov"),
    ],
)
def test_the_shortest_time_that_cannot_be_mistaken(ago: timedelta, text: str) -> None:
    """Today the time, this week the day, else the date."""
    assert figures.short_time_text(NOW - ago, NOW) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.182, "0.18 s"),
        (9.3, "9.30 s"),
        (40, "40 s"),
        (840, "14 min"),
        (7300, "2 h"),
        (3 * 86400, "3 d"),
        (-2, "0.00 s"),
    ],
)
def test_a_span_has_its_unit(seconds: float, text: str) -> None:
    """And as many digits as mean something."""
    assert figures.span_text(seconds) == text


def test_times_are_told_in_utc_whatever_zone_they_came_in() -> None:
    """The browser makes them local; the server never guesses."""
    there = NOW.astimezone(timezone(timedelta(hours=9)))
    assert figures.clock_text(there, "ms") == "14:02:07.102"
    assert figures.machine_time(there) == "2026-11-22T14:02:07.102Z"


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Mira Holt", "MH"), ("Ingrid", "I"), ("owner@demo.market", "O"), ("", "?"), ("Ana de la Cruz", "AC")],
)
def test_initials_are_one_or_two_letters(name: str, letters: str) -> None:
    """Of a name, or of an address's first part."""
    assert figures.initials(name) == letters
