"""Every change by a person or a token is written down in the transaction that makes it: who, from where, before, after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp import clock
from webapp.accounts.actor import Actor
from webapp.db import among, as_json, execute, insert


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one thing. `action` is the verb of the market, like ``product.update``; `before` and `after` hold
    what changed, and never a secret."""

    action: str
    object_type: str
    object_id: int
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    market_id: int | None = None


def record(
    action: str,
    object_type: str,
    object_id: int,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    market_id: int | None = None,
    *,
    actor: Actor,
) -> None:
    """Write one change down."""
    record_all([Change(action, object_type, object_id, before, after, market_id)], actor=actor)


def record_all(changes: Sequence[Change], *, actor: Actor) -> None:
    """Write many changes of one actor down, in one statement."""
    now = clock.now()
    insert(
        "audit",
        [
            {"at": now, "market_id": c.market_id, "person_id": actor.person_id, "token_id": actor.token_id, "actor": actor.name,
             "address": actor.address, "action": c.action, "object_type": c.object_type, "object_id": c.object_id,
             "before": _text(c.before), "after": _text(c.after)}
            for c in changes
        ],
        at="bigint", market_id="bigint", person_id="bigint", token_id="bigint", actor="text", address="text", action="text",  # noqa: S106 - a column
        object_type="text", object_id="bigint", before="text", after="text",
    )  # fmt: skip


def forget(action: str, object_type: str, object_ids: Sequence[int]) -> None:
    """Take the words out of what was written down of an action on these things: that it was done, when and by whom stays."""
    execute(
        "UPDATE audit SET before = NULL, after = NULL WHERE action = :action AND object_type = :object_type"
        f" AND {among('object_id', 'objects')}",
        action=action, object_type=object_type, objects=object_ids,
    )  # fmt: skip


def _text(value: Mapping[str, Any] | None) -> str | None:
    return None if value is None else as_json(dict(value))
