"""Changing many products: another status or category, a category's path, or off the market; and each of these taken back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from webapp.accounts import audit
from webapp.accounts.actor import Actor
from webapp.console.bulk import commands as bulk
from webapp.console.bulk import models as m
from webapp.console.bulk.kinds import Kind
from webapp.db import Row, among, as_json, execute, fetch, from_json, rows
from webapp.errors import Conflict, NotFound
from webapp.outbox import Cause
from webapp.products import batches, categories, commands
from webapp.products.queries import picture_sql

LONGEST_CATEGORY = 80


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


def undo(market_id: int, change_id: int, actor: Actor, cause: Cause) -> int:
    """Choose all that a change has changed, to take it back; returns the id of the change that does. Nothing is changed yet.
    Raises NotFound, Conflict for a change that has not ended or takes one back itself, Invalid when it has changed nothing."""
    found = fetch(
        "SELECT action, value, status, undoes_id FROM product_changes WHERE id = :id AND market_id = :market_id",
        id=change_id,
        market_id=market_id,
    )
    if not found:
        raise NotFound("there is no such change in this market")
    [change] = found
    if change["status"] not in (m.DONE, m.STOPPED) or change["undoes_id"]:
        raise Conflict("only a change that has ended can be undone", kind="illegal-transition")
    where = "p.market_id = :market_id AND p.id IN (SELECT product_id FROM product_change_rows WHERE change_id = :of AND step = :changed)"
    given = {"market_id": market_id, "of": change_id, "changed": m.CHANGED}
    made = bulk.choose(PRODUCTS, market_id, change["action"], change["value"], where, given, actor, cause)
    execute("UPDATE product_changes SET undoes_id = :of WHERE id = :id", of=change_id, id=made)
    return made


def _done(change: Row, product_ids: Sequence[int]) -> dict[int, tuple[int, str]]:
    """Change a batch; returns the step and the words of each product."""
    actor = Actor(change["person_id"], change["token_id"], change["actor"], change["address"])
    cause = Cause(change["traceparent"])
    if change["undoes_id"]:
        return _undone(change, product_ids, actor, cause)
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
    return outcomes | _changed(change, there, changes, actor, cause)


def _changed(
    change: Row, there: Mapping[int, Row], changes: Mapping[int, Row], actor: Actor, cause: Cause
) -> dict[int, tuple[int, str]]:
    """Change these products and write down what they were."""
    pairs = batches.update(there, changes, cause)
    audit.record_all(
        [
            audit.Change(
                "product.update", "product", was["id"], {name: was[name] for name in changes[was["id"]]},
                {**{name: became[name] for name in changes[was["id"]]}, "change": change["id"]}, change["market_id"],
            )
            for was, became in pairs
        ],
        actor=actor,
    )  # fmt: skip
    _keep(
        change, {was["id"]: {name: (was[name], became[name]) for name in changes[was["id"]]} for was, became in pairs}
    )
    return {was["id"]: (m.CHANGED, "") for was, _ in pairs}


def _keep(change: Row, were: Mapping[int, Mapping[str, Any]]) -> None:
    execute(
        f"UPDATE product_change_rows SET was = v.was FROM {rows('v', id='bigint', was='text')}"
        " WHERE product_change_rows.change_id = :change_id AND product_change_rows.product_id = v.id",
        v=[{"id": product_id, "was": as_json(fields)} for product_id, fields in were.items()],
        change_id=change["id"],
    )


def _undone(change: Row, product_ids: Sequence[int], actor: Actor, cause: Cause) -> dict[int, tuple[int, str]]:
    """Take the change of a batch back: deleted products are there again, others get the fields that it changed back, but for
    what somebody changed since."""
    if change["action"] == m.DELETE:
        back, kept = commands.restore(change["market_id"], product_ids, cause)
        told = {"change": change["id"]}
        audit.record_all(
            [audit.Change("product.restore", "product", row["id"], None, {"sku": row["sku"], "name": row["name"], **told}, row["market_id"])
             for row in back],
            actor=actor,
        )  # fmt: skip
        outcomes = dict.fromkeys(product_ids, (m.SAME, ""))
        outcomes |= {row["id"]: (m.LEFT, "Another product has its SKU now.") for row in kept}
        return outcomes | {row["id"]: (m.CHANGED, "") for row in back}
    there = batches.lock(change["market_id"], product_ids)
    outcomes = {
        product_id: (m.LEFT, "It was deleted meanwhile.") for product_id in product_ids if product_id not in there
    }
    changes: dict[int, Row] = {}
    for product_id, fields in _were(change["undoes_id"], there).items():
        product = there[product_id]
        if not fields:
            outcomes[product_id] = (m.LEFT, "What it was before is not known any more.")
        elif any(product[name] not in pair for name, pair in fields.items()):
            outcomes[product_id] = (m.LEFT, "It was changed again since.")
        else:
            outcomes[product_id] = (m.SAME, "")
            changes[product_id] = {name: was for name, (was, _) in fields.items()}
    return outcomes | _changed(change, there, changes, actor, cause)


def _were(change_id: int, there: Mapping[int, Row]) -> dict[int, dict[str, tuple[Any, Any]]]:
    found = fetch(
        "SELECT product_id, was FROM product_change_rows WHERE change_id = :change_id"
        f" AND {among('product_id', 'asked')}",
        change_id=change_id,
        asked=there,
    )
    return {row["product_id"]: from_json(row["was"]) if row["was"] else {} for row in found}


def _act(change: Row) -> str:
    many = PRODUCTS.many(change["total"])
    if change["undoes_id"]:
        return f"Bring {many} back" if change["action"] == m.DELETE else f"Undo the change of {many}"
    words = {
        "active": f"Put {many} on the shelf",
        "draft": f"Make {'a draft' if change['total'] == 1 else 'drafts'} of {many}",
        "archived": f"Archive {many}",
    }
    if change["action"] == m.STATUS:
        return words[change["value"]]
    return f"{'Delete' if change['action'] == m.DELETE else 'Move'} {many}"


def _show(change: Row) -> dict[str, Any]:
    some = fetch(
        f"SELECT p.id, p.name, p.sku, p.category, p.status, p.deleted_at, {picture_sql()} AS picture FROM products p"
        f" WHERE {among('p.id', 'named')}",
        named=[row["id"] for row in change["some"]],
    )
    held = (
        fetch(
            "SELECT count(DISTINCT v.order_id) AS orders FROM reservations v JOIN product_change_rows r ON r.product_id = v.product_id"
            " WHERE r.change_id = :id AND v.state = 'HELD'",
            id=change["id"],
        )[0]["orders"]
        if (change["action"], change["status"], change["undoes_id"]) == (m.DELETE, m.CHOSEN, None)
        else 0
    )
    was, becomes = from_json(change["value"]) if change["action"] == m.MOVE else ("", change["value"])
    return {"things": {row["id"]: row for row in some}, "held": held, "was": was, "becomes": becomes}


PRODUCTS = Kind(
    thing="product", things="products", changes="product_changes", rows="product_change_rows", key="product_id",
    source="products p LEFT JOIN inventories i ON i.product_id = p.id", id="p.id", actor="change", path="/products/changes",
    home="/console/products", section="products", work=_done, act=_act, show=_show,
)  # fmt: skip
