"""Emails: one row per causing event and kind, whatever happens to the message that asked for it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import NEVER_REUSED, Base, BigId, Instant

QUEUED, SENDING, SENT, BOUNCED = "QUEUED", "SENDING", "SENT", "BOUNCED"

ACCEPTED, REFUSED, LATER, UNTRIED = "ACCEPTED", "REFUSED", "LATER", "UNTRIED"
"""What came of one try: taken by the server; refused for good; not now; or given back without having been tried."""


class Email(Base):
    """One email as it was written. `state` and `answer` are those of its newest delivery, which goes to `send_to` where
    that is set, else to the recipient. `next_try_at` is set while it still has to go out: when it is due (QUEUED), or
    when whoever is sending it counts as dead (SENDING)."""

    __tablename__ = "emails"
    __table_args__ = (
        sa.UniqueConstraint("cause_id", "kind"),
        sa.Index("ix_emails_order", "order_id"),
        sa.Index("ix_emails_market", "market_id", "id"),
        # One for each way in which a market's log is read, newest first.
        sa.Index("ix_emails_kind", "market_id", "kind", "id"),
        sa.Index("ix_emails_recipient", "market_id", "recipient", "id", postgresql_ops={"recipient": "text_pattern_ops"}),
        sa.Index("ix_emails_elsewhere", "market_id", "send_to", "id", postgresql_where=sa.text("send_to IS NOT NULL"),
                 sqlite_where=sa.text("send_to IS NOT NULL")),
        sa.Index("ix_emails_waiting", "market_id", "id", postgresql_where=sa.text("next_try_at IS NOT NULL"),
                 sqlite_where=sa.text("next_try_at IS NOT NULL")),
        sa.Index("ix_emails_due", "next_try_at", postgresql_where=sa.text("next_try_at IS NOT NULL"),
                 sqlite_where=sa.text("next_try_at IS NOT NULL")),
        sa.Index("ix_emails_bounced", "market_id", postgresql_where=sa.text("state = 'BOUNCED'"),
                 sqlite_where=sa.text("state = 'BOUNCED'")),
        sa.CheckConstraint("state IN ('QUEUED', 'SENDING', 'SENT', 'BOUNCED')", name="state"),
        sa.CheckConstraint("(state IN ('QUEUED', 'SENDING')) = (next_try_at IS NOT NULL)", name="due"),
        NEVER_REUSED,
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    cause_id: Mapped[str] = mapped_column(sa.String(64))
    kind: Mapped[str] = mapped_column(sa.String(30))
    order_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    market_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    recipient: Mapped[str] = mapped_column(sa.String(254))
    send_to: Mapped[str | None] = mapped_column(sa.String(254))
    subject: Mapped[str] = mapped_column(sa.String(200))
    html: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.String(10))
    tries: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    answer: Mapped[str | None] = mapped_column(sa.String(300))
    next_try_at: Mapped[int | None] = mapped_column(sa.BigInteger)
    queued_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)


class Delivery(Base):
    """One try to deliver an email and what the server said. A number that is missing is a try whose end nobody saw."""

    __tablename__ = "email_deliveries"
    __table_args__ = (sa.UniqueConstraint("email_id", "number"), sa.Index("ix_email_deliveries_at", "at"), NEVER_REUSED)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email_id: Mapped[int] = mapped_column(sa.ForeignKey("emails.id"))
    number: Mapped[int] = mapped_column(sa.Integer)
    recipient: Mapped[str] = mapped_column(sa.String(254))
    outcome: Mapped[str] = mapped_column(sa.String(10))
    answer: Mapped[str] = mapped_column(sa.String(300))
    at: Mapped[datetime] = mapped_column(Instant)
