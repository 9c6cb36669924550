"""Many products held and changed at once, each in its own way, in a handful of statements per batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from webapp import clock, outbox
from webapp.db import Row, among, execute, fetch, locked, rows
from webapp.events import ProductUpdated
from webapp.outbox import Cause, Fact
from webapp.products import slugs

CHANGEABLE = ("name", "description", "maker", "category", "price_minor", "status")
"""What a batch may change; a SKU is what it knows products by."""


def lock(market_id: int, product_ids: Sequence[int]) -> dict[int, Row]:
    """The market's products of these ids that are there, held for a change: in id order, as everybody holds them, so that two
    batches cannot wait for each other."""
    found = fetch(
        "SELECT * FROM products WHERE market_id = :market_id AND deleted_at IS NULL"
        f" AND {among('id', 'asked')} ORDER BY id {locked()}",
        market_id=market_id,
        asked=product_ids,
    )
    return {row["id"]: row for row in found}


def update(before: Mapping[int, Row], changes: Mapping[int, Row], cause: Cause) -> list[tuple[Row, Row]]:
    """Change products that :func:`lock` holds and tell PRODUCT_UPDATED of each that is different; returns their rows before
    and after. Only what is CHANGEABLE is looked at."""
    now = clock.now()
    pairs: list[tuple[Row, Row]] = []
    facts: list[Fact] = []
    for product_id, wanted in changes.items():
        was = before[product_id]
        changed = {name: value for name, value in wanted.items() if name in CHANGEABLE and value != was[name]}
        if not changed:
            continue
        at = max(now, was["updated_at"])
        after = {**was, **changed, "version": was["version"] + 1, "updated_at": at}
        after["slug"] = slugs.slug_after(was, str(after["name"]))
        pairs.append((was, after))
        told = ProductUpdated(
            market_id=was["market_id"], product_id=product_id, sequence=after["version"], sku=after["sku"], name=after["name"],
            price_minor=after["price_minor"], currency=after["currency"], changed=tuple(sorted(changed)),
        )  # fmt: skip
        facts.append(Fact(told, at, cause))
    if pairs:
        _write([after for _, after in pairs])
        slugs.keep(pairs, now)
    outbox.emit(facts)
    return pairs


def _write(after: Sequence[Row]) -> None:
    columns = {"id": "bigint", "name": "text", "slug": "text", "description": "text", "maker": "text", "category": "text",
               "price_minor": "bigint", "status": "text", "version": "bigint", "updated_at": "bigint"}  # fmt: skip
    assignments = ", ".join(f"{name} = v.{name}" for name in columns if name != "id")
    execute(
        f"UPDATE products SET {assignments} FROM {rows('v', **columns)} WHERE products.id = v.id",
        v=[{name: row[name] for name in columns} for row in after],
    )
