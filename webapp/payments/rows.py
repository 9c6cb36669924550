"""Payments as rows: loaded under their locks in order of the order's id, written back only where they stood as loaded."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from webapp.db import Row, among, fetch, locked, rows
from webapp.payments.calls import Ask
from webapp.payments.standing import Standing

MUTABLE = {
    "state": "text", "next_call": "text", "next_try_at": "bigint", "attempts": "bigint", "sequence": "bigint",
    "provider_id": "text", "reason": "text", "card": "text", "taken_minor": "bigint", "refunded_minor": "bigint",
    "updated_at": "bigint", "overdue_at": "bigint", "action_url": "text",
}  # fmt: skip
"""What a decision may change, with the types both databases know."""


class LostLock(RuntimeError):
    """A payment changed between its locked read and its write: the transaction must not be committed."""


def lock(order_ids: Collection[int]) -> dict[int, Row]:
    """The payments of these orders, locked until the transaction ends; orders without a payment are left out."""
    found = fetch(
        f"SELECT * FROM payments WHERE {among('order_id', 'asked')} ORDER BY order_id {locked()}",
        asked=sorted(set(order_ids)),
    )
    return {row["order_id"]: row for row in found}


def standing(row: Row) -> Standing:
    """A payment's row as the decisions see it."""
    return Standing(
        order_id=row["order_id"], market_id=row["market_id"], state=row["state"], amount_minor=row["amount_minor"],
        currency=row["currency"], next_call=Ask(row["next_call"]), next_try_at=row["next_try_at"],
        overdue_at=row["overdue_at"], updated_at=row["updated_at"], traceparent=row["traceparent"],
        attempts=row["attempts"], sequence=row["sequence"], provider_id=row["provider_id"], reason=row["reason"],
        card=row["card"], taken_minor=row["taken_minor"], refunded_minor=row["refunded_minor"],
        asked=row["asked_until"] is not None, action_url=row["action_url"],
    )  # fmt: skip


def write(before: Mapping[int, Row], changed: Sequence[Standing]) -> None:
    """Write payments back, and end what the queue was asked to do about them. Raises LostLock."""
    if not changed:
        return
    records = [
        {
            "order_id": after.order_id,
            "was_state": before[after.order_id]["state"],
            "was_attempts": before[after.order_id]["attempts"],
            "was_sequence": before[after.order_id]["sequence"],
            **{column: getattr(after, column) for column in MUTABLE},
        }
        for after in changed
    ]
    table = rows("v", order_id="bigint", was_state="text", was_attempts="bigint", was_sequence="bigint", **MUTABLE)
    written = fetch(
        f"UPDATE payments SET {', '.join(f'{column} = v.{column}' for column in MUTABLE)}, asked_until = NULL FROM {table}"
        " WHERE payments.order_id = v.order_id AND payments.state = v.was_state AND payments.attempts = v.was_attempts"
        " AND payments.sequence = v.was_sequence RETURNING payments.order_id",
        v=records,
    )
    if len(written) != len(records):
        raise LostLock(f"{len(records) - len(written)} of {len(records)} payments changed although they were locked")
