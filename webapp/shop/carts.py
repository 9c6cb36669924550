"""What changes carts. A cart is found by its person, or by the hash of a browser's token; whoever calls has found it."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Collection
from dataclasses import dataclass

from webapp.db import Row, among, execute, fetch, locked
from webapp.errors import Conflict
from webapp.shop.models import MOST_IN_CART
from webapp.web.fields import MOST_UNITS

KEPT = 90
"""Days that a cart which nobody touches is kept."""


@dataclass(frozen=True, slots=True)
class Whose:
    """Whose cart is meant: a person's, or that of the browser with this token."""

    person_id: int | None = None
    token: str = ""

    @property
    def token_hash(self) -> str | None:
        """What the row keeps of the token. It is random and long, so one plain SHA-256 hides it well enough."""
        return hashlib.sha256(self.token.encode()).hexdigest() if self.token and self.person_id is None else None


def find(whose: Whose) -> Row | None:
    """The cart, if there is one."""
    found = fetch(
        "SELECT * FROM carts WHERE person_id = :person_id OR token_hash = :token_hash",
        person_id=whose.person_id,
        token_hash=whose.token_hash,
    )
    return found[0] if found else None


def opened(whose: Whose, now: int) -> int:
    """The id of the cart, made if there is none, and touched."""
    made = {"person_id": whose.person_id, "token_hash": whose.token_hash, "checkout": secrets.token_urlsafe(24)}
    execute(
        "INSERT INTO carts (person_id, token_hash, checkout, created_at, touched_at)"
        " VALUES (:person_id, :token_hash, :checkout, :now, :now) ON CONFLICT DO NOTHING",
        **made,
        now=now,
    )
    found = fetch(
        "UPDATE carts SET touched_at = :now WHERE person_id = :person_id OR token_hash = :token_hash RETURNING id",
        person_id=whose.person_id,
        token_hash=whose.token_hash,
        now=now,
    )
    return int(found[0]["id"])


def put(cart_id: int, product: Row, quantity: int, now: int) -> int:
    """Put so many more of a product in, at most as many as there are; returns how many are in now. Raises Conflict when
    none is there, or the cart holds as many different things as it can."""
    most = min(int(product["available"]), MOST_UNITS)
    if most <= 0:
        raise Conflict(f"{product['name']} is sold out by now.")
    if _others(cart_id, product["id"]) >= MOST_IN_CART:
        raise Conflict(f"A basket holds {MOST_IN_CART} different things. Order these first, or take something out.")
    found = fetch(
        "INSERT INTO cart_lines (cart_id, product_id, quantity, price_minor, name, added_at)"
        " VALUES (:cart_id, :product_id, :quantity, :price_minor, :name, :now)"
        " ON CONFLICT (cart_id, product_id) DO UPDATE SET quantity = CASE WHEN cart_lines.removed_at IS NOT NULL THEN excluded.quantity"
        " WHEN cart_lines.quantity + excluded.quantity < :most THEN cart_lines.quantity + excluded.quantity ELSE :most END,"
        " price_minor = excluded.price_minor, name = excluded.name, removed_at = NULL RETURNING quantity",
        cart_id=cart_id, product_id=product["id"], quantity=min(quantity, most), price_minor=product["price_minor"],
        name=product["name"], now=now, most=most,
    )  # fmt: skip
    return int(found[0]["quantity"])


def change(cart_id: int, product: Row, quantity: int) -> None:
    """Have so many of a product that is in the cart; what it costs now counts as known."""
    execute(
        "UPDATE cart_lines SET quantity = :quantity, price_minor = :price_minor, name = :name"
        " WHERE cart_id = :cart_id AND product_id = :product_id AND removed_at IS NULL",
        quantity=quantity, price_minor=product["price_minor"], name=product["name"], cart_id=cart_id, product_id=product["id"],
    )  # fmt: skip


def take_out(cart_id: int, product_id: int, now: int) -> None:
    """Take a product out. It can be put back for a while."""
    execute(
        "UPDATE cart_lines SET removed_at = :now WHERE cart_id = :cart_id AND product_id = :product_id AND removed_at IS NULL",
        cart_id=cart_id, product_id=product_id, now=now,
    )  # fmt: skip


