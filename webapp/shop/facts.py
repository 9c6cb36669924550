"""What an order's page is told from: plain facts, so that every sentence and strip can be made, and tested, without a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class LineFact:
    """One line as it was ordered. `left_then` is set where stock was short: how many there were. `left_now` is how many are on
    the shelf by now and `price_now` what one costs by now, None when it is not for sale any more; `href` leads to the product,
    "" then."""

    product_id: int
    name: str
    quantity: int
    unit_minor: int
    picture: str | None = None
    left_then: int | None = None
    left_now: int | None = None
    price_now: int | None = None
    href: str = ""

    @property
    def total_minor(self) -> int:
        """The line's sum in minor units."""
        return self.unit_minor * self.quantity


@dataclass(frozen=True, slots=True)
class ToldFact:
    """The newest email about the order: its state (QUEUED, SENDING, SENT, BOUNCED), tries, and when it was written or sent."""

    state: str
    at: datetime
    tries: int = 0


@dataclass(frozen=True, slots=True)
class RefundFact:
    """Money on its way back (PENDING), back (DONE) or refused by the provider (FAILED); `late`: it was taken too late."""

    amount_minor: int
    state: str
    at: datetime
    late: bool = False


@dataclass(frozen=True, slots=True)
class OtherFact:
    """Another order: its number, and the address of its page."""

    number: int
    href: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFacts:
    """An order as its shopper may know it. `email` is masked. `moments` are the instants of the events told of it, the first
    of each type. `attempts` counts the calls to the provider, `cancel_asked_by` is who wants it called off. `sent_at` is when
    the market marked it as sent, `sent_note` what it said of that. `faster`: what
    was short had been there shortly before, and others took it. `late_may_come`: it ended unpaid a moment ago, and a bank may
    still change its mind. `bank_href`: where the bank waits for its customer, before anything is taken. `replaces`: the order that ended
    unpaid and that this one stands in for; `replaced_by`: the newest that stands in for this one."""

    number: int
    status: str
    placed_at: datetime
    updated_at: datetime
    email: str
    currency: str
    total_minor: int
    refunded_minor: int = 0
    lines: Sequence[LineFact] = ()
    reason: str | None = None
    cancel_asked_by: str | None = None
    moments: Mapping[str, datetime] = field(default_factory=dict)
    attempts: int = 0
    card: str | None = None
    told: ToldFact | None = None
    refunds: Sequence[RefundFact] = ()
    address: Sequence[str] = ()
    delivers: bool = True
    sent_at: datetime | None = None
    sent_note: str = ""
    faster: bool = False
    late_may_come: bool = False
    bank_href: str | None = None
    replaces: OtherFact | None = None
    replaced_by: OtherFact | None = None

    @property
    def pieces(self) -> int:
        """How many pieces were ordered in all."""
        return sum(line.quantity for line in self.lines)

    @property
    def again_minor(self) -> int | None:
        """What the same order would cost by now, in minor units; None when not all of it can be had."""
        if any((line.left_now or 0) < line.quantity for line in self.lines):
            return None
        return sum((line.price_now or 0) * line.quantity for line in self.lines)

    @property
    def short(self) -> list[LineFact]:
        """The lines that the stock did not cover."""
        return [line for line in self.lines if line.left_then is not None]

    @property
    def refunding(self) -> bool:
        """Whether money is on its way back, or is back and the order has not heard of it yet."""
        sent = sum(refund.amount_minor for refund in self.refunds if refund.state == "DONE" and not refund.late)
        return sent > self.refunded_minor or any(refund.state == "PENDING" for refund in self.refunds)

    @property
    def late(self) -> RefundFact | None:
        """The refund of money that was taken after the order had ended, if there was any."""
        return next((refund for refund in self.refunds if refund.late), None)

    def at(self, *events: str) -> datetime:
        """When the first of these events that was told at all was told; the order's last move if none was."""
        return next((self.moments[event] for event in events if event in self.moments), self.updated_at)
