"""Where the sums come from: the log of facts, and the deliveries of emails. Reads only, each by the time of its things."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from webapp import events as e
from webapp.console.rollups.counting import DAY, ENDS_STEP, TYPES, Sums, add_facts, add_told
from webapp.db import Row, among, fetch
from webapp.notifications.kinds import COMPLETED
from webapp.notifications.models import ACCEPTED

_COUNTED = ", ".join(f"'{kind}'" for kind in TYPES)
_BEGINNINGS = ", ".join(sorted(f"'{begins}'" for _, begins in ENDS_STEP.values()))


@dataclass(frozen=True, slots=True)
class Source:
    """Things with a `key` and an `at` (microseconds UTC). `select` and `where` are SQL over the table `t` of them."""

    name: str
    select: str
    table: str
    where: str
    key: str
    add: Callable[[Sums, Sequence[Row]], None]

    def fresh(self, since: int, limit: int) -> list[Row]:
        """Things since an instant that are not in the sums, oldest first."""
        return fetch(
            f"SELECT {self.key} AS key, {self.select} FROM {self.table} WHERE {self.where} AND t.at >= :since"
            f" AND NOT EXISTS (SELECT 1 FROM rollup_seen s WHERE s.source = '{self.name}' AND s.key = {self.key})"
            f" ORDER BY t.at, t.id LIMIT :limit",
            since=since,
            limit=limit,
        )

    def page_of(self, day: int, after: tuple[int, object], limit: int) -> list[Row]:
        """Things of a day, after this (at, id), oldest first."""
        return fetch(
            f"SELECT {self.key} AS key, t.id AS id, {self.select} FROM {self.table} WHERE {self.where} AND t.at >= :since AND t.at < :until"
            " AND (t.at, t.id) > (:at, :id) ORDER BY t.at, t.id LIMIT :limit",
            since=day * DAY, until=(day + 1) * DAY, at=after[0], id=after[1], limit=limit,
        )  # fmt: skip

    def number_on(self, day: int) -> int:
        """How many things a day has."""
        [row] = fetch(
            f"SELECT count(*) AS things FROM {self.table} WHERE {self.where} AND t.at >= :since AND t.at < :until",
            since=day * DAY,
            until=(day + 1) * DAY,
        )
        return int(row["things"])

    def first_day(self) -> int | None:
        """The day of the oldest thing."""
        found = fetch(f"SELECT t.at FROM {self.table} WHERE {self.where} ORDER BY t.at LIMIT 1")
        return int(found[0]["at"]) // DAY if found else None


def _add_facts(sums: Sums, facts: Sequence[Row]) -> None:
    asked = {fact["order_id"] for fact in facts if fact["type"] in ENDS_STEP}
    began = fetch(
        f"SELECT order_id, type, min(at) AS at FROM events WHERE type IN ({_BEGINNINGS})"
        f" AND {among('order_id', 'asked')} GROUP BY order_id, type",
        asked=asked,
    )
    completed = {fact["order_id"] for fact in facts if fact["type"] == e.OrderCompleted.TYPE}
    lines: dict[int, list[Row]] = {}
    for line in fetch(
        f"SELECT order_id, product_id, quantity, unit_minor FROM order_items WHERE {among('order_id', 'asked')}",
        asked=completed,
    ):
        lines.setdefault(line["order_id"], []).append(line)
    add_facts(sums, facts, {(row["order_id"], row["type"]): row["at"] for row in began}, lines)


FACTS = Source(
    name="facts",
    select="t.type, t.order_id, t.market_id, t.at, t.payload",
    table="events t",
    where=f"t.type IN ({_COUNTED})",
    key="t.id",
    add=_add_facts,
)

TOLD = Source(
    name="told",
    select="m.market_id, t.at, v.at AS since",
    # The first delivery is when somebody was told; sending an email again tells nothing new.
    table="email_deliveries t JOIN emails m ON m.id = t.email_id JOIN events v ON v.id = m.cause_id",
    where=f"t.outcome = '{ACCEPTED}' AND m.kind = '{COMPLETED}' AND NOT EXISTS (SELECT 1 FROM email_deliveries b"
    f" WHERE b.email_id = t.email_id AND b.outcome = '{ACCEPTED}' AND b.number < t.number)",
    key="CAST(t.id AS text)",
    add=add_told,
)

SOURCES = (FACTS, TOLD)
