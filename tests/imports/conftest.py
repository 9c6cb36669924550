"""Files of our own in the formats that shops export, and the job driven by hand until it rests."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from flask import Flask

from tests.console.conftest import Desk, Trade, outsider, owner, trade
from tests.people import SAME_ORIGIN, People
from webapp.accounts.actor import Actor
from webapp.console.imports import commands, intake, queries
from webapp.console.imports import models as m
from webapp.db import Row, db, fetch, transact
from webapp.outbox import fresh_cause
from workers import importing
from workers.draining import Pump

__all__ = ["Desk", "Trade", "outsider", "owner", "trade"]

OURS = "SKU,Name,Description,Maker,Category,Price,Currency,Status,On hand"

SHOPIFY_HEADER = (
    "Handle", "Title", "Body (HTML)", "Vendor", "Type", "Tags", "Published", "Option1 Name", "Option1 Value", "Variant SKU",
    "Variant Inventory Qty", "Variant Price", "Image Src", "Gift Card",
)  # fmt: skip

POTS: Sequence[Mapping[str, str]] = (
    {"Handle": "clay-pot", "Title": "Clay pot", "Body (HTML)": "<p>Thrown &amp; fired.</p><script>alert(1)</script><ul><li>Round</li></ul>",
     "Vendor": "Kiln", "Type": "Garden", "Published": "true", "Option1 Name": "Size", "Option1 Value": "Small", "Variant Inventory Qty": "1",
     "Variant Price": "9.99", "Image Src": "https://pictures.invalid/pot.jpg"},
    {"Handle": "clay-pot", "Option1 Value": "Large", "Variant Inventory Qty": "3", "Variant Price": "15.99"},
    {"Handle": "clay-pot", "Image Src": "https://pictures.invalid/pot-2.jpg"},
    {"Handle": "lamp", "Title": "Copper lamp", "Vendor": "Kiln", "Type": "Indoor", "Published": "false", "Option1 Name": "Title",
     "Option1 Value": "Default Title", "Variant SKU": "LAMP-1", "Variant Inventory Qty": "0", "Variant Price": "59"},
)  # fmt: skip


def shopify(rows: Sequence[Mapping[str, str]] = POTS) -> str:
    """A file as Shopify exports it."""
    written = io.StringIO()
    writer = csv.DictWriter(written, SHOPIFY_HEADER, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue()


def ours(*lines: str) -> str:
    """A file with the header of our own export."""
    return "\n".join([OURS, *lines]) + "\n"


class Job:
    """Imports of a market by hand, as the console and the workers do them."""

    def __init__(self, app: Flask, people: People) -> None:
        self.app, self.people = app, people
        self.market_id = people.owner.market_id
        self.actor = Actor(people.owner.id, None, people.owner.email)

    def upload(self, text: str | bytes, filename: str = "goods.csv", market_id: int | None = None) -> int:
        """Take a file in and let it be read."""
        data = text.encode() if isinstance(text, str) else text
        with self.app.app_context():
            import_id = intake.take(io.BytesIO(data), filename, market_id or self.market_id, self.actor, fresh_cause())
            db.session.remove()
        self.work(import_id)
        return import_id

    def apply(self, import_id: int, leave_errors: bool = False) -> Row:
        """Apply it, to its end."""
        with self.app.app_context():
            transact(lambda: commands.apply(self.market_id, import_id, self.actor, leave_errors))
            db.session.remove()
        return self.work(import_id)

    def undo(self, import_id: int) -> Row:
        """Undo it, to its end."""
        with self.app.app_context():
            transact(lambda: commands.undo(self.market_id, import_id, self.actor))
            db.session.remove()
        return self.work(import_id)

    def work(self, import_id: int) -> Row:
        """Let everybody work until the import rests."""
        with self.app.app_context():
            pump = Pump()
            row = queries.row(import_id)
            for _ in range(50):
                pump.drain()
                importing.work(import_id)
                row = queries.row(import_id)
                if row["status"] not in m.WORKED_ON:
                    break
            pump.drain()
            pump.close()
            db.session.remove()
        assert row["status"] not in m.WORKED_ON, row
        return row

    def row(self, import_id: int) -> Row:
        """The import."""
        with self.app.app_context():
            found = queries.row(import_id)
            db.session.remove()
        return found

    def counts(self, import_id: int) -> dict[str, int]:
        """Its figures, those that are not nought."""
        return {name: count for name, count in queries.counts(self.row(import_id)).items() if count}

    def rows(self, import_id: int, verdict: str) -> list[Row]:
        """Its rows of a verdict."""
        with self.app.app_context():
            found = queries.rows_of(import_id, verdict, 1000)
            db.session.remove()
        return found

    def said(self, import_id: int, verdict: str = "error") -> list[str]:
        """What is said of these rows: row, column and message in one line."""
        found = self.rows(import_id, verdict)
        return [f"{row['line']}: {queries.said(row)}" for row in found]

    def products(self, market_id: int | None = None) -> dict[str, dict[str, Any]]:
        """The market's products by SKU, with what is on hand."""
        with self.app.app_context():
            found = fetch(
                "SELECT p.*, i.on_hand FROM products p LEFT JOIN inventories i ON i.product_id = p.id"
                " WHERE p.market_id = :market_id AND p.deleted_at IS NULL ORDER BY p.id",
                market_id=market_id or self.market_id,
            )
            db.session.remove()
        return {row["sku"]: dict(row) for row in found}


@pytest.fixture
def job(app: Flask, people: People) -> Job:
    """The imports of alder-lane."""
    return Job(app, people)


def send(desk: Desk, text: str | bytes, filename: str = "goods.csv") -> Any:
    """Upload a file by the page's form."""
    data = text.encode() if isinstance(text, str) else text
    return desk.client.post(
        "/console/imports",
        data={"file": (io.BytesIO(data), filename)},
        headers=SAME_ORIGIN,
        content_type="multipart/form-data",
    )
