"""What the dry run showed, done: products in batches, then their stock as soon as their inventories are made. What is no
longer as the owner saw it is left alone, and its row says so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from webapp.accounts import audit
from webapp.accounts.actor import Actor
from webapp.accounts.audit import Change
from webapp.console.imports import decide, job
from webapp.console.imports import models as m
from webapp.db import Row, among, execute, fetch, from_json, rows, transact
from webapp.errors import Conflict
from webapp.inventory import batches as stocks
from webapp.inventory.batches import Move
from webapp.outbox import Cause
from webapp.products import batches as products
from webapp.products import commands
from webapp.web import money

BATCH_ROWS = 500
RACES = 3


class Applying:
    """Applies on from where the rows say. `step` does one batch of products and one of stock; None means that what is left
    waits for inventories."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self._currency: str = fetch("SELECT currency FROM markets WHERE id = :id", id=row["market_id"])[0]["currency"]
        self._cause = Cause(row["traceparent"])
        self._actor = actor_of(row)

    def step(self) -> bool | None:
        """Two batches at most, each in a transaction of its own."""
        written = again(self._write_products)
        moved = transact(self._write_stock)
        if written or moved:
            return True
        return transact(self._end)

    def _write_products(self) -> int:
        found = batch_of(self._row["id"], m.TO_DO)
        if not found:
            return 0
        job.hold(self._row)
        results = {row["number"]: row for row in found}
        new = [row for row in found if row["verdict"] == decide.NEW]
        done = [*self._create(new), *self._update([row for row in found if row["verdict"] == decide.CHANGED])]
        settle(self._row["id"], done)
        self._count(sum(1 for row in done if row["step"] != m.STOCK_TO_DO))
        return len(results)

    def _create(self, new: Sequence[Row]) -> list[dict[str, Any]]:
        taken = _taken(self._row["market_id"], [row["sku"] for row in new])
        left = [_left(row, "A product with this SKU was made since the dry run.") for row in new if row["sku"] in taken]
        free = [row for row in new if row["sku"] not in taken]
        if not free:
            return left
        wanted = [{name: became for name, (_, became) in from_json(row["changes"]).items()} for row in free]
        made = [
            commands.NewProduct(
                sku=row["sku"], **{name: value for name, value in fields.items() if name != decide.STOCK}
            )
            for row, fields in zip(free, wanted, strict=True)
        ]
        ids = commands.create(self._row["market_id"], self._currency, made, self._cause)
        self._audit(
            Change(
                "product.create",
                "product",
                product_id,
                None,
                {"sku": row["sku"], **fields, "import": self._row["id"]},
                self._row["market_id"],
            )
            for product_id, row, fields in zip(ids, free, wanted, strict=True)
        )
        return left + [
            {"number": row["number"], "product_id": product_id, "written": True,
             "step": m.STOCK_TO_DO if fields.get(decide.STOCK) else m.ROW_DONE}
            for product_id, row, fields in zip(ids, free, wanted, strict=True)
        ]  # fmt: skip

    def _update(self, changed: Sequence[Row]) -> list[dict[str, Any]]:
        present = products.lock(self._row["market_id"], [row["product_id"] for row in changed])
        results: list[dict[str, Any]] = []
        wanted: dict[int, Row] = {}
        for row in changed:
            changes = from_json(row["changes"])
            now = present.get(row["product_id"])
            if now is None or now["sku"] != row["sku"]:
                results.append(_left(row, "This product was deleted, or its SKU changed, since the dry run."))
            elif others := decide.moved(changes, now):
                results.append(_left(row, f"Since the dry run somebody changed: {self._said(others, now)}."))
            else:
                wanted[row["product_id"]] = {
                    name: became for name, (_, became) in changes.items() if name != decide.STOCK
                }
                step = m.STOCK_TO_DO if decide.STOCK in changes else m.ROW_DONE
                results.append({"number": row["number"], "written": bool(wanted[row["product_id"]]), "step": step})
        self.audit_updates(products.update(present, wanted, self._cause), wanted)
        return results

    def _write_stock(self) -> int:
        found = fetch(
            "SELECT r.number, r.product_id, r.verdict, r.changes FROM (SELECT number, product_id, verdict, changes FROM import_rows"
            " WHERE import_id = :id AND step = :step ORDER BY number LIMIT :limit) r"
            " JOIN inventories i ON i.product_id = r.product_id ORDER BY r.number",
            id=self._row["id"], step=m.STOCK_TO_DO, limit=BATCH_ROWS,
        )  # fmt: skip
        if not found:
            return 0
        job.hold(self._row)
        before = stocks.lock(self._row["market_id"], [row["product_id"] for row in found])
        results, moves = [], []
        for row in found:
            was, became = from_json(row["changes"])[decide.STOCK]
            delta, why = _delta(before[row["product_id"]], was or 0, became)
            if why:
                results.append({"number": row["number"], "step": m.LEFT, "outcome": f"Its stock was left: {why}"})
                continue
            results.append({"number": row["number"], "step": m.ROW_DONE, "delta": delta})
            if delta:
                moves.append(Move(row["product_id"], delta, "received" if row["verdict"] == decide.NEW else "count"))
        self.move(before, moves, f"Import {self._row['id']}: {self._row['filename']}")
        settle(self._row["id"], results)
        self._count(len(found))
        return len(found)

    def move(self, before: Mapping[int, Row], moves: Sequence[Move], note: str) -> None:
        """Move stocks as this import, with an audit row for each."""
        after = stocks.move(before, moves, self._row["id"], note[:500], self._row["actor"], self._cause)
        self._audit(
            Change("stock.adjust", "inventory", product_id, {"on_hand": before[product_id]["on_hand"]},
                   {"on_hand": figures["on_hand"], "import": self._row["id"]}, self._row["market_id"])
            for product_id, figures in after.items()
        )  # fmt: skip

    def audit_updates(self, pairs: Sequence[tuple[Row, Row]], wanted: Mapping[int, Row]) -> None:
        """Write down what of each product is different."""
        changes = []
        for was, became in pairs:
            names = [name for name in wanted[was["id"]] if was[name] != became[name]]
            after = {**{name: became[name] for name in names}, "import": self._row["id"]}
            changes.append(
                Change(
                    "product.update",
                    "product",
                    was["id"],
                    {name: was[name] for name in names},
                    after,
                    self._row["market_id"],
                )
            )
        self._audit(changes)

    def _audit(self, changes: Any) -> None:
        if written := list(changes):
            audit.record_all(written, actor=self._actor)

    def _count(self, more: int) -> None:
        execute("UPDATE imports SET done = done + :more WHERE id = :id", more=more, id=self._row["id"])

    def _said(self, names: Sequence[str], now: Row) -> str:
        said = {**now, "price_minor": money.decimal_text(now["price_minor"], self._currency)}
        return ", ".join(f"{decide.WORDS[name]} is “{str(said[name])[:60]}” now" for name in names)

    def _end(self) -> bool | None:
        job.hold(self._row)
        counts = by_step(self._row["id"])
        if counts.get(m.STOCK_TO_DO) or counts.get(m.TO_DO):
            return None
        [left] = fetch(
            "SELECT count(*) AS rows FROM import_rows WHERE import_id = :id AND step = :left AND verdict <> 'error'",
            id=self._row["id"], left=m.LEFT,
        )  # fmt: skip
        job.finish(self._row, m.DONE, {"left": left["rows"]})
        return False


