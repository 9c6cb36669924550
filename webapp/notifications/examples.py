"""Every kind of email with example data, in a market's own name, colours and goods: what an owner sees before a shopper does,
and what a test letter says. Nothing of it is an order's."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from webapp.accounts import letters
from webapp.db import Row, fetch
from webapp.errors import NotFound
from webapp.notifications import kinds
from webapp.notifications.account_words import words_for
from webapp.notifications.facts import Facts, Line, look_of, one_line, photograph
from webapp.notifications.render import Rendered, render, render_account
from webapp.products.queries import picture_sql

ORDERS = kinds.KINDS
MARKET = (letters.INVITED, letters.LOW_STOCK)
HOUSE = (
    letters.CONFIRM,
    letters.EXISTS,
    letters.RESET,
    letters.NEW_EMAIL,
    letters.EMAIL_CHANGED,
    letters.PASSWORD_CHANGED,
)
GROUPS = (
    ("About an order, to its shopper", ORDERS),
    ("About the market, to its people", MARKET),
    ("About an account, from the house", HOUSE),
)
"""Every kind that can be looked at, with who gets it."""

NUMBER, READER, NAME = 1042, "ingrid@example.org", "Ingrid Solberg"
_MADE_UP = (Line("Speckled breakfast bowl", 2, 2800), Line("Tall pitcher, spruce glaze", 1, 5400))


def example(kind: str, market: Row, now: datetime) -> Rendered:
    """The email of a kind as this market (a row of `markets`) would send it; its links lead into the shop. Raises NotFound
    for a kind that there is none of."""
    if kind in ORDERS:
        return render(_facts(kind, market, now), f"/m/{market['slug']}")
    if kind not in (*MARKET, *HOUSE):
        raise NotFound(f"there is no email of the kind {kind}")
    words = words_for(_letter(kind, market), now, now + timedelta(seconds=letters.LIFETIMES.get(kind, 0)))
    # A link that works once is nobody's in an example.
    path = f"/m/{market['slug']}" if letters.PLACE in words.path else words.path
    words = replace(words, path=path)
    return render_account(words, market["name"], look_of(market)) if kind in MARKET else render_account(words)


def lines_of(market_id: int) -> tuple[Line, ...]:
    """Two things of the market's shelf, the newest first; made up where it has none."""
    found = fetch(
        f"SELECT p.name, p.price_minor, {picture_sql()} AS picture FROM products p WHERE p.market_id = :market_id AND p.deleted_at IS NULL"
        " AND p.status = 'active' ORDER BY p.id DESC LIMIT 2",
        market_id=market_id,
    )
    own = (
        Line(one_line(row["name"]), 2 - place, row["price_minor"], None, photograph(row["picture"]))
        for place, row in enumerate(found)
    )
    return tuple(own) or _MADE_UP


def _facts(kind: str, market: Row, now: datetime) -> Facts:
    lines = lines_of(market["id"])
    total = sum(line.total_minor for line in lines)
    if kind == kinds.STOCK_REFUSED:
        lines = (*lines[:-1], replace(lines[-1], left=0))
    part = kind == kinds.REFUNDED and len(lines) > 1
    moments = (
        "ORDER_INVENTORY_PENDING",
        "STOCK_RESERVED",
        "PAYMENT_SUCCESS",
        "ORDER_COMPLETED",
        "ORDER_PAYMENT_REJECTED",
    )
    return Facts(
        cause_id="example", kind=kind, at=now, order_id=0, market_id=market["id"], market_name=one_line(market["name"], 120), number=NUMBER,
        payload={"reason": "declined", "by": "shopper", "whole": not part, "amount_minor": lines[-1].total_minor if part else total,
                 "currency": market["currency"]},
        link="", recipient=READER, name=NAME, currency=market["currency"], total_minor=total, card="4242",
        address="Møllestien 42, 8000 Aarhus, Denmark" if market["wants_delivery"] else "", delivers=bool(market["wants_delivery"]),
        sent_note="The post van took it at noon.", lines=lines, look=look_of(market),
        moments={name: now - timedelta(seconds=len(moments) - step) for step, name in enumerate(moments)},
    )  # fmt: skip


def _letter(kind: str, market: Row) -> Row:
    alerts = [
        {"name": line.name, "sku": f"EXAMPLE-{number}", "available": 3 - 3 * number, "threshold": 5}
        for number, line in enumerate(lines_of(market["id"]))
    ]
    return {
        "kind": kind, "name": NAME, "person_name": NAME, "market_name": market["name"], "sender": "Mira Holt", "role": "staff", "alerts": alerts,
    }  # fmt: skip
