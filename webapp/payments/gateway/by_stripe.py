"""The gateway to Stripe, on its own library: one PaymentIntent for each payment, found again by the payment's key.

An intent is made first, which charges nothing, and confirmed with the card after that. So making it can be repeated at any
time with the payment's idempotency key and gives the same intent again: that is how an unknown result is asked about and how
a payment is voided of which no answer ever came, without searching for it. Stripe forgets keys after a day; what is older is
searched for by its metadata. Stripe itself charges one intent at most once.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from typing import Any

import stripe

from webapp import clock
from webapp.payments.answers import trouble
from webapp.payments.calls import Ask, Call, NoTestimony, Outcome, Said, Testimony
from webapp.payments.gateway import stripe_words as words
from webapp.payments.gateway.crew import Crew
from webapp.payments.gateway.stripe_wire import Wire

REMEMBERED = clock.seconds(23 * 3600)
"""How long Stripe surely knows an idempotency key: it says at least 24 hours."""

CARD = ["latest_charge"]
"""What is asked for beside an intent: its charge, which knows the card's last four digits and what went back."""

LEDGER_SECONDS, LEDGER_PAGE, LEDGER_BYTES = 30.0, 100, 8 * 1024 * 1024


class StripeGateway:
    """Stripe behind its own address, or another's that speaks as it does. `timeout` is in seconds, for one answer; a call
    needs two of them. `return_to` is put before an order's link where shoppers come back from their bank."""

    def __init__(self, secret_key: str, base: str, return_to: str, timeout: float) -> None:
        # What a shop's machine is and how long calls take is nobody else's business.
        stripe.enable_telemetry = False
        self._key, self._base, self._return_to = secret_key, base, return_to
        self._wire = Wire(base, timeout)
        self._api = self._over(self._wire)
        self._crew = Crew(self._make)

    def run(self, calls: Sequence[Call]) -> Iterator[list[Outcome]]:
        """Make the calls side by side, in groups as they come."""
        return self._crew.run(calls)

    def trouble(self) -> str | None:
        """What is wrong with Stripe, or with how we are known there, in a line; None when it answers as it should."""
        try:
            self._api.v1.payment_intents.list({"limit": 1})
        except stripe.StripeError as error:
            return _line(error)
        return None

    def testify(self) -> Iterator[Testimony]:
        """All that Stripe knows of payments of ours, as the independent witness. Raises NoTestimony."""
        wire = Wire(self._base, LEDGER_SECONDS, LEDGER_BYTES)
        try:
            found = self._over(wire).v1.payment_intents.list({"limit": LEDGER_PAGE, "expand": ["data.latest_charge"]})
            for intent in found.auto_paging_iter():
                if told := words.testimony(intent.to_dict()):
                    yield told
        except stripe.StripeError as error:
            raise NoTestimony(f"Stripe does not tell: {_line(error)}") from error
        finally:
            wire.close()

    def close(self) -> None:
        """Let the connections go. Calls under way end by themselves."""
        self._crew.close()
        self._wire.close()

    def _over(self, wire: Wire) -> stripe.StripeClient:
        # Trying again is ours: attempts are written before they are made, and payments wait with backoff.
        return stripe.StripeClient(
            self._key, base_addresses={"api": self._base}, http_client=wire, max_network_retries=0
        )

    def _make(self, call: Call) -> Outcome:
        began = time.monotonic()
        amount = words.units(call.amount_minor, call.currency)
        if amount is None:
            # Such an amount can never have been asked for.
            said = {Ask.LOOK_UP: Said.NEVER_SEEN, Ask.VOID: Said.VOIDED}.get(call.ask, Said.REFUSED)
            return trouble(call, said, f"Stripe takes no such amount of {call.currency}", began)
        try:
            match call.ask:
                case Ask.CHARGE:
                    return self._charge(call, amount, began)
                case Ask.LOOK_UP:
                    return self._look_up(call, amount, began)
                case Ask.VOID:
                    return self._void(call, amount, began)
                case Ask.REFUND:
                    return self._refund(call, amount, began)
        except stripe.StripeError as error:
            return words.error_means(call, error, began)

    def _charge(self, call: Call, amount: int, began: float) -> Outcome:
        intent = self._intent(call, amount)
        confirmed = self._api.v1.payment_intents.confirm(
            intent,
            {"payment_method": call.token, "return_url": f"{self._return_to}{call.return_to}", "expand": CARD},
            {"idempotency_key": f"{call.idempotency_key}-confirm"},
        )
        return words.intent_means(call, confirmed.to_dict(), began)

    def _look_up(self, call: Call, amount: int, began: float) -> Outcome:
        try:
            intent = self._known(call, amount)
        except stripe.InvalidRequestError as error:
            # Stripe does not accept such an intent, and would have shown the one that it had accepted before.
            return trouble(call, Said.NEVER_SEEN, str(error.code or "not accepted"), began, error.http_status)
        return words.intent_means(call, self._now(intent), began)

    def _void(self, call: Call, amount: int, began: float) -> Outcome:
        try:
            intent = self._known(call, amount)
        except stripe.InvalidRequestError as error:
            return trouble(call, Said.VOIDED, str(error.code or "not accepted"), began, error.http_status)
        now = self._now(intent)
        if now.get("status") == "succeeded" and not words.given_back(now):
            self._api.v1.refunds.create(
                {"payment_intent": intent, "metadata": {"order_id": str(call.order_id)}},
                {"idempotency_key": f"{call.idempotency_key}-void"},
            )
            now = self._now(intent)
        if now.get("status") in ("succeeded", "canceled"):
            return words.intent_means(call, now, began)
        cancelled = self._api.v1.payment_intents.cancel(
            intent, {"cancellation_reason": "abandoned"}, {"idempotency_key": f"{call.idempotency_key}-cancel"}
        )
        return words.intent_means(call, cancelled.to_dict(), began)

    def _refund(self, call: Call, amount: int, began: float) -> Outcome:
        if call.number > 1:
            # The first try may have been answered to nobody, longer ago than Stripe remembers its key.
            given = self._api.v1.refunds.list({"payment_intent": call.charge_id or "", "limit": 100})
            for one in given.data:
                found = one.to_dict()
                if words.key_of(found) == call.idempotency_key:
                    return words.refund_means(call, found, began)
        made = self._api.v1.refunds.create(
            {
                "payment_intent": call.charge_id or "", "amount": amount,
                "metadata": {"order_id": str(call.order_id), "key": call.idempotency_key},
            },
            {"idempotency_key": call.idempotency_key},
        )  # fmt: skip
        return words.refund_means(call, made.to_dict(), began)

    def _intent(self, call: Call, amount: int) -> str:
        """The id of the payment's intent: made now, or the one that its key made before."""
        made = self._api.v1.payment_intents.create(
            {
                "amount": amount, "currency": call.currency.lower(), "allowed_payment_method_types": ["card"],
                "metadata": {"order_id": str(call.order_id), "key": call.idempotency_key},
            },
            {"idempotency_key": call.idempotency_key},
        )  # fmt: skip
        return made.id

    def _known(self, call: Call, amount: int) -> str:
        """The id of the payment's intent, also when Stripe has forgotten the key that made it."""
        if clock.now() - call.opened_at > REMEMBERED:
            asked = f'metadata["key"]:"{call.idempotency_key}"'
            for one in self._api.v1.payment_intents.search({"query": asked, "limit": 10}).data:
                if words.key_of(one.to_dict()) == call.idempotency_key:
                    return one.id
        return self._intent(call, amount)

    def _now(self, intent: str) -> dict[str, Any]:
        return self._api.v1.payment_intents.retrieve(intent, {"expand": CARD}).to_dict()


def _line(error: stripe.StripeError) -> str:
    return f"{type(error).__name__}: {error.user_message or 'no answer'}".splitlines()[0][:200]
