"""What is asked of a payment provider, and what it said: the words between the payment's rules and its gateway."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Ask(StrEnum):
    """The four calls that a provider takes."""

    CHARGE = "charge"
    LOOK_UP = "look_up"
    VOID = "void"
    REFUND = "refund"


class Said(StrEnum):
    """What an answer, or its absence, means.

    TAKEN, DECLINED and VOIDED are verdicts. AWAITS_SHOPPER: the bank wants to hear from its customer first. NEVER_SEEN answers a look-up: nothing was charged. UNAVAILABLE: the call was
    not carried out, try again. UNKNOWN: it may have been carried out (no answer in time, a broken one). REFUSED: the
    request itself is not acceptable, and will not be. REFUNDED: the money went back.
    """

    TAKEN = "taken"
    DECLINED = "declined"
    VOIDED = "voided"
    AWAITS_SHOPPER = "awaits_shopper"
    NEVER_SEEN = "never_seen"
    UNAVAILABLE = "unavailable"
    UNKNOWN = "unknown"
    REFUSED = "refused"
    REFUNDED = "refunded"


@dataclass(frozen=True, slots=True)
class Call:
    """One call to make. `number` is the attempt of the payment, or the try of the refund; amounts are in minor units.
    `return_to` is the link of the order, whose page a shopper comes back to from the bank's;
    `opened_at` is when the payment was opened, in microseconds UTC."""

    ask: Ask
    order_id: int
    number: int
    idempotency_key: str
    amount_minor: int
    currency: str
    token: str = ""
    method: str = "test"
    return_to: str = ""
    opened_at: int = 0
    refund_id: int | None = None
    charge_id: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one call. `answer` is what is kept of it, with no secret in it; `reversed` says of a void that money
    had been taken and was given back; `action_url` is where the bank waits for its customer."""

    call: Call
    said: Said
    answer: str
    provider_id: str | None = None
    amount_minor: int | None = None
    currency: str | None = None
    card: str | None = None
    reason: str | None = None
    reversed: bool = False
    action_url: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """What the provider told us by itself, in a callback whose signature holds. `said` is None when it is no verdict."""

    id: str
    type: str
    idempotency_key: str
    said: Said | None
    provider_id: str | None
    amount_minor: int
    currency: str
    reason: str | None
    card: str | None
    body: str


class NoTestimony(Exception):
    """The provider does not tell what its ledger holds; the message says why."""


@dataclass(frozen=True, slots=True)
class Testimony:
    """What the provider's own ledger says of one charge: the order it was for, what was taken and given back."""

    order_id: int | None
    idempotency_key: str
    currency: str | None
    taken_minor: int
    refunded_minor: int
