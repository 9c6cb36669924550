"""The days that Home looks at: a number of days until today, or a first and a last one; and as many days before them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated

from pydantic import BeforeValidator, model_validator
from pydantic_core import PydanticCustomError
from werkzeug.datastructures import MultiDict

from webapp.console.paging import Day
from webapp.web import reading
from webapp.web.fields import Form
from webapp.web.reading import Filled

EPOCH = date(1970, 1, 1)
CHOICES = (7, 28, 90)
USUAL = 28
LONGEST = 366


@dataclass(frozen=True, slots=True)
class Period:
    """From the first to the last day, both included; days are counted from 1 January 1970, UTC."""

    first: int
    last: int
    today: int

    @property
    def length(self) -> int:
        """How many days."""
        return self.last - self.first + 1

    @property
    def before(self) -> Period:
        """As many days, right before."""
        return Period(self.first - self.length, self.first - 1, self.today)

    @property
    def days(self) -> range:
        """Each day."""
        return range(self.first, self.last + 1)

    @property
    def choice(self) -> int | None:
        """Which of the usual ranges this is, if it is one."""
        return self.length if self.last == self.today and self.length in CHOICES else None

    @property
    def words(self) -> str:
        """How a page calls it: "Last 28 days", "1 Nov to 12 Nov"."""
        if self.choice:
            return f"Last {self.choice} days"
        if self.length == 1:
            return day_text(self.first, self.today)
        return f"{day_text(self.first, self.today)} to {day_text(self.last, self.today)}"

    @property
    def before_words(self) -> str:
        """How a sentence calls what was before: "the 28 days before"."""
        return "the day before" if self.length == 1 else f"the {self.length} days before"


def _usual(typed: object) -> int:
    # One of the choices, as our own links say it; whatever else an address says there, the usual days are shown.
    return next((days for days in CHOICES if str(days) == str(typed)), USUAL)


class Range(Form):
    """What the address asks for."""

    days: Annotated[int, BeforeValidator(_usual)] = USUAL
    since: Day = None
    until: Day = None

    @model_validator(mode="after")
    def _both(self) -> Range:
        if self.since and self.until and self.since > self.until:
            raise PydanticCustomError("backwards", "{sentence}", {"sentence": "The first day comes before the last."})
        return self


def asked(given: Mapping[str, str], now: datetime) -> tuple[Period, Filled[Range]]:
    """The period that an address asks for, and its form; one that cannot be read gives the usual period and says why."""
    today = number_of(now.astimezone(UTC).date())
    usual = Period(today - USUAL + 1, today, today)
    form = reading.form(Range, MultiDict(given))
    if form.data is None:
        return usual, form
    if form.data.since is None and form.data.until is None:
        return Period(today - form.data.days + 1, today, today), form
    last = min(number_of(form.data.until), today) if form.data.until else today
    first = number_of(form.data.since) if form.data.since else last - USUAL + 1
    if first > last:
        return usual, Filled(form.values, None, {"since": "This day has not come yet."})
    if last - first + 1 > LONGEST:
        return usual, Filled(form.values, None, {"since": f"At most {LONGEST} days can be shown at once."})
    return Period(first, last, today), form


def number_of(day: date) -> int:
    """A date as the number of its day."""
    return (day - EPOCH).days


def date_of(day: int) -> date:
    """The number of a day as its date."""
    return EPOCH + timedelta(days=day)


def day_text(day: int, today: int) -> str:
    """A day in short: Today, 12 Nov, 12 Nov 2025."""
    if day == today:
        return "Today"
    at = date_of(day)
    same_year = at.year == date_of(today).year
    return f"{at.day} {at:%b}" if same_year else f"{at.day} {at:%b %Y}"
