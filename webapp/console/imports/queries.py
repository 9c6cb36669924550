"""Reads of imports. Pages always go through the market; what a worker or the command asks for it has an id of already."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from webapp.console.imports import models as m
from webapp.console.imports.decide import VERDICTS
from webapp.db import Row, among, fetch, from_json
from webapp.errors import NotFound

FIELDS = "number, line, sku, name, verdict, changes, problems, note, product_id, step, written, delta, outcome"


def row(import_id: int) -> Row:
    """An import. Raises NotFound."""
    found = fetch("SELECT * FROM imports WHERE id = :id", id=import_id)
    if not found:
        raise NotFound("there is no such import")
    return found[0]


def import_of(market_id: int, import_id: int) -> Row:
    """An import of the market. Raises NotFound."""
    found = fetch("SELECT * FROM imports WHERE id = :id AND market_id = :market_id", id=import_id, market_id=market_id)
    if not found:
        raise NotFound("there is no such import in this market")
    return found[0]


def newest(market_id: int, limit: int, before_id: int | None = None) -> list[Row]:
    """The market's imports, newest first, without those that were given up before they changed anything; `limit` + 1 of them."""
    return fetch(
        "SELECT i.*, p.name AS who FROM imports i LEFT JOIN people p ON p.id = i.person_id WHERE i.market_id = :market_id"
        " AND i.status NOT IN ('discarded', 'uploading')"
        + (" AND i.id < :before_id" if before_id is not None else "")
        + " ORDER BY i.id DESC LIMIT :limit",
        market_id=market_id, limit=limit + 1, **({} if before_id is None else {"before_id": before_id}),
    )  # fmt: skip


def counts(found: Row) -> dict[str, int]:
    """The figures of an import: its rows by verdict, and how many were left, taken back and kept; `unstocked` are products that
    were written before the import was stopped, and their stock was not."""
    return {
        **dict.fromkeys((*VERDICTS, "left", "back", "kept", "to_undo", "unstocked"), 0),
        **from_json(found["counts"]),
    }


def share(found: Row) -> float:
    """How much of the work under way is done, from 0 to 1."""
    figures = counts(found)
    if found["status"] in (m.WAITING, m.READING):
        return min(float(from_json(found["place"]).get("offset", 0)) / max(int(found["bytes"]), 1), 1.0)
    whole = figures["to_undo"] if found["status"] == m.UNDOING else figures["new"] + figures["changed"]
    return min(float(found["done"]) / max(whole, 1), 1.0)


def rows_of(import_id: int, verdict: str, limit: int, after: int = 0, before: int | None = None) -> list[Row]:
    """Rows of one verdict (`left` and `kept` are those with something to say afterwards), in the order of the file, `limit` + 1
    of them after a row, or before one."""
    which = {
        "left": "step = 3 AND verdict <> 'error'",
        "kept": "step = 5",
    }.get(verdict, "verdict = :verdict")
    given: dict[str, Any] = {"verdict": verdict} if ":verdict" in which else {}
    where = "number < :edge ORDER BY number DESC" if before is not None else "number > :edge ORDER BY number"
    found = fetch(
        f"SELECT {FIELDS} FROM import_rows WHERE import_id = :id AND {which} AND {where} LIMIT :limit",
        id=import_id, edge=after if before is None else before, limit=limit + 1, **given,
    )  # fmt: skip
    return [readable(one) for one in found]


def errors(import_id: int, limit: int) -> list[Row]:
    """The first rows with errors."""
    return rows_of(import_id, "error", limit)[:limit]


def left(import_id: int, limit: int) -> list[Row]:
    """The first rows that were left as they were, or in part."""
    return rows_of(import_id, "left", limit)[:limit]


def messages(import_id: int, numbers: Sequence[int]) -> dict[int, str]:
    """What is to be said of these rows of the file in its error file, by number; those with nothing are not in it."""
    found = fetch(
        "SELECT number, verdict, problems, step, outcome FROM import_rows WHERE import_id = :id"
        f" AND {among('number', 'asked')} AND (verdict = 'error' OR step IN (3, 5))",
        id=import_id, asked=numbers,
    )  # fmt: skip
    return {one["number"]: said(readable(one)) for one in found}


def said(one: Mapping[str, Any]) -> str:
    """A row's problems, or what became of it, in one line."""
    problems = [f"{p['column']}: {p['message']}" if p["column"] else p["message"] for p in one["problems"]]
    return " ".join(problems) or str(one["outcome"])


def readable(one: Row) -> Row:
    """A row with its JSON read."""
    kept = dict(one)
    for name in ("changes", "problems"):
        if name in kept:
            kept[name] = from_json(kept[name])
    return kept
