"""Which orders a list shows and in what order: what its address says, as SQL. The page, its counts, the export and what is done
to many orders ask with the same words, so that they speak of the same orders.

A page costs the same however many orders there are: its rows are read through an index of the order asked for, and nothing
is counted beyond a cap.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from pydantic import BaseModel

from webapp import clock
from webapp.console.paging import Day, Listed, Sort, SortedWindow, Sought, capped, href
from webapp.db import Row, fetch, like
from webapp.orders.models import PENDING, TO_SEND, TOO_LATE
from webapp.web.counting import MOST_COUNTED

ADDRESS = "/console/orders"

LATE = clock.seconds(60)
"""How long an order may stand still while it is under way, before somebody should look (microseconds)."""

VIEWS = {
    "all": "All", "progress": "In progress", "attention": "Needs attention", "send": "To send", "completed": "Completed",
    "rejected": "Rejected", "cancelled": "Cancelled",
}  # fmt: skip

_PENDING = ", ".join(f"'{status}'" for status in sorted(PENDING))
_IN_VIEW = {
    "progress": f"o.status IN ({_PENDING})",
    # Each of the four has an index of just its rows; joined by OR, the database would look at every order instead.
    "attention": f"o.id IN (SELECT id FROM orders WHERE market_id = :market_id AND status IN ({_PENDING}) AND updated_at < :late"
    f" UNION SELECT id FROM orders WHERE market_id = :market_id AND {TOO_LATE}"
    " UNION SELECT order_id FROM emails WHERE market_id = :market_id AND state = 'BOUNCED' AND order_id IS NOT NULL"
    " UNION SELECT order_id FROM refunds WHERE market_id = :market_id AND state = 'FAILED')",
    "send": TO_SEND,
    "completed": "o.status IN ('COMPLETED', 'REFUNDED')",
    "rejected": "o.status IN ('INVENTORY_REJECTED', 'PAYMENT_REJECTED')",
    "cancelled": "o.status = 'CANCELLED'",
}

NEWEST = 10_000
"""Orders, the newest, among whose names and emails a text is looked for that is too short for an index: the newest are meant, and all
would have to be read."""

_TRIGRAM = re.compile(r"\w{3}")


SORTS = {
    "newest": Sort("Newest first", "", True),
    "oldest": Sort("Oldest first", "", False),
    "dearest": Sort("Total, highest first", "total_minor", True),
    "cheapest": Sort("Total, lowest first", "total_minor", False),
}

SortName = Literal["newest", "oldest", "dearest", "cheapest"]


class Which(BaseModel):
    """Which orders, whatever their order. `since` and `until` are days (UTC), both included."""

    q: Sought = ""
    view: Literal["all", "progress", "attention", "send", "completed", "rejected", "cancelled"] = "all"
    since: Day = None
    until: Day = None

    @property
    def narrowed(self) -> bool:
        """Whether more than a tab is chosen."""
        return bool(self.q.strip() or self.since or self.until)

    def said(self, **changed: str) -> dict[str, str]:
        """What an address says of it, with some of it different."""
        since, until = (day.isoformat() if day else "" for day in (self.since, self.until))
        return {"view": self.view, "q": self.q.strip(), "since": since, "until": until, **changed}


class OrderList(Listed, Which):
    """Which orders, in what order, and where in it."""

    sort: SortName = "newest"

    def address(self, path: str = ADDRESS, **changed: str) -> str:
        """The address of this list's beginning, with some of it different."""
        view = {**self.said(), "sort": self.sort, **changed}
        return href(path, **{name: value for name, value in view.items() if (name, value) != ("sort", "newest")})


def window(asked: OrderList) -> SortedWindow:
    """The part of the list that an address asks for."""
    sort = SORTS[asked.sort]
    # Days are found through an index of their own, whose order is that of the orders as well.
    column = sort.column or ("placed_at" if asked.since or asked.until else "")
    columns = (f"o.{column}", "o.id") if column else ("o.id",)
    return SortedWindow(columns, sort.descending, asked.after, asked.before, "orders")


def conditions(asked: Which, market_id: int, now: int, rest: str = "") -> tuple[str, dict[str, Any]]:
    """SQL for these orders of a market, with its parameters, for `orders o`. `rest` is the SQL that follows it, from further
    conditions to the limit: what is looked for is then looked for no further."""
    shown = f" AND {_IN_VIEW[asked.view]}" if asked.view in _IN_VIEW else ""
    given: dict[str, Any] = {"market_id": market_id}
    if asked.view == "attention":
        given["late"] = now - LATE
    if asked.since:
        shown += " AND o.placed_at >= :since"
        given["since"] = _begins(asked.since)
    if asked.until:
        shown += " AND o.placed_at < :until"
        given["until"] = _begins(asked.until) + clock.seconds(86_400)
    searched, words = _sought(asked.q.strip(), shown + rest)
    return f"o.market_id = :market_id{shown}{searched}", {**given, **words}


