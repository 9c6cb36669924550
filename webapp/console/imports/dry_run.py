"""The dry run: the file read batch by batch, each row compared with the market as it is, and every cell that would be
different kept with what it was. It can go on from any batch, on any machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import count
from typing import Any

from webapp.console.imports import decide, job
from webapp.console.imports import models as m
from webapp.console.imports.commands import columns_of
from webapp.console.imports.intake import PIECE_BYTES
from webapp.console.imports.records import Place, Record, Unreadable, records
from webapp.console.imports.rows import Group, Problem, Wanted, read
from webapp.console.imports.sniffing import Form
from webapp.db import Row, among, execute, fetch, from_json, insert, rows, transact

BATCH_ROWS = 500
BATCH_SIGNS = 1_000_000
"""Characters in one batch, so that long descriptions cost no more memory than short ones."""

MOST_ROWS = 250_000


class DryRun:
    """Reads on from where the import's row says. `step` does one batch and returns whether there is more to do."""

    def __init__(self, row: Row) -> None:
        self._row = row
        self._columns = columns_of(row)
        place = from_json(row["place"])
        self._number = int(place["number"])
        self._group = Group(**place["group"])
        self._place = Place(place["offset"], place["line"])
        self._records = records(
            lambda offset: pieces(row["id"], offset), form_of(row), self._place, self._columns.header
        )
        self._currency: str = fetch("SELECT currency FROM markets WHERE id = :id", id=row["market_id"])[0]["currency"]

    def step(self) -> bool:
        """One batch, in a transaction of its own."""
        try:
            batch = self._next()
        except Unreadable as error:
            said = error.detail
            transact(lambda: self._refuse(said))
            return False
        if not batch:
            transact(self._finish)
            return False
        began = self._number
        read_rows = [(record, read(record.cells, self._columns, self._group, self._currency)) for record in batch]
        self._number += len(batch)
        self._place = batch[-1].following
        if self._number > MOST_ROWS:
            said = f"This file has more than {MOST_ROWS:,} rows. Split it and upload its parts."
            transact(lambda: self._refuse(said))
            return False
        transact(lambda: self._write(began, read_rows))
        return True

    def _next(self) -> list[Record]:
        batch: list[Record] = []
        signs = 0
        for record in self._records:
            batch.append(record)
            signs += sum(map(len, record.cells))
            if len(batch) >= BATCH_ROWS or signs >= BATCH_SIGNS:
                break
        return batch

    def _write(self, began: int, read_rows: Sequence[tuple[Record, Wanted]]) -> None:
        place = {
            "offset": self._place.offset,
            "line": self._place.line,
            "number": self._number,
            "group": asdict(self._group),
        }
        job.hold(self._row, place=place, rows=self._number)
        present = _present(
            self._row["market_id"], [wanted.sku for _, wanted in read_rows if wanted.sku and not wanted.problems]
        )
        insert(
            "import_rows",
            [
                {"import_id": self._row["id"], "number": number, "line": record.line, **self._judged(wanted, present.get(wanted.sku))}
                for number, (record, wanted) in enumerate(read_rows, began + 1)
            ],
            import_id="bigint", number="bigint", line="bigint", sku="text", name="text", verdict="text", changes="text", problems="text",
            note="text", product_id="bigint", step="bigint",
        )  # fmt: skip

    def _judged(self, wanted: Wanted, present: Row | None) -> dict[str, Any]:
        changes: Mapping[str, Any] = {}
        if wanted.only_picture:
            verdict = decide.SKIPPED
        else:
            lacks = "" if wanted.problems else decide.missing(wanted.fields, present)
            if lacks:
                column = self._columns.name("price" if lacks == "price_minor" else lacks)
                wanted.problems.append(Problem(column, "A new product needs this."))
            verdict, changes = (decide.ERROR, {}) if wanted.problems else decide.compare(wanted.fields, present)
        if not wanted.note and verdict == decide.SKIPPED:
            wanted.note = "Nothing is different."
        step = {decide.SKIPPED: m.ROW_DONE, decide.ERROR: m.LEFT}.get(verdict, m.TO_DO)
        name = str(wanted.fields.get("name") or (present or {}).get("name") or "")[:200]
        return {
            "sku": wanted.sku or None, "name": _kept(name), "verdict": verdict, "changes": dict(changes), "note": wanted.note, "step": step,
            "problems": [asdict(problem) for problem in wanted.problems], "product_id": present["id"] if present else None,
        }  # fmt: skip

    def _finish(self) -> None:
        job.hold(self._row)
        _refuse_repeated(self._row["id"], self._columns.name("sku"))
        job.finish(self._row, m.READY, verdicts(self._row["id"]))

    def _refuse(self, problem: str) -> None:
        job.hold(self._row)
        execute("DELETE FROM import_rows WHERE import_id = :id", id=self._row["id"])
        job.finish(self._row, m.REFUSED, {}, problem)


