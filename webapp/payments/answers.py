"""What the provider says, in its own words, and what that means in ours: answers to calls, and signed callbacks. Pure."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from typing import Any

import orjson

from webapp import clock
from webapp.errors import MarketError
from webapp.payments.calls import Ask, Call, Heard, Outcome, Said

TOLERANCE = 300
"""Seconds that a callback's signature may be old, or ahead of our clock."""

KEPT = (
    "status",
    "reason",
    "error",
    "message",
    "trouble",
    "id",
    "amount",
    "currency",
    "refunded",
    "reversed",
    "kind",
    "card",
)
"""What is kept of an answer on the attempt. Everything else, keys and tokens first of all, is left out."""


def verify_callback(signature: str | None, body: bytes, secret: str, now: int) -> bool:
    """Whether the Provider-Signature header (`t=SECONDS,v1=HMAC`) is the provider's own, about this body, and within five
    minutes of `now` (microseconds UTC)."""
    parts = dict(part.partition("=")[::2] for part in (signature or "").split(","))
    stamp, given = parts.get("t", ""), parts.get("v1", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        return False
    wanted = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    fresh = abs(now - clock.seconds(int(stamp))) <= clock.seconds(TOLERANCE)
    return hmac.compare_digest(given.encode(), wanted.encode()) and fresh


def read_callback(body: bytes) -> Heard:
    """What a callback says. Raises MarketError (400) when it is none of the provider's."""
    try:
        event = orjson.loads(body)
        charge = event["charge"]
        heard = Heard(
            id=event["id"],
            type=event["type"],
            idempotency_key=charge["idempotency_key"],
            said={"charge.taken": Said.TAKEN, "charge.declined": Said.DECLINED}.get(event["type"]),
            provider_id=charge.get("id"),
            amount_minor=charge["amount"],
            currency=charge["currency"],
            reason=charge.get("reason"),
            card=_last4(charge),
            body=kept(event | charge | {"id": charge.get("id")}),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise MarketError("the callback is not one of the provider's", kind="malformed-callback") from error
    texts: tuple[object, ...] = (
        heard.id,
        heard.type,
        heard.idempotency_key,
        heard.currency,
        heard.provider_id or "",
        heard.reason or "",
    )
    fits = (
        all(isinstance(text, str) and len(text) <= 80 and "\x00" not in text for text in texts)
        and len(heard.type) <= 40
    )
    if not fits or type(heard.amount_minor) is not int or not heard.id or abs(heard.amount_minor) >= 2**63:
        raise MarketError("the callback is not one of the provider's", kind="malformed-callback")
    return heard


def meaning(call: Call, status: int, raw: bytes, began: float) -> Outcome:
    """What an HTTP answer to a call means; `began` is the call's start by the monotonic clock."""
    try:
        body = orjson.loads(raw)
    except orjson.JSONDecodeError:
        body = None
    if not isinstance(body, dict):
        return trouble(call, Said.UNKNOWN, "garbage", began, status)
    if status == 404 and call.ask is Ask.LOOK_UP:
        return trouble(call, Said.NEVER_SEEN, "never seen", began, status)
    if status in (200, 402):
        return _carried_out(call, status, body, began)
    why = str(body.get("message") or body.get("error") or f"status {status}")
    if status in (401, 403, 408, 409, 425, 429, 503):
        # Not carried out. A key that the provider does not accept (401) is ours to mend: the payment waits for that.
        return trouble(call, Said.UNAVAILABLE, why, began, status)
    if 400 <= status < 500:
        return trouble(call, Said.REFUSED, why, began, status)
    return trouble(call, Said.UNKNOWN, why, began, status)


def _carried_out(call: Call, status: int, body: dict[str, Any], began: float) -> Outcome:
    words = {"taken": Said.TAKEN, "declined": Said.DECLINED, "voided": Said.VOIDED, "refunded": Said.REFUNDED}
    said = words.get(str(body.get("status")))
    amount, provider_id = body.get("amount"), body.get("id")
    fits = (said is Said.REFUNDED) == (call.ask is Ask.REFUND) and (said is Said.VOIDED or call.ask is not Ask.VOID)
    if said is None or not fits or not isinstance(provider_id, str) or not 0 < len(provider_id) <= 80:
        return trouble(call, Said.UNKNOWN, "an answer that is none", began, status)
    if said is Said.REFUNDED and amount != call.amount_minor:
        return trouble(call, Said.UNKNOWN, "wrong amount", began, status)
    return Outcome(
        call,
        said,
        noted(body, began, status),
        provider_id=provider_id,
        amount_minor=amount if type(amount) is int else None,
        currency=str(body.get("currency") or "")[:3],
        card=_last4(body),
        reason=str(body["reason"])[:80] if body.get("reason") else None,
        reversed=said is Said.VOIDED and body.get("taken") is not None,
    )


def trouble(
    call: Call, said: Said, reason: str, began: float, status: int | None = None, ours: bool = False
) -> Outcome:
    """A call that was not carried out, or not surely: in what way, and a word on why. `ours`: our settings are to blame."""
    return Outcome(call, said, noted({"trouble" if ours else "error": reason}, began, status), reason=reason[:80])


def noted(body: Mapping[str, Any], began: float, status: int | None) -> str:
    """What is kept of an answer: KEPT of it, its status, and how long it took since `began` (monotonic)."""
    took = {"ms": round((time.monotonic() - began) * 1000)}
    return kept(dict(body), ({"http": status} if status else {}) | took)


def kept(body: Mapping[str, Any], first: Mapping[str, Any] | None = None) -> str:
    """What is kept of a body, and nothing else of it, behind what stands `first`."""
    some = {name: body[name] for name in KEPT if body.get(name) is not None}
    short = {name: value[:200] if isinstance(value, str) else value for name, value in some.items()}
    text = orjson.dumps({**(first or {}), **short})
    return (
        text.decode()
        if len(text) <= 2000
        else orjson.dumps({**(first or {}), "error": "an answer too long to keep"}).decode()
    )


def _last4(charge: Mapping[str, Any]) -> str | None:
    card = charge.get("card")
    last4 = card.get("last4") if isinstance(card, dict) else None
    return last4 if isinstance(last4, str) and len(last4) <= 4 else None
