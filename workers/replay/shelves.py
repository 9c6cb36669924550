"""The shop that a retailer's sales need: its products, and floor(0.6 x demand) of each in stock, through the real commands."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from webapp.accounts import audit
from webapp.accounts.actor import Actor
from webapp.db import Row, among, db, fetch, locked, transact
from webapp.errors import MarketError
from webapp.inventory import commands as inventory
from webapp.outbox import fresh_cause
from webapp.products import commands as products
from webapp.web.figures import DIGITS
from workers.replay.retailer import Article

T = TypeVar("T")

ACTOR = Actor.system("replay")
RECEIVED = "received"
BATCH = 200
PATIENCE = 60.0
"""Seconds without any progress after which whoever should have worked is taken to be away."""


class NobodyWorks(MarketError):
    """What was asked for is not being done; the sentence says which worker to look at."""


def open_market(slug: str) -> Row:
    """The market's row. Raises MarketError when there is none."""
    found = fetch("SELECT id, slug, currency FROM markets WHERE slug = :slug", slug=slug)
    db.session.rollback()
    if not found:
        raise MarketError(f"there is no market {slug!r}")
    return found[0]


def put_up(market: Row, articles: Sequence[Article]) -> dict[str, int]:
    """Make the products that the market does not have yet; returns the ids of all by stock code."""
    ids = _known(market["id"])
    digits = DIGITS.get(market["currency"], 2)
    new = [
        products.NewProduct(sku=article.code, name=article.name, price_minor=article.price_minor(digits))
        for article in articles
        if article.code not in ids
    ]
    for batch in _batches(new):
        ids |= transact(lambda batch=batch: _create(market, batch))  # type: ignore[misc]
    return {article.code: ids[article.code] for article in articles}


def wait_for_inventories(product_ids: Sequence[int]) -> Iterator[int]:
    """Yield how many of the products have an inventory, until all have. Raises NobodyWorks."""
    made, since = -1, time.monotonic()
    while made < len(product_ids):
        found = len(_figures(product_ids))
        db.session.rollback()
        if found > made:
            made, since = found, time.monotonic()
            yield made
        elif time.monotonic() - since > PATIENCE:
            raise NobodyWorks(
                f"{len(product_ids) - made} products have no inventory after {PATIENCE:g} s: is `market consume inventory` running?"
            )
        else:
            time.sleep(0.1)


def stock(market: Row, wanted: Mapping[int, int]) -> Iterator[int]:
    """Bring what the replay has received of each product to the units wanted, and yield how many products were looked at.
    What came before counts, so that a second time brings nothing."""
    for batch in _batches(sorted(wanted)):
        transact(lambda batch=batch: _receive(market, {product_id: wanted[product_id] for product_id in batch}))  # type: ignore[misc]
        yield len(batch)


def _create(market: Row, new: Sequence[products.NewProduct]) -> dict[str, int]:
    ids = products.create(market["id"], market["currency"], new, fresh_cause())
    audit.record_all(
        [
            audit.Change("product.create", "product", product_id, None, {"sku": product.sku}, market["id"])
            for product_id, product in zip(ids, new, strict=True)
        ],
        actor=ACTOR,
    )
    return dict(zip((product.sku for product in new), ids, strict=True))


def _receive(market: Row, wanted: Mapping[int, int]) -> None:
    # The inventories are locked before the ledger is read, so that two replays at once do not both bring the same units.
    fetch(
        f"SELECT product_id FROM inventories WHERE {among('product_id', 'asked')} ORDER BY product_id {locked()}",
        asked=wanted,
    )
    received = {
        row["product_id"]: int(row["units"])
        for row in fetch(
            "SELECT product_id, sum(delta) AS units FROM stock_movements WHERE actor = :actor AND kind = :kind"
            f" AND {among('product_id', 'asked')} GROUP BY product_id",
            actor=ACTOR.name,
            kind=RECEIVED,
            asked=wanted,
        )
    }
    changes = []
    for product_id in sorted(wanted):
        missing = wanted[product_id] - received.get(product_id, 0)
        if missing <= 0:
            continue
        before, after = inventory.adjust(
            market["id"], product_id, missing, RECEIVED, "replay", ACTOR.name, fresh_cause()
        )
        figures = {"on_hand": before["on_hand"]}, {"on_hand": after["on_hand"]}
        changes.append(audit.Change("stock.adjust", "inventory", product_id, *figures, market["id"]))
    if changes:
        audit.record_all(changes, actor=ACTOR)


def _known(market_id: int) -> dict[str, int]:
    found = fetch(
        "SELECT sku, id FROM products WHERE market_id = :market_id AND deleted_at IS NULL", market_id=market_id
    )
    db.session.rollback()
    return {row["sku"]: row["id"] for row in found}


def _figures(product_ids: Sequence[int]) -> list[Row]:
    return fetch(
        f"SELECT product_id FROM inventories WHERE {among('product_id', 'asked')}",
        asked=product_ids,
    )


def _batches(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]
