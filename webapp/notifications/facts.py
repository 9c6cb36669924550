"""What an email can tell: the causing event, its order, and the moments that led there, loaded for a whole list at once."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from webapp import clock
from webapp.db import Row, fetch, from_json, rows

LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the order, as it was named and priced when it was ordered. `left` is set where stock was short."""

    name: str
    quantity: int
    unit_minor: int
    left: int | None = None

    @property
    def total_minor(self) -> int:
        """The line's sum in minor units."""
        return self.quantity * self.unit_minor


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the words of one email are made of. Texts are on one line and hold no control characters."""

    cause_id: str
    kind: str
    at: datetime
    payload: Mapping[str, Any]
    order_id: int
    market_id: int
    market_name: str
    number: int
    link: str
    recipient: str
    name: str
    currency: str
    total_minor: int
    refunded_minor: int
    address: str
    card: str | None
    lines: tuple[Line, ...]
    moments: Mapping[str, datetime] = field(default_factory=dict)

    @property
    def first_name(self) -> str:
        """How the greeting calls the reader; empty when the name is none.

        Somebody may order with a stranger's address and an advertisement for a name: only one word of letters is
        repeated, so that no sentence and no address of a page of theirs is sent in our name.
        """
        word = self.name.split(" ")[0]
        fits = len(word) <= LONGEST_NAME and re.fullmatch(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*", word)
        return word if fits else ""


def one_line(text: str, longest: int = 200) -> str:
    """A text without line breaks, control characters and marks that turn the direction of writing, at most so long."""
    kept = "".join(
        " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c
        for c in text
        if unicodedata.category(c) not in ("Cf", "Cs")
    )
    words = " ".join(kept.split())
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def causes(event_ids: Iterable[str]) -> dict[str, Row]:
    """The events of these ids that the log knows, by id."""
    found = fetch(
        "SELECT e.id, e.type, e.order_id, e.market_id, e.at, e.payload FROM events e"
        f" JOIN {rows('asked', id='text')} ON asked.id = e.id",
        asked=[{"id": event_id} for event_id in set(event_ids)],
    )
    return {row["id"]: row for row in found}


def payload(cause: Row) -> dict[str, Any]:
    """The values of a causing event."""
    values: dict[str, Any] = from_json(cause["payload"])
    return values


def load(wanted: Sequence[tuple[Row, str]]) -> list[Facts]:
    """The facts of each (causing event, kind), leaving out those whose order does not exist."""
    order_ids = sorted({int(cause["order_id"]) for cause, _ in wanted if cause["order_id"] is not None})
    asked = [{"id": order_id} for order_id in order_ids]
    orders = {row["id"]: row for row in _orders(asked)}
    items = _by_order(_items(asked))
    moments = _by_order(_moments(asked))
    return [
        _facts(cause, kind, orders[cause["order_id"]], items[cause["order_id"]], moments[cause["order_id"]])
        for cause, kind in wanted
        if cause["order_id"] in orders
    ]


def _orders(asked: Sequence[Row]) -> list[Row]:
    return fetch(
        "SELECT o.id, o.market_id, o.number, o.link, o.email, o.name, o.delivery, o.currency, o.total_minor, o.refunded_minor,"
        " m.name AS market_name, p.card FROM orders o"
        f" JOIN {rows('asked', id='bigint')} ON asked.id = o.id JOIN markets m ON m.id = o.market_id"
        " LEFT JOIN payments p ON p.order_id = o.id",
        asked=asked,
    )


def _items(asked: Sequence[Row]) -> list[Row]:
    return fetch(
        "SELECT i.order_id, i.product_id, i.name, i.quantity, i.unit_minor FROM order_items i"
        f" JOIN {rows('asked', id='bigint')} ON asked.id = i.order_id ORDER BY i.order_id, i.position",
        asked=asked,
    )


def _moments(asked: Sequence[Row]) -> list[Row]:
    return fetch(
        f"SELECT e.order_id, e.type, e.at FROM events e JOIN {rows('asked', id='bigint')} ON asked.id = e.order_id"
        " ORDER BY e.order_id, e.at",
        asked=asked,
    )


def _by_order(found: Iterable[Row]) -> defaultdict[int, list[Row]]:
    grouped: defaultdict[int, list[Row]] = defaultdict(list)
    for row in found:
        grouped[row["order_id"]].append(row)
    return grouped


def _facts(cause: Row, kind: str, order: Row, items: Sequence[Row], moments: Sequence[Row]) -> Facts:
    values = payload(cause)
    left = {short["product_id"]: short["available"] for short in values.get("shortages", ())}
    return Facts(
        cause_id=cause["id"],
        kind=kind,
        at=clock.to_datetime(cause["at"]),
        payload=values,
        order_id=order["id"],
        market_id=order["market_id"],
        market_name=one_line(order["market_name"], 120),
        number=order["number"],
        link=order["link"],
        recipient=order["email"],
        name=one_line(order["name"], 120),
        currency=order["currency"],
        total_minor=order["total_minor"],
        refunded_minor=order["refunded_minor"],
        address=_address(order["delivery"]),
        card=one_line(order["card"], 20) if order["card"] else None,
        lines=tuple(
            Line(one_line(item["name"]), item["quantity"], item["unit_minor"], left.get(item["product_id"]))
            for item in items
        ),
        # What happened after the cause belongs to a later email, even when this one is written late.
        moments={row["type"]: clock.to_datetime(row["at"]) for row in moments if row["at"] <= cause["at"]},
    )


def _address(delivery: str | None) -> str:
    # A place to bring things to; anything in it that reads like the address of a page is left out of our email.
    if not delivery:
        return ""
    parts = [one_line(part, 120) for part in from_json(delivery).values() if isinstance(part, str)]
    return ", ".join(part for part in parts if part and not re.search(r"://|www\.|@", part, re.IGNORECASE))
