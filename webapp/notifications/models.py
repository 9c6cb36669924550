"""Emails: one row per causing event and kind, whatever happens to the message that asked for it."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import NEVER_REUSED, Base, BigId, Instant

QUEUED, SENDING, SENT, BOUNCED = "QUEUED", "SENDING", "SENT", "BOUNCED"


class Email(Base):
    """One email as it was written. `next_try_at` is set while it still has to go out."""

    __tablename__ = "emails"
    __table_args__ = (
        sa.UniqueConstraint("cause_id", "kind"),
        sa.Index("ix_emails_order", "order_id"),
        sa.Index("ix_emails_due", "next_try_at", postgresql_where=sa.text("next_try_at IS NOT NULL"),
                 sqlite_where=sa.text("next_try_at IS NOT NULL")),
        NEVER_REUSED,
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    cause_id: Mapped[str] = mapped_column(sa.String(64))
    kind: Mapped[str] = mapped_column(sa.String(30))
    order_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    market_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    recipient: Mapped[str] = mapped_column(sa.String(254))
    subject: Mapped[str] = mapped_column(sa.String(200))
    html: Mapped[str] = mapped_column(sa.Text)
    text: Mapped[str] = mapped_column(sa.Text)
    state: Mapped[str] = mapped_column(sa.String(10))
    tries: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    answer: Mapped[str | None] = mapped_column(sa.String(300))
    next_try_at: Mapped[int | None] = mapped_column(sa.BigInteger)
    queued_at: Mapped[datetime] = mapped_column(Instant)
    sent_at: Mapped[datetime | None] = mapped_column(Instant)