def page(asked: OrderList, market_id: int, now: int) -> list[Row]:
    """The rows of a page, each with its pieces, its payment and its last email, and one more where more follow."""
    seen = window(asked)
    where, given = conditions(asked, market_id, now, seen.where + seen.order)
    return fetch(
        "SELECT o.id, o.number, o.name, o.email, o.status, o.total_minor, o.refunded_minor, o.currency, o.placed_at, o.updated_at,"
        " o.cancel_asked_by, o.sent_at, o.delivery IS NOT NULL AS delivers, p.state AS payment, s.state AS stock,"
        " (SELECT CAST(sum(i.quantity) AS bigint) FROM order_items i WHERE i.order_id = o.id) AS pieces,"
        " (SELECT e.state FROM emails e WHERE e.order_id = o.id ORDER BY e.id DESC LIMIT 1) AS told,"
        " (SELECT count(*) FROM refunds r WHERE r.order_id = o.id AND r.state = 'FAILED') AS failed_refunds"
        " FROM orders o LEFT JOIN payments p ON p.order_id = o.id LEFT JOIN order_stock s ON s.order_id = o.id"
        f" WHERE {where}{seen.where}{seen.order}",
        **given, **seen.parameters,
    )  # fmt: skip


def counts(asked: OrderList, market_id: int, now: int) -> Mapping[str, int]:
    """How many orders each tab has, and `matching` what is asked for; see :func:`webapp.console.paging.capped`."""
    there = "FROM orders o WHERE o.market_id = :market_id"
    tabs = {view: f"{there} AND {_IN_VIEW[view]}" if view in _IN_VIEW else there for view in VIEWS}
    where, given = conditions(asked, market_id, now, f" LIMIT {MOST_COUNTED + 1}")
    tabs["matching"] = f"FROM orders o WHERE {where}"
    return capped(tabs, **{"late": now - LATE, **given})


def newer(market_id: int, order_id: int) -> int:
    """How many orders of a market are newer than one, `counting.MOST_COUNTED` at the most and one more for all beyond."""
    where = "FROM orders o WHERE o.market_id = :market_id AND o.id > :order_id"
    return capped({"newer": where}, market_id=market_id, order_id=order_id)["newer"]


def newest(market_id: int) -> int:
    """The id of a market's newest order; 0 before the first."""
    [row] = fetch("SELECT max(id) AS id FROM orders WHERE market_id = :market_id", market_id=market_id)
    return int(row["id"] or 0)


def _begins(day: date) -> int:
    return clock.from_datetime(datetime.combine(day, datetime.min.time(), UTC))


def _sought(sought: str, rest: str) -> tuple[str, dict[str, object]]:
    """What somebody types to find an order: its number, or an email, a name, a SKU, a payment's reference.

    `rest` is the SQL of what is shown, from its conditions to its limit. Each way to find an order is asked for that
    alone, through an index of its own, and the list is made of what they found: asked at once, with OR, they would cost a look at every
    order of the market.
    """
    if not sought:
        return "", {}
    digits = sought.removeprefix("#")
    if digits.isascii() and digits.isdigit() and len(digits) <= 18:
        return " AND o.number = :number", {"number": int(digits)}
    # A text without three letters in a row is in no index.
    among = (
        "orders"
        if _TRIGRAM.search(sought)
        else f"(SELECT * FROM orders WHERE market_id = :market_id ORDER BY id DESC LIMIT {NEWEST})"
    )
    ways = (
        f"{among} o WHERE o.market_id = :market_id AND (lower(o.email) LIKE :like ESCAPE '\\' OR lower(o.name) LIKE :like ESCAPE '\\')",
        "payments p JOIN orders o ON o.id = p.order_id WHERE p.market_id = :market_id AND p.provider_id = :exact",
        "order_items i JOIN orders o ON o.id = i.order_id WHERE i.market_id = :market_id AND lower(i.sku) = lower(:exact)",
    )
    found = " UNION ".join(f"SELECT id FROM (SELECT o.id FROM {way}{rest}) AS w{n}" for n, way in enumerate(ways))
    return f" AND o.id IN ({found})", {"like": like(sought), "exact": sought}


def day_text(day: date, today: datetime) -> str:
    """A day of the list's range: 22 Nov, with its year when that is another one."""
    return f"{day.day} {day:%b}" + ("" if day.year == today.year else f" {day.year}")


def days_text(asked: Which, now: datetime) -> str:
    """The range of days in words; empty where there is none."""
    since, until = asked.since, asked.until
    if since and until:
        return day_text(since, now) if since == until else f"{day_text(since, now)} to {day_text(until, now)}"
    if since:
        return f"Since {day_text(since, now)}"
    return f"Until {day_text(until, now)}" if until else ""


def presets(now: datetime) -> list[tuple[str, dict[str, str]]]:
    """Ranges that are asked for often: their words, and what an address says of them."""
    today = now.date()
    since = {"Today": today, "Last 7 days": today - timedelta(days=6), "Last 30 days": today - timedelta(days=29)}
    return [(words, {"since": day.isoformat(), "until": ""}) for words, day in since.items()]
