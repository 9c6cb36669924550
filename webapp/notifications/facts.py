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
from webapp.db import Row, among, fetch, from_json
from webapp.orders.models import Order
from webapp.orders.queries import for_emails
from webapp.payments.queries import cards_of
from webapp.products.media import MEDIA, picture_src
from webapp.products.queries import pictures_of

LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the order, as it was named and priced when it was ordered. `left` is set where stock was short. `picture` is
    the path of the product's picture where an owner gave it one: mail programs do not show drawings."""

    name: str
    quantity: int
    unit_minor: int
    left: int | None = None
    picture: str = ""

    @property
    def total_minor(self) -> int:
        """The line's sum in minor units."""
        return self.quantity * self.unit_minor


@dataclass(frozen=True, slots=True)
class Look:
    """What a market's emails wear, as its row keeps it: its theme (see :mod:`webapp.accounts.theme`), and its logo with the size
    of the largest file in pixels. Without anything it is the house's."""

    theme: str = "{}"
    logo: str | None = None
    logo_width: int | None = None
    logo_height: int | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that the words of one email are made of. Texts are on one line and hold no control characters. `sent_note`
    is what the market has said of the sending, as it stands when the email is written."""

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
    address: str
    card: str | None
    delivers: bool
    sent_note: str
    lines: tuple[Line, ...]
    moments: Mapping[str, datetime] = field(default_factory=dict)
    look: Look = Look()

    @property
    def first_name(self) -> str:
        """How the greeting calls the reader; empty when the name is none."""
        return greeting_name(self.name)


def greeting_name(name: str) -> str:
    """The first word of a name, or nothing where that is not one word of letters.

    Somebody may order with a stranger's address and an advertisement for a name: no sentence and no address of a page of
    theirs is sent in our name.
    """
    word = name.split(" ")[0]
    fits = len(word) <= LONGEST_NAME and re.fullmatch(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*", word)
    return word if fits else ""


def one_line(text: str, longest: int = 200) -> str:
    """A text without line breaks, control characters and marks that turn the direction of writing, at most so long."""
    # Nearly all texts are plain, and need not be looked at sign by sign.
    plain = text.isascii() and text.isprintable()
    kept = (
        text
        if plain
        else "".join(
            " " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c
            for c in text
            if unicodedata.category(c) not in ("Cf", "Cs")
        )
    )
    words = " ".join(kept.split())
    return words if len(words) <= longest else words[: longest - 1].rstrip() + "…"


def causes(event_ids: Iterable[str]) -> dict[str, Row]:
    """The events of these ids that the log knows, by id."""
    found = fetch(
        "SELECT e.id, e.type, e.order_id, e.market_id, e.at, e.payload FROM events e"
        f" WHERE {among('e.id', 'asked', 'text')}",
        asked=set(event_ids),
    )
    return {row["id"]: row for row in found}


def payload(cause: Row) -> dict[str, Any]:
    """The values of a causing event."""
    values: dict[str, Any] = from_json(cause["payload"])
    return values


def load(wanted: Sequence[tuple[Row, str]]) -> list[Facts]:
    """The facts of each (causing event, kind), leaving out those whose order does not exist."""
    order_ids = sorted({int(cause["order_id"]) for cause, _ in wanted if cause["order_id"] is not None})
    orders = for_emails(order_ids)
    cards = cards_of(order_ids)
    markets = _markets({order.market_id for order in orders.values()})
    moments = _moments(order_ids)
    pictures = pictures_of(sorted({item.product_id for order in orders.values() for item in order.items}))
    return [
        _facts(cause, kind, order, markets[order.market_id], cards.get(order.id), moments[order.id], pictures)
        for cause, kind in wanted
        if (order := orders.get(cause["order_id"])) is not None
    ]


def _markets(market_ids: Iterable[int]) -> dict[int, Row]:
    found = fetch(
        "SELECT m.id, m.name, m.theme, m.logo, m.logo_width, m.logo_height FROM markets m"
        f" WHERE {among('m.id', 'asked')}",
        asked=market_ids,
    )
    return {row["id"]: row for row in found}


def _moments(order_ids: Iterable[int]) -> defaultdict[int, list[Row]]:
    grouped: defaultdict[int, list[Row]] = defaultdict(list)
    found = fetch(
        f"SELECT e.order_id, e.type, e.at FROM events e WHERE {among('e.order_id', 'asked')} ORDER BY e.order_id, e.at",
        asked=order_ids,
    )
    for row in found:
        grouped[row["order_id"]].append(row)
    return grouped


def _facts(
    cause: Row,
    kind: str,
    order: Order,
    market: Row,
    card: str | None,
    moments: Sequence[Row],
    pictures: Mapping[int, str],
) -> Facts:
    values = payload(cause)
    left = {short["product_id"]: short["available"] for short in values.get("shortages", ())}
    return Facts(
        cause_id=cause["id"],
        kind=kind,
        at=clock.to_datetime(cause["at"]),
        payload=values,
        order_id=order.id,
        market_id=order.market_id,
        market_name=one_line(market["name"], 120),
        number=order.number,
        link=order.link,
        recipient=order.email,
        name=one_line(order.name, 120),
        currency=order.currency,
        total_minor=order.total_minor,
        address=_address(order.delivery),
        card=one_line(card, 20) if card else None,
        delivers=bool(order.delivery),
        sent_note=one_line(order.sent_note or "", 300),
        lines=tuple(
            Line(
                one_line(item.name),
                item.quantity,
                item.unit_minor,
                left.get(item.product_id),
                photograph(pictures.get(item.product_id)),
            )
            for item in order.items
        ),
        # What happened after the cause belongs to a later email, even when this one is written late.
        moments={row["type"]: clock.to_datetime(row["at"]) for row in moments if row["at"] <= cause["at"]},
        look=look_of(market),
    )


def look_of(market: Row) -> Look:
    """The look of a market by its row, or by another that carries these of its columns."""
    return Look(market["theme"], market["logo"], market["logo_width"], market["logo_height"])


def photograph(picture: str | None) -> str:
    """The path of a product's picture for an email, if an owner gave it one; empty for a drawing, which mail programs do not show."""
    return picture_src(picture, 320, "jpg") if picture and picture.startswith(MEDIA) else ""


def _address(delivery: str | None) -> str:
    # A place to bring things to; anything in it that reads like the address of a page is left out of our email.
    if not delivery:
        return ""
    given = {name: part for name, part in from_json(delivery).items() if isinstance(part, str)}
    if given.get("postcode") and given.get("city"):
        given["city"] = f"{given.pop('postcode')} {given['city']}"
    parts = [one_line(part, 120) for part in given.values()]
    return ", ".join(part for part in parts if part and not re.search(r"://|www\.|@", part, re.IGNORECASE))
