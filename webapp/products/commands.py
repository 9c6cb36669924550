"""What an owner does with products (F1, F2, F3). Stock is not part of it: the inventory service hears of the product."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from webapp import clock, outbox
from webapp.db import Row, among, execute, fetch, insert, locked
from webapp.errors import Conflict, FieldError, NotFound
from webapp.events import ProductCreated, ProductDeleted, ProductRestored, ProductUpdated
from webapp.outbox import Cause, Fact
from webapp.products import batches, slugs
from webapp.products.models import ACTIVE
from webapp.products.slugs import slug_of as slug_of

EDITABLE = ("sku", "name", "description", "maker", "category", "picture", "price_minor", "status")


@dataclass(frozen=True, slots=True, kw_only=True)
class NewProduct:
    """A product to be; the price in minor units of the market's currency."""

    sku: str
    name: str
    price_minor: int
    description: str = ""
    maker: str = ""
    category: str = ""
    picture: str | None = None
    status: str = ACTIVE


def create(market_id: int, currency: str, new: Sequence[NewProduct], cause: Cause) -> list[int]:
    """Put products into a market and tell PRODUCT_CREATED of each; returns their ids in the order given.

    Raises Conflict naming every line whose SKU the market has already; then nothing is created.
    """
    now = clock.now()
    _refuse_doubles(new)
    records = [
        {"market_id": market_id, "sku": p.sku, "name": p.name, "slug": slug_of(p.name), "description": p.description,
         "maker": p.maker, "category": p.category, "picture": p.picture, "price_minor": p.price_minor, "currency": currency,
         "status": p.status, "version": 1, "created_at": now, "updated_at": now}
        for p in new
    ]  # fmt: skip
    made = insert(
        "products", records, on_conflict="ON CONFLICT DO NOTHING", returning="id, sku",
        market_id="bigint", sku="text", name="text", slug="text", description="text", maker="text", category="text",
        picture="text", price_minor="bigint", currency="text", status="text", version="bigint", created_at="bigint",
        updated_at="bigint",
    )  # fmt: skip
    ids = {row["sku"]: row["id"] for row in made}
    _refuse_taken(new, taken={p.sku for p in new} - ids.keys())
    outbox.emit(
        [
            Fact(
                ProductCreated(market_id=market_id, product_id=ids[p.sku], sequence=1, sku=p.sku, name=p.name,
                               price_minor=p.price_minor, currency=currency),
                now, cause,
            )
            for p in new
        ]
    )  # fmt: skip
    return [ids[p.sku] for p in new]


def update(
    market_id: int, product_id: int, changes: Row, cause: Cause, expected_version: int | None = None
) -> tuple[Row, Row]:
    """Change a product and tell PRODUCT_UPDATED; returns the row before and after. Changing nothing tells nothing. Its slug
    follows its name, unless `changes` or somebody before has chosen another.

    Raises NotFound for a deleted or foreign product, Conflict for a stale version or a SKU that is taken.
    """
    before = _locked(market_id, [product_id])[product_id]
    if expected_version is not None and expected_version != before["version"]:
        raise Conflict(
            f"somebody changed this product meanwhile: version {before['version']} is current", kind="stale-version"
        )
    changed = {name: value for name, value in changes.items() if name in EDITABLE and value != before[name]}
    slug = slugs.slug_after(before, str(changes.get("name", before["name"])), changes.get("slug"))
    if slug != before["slug"]:
        changed["slug"] = slug
    if not changed:
        return before, before
    if "sku" in changed:
        _refuse_sku_in_use(market_id, product_id, str(changed["sku"]))
    now = max(clock.now(), before["updated_at"])
    after = {**before, **changed, "version": before["version"] + 1, "updated_at": now}
    assignments = ", ".join(f"{name} = :{name}" for name in (*changed, "version", "updated_at"))
    execute(
        f"UPDATE products SET {assignments} WHERE id = :id",
        id=product_id, version=after["version"], updated_at=now, **changed,
    )  # fmt: skip
    slugs.keep([(before, after)], now)
    fact = ProductUpdated(
        market_id=market_id, product_id=product_id, sequence=after["version"], sku=after["sku"], name=after["name"],
        price_minor=after["price_minor"], currency=after["currency"], changed=tuple(sorted(changed)),
    )  # fmt: skip
    outbox.emit([Fact(fact, now, cause)])
    return before, after


