"""What shoppers have put aside for themselves: carts and their lines. They hold no stock; only an order does."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import NEVER_REUSED, Base, BigId

MOST_IN_CART = 100
"""Different products in one cart."""


class Cart(Base):
    """A cart, of a person or of a browser: `token_hash` is the SHA-256 of the cookie that a browser without an account keeps.

    `checkout` is what all its order forms have in common until one of them is sent: two tabs are one order. `ordered` is the
    page of the orders that it became last, or ""."""

    __tablename__ = "carts"
    __table_args__ = (
        sa.CheckConstraint("(person_id IS NULL) <> (token_hash IS NULL)", name="whose"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("people.id"), unique=True)
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    checkout: Mapped[str] = mapped_column(sa.String(43))
    ordered: Mapped[str] = mapped_column(sa.Text, server_default="")
    created_at: Mapped[int] = mapped_column(sa.BigInteger)
    touched_at: Mapped[int] = mapped_column(sa.BigInteger, index=True)


class CartLine(Base):
    """So many of a product, what one cost (minor units) and what it was called when it was put in. What was taken out stays
    for a while with `removed_at`, so that it can be put back."""

    __tablename__ = "cart_lines"
    __table_args__ = (
        sa.UniqueConstraint("cart_id", "product_id"),
        sa.CheckConstraint("quantity > 0", name="quantity"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    cart_id: Mapped[int] = mapped_column(sa.ForeignKey("carts.id", ondelete="CASCADE"))
    product_id: Mapped[int] = mapped_column(sa.ForeignKey("products.id"), index=True)
    quantity: Mapped[int] = mapped_column(sa.BigInteger)
    price_minor: Mapped[int] = mapped_column(sa.BigInteger)
    name: Mapped[str] = mapped_column(sa.String(200))
    added_at: Mapped[int] = mapped_column(sa.BigInteger)
    removed_at: Mapped[int | None] = mapped_column(sa.BigInteger)
