"""The sums, and how far they reach. All of them can be made anew from the log and the deliveries of emails."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import Base

PLACED, COMPLETED, REFUNDED = "placed", "completed", "refunded"
STOCK_REFUSED, PAYMENT_REFUSED, CANCELLED = "stock refused", "payment refused", "cancelled"

STEPS = ("reserve", "pay", "complete", "tell")
"""The steps between the five stations of an order: what is waited for in each."""


class DaySum(Base):
    """How often something happened in a market on a day, for which reason, and the money in it (minor units)."""

    __tablename__ = "rollup_days"

    market_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    measure: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    reason: Mapped[str] = mapped_column(sa.String(80), primary_key=True)
    times: Mapped[int] = mapped_column(sa.BigInteger)
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)


class StepSum(Base):
    """How many orders took so long in a step, by the bucket (`counting.bucket_of`) of the time that they took."""

    __tablename__ = "rollup_steps"

    market_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    step: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    bucket: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    times: Mapped[int] = mapped_column(sa.BigInteger)


class ProductSum(Base):
    """Units of a product in orders that were completed on a day, and what they were sold for (minor units)."""

    __tablename__ = "rollup_products"
    __table_args__ = (sa.Index("ix_rollup_products_product", "product_id", "day"),)

    market_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    day: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    product_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    units: Mapped[int] = mapped_column(sa.BigInteger)
    amount_minor: Mapped[int] = mapped_column(sa.BigInteger)


class Mark(Base):
    """How far a source is counted (microseconds UTC). `version` is raised by every writer, who must have read it: two of
    them cannot count the same."""

    __tablename__ = "rollup_marks"

    source: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    at: Mapped[int] = mapped_column(sa.BigInteger)
    version: Mapped[int] = mapped_column(sa.BigInteger)


class Seen(Base):
    """What of the stretch before a mark is counted already: things that commit late are told from them by their key."""

    __tablename__ = "rollup_seen"
    __table_args__ = (sa.Index("ix_rollup_seen_at", "source", "at"),)

    source: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    at: Mapped[int] = mapped_column(sa.BigInteger)


class Counted(Base):
    """How many things of a day are in the sums; a day whose source has another number is counted anew."""

    __tablename__ = "rollup_counted"

    source: Mapped[str] = mapped_column(sa.String(10), primary_key=True)
    day: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    things: Mapped[int] = mapped_column(sa.BigInteger)
