"""The gateway that needs no provider: it answers at once, for benchmarks and tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from webapp.payments.calls import Ask, Call, Outcome, Said


class InProcessGateway:
    """Answers at once, by the token alone: for benchmarks. It remembers nothing and calls nobody back."""

    DECLINES: Mapping[str, str] = {
        "tok_declined": "card_declined",
        "tok_insufficient_funds": "insufficient_funds",
        "tok_late_success": "card_declined",
    }
    SILENT = frozenset({"tok_timeout"})
    UNAVAILABLE_TWICE = frozenset({"tok_unavailable_twice"})

    def run(self, calls: Sequence[Call]) -> Iterator[list[Outcome]]:
        """All outcomes in one group."""
        if calls:
            yield [self._answer(call) for call in calls]

    def close(self) -> None:
        """Nothing is held."""

    def _answer(self, call: Call) -> Outcome:
        if call.ask is Ask.REFUND:
            return Outcome(call, Said.REFUNDED, "{}", provider_id=f"re_{call.idempotency_key}")
        if call.ask is Ask.VOID:
            return Outcome(call, Said.VOIDED, "{}")
        if call.token in self.UNAVAILABLE_TWICE and call.number <= 2:
            return Outcome(call, Said.UNAVAILABLE, "{}", reason="unavailable")
        if call.token in self.SILENT and call.ask is Ask.CHARGE:
            return Outcome(call, Said.UNKNOWN, "{}", reason="timeout")
        if call.token in self.DECLINES:
            return Outcome(call, Said.DECLINED, "{}", reason=self.DECLINES[call.token])
        return Outcome(
            call,
            Said.TAKEN,
            "{}",
            provider_id=f"ch_{call.idempotency_key}",
            amount_minor=call.amount_minor,
            currency=call.currency,
        )
