"""An order's strip as its owner sees it: times to the millisecond, attempts, and the seconds between two stations. Pure: from
rows and events to stations; nothing is read here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

from webapp.clock import to_datetime
from webapp.console import order_list
from webapp.db import Row, from_json
from webapp.notifications import kinds
from webapp.notifications.models import BOUNCED, SENT, Email
from webapp.orders.decide import OVERDUE
from webapp.orders.models import PENDING
from webapp.payments import models as payments
from webapp.payments.queries import PaymentStory
from webapp.web.figures import money_text, span_text
from webapp.web.strip import LineBack, Station, Strip

LATE = timedelta(microseconds=order_list.LATE)
"""How long a station may be under way before it counts as stuck."""

REASONS = {
    "card_declined": "the bank declined the card",
    "insufficient_funds": "not enough money on the card",
    OVERDUE: "no answer in time",
    "cancelled": "called off",
    "out_of_stock": "not enough stock",
}


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of an order: its row, its lines, its events oldest first, its payment, its emails and the notes on it."""

    order: Row
    items: Sequence[Row]
    events: Sequence[Row]
    payment: PaymentStory | None
    emails: Sequence[Email]
    notes: Sequence[Row]
    now: datetime

    @property
    def status(self) -> str:
        """The order's status."""
        return str(self.order["status"])

    @property
    def placed(self) -> datetime:
        """When it was placed."""
        return to_datetime(self.order["placed_at"])

    @property
    def is_final(self) -> bool:
        """Whether only refunds can follow."""
        return self.status not in PENDING

    @property
    def pieces(self) -> int:
        """How many pieces were ordered."""
        return sum(int(item["quantity"]) for item in self.items)

    @property
    def customer(self) -> str:
        """Which order of its customer this is, in words."""
        nth = int(self.order["nth"])
        names = ("First", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth")
        return f"{names[nth - 1]} order" if nth <= len(names) else f"{nth:,} orders so far"

    @property
    def pending_refunds(self) -> list[payments.Refund]:
        """Money on its way back."""
        return [refund for refund in self.payment.refunds if refund.state == payments.PENDING] if self.payment else []

    @property
    def left_minor(self) -> int:
        """How much of the payment can still be given back, in minor units."""
        if self.payment is None or self.status != "COMPLETED":
            return 0
        paid = self.payment.payment
        return paid.taken_minor - paid.refunded_minor - sum(refund.amount_minor for refund in self.pending_refunds)

    def at(self, *types: str) -> datetime | None:
        """When the first event of these types became true."""
        found = next((row for row in self.events if row["type"] in types), None)
        return to_datetime(found["at"]) if found else None

    def told(self, type_name: str) -> dict[str, Any] | None:
        """What the first event of a type said."""
        found = next((row for row in self.events if row["type"] == type_name), None)
        said: dict[str, Any] | None = from_json(found["payload"]) if found else None
        return said


def strip_of(known: Known) -> Strip:
    """The five stations of an order, in the owner's density."""
    stations = [_placed(known), _reserved(known), _paid(known), _completed(known), _told(known)]
    refunded = bool(known.payment and known.payment.refunds)
    timed = [replace(here, took=_took(here, following)) for here, following in pairwise(stations)]
    if refunded:
        # The last email is the refund's, days later perhaps: that is no duration of the flow.
        timed[-1] = replace(timed[-1], took=None)
    label = f"Where order {known.order['number']} is"
    return Strip((*timed, stations[-1]), "owner", _line_back(known), f"strip-{known.order['id']}", label)


def micro_of(row: Row, now: datetime) -> Strip:
    """The five dots of an order in a list, from a row of console/order_list.py: page."""
    status, stock, told = row["status"], row["stock"], row["told"]
    stuck = status in PENDING and now - to_datetime(row["updated_at"]) > LATE
    under_way = "stuck" if stuck else "now"
    paid = row["payment"] in (payments.TAKEN, payments.REFUNDED) and status in (
        "PAYMENT_PENDING",
        "COMPLETED",
        "REFUNDED",
    )
    held = status not in ("INVENTORY_PENDING", "INVENTORY_REJECTED") and stock not in (None, "TOMBSTONE")
    states: list[Any] = ["done", "done" if held else "skipped", "skipped", "skipped", "todo"]
    if status == "INVENTORY_PENDING":
        states[1:4] = [under_way, "todo", "todo"]
    elif status == "INVENTORY_REJECTED":
        states[1] = "refused"
    elif status == "PAYMENT_PENDING":
        states[2:4] = ["done", under_way] if paid else [under_way, "todo"]
    elif status == "PAYMENT_REJECTED":
        states[2] = "refused"
    elif status in ("COMPLETED", "REFUNDED"):
        states[2:4] = ["done", "done"]
    if status not in PENDING:
        states[4] = {SENT: "done", BOUNCED: "refused"}.get(told or "", "now")
    keys = ("placed", "reserved", "paid", "completed", "told")
    return Strip(tuple(Station(key, state, key.capitalize()) for key, state in zip(keys, states, strict=True)), "micro")  # type: ignore[arg-type]


def attempts_text(count: int) -> str:
    """A number of attempts in words."""
    return "1 attempt" if count == 1 else f"{count} attempts"


def reason_text(reason: str | None) -> str:
    """Why something was refused, in words."""
    return REASONS.get(reason or "", (reason or "no reason given").replace("_", " "))


def _placed(known: Known) -> Station:
    who = "with an account" if known.order["shopper_id"] else "as a guest"
    return Station("placed", "done", "Placed", known.placed, notes=(who,))


def _reserved(known: Known) -> Station:
    lines = "1 line" if len(known.items) == 1 else f"{len(known.items)} lines"
    pieces = "1 piece" if known.pieces == 1 else f"{known.pieces} pieces"
    if at := known.at("STOCK_RESERVED"):
        return Station("reserved", "done", "Reserved", at, notes=(f"{lines}, {pieces}",))
    if failed := known.told("STOCK_RESERVATION_FAILED"):
        names = {item["product_id"]: item["name"] for item in known.items}
        short = [
            f"{names.get(s['product_id'], 'a line')}: {s['available']} of {s['wanted']} left"
            for s in failed["shortages"]
        ]
        more = (f"and {len(short) - 2} more",) if len(short) > 2 else ()
        return Station(
            "reserved", "refused", "Not reserved", known.at("STOCK_RESERVATION_FAILED"), notes=(*short[:2], *more)
        )
    if known.is_final:
        return Station("reserved", "skipped", "Reserved", instead="called off before")
    return _under_way(known, "reserved", "Reserving", known.placed, (f"{lines}, {pieces}",))


def _paid(known: Known) -> Station:
    attempts = known.payment.attempts if known.payment else ()
    tries = attempts_text(len(attempts)) if attempts else ""
    if at := known.at("PAYMENT_SUCCESS"):
        unheard = bool(attempts) and attempts[0].outcome in ("unknown", "unavailable")
        return Station(
            "paid", "done", "Paid", at, notes=tuple(filter(None, (tries, "first without an answer" if unheard else "")))
        )
    if failed := known.told("PAYMENT_FAILURE"):
        at = known.at("PAYMENT_FAILURE")
        if failed["reason"] == "cancelled":
            return Station("paid", "skipped", "Paid", at, notes=("voided, nothing was taken",))
        return Station(
            "paid", "refused", "Not paid", at, notes=tuple(filter(None, (reason_text(failed["reason"]), tries)))
        )
    if known.is_final:
        return Station("paid", "skipped", "Paid", instead="never asked")
    if known.status == "PAYMENT_PENDING":
        asked = ("cancelling asked",) if known.order["cancel_asked_by"] else ()
        begun = known.at("ORDER_PAYMENT_PENDING") or to_datetime(known.order["updated_at"])
        return _under_way(known, "paid", "Paying", begun, tuple(filter(None, (tries, *asked))))
    if reserved := known.at("STOCK_RESERVED"):
        # The orders service has not heard of it yet. A strip on which nothing moves would close its page's stream.
        return _under_way(known, "paid", "Paying", reserved, ())
    return Station("paid", "todo", "Paid")


def _completed(known: Known) -> Station:
    if at := known.at("ORDER_COMPLETED"):
        back = int(known.order["refunded_minor"])
        notes = (f"{money_text(back, known.order['currency'])} given back",) if back else ()
        return Station("completed", "done", "Completed", at, notes=notes)
    if known.status == "CANCELLED":
        by = known.order["cancel_asked_by"] or "market"
        return Station("completed", "skipped", "Cancelled", known.at("ORDER_CANCELLED"), notes=(f"by the {by}",))
    if known.is_final:
        return Station("completed", "skipped", "Completed")
    if since := known.at("PAYMENT_SUCCESS"):
        return _under_way(known, "completed", "Completing", since, ())
    return Station("completed", "todo", "Completed")


def _told(known: Known) -> Station:
    if not known.is_final:
        refused = known.at("STOCK_RESERVATION_FAILED", "PAYMENT_FAILURE")
        return _under_way(known, "told", "Telling", refused, ()) if refused else Station("told", "todo", "Told")
    if (
        known.status in ("PAYMENT_REJECTED", "CANCELLED")
        and known.at("STOCK_RESERVED")
        and not known.at("STOCK_RELEASED")
    ):
        ended = known.at("ORDER_PAYMENT_REJECTED", "ORDER_CANCELLED")
        return Station("told", "now", "Releasing", ended, since=True, notes=("the stock goes back",))
    if refunds := known.pending_refunds:
        return Station("told", "now", "Refunding", refunds[0].asked_at, since=True)
    # That it was sent is told days later perhaps, and no step of the flow.
    emails = [email for email in known.emails if email.kind != kinds.SENT]
    waiting = next((email for email in emails if email.next_try_at is not None), None)
    if waiting is not None or not emails:
        since = waiting.queued_at if waiting else to_datetime(known.order["updated_at"])
        notes = (attempts_text(waiting.tries), "trying again") if waiting and waiting.tries else ()
        return Station("told", "now", "Telling", since, since=True, notes=notes)
    last = emails[-1]
    of = {kinds.REFUNDED: "of the refund", kinds.LATE_REFUND: "of the money back"}.get(last.kind, "")
    if last.state == BOUNCED:
        return Station(
            "told",
            "refused",
            "Not told",
            last.sent_at,
            notes=tuple(filter(None, (last.answer or "", attempts_text(last.tries)))),
        )
    return Station(
        "told",
        "done",
        "Told",
        last.sent_at,
        notes=tuple(filter(None, (of, attempts_text(last.tries), last.answer or ""))),
    )


def _under_way(known: Known, key: Any, name: str, since: datetime, notes: tuple[str, ...]) -> Station:
    stuck = known.now - since > LATE
    waits = (f"for {span_text(known.now - since)}",) if stuck else ()
    return Station(key, "stuck" if stuck else "now", name, since, since=True, notes=(*notes, *waits))


def _took(here: Station, following: Station) -> str | None:
    if here.at is None or following.at is None or here.state != "done" or following.state not in ("done", "refused"):
        return None
    seconds = (following.at - here.at).total_seconds()
    return span_text(seconds) if seconds > 0 else None


def _line_back(known: Known) -> LineBack | None:
    money = any(refund.reason == payments.LATE_SUCCESS for refund in known.payment.refunds) if known.payment else False
    if known.status == "INVENTORY_REJECTED":
        return LineBack("nothing held", "reserved", more="nothing charged")
    if known.status in ("PAYMENT_REJECTED", "CANCELLED") and known.at("STOCK_RESERVED"):
        freed = "stock released" if known.at("STOCK_RELEASED") else "stock going back"
        return LineBack(freed, "paid", more="money taken late goes back" if money else "nothing charged")
    if known.status == "REFUNDED":
        return LineBack("money given back", "completed")
    return None