def put_back(cart_id: int, product_id: int) -> None:
    """Put back what was taken out."""
    execute(
        "UPDATE cart_lines SET removed_at = NULL WHERE cart_id = :cart_id AND product_id = :product_id",
        cart_id=cart_id,
        product_id=product_id,
    )


def merge(person_id: int, browser: Whose, now: int) -> None:
    """Let the cart of a browser become the person's, who has logged in there: the larger number of each thing, and as many
    different ones as a cart holds. An order form that was open in the browser stays the same checkout."""
    guest = find(browser)
    if guest is None:
        return
    cart_id = opened(Whose(person_id), now)
    execute(
        "INSERT INTO cart_lines (cart_id, product_id, quantity, price_minor, name, added_at)"
        " SELECT :cart_id, product_id, quantity, price_minor, name, added_at FROM"
        " (SELECT g.*, o.id AS there, row_number() OVER (PARTITION BY CASE WHEN o.id IS NULL THEN 1 ELSE 0 END ORDER BY g.id DESC) AS place"
        " FROM cart_lines g LEFT JOIN cart_lines o ON o.cart_id = :cart_id AND o.product_id = g.product_id AND o.removed_at IS NULL"
        " WHERE g.cart_id = :guest_id AND g.removed_at IS NULL) AS brought"
        f" WHERE there IS NOT NULL OR place <= {MOST_IN_CART} -"
        " (SELECT count(*) FROM cart_lines WHERE cart_id = :cart_id AND removed_at IS NULL)"
        " ON CONFLICT (cart_id, product_id) DO UPDATE SET quantity = CASE WHEN cart_lines.removed_at IS NULL"
        " AND cart_lines.quantity > excluded.quantity THEN cart_lines.quantity ELSE excluded.quantity END,"
        " price_minor = excluded.price_minor, name = excluded.name, removed_at = NULL",
        cart_id=cart_id, guest_id=guest["id"],
    )  # fmt: skip
    execute(
        "UPDATE carts SET checkout = :checkout, ordered = CASE WHEN :page = '' THEN ordered ELSE :page END WHERE id = :id",
        checkout=guest["checkout"],
        page=guest["ordered"],
        id=cart_id,
    )
    _delete([guest["id"]])


def ordered(cart_id: int, product_ids: Collection[int], page: str) -> None:
    """Take out what has become orders, and keep the address of their page. The next form of this cart is another checkout."""
    execute(
        f"DELETE FROM cart_lines WHERE cart_id = :cart_id AND {among('product_id', 'gone')}",
        cart_id=cart_id,
        gone=product_ids,
    )
    execute(
        "UPDATE carts SET checkout = :checkout, ordered = :page WHERE id = :id",
        checkout=secrets.token_urlsafe(24),
        page=page,
        id=cart_id,
    )


def forget(person_id: int) -> None:
    """Delete the cart of a person who wants to be forgotten."""
    _delete([row["id"] for row in fetch("SELECT id FROM carts WHERE person_id = :id", id=person_id)])


def sweep(now: int) -> int:
    """Delete carts that nobody has touched for long, some at a time; returns how many."""
    before = now - KEPT * 86_400 * 1_000_000
    # Held, so that whoever touches one at the last moment either keeps it or finds none.
    found = fetch(
        f"SELECT id FROM carts WHERE touched_at < :before ORDER BY touched_at LIMIT 500 {locked()}", before=before
    )
    _delete([row["id"] for row in found])
    return len(found)


def _others(cart_id: int, product_id: int) -> int:
    found = fetch(
        "SELECT count(*) AS n FROM cart_lines WHERE cart_id = :cart_id AND product_id <> :product_id AND removed_at IS NULL",
        cart_id=cart_id,
        product_id=product_id,
    )
    return int(found[0]["n"])


def _delete(cart_ids: Collection[int]) -> None:
    for table, column in (("cart_lines", "cart_id"), ("carts", "id")):
        execute(
            f"DELETE FROM {table} WHERE {among(column, 'gone')}",
            gone=cart_ids,
        )
