"""What Stripe says, in its own words, and what that means in ours: PaymentIntents, refunds, errors and events. Pure.

Everything arrives as plain dictionaries and is read with suspicion: an answer that is none counts as no answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import orjson
import stripe

from webapp.errors import MarketError
from webapp.payments.answers import TOLERANCE, kept, noted, trouble
from webapp.payments.calls import Ask, Call, Heard, Outcome, Said, Testimony
from webapp.payments.gateway.stripe_wire import BEFORE_SENDING
from webapp.web.figures import DIGITS

Thing: TypeAlias = Mapping[str, Any]

WHOLE = frozenset(
    ["BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV", "XAF", "XOF", "XPF"]
)
THOUSANDTHS = frozenset(["BHD", "JOD", "KWD", "OMR", "TND"])
"""Stripe's currencies without decimals, and those with three. All others have two with Stripe, the Icelandic krona too
(docs.stripe.com/currencies)."""

VERDICTS = {
    "payment_intent.succeeded": Said.TAKEN,
    "payment_intent.payment_failed": Said.DECLINED,
    "payment_intent.canceled": Said.VOIDED,
}
"""The events that end a payment. All others are noted."""

LONGEST_ADDRESS = 2000


def units(amount_minor: int, currency: str) -> int | None:
    """Our minor units in Stripe's; None where Stripe has no unit that small."""
    ours = DIGITS.get(currency, 2)
    theirs = _digits(currency)
    if theirs >= ours:
        return int(amount_minor * 10 ** (theirs - ours))
    whole, rest = divmod(amount_minor, 10 ** (ours - theirs))
    return None if rest else whole


def minor(amount: int, currency: str) -> int | None:
    """Stripe's units in our minor ones; None for what we could never have asked for."""
    ours, theirs = DIGITS.get(currency, 2), _digits(currency)
    if ours >= theirs:
        return int(amount * 10 ** (ours - theirs))
    whole, rest = divmod(amount, 10 ** (theirs - ours))
    return None if rest else whole


def intent_means(call: Call, intent: Thing, began: float) -> Outcome:
    """What a PaymentIntent as it stands means for the call that asked; `began` is the call's start by the monotonic clock."""
    provider_id, status = intent.get("id"), intent.get("status")
    if not isinstance(provider_id, str) or not 0 < len(provider_id) <= 80:
        return trouble(call, Said.UNKNOWN, "an answer that is none", began, 200)
    error = intent.get("last_payment_error")
    card = _last4(intent)
    currency = str(intent.get("currency") or "").upper()[:3]
    about = {"id": provider_id, "status": status, "currency": currency, "card": {"last4": card} if card else None}
    match status:
        case "succeeded":
            if call.ask is not Ask.CHARGE and given_back(intent):
                return Outcome(call, Said.VOIDED, noted(about, began, 200), provider_id, reversed=True)
            amount = _received(intent, currency)
            said = noted({**about, "amount": amount}, began, 200)
            return Outcome(call, Said.TAKEN, said, provider_id, amount, currency, card)
        case "canceled":
            return Outcome(call, Said.VOIDED, noted(about, began, 200), provider_id)
        case "requires_action":
            return _asks_its_customer(call, intent, provider_id, noted(about, began, 200), began)
        case "requires_payment_method" | "requires_confirmation" if not error:
            return Outcome(call, Said.NEVER_SEEN, noted(about, began, 200), provider_id)
        case "requires_payment_method" if isinstance(error, Mapping):
            reason = _why(error)
            said = noted({**about, "reason": reason}, began, 200)
            return Outcome(call, Said.DECLINED, said, provider_id, card=card or _last4(error), reason=reason)
    return trouble(call, Said.UNKNOWN, f"not decided: {status}", began, 200)


def given_back(intent: Thing) -> bool:
    """Whether all that an intent had taken went back."""
    charge = intent.get("latest_charge")
    return isinstance(charge, Mapping) and charge.get("refunded") is True


def key_of(thing: Thing) -> str | None:
    """The idempotency key of ours that an intent or a refund was made with; None when it is none of ours."""
    metadata = thing.get("metadata")
    key = metadata.get("key") if isinstance(metadata, Mapping) else None
    return key if isinstance(key, str) else None


def refund_means(call: Call, refund: Thing, began: float) -> Outcome:
    """What a refund as it stands means. One that is under way counts as given: Stripe owes it from then on."""
    provider_id, status = refund.get("id"), refund.get("status")
    amount = refund.get("amount")
    if not isinstance(provider_id, str) or not 0 < len(provider_id) <= 80 or type(amount) is not int:
        return trouble(call, Said.UNKNOWN, "an answer that is none", began, 200)
    given = minor(amount, call.currency)
    about = {"id": provider_id, "status": status, "amount": given, "currency": call.currency}
    if status in ("succeeded", "pending"):
        if given != call.amount_minor:
            return trouble(call, Said.UNKNOWN, "wrong amount", began, 200)
        return Outcome(call, Said.REFUNDED, noted(about, began, 200), provider_id, given, call.currency)
    if status in ("failed", "canceled"):
        reason = str(refund.get("failure_reason") or status)[:80]
        return Outcome(call, Said.REFUSED, noted({**about, "reason": reason}, began, 200), provider_id, reason=reason)
    return trouble(call, Said.UNKNOWN, f"not decided: {status}", began, 200)