def pieces(import_id: int, offset: int) -> Iterator[bytes]:
    """The bytes of an import's file from an offset on, a piece at a time."""
    first, within = divmod(offset, PIECE_BYTES)
    for number in count(first):
        found = fetch(
            "SELECT data FROM import_pieces WHERE import_id = :import_id AND number = :number",
            import_id=import_id,
            number=number,
        )
        if not found:
            return
        yield bytes(found[0]["data"])[within if number == first else 0 :]


def form_of(row: Row) -> Form:
    """How an import's file is written."""
    kept = from_json(row["form"])
    return Form(kept["encoding"], kept["start"], kept["newline"], kept["delimiter"])


def verdicts(import_id: int) -> dict[str, int]:
    """How many rows there are by verdict."""
    found = fetch(
        "SELECT verdict, count(*) AS rows FROM import_rows WHERE import_id = :id GROUP BY verdict", id=import_id
    )
    return {**dict.fromkeys(decide.VERDICTS, 0), **{row["verdict"]: row["rows"] for row in found}}


def _present(market_id: int, skus: Sequence[str]) -> dict[str, Row]:
    found = fetch(
        "SELECT p.id, p.sku, p.name, p.description, p.maker, p.category, p.price_minor, p.status, coalesce(i.on_hand, 0) AS stock"
        " FROM products p LEFT JOIN inventories i ON i.product_id = p.id WHERE p.market_id = :market_id AND p.deleted_at IS NULL"
        f" AND {among('p.sku', 'asked', 'text')}",
        market_id=market_id,
        asked=set(skus),
    )
    return {row["sku"]: row for row in found}


def _refuse_repeated(import_id: int, column: str) -> None:
    # Which of two rows of one SKU is meant, nobody can tell: neither is.
    found = fetch(
        "SELECT r.number, r.line, r.sku, d.first, d.last FROM import_rows r JOIN (SELECT sku, min(line) AS first, max(line) AS last"
        " FROM import_rows WHERE import_id = :id AND sku IS NOT NULL GROUP BY sku HAVING count(*) > 1) d ON d.sku = r.sku"
        " WHERE r.import_id = :id",
        id=import_id,
    )
    changes = [
        {"import_id": import_id, "number": row["number"],
         "problems": [{"column": column, "message": f"SKU {row['sku']} is in row {row['last' if row['line'] == row['first'] else 'first']} as well."}]}
        for row in found
    ]  # fmt: skip
    for start in range(0, len(changes), BATCH_ROWS):
        execute(
            "UPDATE import_rows SET verdict = 'error', step = :left, changes = '{}', problems = v.problems"
            f" FROM {rows('v', import_id='bigint', number='bigint', problems='text')}"
            " WHERE import_rows.import_id = v.import_id AND import_rows.number = v.number",
            left=m.LEFT,
            v=changes[start : start + BATCH_ROWS],
        )


def _kept(text: str) -> str:
    # A row with an error may hold what no database keeps; it is only shown.
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")
