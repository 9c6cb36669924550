"""An order in words and as a strip, as its shopper reads it: pure functions from facts. Every status, and what may happen in
it, has its sentence here: where the order is, what that means for the money, what comes next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

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
from webapp.shop.facts import LineFact, OrderFacts
from webapp.shop.stations import strip_of
from webapp.web.figures import money_text
from webapp.web.strip import Strip

Next = Literal["", "change", "retry", "again", "same", "replaced"]
"""What a shopper can do next: change the quantities, pay again, order again, order the same once more, look at the order that stands in
for this one."""

SHOPPER = "shopper"


@dataclass(frozen=True, slots=True)
class Story:
    """What the page says. `sum_label` stands beside the total; `final`: nothing will move by itself any more."""

    sentence: str
    lead: str
    strip: Strip
    sum_label: str
    next: Next
    may_cancel: bool
    final: bool
    title: str


def tell(facts: OrderFacts) -> Story:
    """The whole story of an order as it stands."""
    sentence, lead = _WORDS[facts.status](facts)
    strip = strip_of(facts)
    return Story(
        sentence=sentence, lead=lead, strip=strip, sum_label="Taken too late" if facts.late else _SUMS[facts.status], next=_next(facts),
        may_cancel=facts.status in PENDING and facts.cancel_asked_by is None, final=not strip.moving,
        title=_TITLES[facts.status],
    )  # fmt: skip


def _next(facts: OrderFacts) -> Next:
    # Whoever comes back by an old letter must not pay twice for what they have ordered anew.
    if facts.replaced_by is not None:
        return "replaced"
    return "again" if facts.late else _NEXT[facts.status]


def _setting_aside(facts: OrderFacts) -> tuple[str, str]:
    return "We have your order. Your things are being set aside.", f"This takes a moment. {_may_close(facts)}"


def _paying(facts: OrderFacts) -> tuple[str, str]:
    if facts.cancel_asked_by is not None:
        who = "You want it called off" if facts.cancel_asked_by == SHOPPER else "The market wants it called off"
        return (
            "We are calling it off with the bank.",
            f"{who} while the bank is being asked, so the bank has the last word. If it has taken the money already, the order goes"
            f" through; if not, nothing is charged. We will write to {facts.email} either way.",
        )
    if facts.bank_href is not None:
        return (
            "Your bank wants to hear from you.",
            "It asks you to confirm the payment on its own page, and leads you back here. Your things are set aside for ten"
            " minutes meanwhile, and nothing is charged before you have confirmed.",
        )
    again = "; the bank has not answered yet, so we are asking again" if facts.attempts > 1 else ""
    return (
        "Your things are set aside. We are waiting for the bank.",
        f"This usually takes a few seconds{again}. {_may_close(facts)}",
    )


def _completed(facts: OrderFacts) -> tuple[str, str]:
    settled = f"Paid and settled {took(facts.placed_at, facts.at('ORDER_COMPLETED'))} after you pressed the button."
    if facts.cancel_asked_by is not None:
        settled = "The bank had taken the money before the order could be called off, so it went through. Write to the market if you do not want it."
    back = facts.refunded_minor or sum(refund.amount_minor for refund in facts.refunds if refund.state == "PENDING")
    if back:
        amount = money_text(back, facts.currency)
        return (
            f"All yours, and {amount} comes back to you.",
            f"We sent {amount} of it back to the card that paid. Banks take a few days to show it.",
        )
    if facts.sent_at:
        return ("It is on its way to you." if facts.address else "It was handed over to you."), settled
    return ("All yours. It is being packed." if facts.delivers else "All yours."), settled


def _refunded(facts: OrderFacts) -> tuple[str, str]:
    amount = money_text(facts.refunded_minor or facts.total_minor, facts.currency)
    return (
        f"{amount} is on its way back to you.",
        "We sent all of it back to the card that paid. Banks take a few days to show it. Nothing of the payment is kept.",
    )


def _short(facts: OrderFacts) -> tuple[str, str]:
    short = facts.short
    if len(short) == 1:
        what = _shortage(short[0])
    elif short:
        what = f"{len(short)} of the things you asked for are not there in that number"
    else:
        what = "There is not enough left of what you asked for"
    left = any(line.left_now for line in facts.lines)
    todo = " Change the number and it goes straight through." if left and facts.replaced_by is None else ""
    return (
        "Someone was faster." if facts.faster else "There is not enough left.",
        f"{what}, so we did not take the order. Nothing is held and nothing was charged.{todo}",
    )


def _unpaid(facts: OrderFacts) -> tuple[str, str]:
    if facts.late is not None:
        return _late(facts)
    known = _REFUSALS.get(
        str(facts.reason), ("The payment did not go through.", "The payment provider did not accept it.")
    )
    todo = " You can try again." if facts.replaced_by is None else ""
    return known[0], f"{known[1]} Nothing was charged, and your things are back on the shelf.{todo}"


def _called_off(facts: OrderFacts) -> tuple[str, str]:
    if facts.late is not None:
        return _late(facts)
    who = "You" if facts.cancel_asked_by in (SHOPPER, None) else "The market"
    return (
        "Your order is cancelled.",
        f"{who} called it off before it was paid. Nothing was charged, and nothing is held for you any more.",
    )


def _late(facts: OrderFacts) -> tuple[str, str]:
    assert facts.late is not None
    amount = money_text(facts.late.amount_minor, facts.currency)
    gone = "sent all of it back" if facts.late.state == "DONE" else "are sending all of it back"
    return (
        f"The bank took {amount} too late. It goes back to you.",
        f"The order had ended without a payment when the bank took the money after all. It stays ended, so we {gone}. Banks take a few"
        " days to show it; you owe nothing.",
    )


def took(begin: datetime, end: datetime) -> str:
    """How long something took, as one would say it: "nine seconds", "two minutes"."""
    seconds = max(0.0, (end - begin).total_seconds())
    if seconds < 1:
        return "less than a second"
    for unit, length, most in (("second", 1, 60), ("minute", 60, 60), ("hour", 3600, 48), ("day", 86400, 10**6)):
        count = round(seconds / length)
        if count < most:
            return f"{_NUMBERS[count] if count < len(_NUMBERS) else f'{count:,}'} {unit}{'' if count == 1 else 's'}"
    raise AssertionError("days have no limit")


def _shortage(line: LineFact) -> str:
    left = line.left_then or 0
    are = "none is left" if left == 0 else "1 is left" if left == 1 else f"{left:,} are left"
    return f"You asked for {line.quantity:,} × “{line.name}” and {are}"


def _may_close(facts: OrderFacts) -> str:
    return f"You can close this page: we will write to {facts.email} when it is settled."


_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")

_REFUSALS = {
    "card_declined": ("The bank said no to the card.", "It declined the payment and gave no more reason than that."),
    "insufficient_funds": ("There is not enough on the card.", "The bank refused the payment for that."),
    "expired_card": ("The card has expired.", "The bank refused the payment for that."),
    "incorrect_cvc": ("The card's security code is another.", "The bank refused the payment for that."),
    "authentication_required": ("The bank wanted to hear from you first.", "It refused the payment without that."),
    "payment_intent_authentication_failure": (
        "The bank could not tell that it was you.",
        "The payment was not confirmed on its page.",
    ),
    "timed_out": (
        "The bank did not answer in time.",
        "We asked for as long as your things could be kept waiting, and then called the payment off. Should the bank have taken money"
        " after all, it goes back whole.",
    ),
}

_WORDS: dict[str, Callable[[OrderFacts], tuple[str, str]]] = {
    INVENTORY_PENDING: _setting_aside,
    PAYMENT_PENDING: _paying,
    COMPLETED: _completed,
    REFUNDED: _refunded,
    INVENTORY_REJECTED: _short,
    PAYMENT_REJECTED: _unpaid,
    CANCELLED: _called_off,
}

_SUMS = {
    INVENTORY_PENDING: "To pay",
    PAYMENT_PENDING: "To pay",
    COMPLETED: "Paid",
    REFUNDED: "Paid",
    INVENTORY_REJECTED: "Not charged",
    PAYMENT_REJECTED: "Not charged",
    CANCELLED: "Not charged",
}

_NEXT: dict[str, Next] = {
    INVENTORY_PENDING: "",
    PAYMENT_PENDING: "",
    COMPLETED: "same",
    REFUNDED: "same",
    INVENTORY_REJECTED: "change",
    PAYMENT_REJECTED: "retry",
    CANCELLED: "again",
}

_TITLES = {
    INVENTORY_PENDING: "Setting aside",
    PAYMENT_PENDING: "Paying",
    COMPLETED: "Yours",
    REFUNDED: "Refunded",
    INVENTORY_REJECTED: "Not enough left",
    PAYMENT_REJECTED: "Not paid",
    CANCELLED: "Cancelled",
}
