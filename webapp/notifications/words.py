"""What each kind of email says: what happened, what it means for the money, what to do next. Pure, from facts to words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from webapp.notifications import kinds
from webapp.notifications.facts import Facts, Line
from webapp.orders.decide import OVERDUE
from webapp.web.figures import clock_text, count_text, money_text

DONE, REFUSED, SKIPPED, BACK = "done", "refused", "skipped", "back"
MARKS = {DONE: "✓", REFUSED: "✕", SKIPPED: "–", BACK: "↩"}


@dataclass(frozen=True, slots=True)
class Stop:
    """A station of the flow strip in words: its state, its name in the tense of the state, and a time or a note."""

    state: str
    name: str
    note: str

    @property
    def mark(self) -> str:
        """The sign before the name, so that the state is not told by colour alone."""
        return MARKS[self.state]


@dataclass(frozen=True, slots=True)
class Words:
    """All texts of one email but the lines of the order."""

    subject: str
    heading: str
    paragraphs: tuple[str, ...]
    button: str
    stops: tuple[Stop, ...]
    sum_label: str


def words_for(facts: Facts) -> Words:
    """The words of the email that these facts write."""
    return _WRITERS[facts.kind](facts)


def _completed(facts: Facts) -> Words:
    heading = f"All yours, {facts.first_name}." if facts.first_name else "All yours."
    return Words(
        subject=f"Your order {facts.number} at {facts.market_name} is paid",
        heading=f"{heading} It is being packed." if facts.address else heading,
        paragraphs=(f"Order {facts.number} is paid and settled. There is nothing left for you to do.",),
        button="See your order",
        stops=(
            *_placed(facts),
            _done("Reserved", facts.moments.get("STOCK_RESERVED")),
            _done("Paid", facts.moments.get("PAYMENT_SUCCESS")),
            _done("Completed", facts.at),
            TOLD,
        ),
        sum_label=f"Paid by card ending {facts.card}" if facts.card else "Paid",
    )


def _stock_refused(facts: Facts) -> Words:
    short = [line for line in facts.lines if line.left is not None]
    wanting = " ".join(_shortage(line) for line in short[:5])
    more = f" {len(short) - 5} more lines were short too." if len(short) > 5 else ""
    return Words(
        subject=f"Your order {facts.number} at {facts.market_name} could not be taken",
        heading="There is not enough left.",
        paragraphs=(
            f"{wanting or 'There is not enough left of what you ordered.'}{more} So we did not take order {facts.number}."
            " Nothing is held and nothing was charged.",
            "Change the number and order again: it goes straight through while there is enough.",
        ),
        button="See what is left",
        stops=(
            *_placed(facts),
            Stop(REFUSED, "Not reserved", _time(facts.at)),
            Stop(SKIPPED, "Paid", "never asked"),
            Stop(SKIPPED, "Completed", "not reached"),
            TOLD,
        ),
        sum_label="Not charged",
    )


def _payment_refused(facts: Facts) -> Words:
    why = _REFUSALS.get(str(facts.payload.get("reason")), "The payment was not accepted.")
    return Words(
        subject=f"The payment for your order {facts.number} at {facts.market_name} did not go through",
        heading="The payment did not go through.",
        paragraphs=(
            f"{why} We keep no money for order {facts.number}, and your things are back on the shelf.",
            "You can try the payment again, with this card or another: that places the order anew.",
        ),
        button="Try the payment again",
        stops=(
            *_placed(facts),
            _done("Reserved", facts.moments.get("STOCK_RESERVED")),
            Stop(REFUSED, "Not paid", _time(facts.at)),
            Stop(SKIPPED, "Completed", "not reached"),
            TOLD,
        ),
        sum_label="Not charged",
    )


def _cancelled(facts: Facts) -> Words:
    reserved = facts.moments.get("STOCK_RESERVED")
    return Words(
        subject=f"Your order {facts.number} at {facts.market_name} is cancelled",
        heading="Your order is cancelled.",
        paragraphs=(
            f"Order {facts.number} was called off before it was paid. We keep no money for it, and nothing is held for you any more.",
            "If that was not meant, order again: it takes one press on the order's page.",
        ),
        button="See the order",
        stops=(
            *_placed(facts),
            _done("Reserved", reserved) if reserved else Stop(SKIPPED, "Reserved", "not reached"),
            Stop(SKIPPED, "Paid", "never taken"),
            Stop(REFUSED, "Cancelled", _time(facts.at)),
            TOLD,
        ),
        sum_label="Not charged",
    )


def _refunded(facts: Facts) -> Words:
    amount = _amount(facts)
    whole = bool(facts.payload.get("whole"))
    return Words(
        subject=f"{amount} of your order {facts.number} at {facts.market_name} is on its way back",
        heading=f"{amount} is on its way back to you.",
        paragraphs=(
            f"We sent {amount} of order {facts.number} back to the card that paid. Banks take a few days to show it.",
            "Nothing of the payment is kept." if whole else "The rest of the order stays as it was.",
        ),
        button="See your order",
        stops=(
            *_placed(facts),
            _done("Reserved", facts.moments.get("STOCK_RESERVED")),
            _done("Paid", facts.moments.get("PAYMENT_SUCCESS")),
            _done("Completed", facts.moments.get("ORDER_COMPLETED")),
            Stop(BACK, "Refunded" if whole else "Part refunded", _time(facts.at)),
        ),
        sum_label="The order came to",
    )


def _late_refund(facts: Facts) -> Words:
    amount = _amount(facts)
    return Words(
        subject=f"{amount} taken late for your order {facts.number} at {facts.market_name} is on its way back",
        heading=f"{amount} was taken late, and goes back.",
        paragraphs=(
            f"Your bank took {amount} for order {facts.number} after we had told you that the payment did not go through."
            " The order stays closed, so we sent all of it back. Banks take a few days to show it.",
            "You owe nothing and need to do nothing. If you still want the things, you can order them again.",
        ),
        button="See the order",
        stops=(
            *_placed(facts),
            _done("Reserved", facts.moments.get("STOCK_RESERVED")),
            Stop(REFUSED, "Paid too late", _time(facts.moments.get("ORDER_PAYMENT_REJECTED"))),
            Stop(SKIPPED, "Completed", "not reached"),
            Stop(BACK, "Refunded", _time(facts.at)),
        ),
        sum_label="The order came to",
    )


def _sent(facts: Facts) -> Words:
    where = f" to {facts.address}" if facts.address else ""
    about = (f"{facts.market_name} says: {facts.sent_note}",) if facts.sent_note else ()
    if facts.delivers:
        subject, heading, done = "is on its way", "It is on its way to you.", "Sent"
        what = f"Order {facts.number} was sent{where}."
    else:
        subject, heading, done = "was handed over", "It was handed over.", "Handed over"
        what = f"{facts.market_name} says that order {facts.number} was handed over. If that is not so, write to them."
    return Words(
        subject=f"Your order {facts.number} at {facts.market_name} {subject}",
        heading=heading,
        paragraphs=(what, *about),
        button="See your order",
        stops=(
            *_placed(facts),
            _done("Reserved", facts.moments.get("STOCK_RESERVED")),
            _done("Paid", facts.moments.get("PAYMENT_SUCCESS")),
            _done("Completed", facts.moments.get("ORDER_COMPLETED")),
            _done(done, facts.at),
        ),
        sum_label=f"Paid by card ending {facts.card}" if facts.card else "Paid",
    )


TOLD = Stop(DONE, "Told you", "now")

_REFUSALS = {
    "declined": "Your bank declined the card.",
    "card_declined": "Your bank declined the card.",
    "insufficient_funds": "There is not enough money on the card.",
    "expired_card": "The card has expired.",
    "incorrect_cvc": "The card's security code was another.",
    "payment_intent_authentication_failure": "The payment was not confirmed on your bank's page.",
    OVERDUE: "Your bank did not answer in time.",
}

_WRITERS: dict[str, Callable[[Facts], Words]] = {
    kinds.COMPLETED: _completed,
    kinds.STOCK_REFUSED: _stock_refused,
    kinds.PAYMENT_REFUSED: _payment_refused,
    kinds.CANCELLED: _cancelled,
    kinds.REFUNDED: _refunded,
    kinds.LATE_REFUND: _late_refund,
    kinds.SENT: _sent,
}


def _placed(facts: Facts) -> tuple[Stop]:
    return (_done("Placed", facts.moments.get("ORDER_INVENTORY_PENDING")),)


def _done(name: str, at: datetime | None) -> Stop:
    return Stop(DONE, name, _time(at))


def _time(at: datetime | None) -> str:
    # A moment that the log does not know yet is left out: the station's name says enough.
    return clock_text(at) if at else ""


def _shortage(line: Line) -> str:
    left = line.left or 0
    are = "none is left" if left == 0 else "1 is left" if left == 1 else f"{count_text(left)} are left"
    return f"You asked for {count_text(line.quantity)} × “{line.name}” and {are}."


def _amount(facts: Facts) -> str:
    return money_text(int(facts.payload["amount_minor"]), str(facts.payload["currency"]))
