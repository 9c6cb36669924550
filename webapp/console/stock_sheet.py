"""A counting sheet: read from a CSV, judged row by row against what is there now, and taken over where nothing speaks
against it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

from webapp.accounts import audit
from webapp.accounts.actor import Actor
from webapp.console.imports.formulas import unquoted
from webapp.console.imports.records import Place, records
from webapp.console.imports.sniffing import Sniffer
from webapp.db import Row, among, fetch, transact
from webapp.errors import FieldError, Invalid
from webapp.inventory import batches
from webapp.inventory.models import COUNT, REASONS
from webapp.outbox import Cause

HEADER = ("SKU", "Product", "Expected", "Counted", "Reason")
MOST_ROWS = 5000
CHUNK = 200
MOST_DIGITS = 12

Verdict = Literal["change", "same", "blank", "stale", "error"]


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a sheet as it was written: `line` counts from 1 as a spreadsheet does; texts are as typed. `earlier` is the
    line that names the same SKU already, or 0."""

    line: int
    sku: str
    expected: str
    counted: str
    reason: str
    earlier: int = 0


@dataclass(frozen=True, slots=True)
class Judged:
    """A row beside what is there: what it would do, or why not."""

    line: Line
    verdict: Verdict
    says: str = ""
    product_id: int = 0
    name: str = ""
    on_hand: int = 0
    counted: int = 0
    reason: str = COUNT

    @property
    def delta(self) -> int:
        """By how much the stock changes."""
        return self.counted - self.on_hand


def read(data: bytes) -> list[Line]:
    """The rows of a file. Raises Invalid for one that is no CSV, lacks the columns SKU and Counted, or is too long."""
    sniffer = Sniffer()
    sniffer.feed(data)
    form = sniffer.form()
    found: Iterator[tuple[list[str], int]] = (
        (record.cells, record.line)
        for record in records(lambda offset: iter([data[offset:]]), form, Place(form.start, 1))
    )
    header = [cell.strip().lower() for cell in next(found, ([], 0))[0]]
    places = {name: header.index(name) for name in ("sku", "expected", "counted", "reason") if name in header}
    if missing := [name for name in ("SKU", "Counted") if name.lower() not in places]:
        raise _refused(
            f"The first row must name the columns SKU and Counted; {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} not there."
        )
    lines: list[Line] = []
    seen: dict[str, int] = {}
    for cells, number in found:
        if len(lines) == MOST_ROWS:
            raise _refused(f"A sheet has at most {MOST_ROWS:,} rows. Split it and upload its parts.")
        said = {name: unquoted(cells[at]).strip()[:200] if at < len(cells) else "" for name, at in places.items()}
        sku = said["sku"]
        lines.append(
            Line(
                number, sku, said.get("expected", ""), said["counted"], said.get("reason", "").lower(), seen.get(sku, 0)
            )
        )
        seen.setdefault(sku, number)
    if not lines:
        raise _refused("There is no row below the first.")
    return lines


def judge(lines: Sequence[Line], stocks: Mapping[str, Row]) -> list[Judged]:
    """What each row would do, by the stocks as they are now, by SKU."""
    return [_judge(line, stocks.get(line.sku)) for line in lines]


def stocks_of(market_id: int, skus: Sequence[str]) -> dict[str, Row]:
    """The stocks of the market's products with these SKUs: product_id, name, on_hand, reserved."""
    found = fetch(
        "SELECT p.sku, p.name, i.product_id, i.on_hand, i.reserved FROM products p JOIN inventories i ON i.product_id = p.id"
        " WHERE p.market_id = :market_id AND p.deleted_at IS NULL AND i.deleted_at IS NULL"
        f" AND {among('p.sku', 'asked', 'text')}",
        market_id=market_id,
        asked=set(skus),
    )
    return {row["sku"]: row for row in found}


def take_over(market_id: int, lines: Sequence[Line], cause: Cause, email: str, actor: Actor) -> list[Judged]:
    """Change the stocks of those rows that nothing speaks against, and return what became of each row. A few hundred at a
    time are judged under their locks and changed together; who sends a sheet twice changes nothing the second time."""
    judged: list[Judged] = []
    for start in range(0, len(lines), CHUNK):
        chunk = lines[start : start + CHUNK]
        judged += transact(partial(_take, market_id, chunk, cause, email, actor))
    return judged


def _take(market_id: int, lines: Sequence[Line], cause: Cause, email: str, actor: Actor) -> list[Judged]:
    known = stocks_of(market_id, [line.sku for line in lines])
    before = batches.lock(market_id, [row["product_id"] for row in known.values()])
    # What was read before the locks may be of yesterday; the figures under them are not, and what was deleted meanwhile is not there.
    now = {
        sku: {**row, **{name: figures[name] for name in ("on_hand", "reserved")}}
        for sku, row in known.items()
        if (figures := before[row["product_id"]])["deleted_at"] is None
    }
    judged = judge(lines, now)
    changes = [row for row in judged if row.verdict == "change"]
    after = batches.move(
        before,
        [batches.Move(row.product_id, row.delta, row.reason) for row in changes],
        None,
        "counting sheet",
        email,
        cause,
    )
    audit.record_all(
        [
            audit.Change(
                "stock.count", "inventory", row.product_id, {"on_hand": row.on_hand},
                {"on_hand": after[row.product_id]["on_hand"], "delta": row.delta, "reason": row.reason}, market_id,
            )
            for row in changes
        ],
        actor=actor,
    )  # fmt: skip
    return judged


def _judge(line: Line, stock: Row | None) -> Judged:
    if stock is None:
        return Judged(line, "error", "No product here has this SKU." if line.sku else "There is no SKU in this row.")
    there = Judged(line, "blank", "Not counted.", stock["product_id"], stock["name"], stock["on_hand"])
    if wrong := _wrong(line):
        return replace(there, verdict="error", says=wrong)
    if not line.counted:
        return there
    counted, on_hand = int(line.counted), stock["on_hand"]
    if counted == on_hand:
        return replace(there, verdict="same", says="", counted=counted)
    if line.expected and int(line.expected) != on_hand:
        says = f"Was {int(line.expected):,}, is now {on_hand:,}. Count it again."
        return replace(there, verdict="stale", says=says)
    if says := batches.refusal(stock, counted - on_hand):
        return replace(there, verdict="error", says=says)
    return replace(there, verdict="change", says="", counted=counted, reason=line.reason or COUNT)


def _wrong(line: Line) -> str:
    """What is wrong with a row, whatever the stock is; empty when nothing is."""
    if line.earlier:
        return f"This SKU stands in row {line.earlier} already."
    for word, text in (("Counted", line.counted), ("Expected", line.expected)):
        if text and not _whole(text):
            return f"{word} must be a whole number, 0 or more."
    if line.reason and line.reason not in REASONS:
        return f"The reason must be one of {', '.join(REASONS)}."
    return ""


def _whole(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS + 1


def _refused(message: str) -> Invalid:
    return Invalid(message, FieldError("file", "unreadable", message))
