"""What needs somebody, in words: orders that stand still, money and emails that did not get through, what runs out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from webapp.clock import to_datetime
from webapp.console import home_queries, story
from webapp.db import Row
from webapp.orders.models import TO_SEND, TOO_LATE
from webapp.web.counting import MOST_COUNTED, few_text
from webapp.web.figures import count_text, money_text, span_text
from webapp.web.strip import Strip

EACH = 3
"""Rows of one sort; what is more stands in one row with the list that has them all."""


@dataclass(frozen=True, slots=True)
class Need:
    """One row: its badge (`stop` or `wait`, and a word), what it is and why, since when, and the button that helps."""

    kind: str
    word: str
    what: str
    why: str
    at: datetime | None
    button: str
    href: str
    strip: Strip | None = None


def needs(market_id: int, now: int, sold: Mapping[int, int], low: Sequence[Row]) -> list[Need]:
    """All that needs somebody, the worst first. `low` is what runs out, `sold` its units of the last 28 days by product."""
    return [
        *_stuck(home_queries.stuck(market_id, now, EACH + 1), now),
        *_parked(home_queries.parked(market_id)),
        *_refunds(home_queries.failed_refunds(market_id)),
        *_emails(market_id, now),
        *_too_late(home_queries.waiting(market_id, TOO_LATE)),
        *_to_send(home_queries.waiting(market_id, TO_SEND)),
        *_low(low, sold),
        *_sold_out(home_queries.sold_out(market_id, 2)),
    ]


def _stuck(found: Sequence[Row], now: int) -> Iterator[Need]:
    at = to_datetime(now)
    for row in _shown(found):
        strip = story.micro_of(row, at)
        waits = span_text((now - row["updated_at"]) / 1_000_000)
        for_what = "for its stock" if row["status"] == "INVENTORY_PENDING" else "for its payment"
        tries = story.attempts_text(row["attempts"])
        why = (
            f"{tries} so far; it is asked for again by itself" if row["attempts"] else "It is asked for again by itself"
        )
        yield Need(
            "stop", "Stuck", f"Order {row['number']} has waited {waits} {for_what}", why, to_datetime(row["updated_at"]),
            "Open order", f"/console/orders/{row['id']}", strip,
        )  # fmt: skip
    if len(found) > len(_shown(found)):
        more = found[0]["many"] - EACH
        yield Need(
            "stop", "Stuck", f"{_many(more, 'more order')} {'stands' if more == 1 else 'stand'} still", "All are asked for again by themselves",
            to_datetime(found[EACH]["updated_at"]), "See orders", "/console/orders?view=attention",
        )  # fmt: skip


def _parked(found: Sequence[Row]) -> Iterator[Need]:
    if not found:
        return
    first = found[0]
    if first["number"] is not None:
        what, href, button = f"order {first['number']}", f"/console/orders/{first['order_id']}", "Open order"
    else:
        what, href, button = first["name"] or "a product", f"/console/products/{first['product_id']}", "Open product"
    called = f"A message about {what} was" if len(found) == 1 else f"{_at_most(len(found))} messages were"
    yield Need(
        "stop", "Parked", f"{called} put aside", f"{first['type']}: {first['reason'].splitlines()[0][:160]}; whoever runs the house can try again",
        to_datetime(first["at"]), button, href,
    )  # fmt: skip


def _refunds(found: Sequence[Row]) -> Iterator[Need]:
    for row in found[:EACH]:
        amount = money_text(row["amount_minor"], row["currency"])
        yield Need(
            "stop", "Refund", f"{amount} of order {row['number']} could not be given back", "The provider refused; nothing went out",
            to_datetime(row["at"]), "Open order", f"/console/orders/{row['order_id']}",
        )  # fmt: skip
    if len(found) > EACH:
        yield Need(
            "stop", "Refund", f"{_many(len(found) - EACH, 'more refund')} failed", "The provider refused them",
            to_datetime(found[EACH]["at"]), "See orders", "/console/orders?view=attention",
        )  # fmt: skip


def _emails(market_id: int, now: int) -> Iterator[Need]:
    counts = home_queries.unsent(market_id, now)
    last = home_queries.emails(market_id, counts["last_bounced"] or 0, counts["last_waiting"] or 0)
    for state, said, then in (
        ("bounced", "refused", "the orders themselves are as they were"),
        ("waiting", "not taken yet", "it is tried again by itself"),
    ):
        email = last.get(counts[f"last_{state}"] or 0)
        if email is None:
            continue
        many, who = counts[state], email["send_to"] or email["recipient"]
        what = f"The email to {who} was {said}" if many == 1 else f"{count_text(many)} emails were {said}"
        why = f"{email['answer'] or 'No answer was given'}; {then}"
        one = many == 1 and email["order_id"]
        yield Need(
            "stop" if state == "bounced" else "wait", "Failing" if state == "bounced" else "Late", what, why,
            to_datetime(counts[f"{state}_since"]), "Open order" if one else "See emails",
            f"/console/orders/{email['order_id']}" if one else f"/console/emails?state={'bounced' if state == 'bounced' else 'failing'}",
        )  # fmt: skip


def _too_late(found: Sequence[Row]) -> Iterator[Need]:
    for row in found:
        what = f"{_orders(row, 'was', 'were')} to be cancelled, and the bank had the money by then"
        yield _waiting(row, "Too late", what, "Give the money back, or send it", "attention")


def _to_send(found: Sequence[Row]) -> Iterator[Need]:
    for row in found:
        longest = "" if row["many"] == 1 else f"; order {row['number']} has waited longest"
        what = f"{_orders(row, 'is', 'are')} to be sent"
        yield _waiting(row, "To send", what, f"Paid, and not marked as sent{longest}", "send")


def _orders(row: Row, one: str, several: str) -> str:
    return f"Order {row['number']} {one}" if row["many"] == 1 else f"{few_text(row['many'])} orders {several}"


def _waiting(row: Row, word: str, what: str, why: str, view: str) -> Need:
    alone = row["many"] == 1
    return Need(
        "wait", word, what, why, to_datetime(row["placed_at"]), "Open order" if alone else "See orders",
        f"/console/orders/{row['id']}" if alone else f"/console/orders?view={view}",
    )  # fmt: skip


def _low(found: Sequence[Row], sold: Mapping[int, int]) -> Iterator[Need]:
    for row in _shown(found):
        left = row["on_hand"] - row["reserved"]
        held = f", {count_text(row['reserved'])} held for orders" if row["reserved"] else ""
        weekly = sold.get(row["id"], 0) / 4
        sells = f"; sells {weekly:.0f} a week" if weekly >= 1 else ""
        yield Need(
            "wait", "Low", f"{row['name']}: {count_text(left)} left to sell",
            f"{count_text(row['on_hand'])} on hand{held}{sells}; the threshold is {count_text(row['threshold'])}",
            to_datetime(row["low_since"]), "Adjust stock", f"/console/stock/{row['id']}/adjust",
        )  # fmt: skip
    if len(found) > len(_shown(found)):
        more = found[0]["many"] - EACH
        yield Need(
            "wait", "Low", f"{_many(more, 'more product', found[0]['many'])} {'is' if more == 1 else 'are'} low", "Below their thresholds",
            to_datetime(found[EACH]["low_since"]), "Open stock", "/console/stock?view=low",
        )  # fmt: skip


def _sold_out(found: Sequence[Row]) -> Iterator[Need]:
    if not found:
        return
    many, names = found[0]["many"], [row["name"] for row in found]
    if many == 1:
        what = f"{names[0]} is sold out"
    elif many == 2:
        what = f"{names[0]} and {names[1]} are sold out"
    else:
        what = f"{names[0]}, {names[1]} and {_many(many - 2, 'more product', many)} are sold out"
    yield Need(
        "wait", "Sold out", what, "Still on the shelf; nobody can order " + ("it" if many == 1 else "them"),
        to_datetime(found[0]["low_since"]), "Open stock", "/console/stock?view=out" if many > 1 else f"/console/stock/{found[0]['id']}",
    )  # fmt: skip


def _shown(found: Sequence[Row]) -> Sequence[Row]:
    # A row that says "1 more" would take the place of the one.
    return found if not found or found[0]["many"] <= EACH + 1 else found[:EACH]


def _many(count: int, thing: str, of: int = 0) -> str:
    """So many things; `of` is a count that ends where lists end counting, and what is left of such a one is nobody's number."""
    words = few_text(of) if of > MOST_COUNTED else count_text(count)
    return f"{words} {thing}{'' if count == 1 else 's'}"


def _at_most(count: int) -> str:
    return "50 or more" if count >= 50 else count_text(count)
