"""An import taken back as one, batch by batch: changed products as they were, but for what somebody changed since; products
that it made gone, but for those that were ordered; what it booked corrected in the ledger."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from webapp.accounts import audit
from webapp.accounts.audit import Change
from webapp.console.imports import decide, job
from webapp.console.imports import models as m
from webapp.console.imports.applying import Applying, actor_of, batch_of, by_step, settle
from webapp.db import Row, among, execute, fetch, from_json, transact
from webapp.inventory import batches as stocks
from webapp.inventory.batches import Move
from webapp.outbox import Cause
from webapp.products import batches as products
from webapp.products import commands


class Undoing:
    """Undoes on from where the rows say. `step` does one batch and returns whether there is more to do."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self._cause = Cause(row["traceparent"])
        self._applying = Applying(row)

    def step(self) -> bool:
        """One batch, in a transaction of its own."""
        return transact(self._batch)

    def _batch(self) -> bool:
        found = batch_of(self._row["id"], m.TO_UNDO)
        job.hold(self._row)
        if not found:
            counts = by_step(self._row["id"])
            job.finish(self._row, m.UNDONE, {"back": counts.get(m.BACK, 0), "kept": counts.get(m.KEPT, 0)})
            return False
        # Products before inventories, each in id order, as everybody locks them.
        present = products.lock(self._row["market_id"], [row["product_id"] for row in found])
        ordered = _ordered([row["product_id"] for row in found if row["verdict"] == decide.NEW])
        kept: dict[int, list[str]] = {row["number"]: [] for row in found}
        self._restore(found, present, kept)
        made = [row for row in found if row["verdict"] == decide.NEW and row["product_id"] in present]
        for row in made:
            if row["product_id"] in ordered:
                kept[row["number"]].append("It was ordered, so it stays, and its stock with it.")
        self._correct([row for row in found if row["product_id"] in present and row["product_id"] not in ordered], kept)
        self._delete([row["product_id"] for row in made if row["product_id"] not in ordered])
        settle(self._row["id"], [_result(row["number"], kept[row["number"]]) for row in found])
        execute("UPDATE imports SET done = done + :more WHERE id = :id", more=len(found), id=self._row["id"])
        return True

    def _restore(self, found: Sequence[Row], present: dict[int, Row], kept: dict[int, list[str]]) -> None:
        wanted: dict[int, Row] = {}
        for row in found:
            if row["product_id"] not in present:
                if row["verdict"] == decide.CHANGED:
                    kept[row["number"]].append("It was deleted since.")
            elif row["verdict"] == decide.CHANGED and row["written"]:
                wanted[row["product_id"]], others = decide.back(from_json(row["changes"]), present[row["product_id"]])
                if others:
                    kept[row["number"]].append(
                        f"Changed since and left so: {', '.join(decide.WORDS[name] for name in others)}."
                    )
        self._applying.audit_updates(products.update(present, wanted, self._cause), wanted)

    def _correct(self, found: Sequence[Row], kept: dict[int, list[str]]) -> None:
        booked = [row for row in found if row["delta"]]
        before = stocks.lock(self._row["market_id"], [row["product_id"] for row in booked])
        moves = []
        for row in booked:
            if why := stocks.refusal(before[row["product_id"]], -row["delta"]):
                kept[row["number"]].append(f"Its stock stays: {why}")
            else:
                moves.append(Move(row["product_id"], -row["delta"], "correction"))
        self._applying.move(before, moves, f"Import {self._row['id']} undone: {self._row['filename']}")

    def _delete(self, product_ids: Sequence[int]) -> None:
        if not product_ids:
            return
        gone = commands.delete(self._row["market_id"], product_ids, self._cause)
        audit.record_all(
            [
                Change("product.delete", "product", row["id"], {name: row[name] for name in ("sku", "name", "price_minor", "status", "version")},
                       {"import": self._row["id"]}, self._row["market_id"])
                for row in gone
            ],
            actor=actor_of(self._row),
        )  # fmt: skip


def _ordered(product_ids: Sequence[int]) -> set[int]:
    found = fetch(
        f"SELECT DISTINCT product_id FROM order_items WHERE {among('product_id', 'asked')}",
        asked=product_ids,
    )
    return {row["product_id"] for row in found}


def _result(number: int, kept: Sequence[str]) -> dict[str, Any]:
    return {"number": number, "step": m.KEPT if kept else m.BACK, "outcome": " ".join(kept)[:600]}
