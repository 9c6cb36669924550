"""Changing many products: another status or category, a category's path, or off the market."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from webapp.accounts import audit
from webapp.accounts.actor import Actor
from webapp.console.bulk import models as m
from webapp.console.bulk.kinds import Kind
from webapp.db import Row, fetch, from_json, rows
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


def _act(change: Row) -> str:
    many = PRODUCTS.many(change["total"])
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
        f" WHERE p.id IN (SELECT id FROM {rows('named', id='bigint')})",
        named=[{"id": row["id"]} for row in change["some"]],
    )
    held = (
        fetch(
            "SELECT count(DISTINCT v.order_id) AS orders FROM reservations v JOIN product_change_rows r ON r.product_id = v.product_id"
            " WHERE r.change_id = :id AND v.state = 'HELD'",
            id=change["id"],
        )[0]["orders"]
        if (change["action"], change["status"]) == (m.DELETE, m.CHOSEN)
        else 0
    )
    was, becomes = from_json(change["value"]) if change["action"] == m.MOVE else ("", change["value"])
    return {"things": {row["id"]: row for row in some}, "held": held, "was": was, "becomes": becomes}


PRODUCTS = Kind(
    thing="product", things="products", changes="product_changes", rows="product_change_rows", key="product_id",
    source="products p LEFT JOIN inventories i ON i.product_id = p.id", id="p.id", actor="change", path="/products/changes",
    home="/console/products", section="products", work=_done, act=_act, show=_show,
)  # fmt: skip