def error_means(call: Call, error: stripe.StripeError, began: float) -> Outcome:
    """What an error of the library's means. Only a card that was refused is a refusal of the payment; a key that is not
    accepted, and a question that was asked otherwise before, are for us to mend."""
    status, told = error.http_status, _told(error)
    why = str(told.get("code") or told.get("type") or type(error).__name__)
    if isinstance(error, stripe.CardError) and call.ask is Ask.CHARGE:
        intent = told.get("payment_intent")
        if isinstance(intent, Mapping):
            # The error stands beside the intent: whatever the intent was before, this is what came of the card.
            declined = {**intent, "status": "requires_payment_method", "last_payment_error": {**told}}
            return intent_means(call, declined, began)
        return trouble(call, Said.UNKNOWN, why, began, status)
    if isinstance(error, stripe.AuthenticationError | stripe.PermissionError):
        return trouble(call, Said.UNAVAILABLE, why, began, status, ours=True)
    if isinstance(error, stripe.IdempotencyError):
        # Somebody asked with this key before, for something else: what came of that is what we have to find out.
        return trouble(call, Said.UNKNOWN, why, began, status, ours=True)
    if isinstance(error, stripe.APIConnectionError):
        cause = error.__cause__
        said = Said.UNAVAILABLE if isinstance(cause, BEFORE_SENDING) else Said.UNKNOWN
        return trouble(call, said, f"no answer: {type(cause or error).__name__}", began)
    if isinstance(error, stripe.RateLimitError) or status == 409:
        return trouble(call, Said.UNAVAILABLE, why, began, status)
    if isinstance(error, stripe.InvalidRequestError) and why != "payment_intent_unexpected_state":
        return trouble(call, Said.REFUSED, why, began, status)
    return trouble(call, Said.UNKNOWN, why, began, status)


def is_signed(signature: str | None, body: bytes, secret: str | None) -> bool:
    """Whether the Stripe-Signature header is Stripe's own about this body, and at most five minutes old: the library's word."""
    if not secret or not signature or not signature.isascii():
        return False
    try:
        stripe.WebhookSignature.verify_header(body, signature, secret, TOLERANCE)  # Raises what does not hold.
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False
    return True


def event_means(body: bytes) -> Heard | None:
    """What a webhook says whose signature holds; None when it is about nothing of ours. Raises MarketError (400) when it is
    none of Stripe's."""
    try:
        event = orjson.loads(body)
        thing = event["data"]["object"]
        key = key_of(thing)
        if thing.get("object") != "payment_intent" or key is None:
            return None
        currency = thing["currency"].upper()
        amount = thing["amount_received"] if event["type"] == "payment_intent.succeeded" else thing["amount"]
        error = thing.get("last_payment_error") or {}
        heard = Heard(
            id=event["id"], type=event["type"][:40], idempotency_key=key, said=VERDICTS.get(event["type"]),
            provider_id=thing["id"], amount_minor=_minor_of(amount, currency), currency=currency,
            reason=_why(error) if error else None, card=_last4(thing) or _last4(error),
            body=kept({**thing, "kind": event["type"], "amount": amount}),
        )  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MarketError("the event is not one of Stripe's", kind="malformed-callback") from error
    texts = (heard.id, heard.type, heard.idempotency_key, heard.provider_id, heard.currency)
    fits = all(isinstance(text, str) and 0 < len(text) <= 80 and "\x00" not in text for text in texts)
    if not fits or len(heard.currency) != 3:
        raise MarketError("the event is not one of Stripe's", kind="malformed-callback")
    return heard


def testimony(intent: Thing) -> Testimony | None:
    """What a PaymentIntent testifies to; None when it is none of ours."""
    key = key_of(intent)
    if key is None:
        return None
    number = str(intent["metadata"].get("order_id") or "")
    currency = str(intent.get("currency") or "").upper()
    taken = _received(intent, currency) if intent.get("status") == "succeeded" else 0
    charge = intent.get("latest_charge")
    back = charge.get("amount_refunded", 0) if isinstance(charge, Mapping) else 0
    return Testimony(
        int(number) if number.isascii() and number.isdigit() else None, key, currency, taken or 0,
        (minor(back, currency) or 0) if taken else 0,
    )  # fmt: skip


def _asks_its_customer(call: Call, intent: Thing, provider_id: str, said: str, began: float) -> Outcome:
    action = intent.get("next_action") or {}
    to = action.get("redirect_to_url") or {}
    address = to.get("url")
    if not isinstance(address, str) or not address.startswith("https://") or len(address) > LONGEST_ADDRESS:
        return trouble(call, Said.UNKNOWN, f"an action that is none: {action.get('type')}", began, 200)
    return Outcome(call, Said.AWAITS_SHOPPER, said, provider_id, action_url=address)


def _told(error: stripe.StripeError) -> dict[str, Any]:
    body = error.json_body
    told = body.get("error") if isinstance(body, dict) else None
    return told if isinstance(told, dict) else {}


def _why(error: Thing) -> str:
    word = error.get("decline_code") or error.get("code") or "card_declined"
    return "card_declined" if word == "generic_decline" else str(word)[:80]


def _received(intent: Thing, currency: str) -> int | None:
    amount = intent.get("amount_received")
    return minor(amount, currency) if type(amount) is int else None


def _minor_of(amount: Any, currency: str) -> int:
    found = minor(amount, currency) if type(amount) is int and abs(amount) < 2**53 else None
    if found is None:
        raise ValueError("no amount of ours")
    return found


def _last4(thing: Thing) -> str | None:
    # An intent shows its charge when asked to; an error shows the card itself.
    for name in ("latest_charge", "payment_method"):
        one = thing.get(name)
        if isinstance(one, Mapping):
            details = one.get("payment_method_details") or one
            last4 = (details.get("card") or {}).get("last4")
            if isinstance(last4, str) and len(last4) <= 4:
                return last4
    return None


def _digits(currency: str) -> int:
    return 0 if currency in WHOLE else 3 if currency in THOUSANDTHS else 2
