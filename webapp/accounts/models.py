"""People, the markets they work for, how they are recognised, and what they changed."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from webapp.db import NEVER_REUSED, Base, BigId, Instant

OWNER, STAFF = "owner", "staff"


class Person(Base):
    """Someone with an account. An email address is one person, compared in lower case. `delivery` is the address that they
    saved for their next order, as JSON of the form that an order keeps."""

    __tablename__ = "people"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(sa.String(254), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))
    is_operator: Mapped[bool] = mapped_column(server_default=sa.false())
    confirmed_at: Mapped[datetime | None] = mapped_column(Instant)
    created_at: Mapped[datetime] = mapped_column(Instant)
    deactivated_at: Mapped[datetime | None] = mapped_column(Instant)
    delivery: Mapped[str | None] = mapped_column(sa.Text)

    memberships: Mapped[list[Membership]] = relationship(
        back_populates="person", lazy="selectin", order_by="Membership.id"
    )


class Market(Base):
    """A shop of its own: its name, its currency, its look. `logo` names a picture as a product's does (webapp/products/media.py),
    with the size of the largest of it in pixels; `version` counts the changes of all this."""

    __tablename__ = "markets"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    slug: Mapped[str] = mapped_column(sa.String(60), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    tagline: Mapped[str] = mapped_column(sa.String(200), server_default="")
    hero_title: Mapped[str] = mapped_column(sa.String(120), server_default="")
    hero_text: Mapped[str] = mapped_column(sa.String(400), server_default="")
    hero_picture: Mapped[str | None] = mapped_column(sa.String(200))
    currency: Mapped[str] = mapped_column(sa.String(3))
    theme: Mapped[str] = mapped_column(sa.Text, server_default="{}")
    wants_delivery: Mapped[bool] = mapped_column(server_default=sa.true())
    version: Mapped[int] = mapped_column(sa.BigInteger, server_default="1")
    logo: Mapped[str | None] = mapped_column(sa.String(200))
    logo_width: Mapped[int | None] = mapped_column(sa.Integer)
    logo_height: Mapped[int | None] = mapped_column(sa.Integer)
    created_at: Mapped[datetime] = mapped_column(Instant)


class MarketLogoFile(Base):
    """A market's logo in one size (the pixels of its longer side at most) and one kind (webp or jpg), found by its fingerprint."""

    __tablename__ = "market_logo_files"
    __table_args__ = (sa.Index("ix_market_logo_files_hash", "hash", "size", "kind"),)

    market_id: Mapped[int] = mapped_column(sa.ForeignKey("markets.id"), primary_key=True)
    size: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(4), primary_key=True)
    hash: Mapped[str] = mapped_column(sa.String(64))
    data: Mapped[bytes] = mapped_column(sa.LargeBinary)


class Membership(Base):
    """A person works for a market, as its owner or as staff, until the membership is ended."""

    __tablename__ = "memberships"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "market_id"),
        sa.CheckConstraint("role IN ('owner', 'staff')", name="role"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("people.id"))
    market_id: Mapped[int] = mapped_column(sa.ForeignKey("markets.id"), index=True)
    role: Mapped[str] = mapped_column(sa.String(10))
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    person: Mapped[Person] = relationship(back_populates="memberships")
    market: Mapped[Market] = relationship(lazy="joined")


class Session(Base):
    """A browser that is logged in. The cookie carries a random token; only its SHA-256 is kept here."""

    __tablename__ = "sessions"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("people.id"), index=True)
    address: Mapped[str] = mapped_column(sa.String(64))
    agent: Mapped[str] = mapped_column(sa.String(200))
    created_at: Mapped[datetime] = mapped_column(Instant)
    seen_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    ended_at: Mapped[datetime | None] = mapped_column(Instant)

    person: Mapped[Person] = relationship(lazy="joined")


class Token(Base):
    """A key to the REST API, of one person and at most one market, with named scopes. Only its SHA-256 is kept."""

    __tablename__ = "tokens"
    __table_args__ = (NEVER_REUSED,)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    person_id: Mapped[int] = mapped_column(sa.ForeignKey("people.id"), index=True)
    market_id: Mapped[int | None] = mapped_column(sa.ForeignKey("markets.id"))
    scopes: Mapped[str] = mapped_column(sa.Text)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime] = mapped_column(Instant)
    revoked_at: Mapped[datetime | None] = mapped_column(Instant)

    person: Mapped[Person] = relationship(lazy="joined")
    market: Mapped[Market | None] = relationship(lazy="joined")


class AccountLetter(Base):
    """Something to write to somebody about an account, and the one-time link in it, if it has one.

    The link's token is worked out from `nonce` and the house's signing key when the email goes out; here stands only its
    SHA-256. A registration waits here, with the hash of its password, until the address is confirmed.
    """

    __tablename__ = "account_letters"
    __table_args__ = (
        sa.Index("ix_account_letters_email", "email", "id"),
        sa.Index("ix_account_letters_created", "created_at"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[str] = mapped_column(sa.String(20))
    email: Mapped[str] = mapped_column(sa.String(254))
    name: Mapped[str] = mapped_column(sa.String(120), server_default="")
    person_id: Mapped[int | None] = mapped_column(sa.ForeignKey("people.id"), index=True)
    market_id: Mapped[int | None] = mapped_column(sa.ForeignKey("markets.id"), index=True)
    role: Mapped[str | None] = mapped_column(sa.String(10))
    sender: Mapped[str] = mapped_column(sa.String(254), server_default="")
    about: Mapped[int | None] = mapped_column(sa.BigInteger)
    password_hash: Mapped[str | None] = mapped_column(sa.String(200))
    nonce: Mapped[str | None] = mapped_column(sa.String(64))
    token_hash: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(Instant)
    expires_at: Mapped[datetime | None] = mapped_column(Instant)
    used_at: Mapped[datetime | None] = mapped_column(Instant)


class Audit(Base):
    """One change by a person or a token: who, from where, to what, before and after."""

    __tablename__ = "audit"
    __table_args__ = (
        sa.Index("ix_audit_object", "object_type", "object_id"),
        # One for each way in which an owner reads it, newest first, so that a page costs the same however long it is.
        sa.Index("ix_audit_market", "market_id", "at", "id"),
        sa.Index("ix_audit_person", "market_id", "person_id", "at", "id"),
        sa.Index("ix_audit_kind", "market_id", "object_type", "at", "id"),
        NEVER_REUSED,
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[int] = mapped_column(sa.BigInteger)
    market_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    person_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    token_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    actor: Mapped[str] = mapped_column(sa.String(254))
    address: Mapped[str] = mapped_column(sa.String(64))
    action: Mapped[str] = mapped_column(sa.String(60))
    object_type: Mapped[str] = mapped_column(sa.String(30))
    object_id: Mapped[int] = mapped_column(sa.BigInteger)
    before: Mapped[str | None] = mapped_column(sa.Text)
    after: Mapped[str | None] = mapped_column(sa.Text)