def actor_of(row: Row) -> Actor:
    """Whoever uploaded the file: all that the import does is done in their name."""
    return Actor(row["person_id"], row["token_id"], row["actor"], row["address"])


def again(batch: Any) -> int:
    """A batch in a transaction, once more when somebody took a SKU between its look and its insert."""
    for attempt in range(1, RACES + 1):
        try:
            return int(transact(batch))
        except Conflict as error:
            if error.kind != "duplicate-sku" or attempt == RACES:
                raise
    raise AssertionError("the loop returns or raises")


def batch_of(import_id: int, step: int) -> list[Row]:
    """The next rows that are so far."""
    return fetch(
        "SELECT number, sku, verdict, changes, product_id, written, delta FROM import_rows WHERE import_id = :id AND step = :step"
        " ORDER BY number LIMIT :limit",
        id=import_id, step=step, limit=BATCH_ROWS,
    )  # fmt: skip


def settle(import_id: int, results: Sequence[Mapping[str, Any]]) -> None:
    """Write what became of rows; what a result does not name stays."""
    # The import's id travels with every row: given once beside them, SQLite would read all rows of the import for each batch.
    columns = {
        "import_id": "bigint", "number": "bigint", "step": "bigint", "product_id": "bigint", "written": "bigint", "delta": "bigint",
        "outcome": "text",
    }  # fmt: skip
    execute(
        "UPDATE import_rows SET step = v.step, product_id = coalesce(v.product_id, import_rows.product_id),"
        " written = CASE WHEN v.written = 1 THEN :yes ELSE import_rows.written END, delta = coalesce(v.delta, import_rows.delta),"
        f" outcome = coalesce(v.outcome, import_rows.outcome) FROM {rows('v', **columns)}"
        " WHERE import_rows.import_id = v.import_id AND import_rows.number = v.number",
        yes=True,
        v=[{**result, "import_id": import_id, "written": 1 if result.get("written") else 0} for result in results],
    )


def by_step(import_id: int) -> dict[int, int]:
    """How many rows are how far."""
    found = fetch("SELECT step, count(*) AS rows FROM import_rows WHERE import_id = :id GROUP BY step", id=import_id)
    return {row["step"]: row["rows"] for row in found}


def _taken(market_id: int, skus: Sequence[str]) -> set[str]:
    found = fetch(
        "SELECT sku FROM products WHERE market_id = :market_id AND deleted_at IS NULL"
        f" AND {among('sku', 'asked', 'text')}",
        market_id=market_id,
        asked=skus,
    )
    return {row["sku"] for row in found}


def _left(row: Row, why: str) -> dict[str, Any]:
    return {"number": row["number"], "step": m.LEFT, "outcome": why[:600]}


def _delta(figures: Row, was: int, became: int) -> tuple[int, str]:
    if figures["deleted_at"] is not None:
        return 0, "the product was deleted meanwhile."
    if figures["on_hand"] != was:
        return 0, f"there were {was:,} in the dry run, and there are {figures['on_hand']:,} now."
    return became - was, stocks.refusal(figures, became - was)
