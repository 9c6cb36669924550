"""An import of products: the job, its file in pieces, and one row per record of the file.

The file is kept in the database and not on a disk, because the process that takes it in and the one that works on it may
run on different machines; a piece at a time is read, so that nobody ever holds all of it.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from webapp.db import NEVER_REUSED, Base, BigId

UPLOADING, WAITING, READING, READY, REFUSED = "uploading", "waiting", "reading", "ready", "refused"
APPLYING, DONE, CANCELLED, DISCARDED = "applying", "done", "cancelled", "discarded"
UNDOING, UNDONE = "undoing", "undone"
STATUSES = (UPLOADING, WAITING, READING, READY, REFUSED, APPLYING, DONE, CANCELLED, DISCARDED, UNDOING, UNDONE)
WORKED_ON = (WAITING, READING, APPLYING, UNDOING)
"""The statuses in which a worker has something to do."""

TO_DO, STOCK_TO_DO, ROW_DONE, LEFT, BACK, KEPT, TO_UNDO = range(7)
"""How far a row is: nothing written; its product is, its stock not yet; all; left as it was, with the reason in `outcome`;
taken back by the undo; kept by it, wholly or in part, with the reason; waiting to be taken back."""


class Import(Base):
    """A file of products on its way into a market. `held_until` and `holder` are the lease of who works on it, `due_at` is
    when a timer asks for that again; `version` rises with everything that its page shows."""

    __tablename__ = "imports"
    __table_args__ = (
        sa.Index("ix_imports_market", "market_id", "id"),
        sa.Index("ix_imports_due", "due_at", postgresql_where=sa.text("due_at IS NOT NULL"), sqlite_where=sa.text("due_at IS NOT NULL")),
        sa.CheckConstraint(f"status IN ({', '.join(repr(status) for status in STATUSES)})", name="status"),
        NEVER_REUSED,
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    market_id: Mapped[int] = mapped_column(sa.ForeignKey("markets.id"))
    person_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    token_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    actor: Mapped[str] = mapped_column(sa.String(254))
    address: Mapped[str] = mapped_column(sa.String(64), server_default="")
    filename: Mapped[str] = mapped_column(sa.String(200))
    bytes: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    form: Mapped[str] = mapped_column(sa.Text, server_default="{}")
    columns: Mapped[str] = mapped_column(sa.Text, server_default="{}")
    place: Mapped[str] = mapped_column(sa.Text, server_default="{}")
    status: Mapped[str] = mapped_column(sa.String(10))
    problem: Mapped[str | None] = mapped_column(sa.Text)
    rows: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    done: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    counts: Mapped[str] = mapped_column(sa.Text, server_default="{}")
    traceparent: Mapped[str] = mapped_column(sa.String(55))
    version: Mapped[int] = mapped_column(sa.BigInteger, server_default="1")
    holder: Mapped[str | None] = mapped_column(sa.String(40))
    held_until: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    due_at: Mapped[int | None] = mapped_column(sa.BigInteger)
    created_at: Mapped[int] = mapped_column(sa.BigInteger)
    updated_at: Mapped[int] = mapped_column(sa.BigInteger)


class ImportPiece(Base):
    """A piece of an import's file; all but the last are of one length."""

    __tablename__ = "import_pieces"

    import_id: Mapped[int] = mapped_column(sa.ForeignKey("imports.id"), primary_key=True)
    number: Mapped[int] = mapped_column(sa.Integer, primary_key=True)
    data: Mapped[bytes] = mapped_column(sa.LargeBinary)


class ImportRow(Base):
    """One record of the file: where it stands (`line`), the product that it names, the verdict of the dry run with the cells
    that would be different (`changes`), and what became of it. `delta` is how many pieces were booked for it."""

    __tablename__ = "import_rows"
    __table_args__ = (
        sa.Index("ix_import_rows_sku", "import_id", "sku"),
        sa.Index("ix_import_rows_verdict", "import_id", "verdict", "number"),
        sa.Index("ix_import_rows_step", "import_id", "step", "number"),
        sa.CheckConstraint("verdict IN ('new', 'changed', 'skipped', 'error')", name="verdict"),
    )

    import_id: Mapped[int] = mapped_column(sa.ForeignKey("imports.id"), primary_key=True)
    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True)
    line: Mapped[int] = mapped_column(sa.BigInteger)
    sku: Mapped[str | None] = mapped_column(sa.String(64))
    name: Mapped[str | None] = mapped_column(sa.String(200))
    verdict: Mapped[str] = mapped_column(sa.String(10))
    changes: Mapped[str] = mapped_column(sa.Text, server_default="{}")
    problems: Mapped[str] = mapped_column(sa.Text, server_default="[]")
    note: Mapped[str] = mapped_column(sa.String(600), server_default="")
    product_id: Mapped[int | None] = mapped_column(sa.BigInteger)
    step: Mapped[int] = mapped_column(sa.Integer, server_default="0")
    written: Mapped[bool] = mapped_column(server_default=sa.false())
    delta: Mapped[int | None] = mapped_column(sa.BigInteger)
    outcome: Mapped[str] = mapped_column(sa.String(600), server_default="")
