"""What people do with a change of many products: choose it, begin it, stop it or forget it."""

from __future__ import annotations

from typing import Any

from webapp import clock, live, outbox
from webapp.accounts import audit
from webapp.accounts.actor import Actor
from webapp.console.bulk import models as m
from webapp.db import Row, execute, fetch, insert, locked
from webapp.errors import Conflict, Invalid, NotFound
from webapp.outbox import Cause

ABOUT = "product-change"
ASK_AGAIN_SECONDS = 10.0
CHOSEN_DAYS = 2
"""How long a change waits for somebody to begin it."""


def choose(
    market_id: int, action: str, value: str, where: str, given: dict[str, Any], actor: Actor, cause: Cause
) -> int:
    """Write down which products shall be changed, and how; returns the change's id. `where` and `given` are those of
    :func:`webapp.console.product_list.conditions`. Nothing is changed yet. Raises Invalid for no product at all."""
    now = clock.now()
    record = {
        "market_id": market_id, "person_id": actor.person_id, "token_id": actor.token_id, "actor": actor.name, "address": actor.address,
        "action": action, "value": value, "status": m.CHOSEN, "traceparent": cause.traceparent, "created_at": now, "updated_at": now,
    }  # fmt: skip
    [made] = insert(
        "product_changes", [record], returning="id",
        market_id="bigint", person_id="bigint", token_id="bigint", actor="text", address="text", action="text", value="text",  # noqa: S106 - a column
        status="text", traceparent="text", created_at="bigint", updated_at="bigint",
    )  # fmt: skip
    chosen = execute(
        "INSERT INTO product_change_rows (change_id, product_id) SELECT :change_id, p.id FROM products p"
        f" LEFT JOIN inventories i ON i.product_id = p.id WHERE {where}",
        change_id=made["id"],
        **given,
    )
    if not chosen.rowcount:
        raise Invalid("choose at least one product that is there")
    execute("UPDATE product_changes SET total = :total WHERE id = :id", total=chosen.rowcount, id=made["id"])
    return int(made["id"])


def begin(market_id: int, change_id: int, actor: Actor) -> None:
    """Let a chosen change be done. Raises NotFound, or Conflict when it was begun or stopped already."""
    row = _locked(market_id, change_id, m.CHOSEN)
    now = clock.now()
    _move(change_id, m.WORKING, now + clock.seconds(ASK_AGAIN_SECONDS))
    outbox.ask(outbox.IMPORTS, "change", [change_id], now)
    became = {"action": row["action"], "value": row["value"], "products": row["total"]}
    audit.record("products.change", "product_change", change_id, None, became, market_id, actor=actor)


def stop(market_id: int, change_id: int, actor: Actor) -> None:
    """Stop a change that is under way: what it has done stays. Raises NotFound, or Conflict when there is nothing to stop."""
    row = _locked(market_id, change_id, m.WORKING)
    _move(change_id, m.STOPPED, None)
    was, became = {"status": row["status"]}, {"status": m.STOPPED, "changed": row["changed"]}
    audit.record("products.stop", "product_change", change_id, was, became, market_id, actor=actor)


def forget(market_id: int, change_id: int) -> None:
    """Forget a change that was never begun. Raises NotFound, or Conflict for one that was."""
    _locked(market_id, change_id, m.CHOSEN)
    _forget([change_id])


def forget_old(now: int) -> int:
    """Forget changes that nobody began; returns how many."""
    old = fetch(
        "SELECT id FROM product_changes WHERE status = :chosen AND created_at < :old ORDER BY id LIMIT 20",
        chosen=m.CHOSEN,
        old=now - clock.seconds(CHOSEN_DAYS * 86_400),
    )
    _forget([row["id"] for row in old])
    return len(old)


def ask_due(now: int) -> int:
    """Ask again for the changes whose worker has not been heard of; returns how many."""
    due = fetch(
        "UPDATE product_changes SET due_at = :later WHERE due_at <= :now RETURNING id",
        later=now + clock.seconds(ASK_AGAIN_SECONDS),
        now=now,
    )
    outbox.ask(outbox.IMPORTS, "change", sorted(row["id"] for row in due), now)
    return len(due)


def _locked(market_id: int, change_id: int, status: str) -> Row:
    found = fetch(
        f"SELECT * FROM product_changes WHERE id = :id AND market_id = :market_id {locked()}",
        id=change_id,
        market_id=market_id,
    )
    if not found:
        raise NotFound("there is no such change in this market")
    if found[0]["status"] != status:
        raise Conflict(
            {m.CHOSEN: "it was begun already", m.WORKING: "it is not under way (any more)"}[status],
            kind="illegal-transition",
        )
    return found[0]


def _move(change_id: int, status: str, due_at: int | None) -> None:
    execute(
        "UPDATE product_changes SET status = :status, due_at = :due_at, version = version + 1, updated_at = :now WHERE id = :id",
        status=status, due_at=due_at, now=clock.now(), id=change_id,
    )  # fmt: skip
    live.announce(ABOUT, [change_id])


def _forget(change_ids: list[int]) -> None:
    for change_id in change_ids:
        execute("DELETE FROM product_change_rows WHERE change_id = :id", id=change_id)
        execute("DELETE FROM product_changes WHERE id = :id", id=change_id)
