"""The shopper's strip of an order: five stations and the line back, from plain facts."""

from __future__ import annotations

from webapp.notifications.models import BOUNCED, SENT
from webapp.orders.models import (
    CANCELLED,
    COMPLETED,
    INVENTORY_PENDING,
    INVENTORY_REJECTED,
    PAYMENT_PENDING,
    PAYMENT_REJECTED,
    PENDING,
    REFUNDED,
)
from webapp.shop.facts import OrderFacts
from webapp.web.figures import money_text
from webapp.web.strip import LineBack, Station, Strip

_PAID = (COMPLETED, REFUNDED)


def strip_of(facts: OrderFacts) -> Strip:
    """Where the order is."""
    stations = (_placed(facts), _reserved(facts), _paid(facts), _completed(facts), _told(facts))
    return Strip(
        stations,
        "shopper",
        _line_back(facts),
        id=f"strip-{facts.number}",
        label="Where your order is",
        listening=facts.late_may_come,
    )


def _placed(facts: OrderFacts) -> Station:
    return Station("placed", "done", "Placed", facts.placed_at)


def _reserved(facts: OrderFacts) -> Station:
    if facts.status == INVENTORY_PENDING:
        return Station("reserved", "now", "Setting aside", facts.placed_at, since=True)
    if facts.status == INVENTORY_REJECTED:
        at = facts.at("STOCK_RESERVATION_FAILED", "ORDER_INVENTORY_REJECTED")
        return Station("reserved", "refused", "Not reserved", at, notes=_short_notes(facts))
    if facts.status == CANCELLED and "STOCK_RESERVED" not in facts.moments:
        return Station("reserved", "skipped", "Reserved", instead="called off")
    note = {1: "Your one thing", 2: "Both things"}.get(facts.pieces, f"All {facts.pieces:,} things")
    if facts.status == PAYMENT_PENDING:
        note += " is held for you" if facts.pieces == 1 else " are held for you"
    return Station("reserved", "done", "Reserved", facts.at("STOCK_RESERVED"), notes=(note,))


def _short_notes(facts: OrderFacts) -> tuple[str, ...]:
    short = facts.short
    if len(short) == 1:
        left = short[0].left_then or 0
        return (f"{left:,} of {short[0].quantity:,} left" if left else "None left",)
    return (f"{len(short)} lines not covered",) if short else ()


def _paid(facts: OrderFacts) -> Station:
    if facts.status == INVENTORY_PENDING:
        return Station("paid", "todo", "Paid")
    if facts.status == PAYMENT_PENDING:
        notes = (_try(facts.attempts),) if facts.attempts > 1 else ()
        return Station("paid", "now", "Paying", facts.at("ORDER_PAYMENT_PENDING"), since=True, notes=notes)
    if facts.status in _PAID:
        paid = money_text(facts.total_minor, facts.currency)
        note = f"{paid}, {_try(facts.attempts).lower()}" if facts.attempts > 1 else paid
        return Station("paid", "done", "Paid", facts.at("PAYMENT_SUCCESS"), notes=(note,))
    if facts.status == PAYMENT_REJECTED:
        at = facts.at("PAYMENT_FAILURE", "ORDER_PAYMENT_REJECTED")
        return Station("paid", "refused", "Not paid", at, notes=(_REFUSED.get(str(facts.reason), "Not accepted"),))
    if facts.status == CANCELLED and "STOCK_RESERVED" in facts.moments:
        return Station("paid", "skipped", "Paid", instead="never taken")
    return Station("paid", "skipped", "Paid", instead="never asked")


def _completed(facts: OrderFacts) -> Station:
    if facts.status in PENDING:
        if facts.cancel_asked_by is not None:
            return Station("completed", "todo", "Completed", notes=("Or called off, as the bank says",))
        return Station("completed", "todo", "Completed")
    if facts.status == COMPLETED:
        back = money_text(facts.refunded_minor, facts.currency)
        note = f"{back} sent back" if facts.refunded_minor else "Off the shelf and yours"
        return Station("completed", "done", "Completed", facts.at("ORDER_COMPLETED"), notes=(note,))
    if facts.status == REFUNDED:
        note = f"{money_text(facts.refunded_minor, facts.currency)}"
        return Station("completed", "refused", "Refunded", facts.at("ORDER_REFUNDED"), notes=(note,))
    if facts.status == CANCELLED:
        note = "By you" if facts.cancel_asked_by in ("shopper", None) else "By the market"
        return Station("completed", "refused", "Cancelled", facts.at("ORDER_CANCELLED"), notes=(note,))
    return Station("completed", "skipped", "Completed")


def _told(facts: OrderFacts) -> Station:
    if facts.status in PENDING:
        return Station("told", "todo", "Told you", notes=("By email",))
    told = facts.told
    if told is None or facts.refunding:
        return Station("told", "now", "Writing to you", notes=(facts.email,))
    if told.state == SENT:
        return Station("told", "done", "Told you", told.at, notes=(facts.email,))
    if told.state == BOUNCED:
        return Station("told", "refused", "Not told", told.at, notes=(f"{facts.email} takes no mail",))
    notes = (facts.email, "Trying again") if told.tries else (facts.email,)
    return Station("told", "now", "Writing to you", notes=notes)


def _line_back(facts: OrderFacts) -> LineBack | None:
    if facts.status == INVENTORY_REJECTED:
        return LineBack("nothing held", "reserved", more="nothing charged")
    if facts.status == PAYMENT_REJECTED:
        return LineBack("back on the shelf", "paid", more="money sent back" if facts.late else "nothing charged")
    if facts.status == CANCELLED:
        held = "STOCK_RESERVED" in facts.moments
        return LineBack("back on the shelf" if held else "nothing held", "completed", more="nothing charged")
    if facts.status == REFUNDED:
        return LineBack("refund on its way", "completed", "paid")
    return None


def _try(attempts: int) -> str:
    named = {2: "Second", 3: "Third", 4: "Fourth", 5: "Fifth"}
    return f"{named[attempts]} try" if attempts in named else f"{attempts} tries"


_REFUSED = {
    "card_declined": "The card was declined",
    "insufficient_funds": "Not enough on the card",
    "timed_out": "No answer in time",
}
