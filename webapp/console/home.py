"""The console's front door: what needs somebody, and how the market does. The figures are the sums of console/rollups; no
order is counted when the page is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from flask import Response, request

from webapp import clock
from webapp.accounts import principal
from webapp.console import home_plots, home_queries, story
from webapp.console.desk import bp, show
from webapp.console.home_needs import EACH, needs
from webapp.console.home_period import CHOICES, Period, asked, date_of, day_text, number_of
from webapp.console.rollups import queries as sums
from webapp.console.rollups.counting import quantile
from webapp.console.rollups.models import (
    CANCELLED,
    COMPLETED,
    PAYMENT_REFUSED,
    PLACED,
    REFUNDED,
    STEPS,
    STOCK_REFUSED,
)
from webapp.db import Row
from webapp.web.access import works_for_market

ENDS = (COMPLETED, STOCK_REFUSED, PAYMENT_REFUSED)
STATIONS = ("Placed", "Reserved", "Paid", "Completed", "Told")
SELLING_DAYS = 28
"""Over how many days "sells 5 a week" is taken."""

WIDE, NARROW = 600, 312


@dataclass(slots=True)
class Total:
    """What a period adds up to: times and money by measure, times by (measure, reason), and both by day."""

    times: dict[str, int] = field(default_factory=dict)
    minor: dict[str, int] = field(default_factory=dict)
    reasons: dict[tuple[str, str], int] = field(default_factory=dict)
    by_day: dict[int, dict[str, int]] = field(default_factory=dict)
    sold: dict[int, int] = field(default_factory=dict)


@bp.get("/")
@works_for_market()
def home() -> Response:
    """Show what needs somebody, the sales of some days beside those before, and how the orders went."""
    place, now = principal.current().place, clock.now()
    period, form = asked(request.args.to_dict(), clock.to_datetime(now))
    status = 422 if form.errors else 200
    low = home_queries.low(place.id, EACH + 1)
    today = number_of(clock.to_datetime(now).date())
    weekly = sums.units_sold([row["id"] for row in low], today - SELLING_DAYS + 1, today)
    found = sums.days(place.id, period.before.first, period.last)
    total, before = add_up(found, period), add_up(found, period.before)
    steps = sums.steps(place.id, period.first, period.last)
    times = [(f"to {step}", quantile(steps.get(step, {}), 0.5), quantile(steps.get(step, {}), 0.95)) for step in STEPS]
    drawn, scale = home_plots.steps(times)
    by_day = [total.sold.get(day, 0) for day in period.days]
    by_day_before = [before.sold.get(day, 0) for day in period.before.days]
    last = home_queries.last_orders(place.id)
    return show(
        "home.html", "home", status,
        new=not found and not last and not home_queries.has_goods(place.id),
        period=period, choices=CHOICES, form=form, first_name=(principal.current().name or "").split(" ")[0],
        hello=_hello(clock.to_datetime(now).hour), currency=place.currency,
        needs=needs(place.id, now, weekly, low),
        total=total, before=before, difference=total.minor.get(COMPLETED, 0) - before.minor.get(COMPLETED, 0),
        sales=[home_plots.sales(by_day, by_day_before, period, place.currency, width) for width in (WIDE, NARROW)],
        outcomes=[home_plots.outcomes(total.by_day, ENDS, period, width) for width in (468, NARROW)],
        reasons=_reasons(total), top=sums.top_products(place.id, period.first, period.last),
        steps=drawn, stations=STATIONS, scale=scale, rows=_rows(period, total, before),
        last=last, micros={row["id"]: story.micro_of(row, clock.to_datetime(now)) for row in last},
        counted=sums.counted_until(), day_text=day_text, date_of=date_of,
    )  # fmt: skip


def add_up(found: Sequence[Row], period: Period) -> Total:
    """Add up the rows of console/rollups/queries.py: days that lie in a period."""
    total = Total()
    for row in found:
        if not period.first <= row["day"] <= period.last:
            continue
        measure, times = row["measure"], row["times"]
        total.times[measure] = total.times.get(measure, 0) + times
        total.minor[measure] = total.minor.get(measure, 0) + row["amount_minor"]
        key = (measure, row["reason"])
        total.reasons[key] = total.reasons.get(key, 0) + times
        day = total.by_day.setdefault(row["day"], {})
        day[measure] = day.get(measure, 0) + times
        if measure == COMPLETED:
            total.sold[row["day"]] = total.sold.get(row["day"], 0) + row["amount_minor"]
    return total


def _reasons(total: Total) -> Mapping[str, list[tuple[str, int]]]:
    """Why orders did not come to a good end, the most frequent first, by outcome."""
    by_measure: dict[str, list[tuple[str, int]]] = {}
    for (measure, reason), times in sorted(total.reasons.items(), key=lambda item: -item[1]):
        words = story.reason_text(reason) if measure == PAYMENT_REFUSED else reason
        if measure == CANCELLED:
            words = f"by the {reason}"
        if measure in (STOCK_REFUSED, PAYMENT_REFUSED, CANCELLED):
            by_measure.setdefault(measure, []).append((words, times))
    return by_measure


def _rows(period: Period, total: Total, before: Total) -> list[dict[str, object]]:
    """The table beside the drawings, the newest day first."""
    return [
        {"day": day_text(day, period.today), "sold": total.sold.get(day, 0), "sold_before": before.sold.get(day - period.length, 0),
         **{name.replace(" ", "_"): total.by_day.get(day, {}).get(name, 0) for name in (PLACED, *ENDS, CANCELLED, REFUNDED)}}
        for day in reversed(period.days)
    ]  # fmt: skip


def _hello(hour: int) -> str:
    return "Good morning" if 4 <= hour < 12 else "Good afternoon" if hour < 18 else "Good evening"
