"""What the inventory service does about products (F1, F3), and owners about stock (F4, F5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from webapp import clock, outbox
from webapp.db import Row, among, execute, fetch, insert, locked
from webapp.errors import Conflict, FieldError, Invalid, NotFound
from webapp.event_kinds import StockEvent
from webapp.events import (
    InventoryAdjusted,
    InventoryCreated,
    InventoryDeactivated,
    ProductCreated,
    ProductDeleted,
    ProductEvent,
    ProductRestored,
    StockAdjusted,
)
from webapp.inbox import Received
from webapp.inventory import low
from webapp.inventory.models import CORRECTION, COUNT, LARGEST_STOCK, REASONS
from webapp.inventory.reservations import write_movements
from webapp.outbox import Cause, Fact
from webapp.products.queries import deleted_among


def create(messages: Sequence[Received[ProductCreated]]) -> None:
    """Give each new product an inventory, empty and active, and tell INVENTORY_CREATED."""
    _create(messages, clock.now())


def deactivate(messages: Sequence[Received[ProductDeleted]]) -> None:
    """Switch the inventories of deleted products off and tell INVENTORY_DEACTIVATED. What is held stays held. A deletion
    that overtook its creation makes the inventory first, so that the creation finds it there; one that was taken back since
    switches nothing off, however late it comes."""
    now = clock.now()
    _create(messages, now)
    by_product = {message.event.product_id: message for message in messages}
    gone = deleted_among(list(by_product))
    found = _held([product_id for product_id in by_product if product_id in gone], "deleted_at IS NULL")
    told = [
        InventoryDeactivated(
            market_id=row["market_id"], product_id=row["product_id"], sequence=row["sequence"] + 1, on_hand=row["on_hand"],
            reserved=row["reserved"],
        )
        for row in found
    ]  # fmt: skip
    _switch("was_active = active, active = false, deleted_at = :now", now, found, told, by_product)


def reactivate(messages: Sequence[Received[ProductRestored]]) -> None:
    """Let the inventories of products whose deletion was taken back take orders as they did before, and tell
    INVENTORY_ADJUSTED. One whose product was deleted anew meanwhile stays off."""
    now = clock.now()
    by_product = {message.event.product_id: message for message in messages}
    gone = deleted_among(list(by_product))
    found = _held([product_id for product_id in by_product if product_id not in gone], "deleted_at IS NOT NULL")
    told = [
        InventoryAdjusted(
            market_id=row["market_id"], product_id=row["product_id"], sequence=row["sequence"] + 1, on_hand=row["on_hand"],
            reserved=row["reserved"], low_stock_threshold=row["low_stock_threshold"],
            active=row["was_active"] is None or bool(row["was_active"]),
        )
        for row in found
    ]  # fmt: skip
    _switch("active = coalesce(was_active, true), was_active = NULL, deleted_at = NULL", now, found, told, by_product)


def _switch(
    change: str, now: int, found: Sequence[Row], told: Sequence[StockEvent], caused: Mapping[int, Received[Any]]
) -> None:
    # The inventories that were found get their next version and number, and each event is told of its own.
    execute(
        f"UPDATE inventories SET {change}, version = version + 1, sequence = sequence + 1,"
        " updated_at = CASE WHEN updated_at < :now THEN :now ELSE updated_at END"
        f" WHERE {among('product_id', 'found')}",
        now=now,
        found=[row["product_id"] for row in found],
    )
    outbox.emit(
        [
            Fact(event, max(now, row["updated_at"]), caused[row["product_id"]].cause)
            for row, event in zip(found, told, strict=True)
        ]
    )


def adjust(
    market_id: int, product_id: int, delta: int, reason: str, note: str | None, actor: str, cause: Cause
) -> tuple[Row, Row]:
    """Put units in (delta above zero) or take them out, with a reason (F5); returns the figures before and after.

    Raises Invalid for a zero delta, an unknown reason or a figure over the largest, Conflict when what is reserved for
    orders would no longer be covered or the inventory is not there yet.
    """
    if reason not in REASONS:
        raise Invalid.field("reason", "unknown", f"The reason must be one of {', '.join(REASONS)}.")
    if delta == 0:
        raise Invalid.field("delta", "zero", "The change must not be zero.")
    return _moved(_locked(market_id, product_id), delta, reason, note, actor, cause)


def undo(market_id: int, product_id: int, movement_id: int, actor: str, cause: Cause) -> tuple[Row, Row]:
    """Take back what a person moved: a correction by as many the other way, once for each entry of the ledger; returns the
    figures before and after. Entries stay as they are, whatever moved since then.

    Raises NotFound for what is no entry of a person's, Conflict when it is undone already or what is reserved for orders would
    no longer be covered.
    """
    # The lock comes first: nobody can undo the same entry between the look and the writing.
    before = _locked(market_id, product_id)
    found = fetch(
        "SELECT m.kind, m.delta, (SELECT count(*) FROM stock_movements u WHERE u.undoes_id = m.id) AS undone FROM stock_movements m"
        " WHERE m.id = :id AND m.product_id = :product_id AND m.market_id = :market_id AND m.import_id IS NULL",
        id=movement_id, product_id=product_id, market_id=market_id,
    )  # fmt: skip
    if not found or found[0]["kind"] not in REASONS:
        raise NotFound("there is no such change of this stock")
    [entry] = found
    if entry["undone"]:
        raise Conflict("this change is undone already", kind="already-undone")
    return _moved(before, -entry["delta"], CORRECTION, "Undone", actor, cause, movement_id)


def set_figures(
    market_id: int,
    product_id: int,
    actor: str,
    cause: Cause,
    on_hand: int | None = None,
    low_stock_threshold: int | None = None,
    active: bool | None = None,
    expected_version: int | None = None,
    note: str | None = None,
    expected_on_hand: int | None = None,
) -> tuple[Row, Row]:
    """Count to an absolute figure, set the threshold, switch on or off (F4): all or nothing, one INVENTORY_ADJUSTED.
    Returns the figures before and after; setting what is already so still counts as the owner's word and is told.

    Raises Conflict for a stale version, for a figure that moved while somebody was counting (`expected_on_hand`, since sales
    do not raise the version), a deleted product, a count below what is reserved.
    """
    before = _locked(market_id, product_id)
    if before["deleted_at"] is not None:
        raise Conflict("this product is deleted; its inventory can no longer be changed", kind="product-deleted")
    if expected_version is not None and expected_version != before["version"]:
        raise Conflict(
            f"somebody changed this inventory meanwhile: it has {before['on_hand']} on hand and is at version {before['version']}",
            FieldError("expected_version", "stale", f"The current version is {before['version']}."),
            kind="stale-version",
        )
    if expected_on_hand is not None and expected_on_hand != before["on_hand"]:
        message = f"There were {expected_on_hand:,} when you began to count, and there are {before['on_hand']:,} now."
        raise Conflict(message, FieldError("on_hand", "stale", message), kind="stale-count")
    after = _with_on_hand(before, before["on_hand"] if on_hand is None else on_hand, "on_hand")
    if low_stock_threshold is not None:
        after["low_stock_threshold"] = low_stock_threshold
    if active is not None:
        after["active"] = active
    after["version"] += 1
    after["sequence"] += 1
    _write(after)
    if after["on_hand"] != before["on_hand"]:
        _book(before, after, COUNT, note, actor)
    told = InventoryAdjusted(
        market_id=market_id, product_id=product_id, sequence=after["sequence"], on_hand=after["on_hand"], reserved=after["reserved"],
        low_stock_threshold=after["low_stock_threshold"], active=bool(after["active"]),
    )  # fmt: skip
    outbox.emit([Fact(told, after["updated_at"], cause)])
    return before, after


def audited(figures: Row) -> dict[str, int | bool]:
    """What the audit says of a stock that somebody has set or moved."""
    named = {name: figures[name] for name in ("on_hand", "low_stock_threshold", "version")}
    return {**named, "active": bool(figures["active"])}


def _create(messages: Sequence[Received[ProductCreated] | Received[ProductDeleted]], now: int) -> None:
    by_product: dict[int, Received[ProductEvent]] = {message.event.product_id: message for message in messages}
    made = insert(
        "inventories",
        # An empty inventory has crossed nothing: it has only never been full.
        [{"product_id": product_id, "market_id": m.event.market_id, "sequence": 1, "updated_at": now, "low_since": now}
         for product_id, m in by_product.items()],
        on_conflict="ON CONFLICT (product_id) DO NOTHING", returning="product_id",
        product_id="bigint", market_id="bigint", sequence="bigint", updated_at="bigint", low_since="bigint",
    )  # fmt: skip
    outbox.emit(
        [
            Fact(
                InventoryCreated(
                    market_id=by_product[row["product_id"]].event.market_id, product_id=row["product_id"], sequence=1
                ),
                now,
                by_product[row["product_id"]].cause,
            )
            for row in made
        ]
    )


def _held(product_ids: Sequence[int], which: str) -> list[Row]:
    return fetch(
        f"SELECT * FROM inventories WHERE {which} AND {among('product_id', 'asked')} ORDER BY product_id {locked()}",
        asked=product_ids,
    )


def _locked(market_id: int, product_id: int) -> Row:
    found = fetch(
        f"SELECT * FROM inventories WHERE product_id = :product_id AND market_id = :market_id {locked()}",
        product_id=product_id,
        market_id=market_id,
    )
    if not found:
        raise Conflict(
            "the inventory of this product is being created; try again in a moment",
            kind="inventory-not-ready",
            retry_after=1,
        )
    return found[0]


def _moved(
    before: Row, delta: int, reason: str, note: str | None, actor: str, cause: Cause, undoes: int | None = None
) -> tuple[Row, Row]:
    after = _with_on_hand(before, before["on_hand"] + delta, "delta")
    after["sequence"] += 1
    _write(after)
    _book(before, after, reason, note, actor, undoes)
    told = StockAdjusted(
        market_id=after["market_id"], product_id=after["product_id"], sequence=after["sequence"], delta=delta, reason=reason,
        on_hand=after["on_hand"], reserved=after["reserved"],
    )  # fmt: skip
    outbox.emit([Fact(told, after["updated_at"], cause)])
    return before, after


def _with_on_hand(before: Row, on_hand: int, field: str) -> dict[str, int]:
    if on_hand > LARGEST_STOCK:
        raise Invalid.field(field, "too-large", f"There can be at most {LARGEST_STOCK:,} units of a product.")
    if on_hand < before["reserved"]:
        message = _not_covered(before, on_hand)
        raise Conflict(message, FieldError(field, "below-reserved", message), kind="below-reserved")
    return {**before, "on_hand": on_hand, "updated_at": max(clock.now(), before["updated_at"])}


def _not_covered(before: Row, on_hand: int) -> str:
    if not before["reserved"]:
        return f"There are {before['on_hand']:,} on hand; this would leave {on_hand:,}."
    are = "1 is" if before["reserved"] == 1 else f"{before['reserved']:,} are"
    return f"{are} set aside for orders, so at least that many must stay on hand; this would leave {on_hand:,}."


def _write(after: Row) -> None:
    # PostgreSQL must be told the types of parameters that stand in a comparison.
    on_hand, threshold = "CAST(:on_hand AS bigint)", "CAST(:low_stock_threshold AS bigint)"
    execute(
        "UPDATE inventories SET on_hand = :on_hand, low_stock_threshold = :low_stock_threshold, active = :active, version = :version,"
        f" sequence = :sequence, updated_at = :updated_at, {low.watched(on_hand, 'inventories.reserved', threshold)}"
        " WHERE product_id = :product_id",
        now=after["updated_at"],
        **{
            name: after[name]
            for name in ("on_hand", "low_stock_threshold", "version", "sequence", "updated_at", "product_id")
        },
        active=bool(after["active"]),
    )


def _book(before: Row, after: Row, kind: str, note: str | None, actor: str, undoes: int | None = None) -> None:
    write_movements(
        [
            {"product_id": after["product_id"], "market_id": after["market_id"], "kind": kind, "delta": after["on_hand"] - before["on_hand"],
             "before": before["on_hand"], "after": after["on_hand"], "actor": actor, "note": note, "undoes_id": undoes, "at": after["updated_at"]}
        ]
    )  # fmt: skip