def delete(market_id: int, product_ids: Sequence[int], cause: Cause) -> list[Row]:
    """Take products off the market and tell PRODUCT_DELETED; returns the rows as they were. Orders keep their
    snapshots, and what is held for orders stays held. Raises NotFound when one is not there (any more)."""
    before = _locked(market_id, product_ids)
    now = max([clock.now(), *(row["updated_at"] for row in before.values())])
    execute(
        f"UPDATE products SET deleted_at = :now, updated_at = :now, version = version + 1 WHERE {among('id', 'gone')}",
        now=now,
        gone=before,
    )
    outbox.emit(
        [
            Fact(
                ProductDeleted(market_id=market_id, product_id=row["id"], sequence=row["version"] + 1, sku=row["sku"]),
                now,
                cause,
            )
            for row in before.values()
        ]
    )
    return list(before.values())


def restore(market_id: int, product_ids: Sequence[int], cause: Cause) -> tuple[list[Row], list[Row]]:
    """Take deletions back and tell PRODUCT_RESTORED: the products are what they were when they went, with their status,
    pictures and addresses. Returns the rows as they are again, and those that stay deleted because another product has
    their SKU now. What is not there, or not deleted, is passed over."""
    found = fetch(
        "SELECT * FROM products WHERE market_id = :market_id AND deleted_at IS NOT NULL"
        f" AND {among('id', 'asked')} ORDER BY id {locked()}",
        market_id=market_id,
        asked=product_ids,
    )
    taken = {
        row["sku"]
        for row in fetch(
            "SELECT sku FROM products WHERE market_id = :market_id AND deleted_at IS NULL"
            f" AND {among('sku', 'asked', 'text')}",
            market_id=market_id,
            asked=[row["sku"] for row in found],
        )
    }
    back: list[Row] = []
    kept: list[Row] = []
    # Of several that had one SKU after another, the last that was deleted has it again.
    for row in sorted(found, key=lambda row: row["deleted_at"], reverse=True):
        (kept if row["sku"] in taken else back).append(row)
        taken.add(row["sku"])
    now = max([clock.now(), *(row["updated_at"] for row in back)])
    execute(
        f"UPDATE products SET deleted_at = NULL, updated_at = :now, version = version + 1 WHERE {among('id', 'back')}",
        now=now,
        back=[row["id"] for row in back],
    )
    outbox.emit(
        [
            Fact(
                ProductRestored(market_id=market_id, product_id=row["id"], sequence=row["version"] + 1, sku=row["sku"]),
                now,
                cause,
            )
            for row in back
        ]
    )
    return [{**row, "deleted_at": None, "updated_at": now, "version": row["version"] + 1} for row in back], kept


def _locked(market_id: int, product_ids: Sequence[int]) -> dict[int, Row]:
    found = batches.lock(market_id, product_ids)
    if len(found) < len(set(product_ids)):
        raise NotFound("there is no such product in this market")
    return found


def _refuse_doubles(new: Sequence[NewProduct]) -> None:
    seen: set[str] = set()
    for product in new:
        if product.sku in seen:
            raise Conflict(
                f"SKU {product.sku} is given twice", FieldError("sku", "duplicate", "This SKU is given twice.")
            )
        seen.add(product.sku)


def _refuse_taken(new: Sequence[NewProduct], taken: set[str]) -> None:
    if not taken:
        return
    message = "This market has a product with this SKU already."
    named = [
        FieldError("sku" if len(new) == 1 else f"products[{index}].sku", "duplicate", message)
        for index, product in enumerate(new)
        if product.sku in taken
    ]
    raise Conflict(message, *named, kind="duplicate-sku")


def _refuse_sku_in_use(market_id: int, product_id: int, sku: str) -> None:
    # Between this look and the update another product may take the SKU; the unique index then refuses the update.
    taken = fetch(
        "SELECT id FROM products WHERE market_id = :market_id AND sku = :sku AND deleted_at IS NULL AND id <> :id",
        market_id=market_id, sku=sku, id=product_id,
    )  # fmt: skip
    if taken:
        message = "This market has a product with this SKU already."
        raise Conflict(message, FieldError("sku", "duplicate", message), kind="duplicate-sku")
