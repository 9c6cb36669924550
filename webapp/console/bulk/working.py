"""A change of many products, batch by batch. A batch holds the change's row, so that two workers never do the same one and
nobody stops it in the middle of a batch; a killed worker's batch is rolled back whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from webapp import clock, live
from webapp.accounts import audit
from webapp.accounts.actor import Actor
from webapp.console.bulk import models as m
from webapp.console.bulk.commands import ABOUT, ASK_AGAIN_SECONDS
from webapp.db import Row, execute, fetch, from_json, locked, rows
from webapp.outbox import Cause
from webapp.products import batches, categories, commands

ON_A_BATCH = 200
LONGEST_CATEGORY = 80


def step(change_id: int) -> bool:
    """Do one batch, in the caller's transaction; returns whether there is more."""
    found = fetch(
        f"SELECT * FROM product_changes WHERE id = :id AND status = :working {locked()}",
        id=change_id,
        working=m.WORKING,
    )
    if not found:
        return False
    change = found[0]
    chosen = fetch(
        "SELECT product_id FROM product_change_rows WHERE change_id = :id AND step = :to_do ORDER BY product_id LIMIT :limit",
        id=change_id, to_do=m.TO_DO, limit=ON_A_BATCH,
    )  # fmt: skip
    outcomes = _done(change, [row["product_id"] for row in chosen]) if chosen else {}
    _write(change, outcomes, more=len(chosen) == ON_A_BATCH)
    return len(chosen) == ON_A_BATCH


def give_up(change_id: int, problem: str) -> None:
    """Stop a change that fails for a reason of our own, and say so: nothing tries it for ever."""
    execute(
        "UPDATE product_changes SET status = :stopped, problem = :problem, due_at = NULL, version = version + 1, updated_at = :now"
        " WHERE id = :id AND status = :working",
        stopped=m.STOPPED, problem=problem, now=clock.now(), id=change_id, working=m.WORKING,
    )  # fmt: skip
    live.announce(ABOUT, [change_id])


def wanted(change: Row, product: Row) -> Mapping[str, Any]:
    """What a product shall be. Raises ValueError with the reason where it cannot be."""
    if change["action"] == m.STATUS:
        return {"status": change["value"]}
    if change["action"] == m.CATEGORY:
        return {"category": change["value"]}
    was, becomes = from_json(change["value"])
    if not categories.is_within(product["category"], was):
        return {}
    category = categories.moved(product["category"], was, becomes)
    if len(category) > LONGEST_CATEGORY:
        raise ValueError(f"“{category}” would be longer than {LONGEST_CATEGORY} characters.")
    return {"category": category}


def _done(change: Row, product_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """Change a batch; returns the step and the words of each product."""
    actor = Actor(change["person_id"], change["token_id"], change["actor"], change["address"])
    cause = Cause(change["traceparent"])
    there = batches.lock(change["market_id"], product_ids)
    outcomes = {
        product_id: (m.LEFT, "It was deleted meanwhile.") for product_id in product_ids if product_id not in there
    }
    if change["action"] == m.DELETE:
        deleted = commands.delete(change["market_id"], list(there), cause) if there else []
        written = [
            audit.Change("product.delete", "product", row["id"], {name: row[name] for name in ("sku", "name", "price_minor", "status", "version")},
                         {"change": change["id"]}, change["market_id"])
            for row in deleted
        ]  # fmt: skip
        audit.record_all(written, actor=actor)
        return outcomes | {row["id"]: (m.CHANGED, "") for row in deleted}
    changes: dict[int, Row] = {}
    for product_id, product in there.items():
        try:
            changes[product_id] = wanted(change, product)
            outcomes[product_id] = (m.SAME, "")
        except ValueError as error:
            outcomes[product_id] = (m.LEFT, str(error))
    pairs = batches.update(there, changes, cause)
    written = [
        audit.Change(
            "product.update", "product", was["id"], {name: was[name] for name in changes[was["id"]]},
            {**{name: became[name] for name in changes[was["id"]]}, "change": change["id"]}, change["market_id"],
        )
        for was, became in pairs
    ]  # fmt: skip
    audit.record_all(written, actor=actor)
    return outcomes | {was["id"]: (m.CHANGED, "") for was, _ in pairs}


def _write(change: Row, outcomes: Mapping[int, tuple[int, str]], more: bool) -> None:
    execute(
        f"UPDATE product_change_rows SET step = v.step, outcome = v.outcome FROM {rows('v', id='bigint', step='bigint', outcome='text')}"
        " WHERE product_change_rows.change_id = :change_id AND product_change_rows.product_id = v.id",
        v=[{"id": product_id, "step": step, "outcome": outcome} for product_id, (step, outcome) in outcomes.items()],
        change_id=change["id"],
    )
    steps = [step for step, _ in outcomes.values()]
    now = clock.now()
    execute(
        "UPDATE product_changes SET changed = changed + :changed, same = same + :same, left_out = left_out + :left_out, status = :status,"
        " due_at = :due_at, version = version + 1, updated_at = :now WHERE id = :id",
        changed=steps.count(m.CHANGED), same=steps.count(m.SAME), left_out=steps.count(m.LEFT),
        status=m.WORKING if more else m.DONE, due_at=now + clock.seconds(ASK_AGAIN_SECONDS) if more else None, now=now, id=change["id"],
    )  # fmt: skip
    live.announce(ABOUT, [change["id"]])
