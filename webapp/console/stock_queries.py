"""Reads for the stock in depth: the whole market's ledger, the past, who holds what, what is left of what is sold no more."""

from __future__ import annotations

from dataclasses import dataclass

from webapp.console.paging import Window
from webapp.db import Row, fetch, like
from webapp.inventory.models import SOLD
from webapp.products.queries import picture_sql

MACHINE = "inventory"
"""Who moves stock for orders, in the ledger's words."""

_BUT = {"kind": f" AND m.kind <> '{SOLD}'", "who": f" AND m.actor <> '{MACHINE}'"}
"""Nearly every entry of a ledger is a sale by the machine: the others have indexes of their own, for who says that it asks for those."""


@dataclass(frozen=True, slots=True)
class Sieve:
    """Which entries of the ledger: of a product, of a kind, by somebody (an email, or `inventory`), from an instant until
    before another (microseconds UTC), of products whose name or SKU holds a text."""

    product_id: int | None = None
    kind: str = ""
    who: str = ""
    since: int | None = None
    until: int | None = None
    sought: str = ""

    @property
    def where(self) -> str:
        """The condition, beginning with AND."""
        parts = {
            "product_id": "m.product_id = :product_id", "kind": "m.kind = :kind" + _BUT["kind"] * (self.kind != SOLD),
            "who": "m.actor = :who" + _BUT["who"] * (self.who != MACHINE), "since": "m.at >= :since",
            "until": "m.at < :until",
            "like": "(lower(p.name) LIKE :like ESCAPE '\\' OR lower(p.sku) LIKE :like ESCAPE '\\')",
        }  # fmt: skip
        return "".join(f" AND {parts[name]}" for name in self.parameters)

    @property
    def parameters(self) -> dict[str, object]:
        """What `where` names."""
        named = {"product_id": self.product_id, "kind": self.kind, "who": self.who, "since": self.since, "until": self.until,
                 "like": like(self.sought) if self.sought else ""}  # fmt: skip
        return {name: value for name, value in named.items() if value not in (None, "")}


def ledger(market_id: int, sieve: Sieve, tail: str, **parameters: object) -> list[Row]:
    """Entries of the market's ledger; `tail` is the SQL of the part that is read, with its order and limit."""
    return fetch(
        "SELECT m.id, m.product_id, p.sku, p.name AS product, m.kind, m.delta, m.before, m.after, m.note, m.at, m.order_id, o.number,"
        " m.actor, w.name AS who FROM stock_movements m JOIN products p ON p.id = m.product_id"
        " LEFT JOIN orders o ON o.id = m.order_id LEFT JOIN people w ON w.email = m.actor"
        f" WHERE m.market_id = :market_id{sieve.where}{tail}",
        market_id=market_id, **sieve.parameters, **parameters,
    )  # fmt: skip


def at_moment(market_id: int, at: int, window: Window, sought: str = "") -> list[Row]:
    """What was on hand of each product at an instant (microseconds UTC), by the ledger, and what is now. Products that did
    not exist yet, or not any more, are left out."""
    return fetch(
        f"SELECT p.id, p.sku, p.name, {picture_sql()} AS picture, i.on_hand AS now, coalesce((SELECT m.after FROM stock_movements m"
        " WHERE m.product_id = p.id AND m.at <= :at ORDER BY m.id DESC LIMIT 1), 0) AS then_on_hand"
        " FROM products p JOIN inventories i ON i.product_id = p.id WHERE p.market_id = :market_id AND p.created_at <= :at"
        " AND (p.deleted_at IS NULL OR p.deleted_at > :at)"
        + (" AND (lower(p.name) LIKE :like ESCAPE '\\' OR lower(p.sku) LIKE :like ESCAPE '\\')" if sought else "")
        + window.where + window.order,
        market_id=market_id, at=at, **({"like": like(sought)} if sought else {}), **window.parameters,
    )  # fmt: skip


def held(market_id: int, window: Window, product_id: int | None = None) -> list[Row]:
    """What is set aside for orders, the longest first."""
    return fetch(
        "SELECT r.id, r.order_id, r.product_id, r.quantity, r.held_at, o.number, o.status, o.name, o.email, o.cancel_asked_by, p.sku,"
        " p.name AS product FROM reservations r JOIN orders o ON o.id = r.order_id JOIN products p ON p.id = r.product_id"
        " WHERE r.market_id = :market_id AND r.state = 'HELD'"
        + (" AND r.product_id = :product_id" if product_id else "")
        + window.where + window.order,
        market_id=market_id, **({"product_id": product_id} if product_id else {}), **window.parameters,
    )  # fmt: skip


def held_units(market_id: int) -> Row:
    """How many units are set aside, for how many orders."""
    [row] = fetch(
        "SELECT count(DISTINCT order_id) AS orders, CAST(coalesce(sum(quantity), 0) AS bigint) AS units FROM reservations"
        " WHERE market_id = :market_id AND state = 'HELD'",
        market_id=market_id,
    )
    return row


def deactivated(market_id: int, window: Window) -> list[Row]:
    """Inventories that take no orders, with what is left in them: paused ones, and those of deleted products."""
    return fetch(
        f"SELECT p.id, p.sku, p.name, {picture_sql()} AS picture, i.on_hand, i.reserved, i.deleted_at, i.updated_at, p.price_minor, p.currency,"
        " (SELECT coalesce(w.name, a.actor) FROM audit a LEFT JOIN people w ON w.id = a.person_id WHERE a.object_id = p.id AND a.market_id = :market_id AND ((i.deleted_at IS NOT NULL"
        " AND a.object_type = 'product' AND a.action = 'product.delete') OR (i.deleted_at IS NULL AND a.object_type = 'inventory'"
        " AND a.action = 'inventory.set')) ORDER BY a.id DESC LIMIT 1) AS who"
        " FROM inventories i JOIN products p ON p.id = i.product_id WHERE i.market_id = :market_id AND NOT i.active"
        + window.where + window.order,
        market_id=market_id, **window.parameters,
    )  # fmt: skip


def sheet(market_id: int, after: int, limit: int) -> list[Row]:
    """Stocks for a counting sheet, by id, after one of them: id, sku, name, on_hand."""
    return fetch(
        "SELECT p.id, p.sku, p.name, i.on_hand FROM inventories i JOIN products p ON p.id = i.product_id WHERE i.market_id = :market_id"
        " AND i.deleted_at IS NULL AND p.deleted_at IS NULL AND p.id > :after ORDER BY p.id LIMIT :limit",
        market_id=market_id, after=after, limit=limit,
    )  # fmt: skip
