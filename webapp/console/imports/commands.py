"""What people do with an import: begin it, say what its columns mean, apply, cancel, undo. Each is one step of its status, by
a conditional UPDATE whose row count is the answer; a worker that is in the middle of something notices at its next batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from webapp import clock, live, outbox
from webapp.accounts import audit
from webapp.accounts.actor import Actor
from webapp.console.imports import columns as c
from webapp.console.imports import models as m
from webapp.console.imports.columns import Columns
from webapp.db import Row, as_json, execute, fetch, from_json, insert, locked
from webapp.errors import Conflict, Invalid, NotFound
from webapp.outbox import Cause

KEPT_DAYS = 30
"""How long the file of an import is kept, for its error file."""

ASK_AGAIN_SECONDS = 10.0

MOST_OPEN = 20
"""Files that a market may have waiting: their pieces and rows fill the database."""


def begin(market_id: int, filename: str, size: int, actor: Actor, cause: Cause) -> int:
    """An import whose file is about to arrive; returns its id. Raises Conflict when too many wait to be looked at."""
    now = clock.now()
    [waiting] = fetch(
        "SELECT count(*) AS imports FROM imports WHERE market_id = :market_id AND status IN ('uploading', 'waiting', 'reading', 'ready', 'refused')",
        market_id=market_id,
    )
    if waiting["imports"] >= MOST_OPEN:
        raise Conflict(
            f"{MOST_OPEN} imports wait for you to apply or discard them; do that first", kind="too-many-imports"
        )
    record = {
        "market_id": market_id, "person_id": actor.person_id, "token_id": actor.token_id, "actor": actor.name, "address": actor.address,
        "filename": filename, "bytes": size, "status": m.UPLOADING, "traceparent": cause.traceparent, "created_at": now, "updated_at": now,
    }  # fmt: skip
    [made] = insert(
        "imports", [record], returning="id",
        market_id="bigint", person_id="bigint", token_id="bigint", actor="text", address="text", filename="text", bytes="bigint",  # noqa: S106 - a column
        status="text", traceparent="text", created_at="bigint", updated_at="bigint",
    )  # fmt: skip
    return int(made["id"])


def arrived(import_id: int, form: Mapping[str, Any], columns: Columns, place: Mapping[str, Any]) -> None:
    """The whole file is there: let it be read, or say why it cannot be."""
    execute(
        "UPDATE imports SET form = :form WHERE id = :id", form=as_json({**form, "rows_at": dict(place)}), id=import_id
    )
    _to_be_read(import_id, columns, dict(place))


def remap(market_id: int, import_id: int, chosen: Sequence[str], actor: Actor) -> None:
    """Read the file again with other meanings of its columns. Raises Invalid for meanings that cannot be, Conflict when the
    import is past that."""
    row = _locked(
        market_id, import_id, (m.READY, m.REFUSED), "Its columns can be changed before it is applied, not any more."
    )
    before = columns_of(row)
    after = c.mapped(before.header, chosen)
    c.check(after)
    execute("DELETE FROM import_rows WHERE import_id = :id", id=import_id)
    _to_be_read(import_id, after, from_json(row["form"])["rows_at"])
    was, became = ({"columns": dict(columns.meaning)} for columns in (before, after))
    audit.record("import.map", "import", import_id, was, became, market_id, actor=actor)


def apply(market_id: int, import_id: int, actor: Actor, leave_errors: bool) -> None:
    """Let what the dry run showed be done. Raises Conflict when it is not ready, Invalid when there are rows with errors and
    nobody said that they shall be left out, and when nothing would change."""
    row = _locked(market_id, import_id, (m.READY,), "It is not waiting to be applied (any more).")
    counts = from_json(row["counts"])
    if counts.get("error") and not leave_errors:
        raise Invalid.field(
            "leave_errors", "errors", f"{counts['error']:,} rows have errors. Mend them, or leave them out."
        )
    if not counts.get("new") and not counts.get("changed"):
        raise Invalid("nothing in this file is different from the market")
    _move(import_id, m.APPLYING)
    audit.record(
        "import.apply",
        "import",
        import_id,
        {"status": m.READY},
        {"status": m.APPLYING, **counts},
        market_id,
        actor=actor,
    )


def cancel(market_id: int, import_id: int, actor: Actor) -> str:
    """Stop. What was not applied yet is forgotten; what is being applied stays as far as it came, and can be undone. Returns
    the status after it. Raises Conflict when there is nothing to stop."""
    row = _locked(
        market_id,
        import_id,
        (m.WAITING, m.READING, m.READY, m.REFUSED, m.APPLYING),
        "There is nothing to stop any more.",
    )
    after = m.CANCELLED if row["status"] == m.APPLYING else m.DISCARDED
    if after == m.CANCELLED:
        _count_unstocked(row)
    _rest(import_id, after)
    if after == m.DISCARDED:
        forget(import_id)
    audit.record(
        "import.cancel", "import", import_id, {"status": row["status"]}, {"status": after}, market_id, actor=actor
    )
    return after


def undo(market_id: int, import_id: int, actor: Actor) -> None:
    """Take an import back as one: products that it changed are as they were, but for what somebody changed since; products
    that it made go, but for those that were ordered; stock is corrected. Raises Conflict when it was not applied."""
    row = _locked(
        market_id, import_id, (m.DONE, m.CANCELLED), "Only an import that was applied can be undone, and only once."
    )
    marked = execute(
        "UPDATE import_rows SET step = :undo WHERE import_id = :id AND step IN (:product, :whole, :left) AND (written OR delta IS NOT NULL)",
        undo=m.TO_UNDO, id=import_id, product=m.STOCK_TO_DO, whole=m.ROW_DONE, left=m.LEFT,
    )  # fmt: skip
    if not marked.rowcount:
        raise Invalid("this import has changed nothing, so there is nothing to undo")
    counts = {**from_json(row["counts"]), "to_undo": marked.rowcount}
    execute("UPDATE imports SET counts = :counts WHERE id = :id", counts=as_json(counts), id=import_id)
    _move(import_id, m.UNDOING)
    audit.record(
        "import.undo", "import", import_id, {"status": row["status"]}, {"status": m.UNDOING}, market_id, actor=actor
    )


def ask_due(now: int) -> int:
    """Ask again for the imports whose time has come, or whose worker has not been heard of; returns how many."""
    due = fetch(
        "UPDATE imports SET due_at = :later WHERE due_at <= :now RETURNING id",
        later=now + clock.seconds(ASK_AGAIN_SECONDS), now=now,
    )  # fmt: skip
    outbox.ask(outbox.IMPORTS, "work_on", sorted(row["id"] for row in due), now)
    return len(due)


def forget_old(now: int) -> int:
    """Forget the files of imports that ended long ago, and uploads that were broken off; returns how many."""
    day = clock.seconds(86_400)
    # Held, so that one which somebody applies at the last moment is not among them.
    found = fetch(
        "SELECT id, status FROM imports i WHERE EXISTS (SELECT 1 FROM import_pieces p WHERE p.import_id = i.id AND p.number = 0)"
        " AND (updated_at < :old AND status IN ('ready', 'refused', 'done', 'cancelled', 'undone')"
        f" OR updated_at < :broken AND status = 'uploading') ORDER BY id LIMIT 20 {locked()}",
        old=now - KEPT_DAYS * day, broken=now - day,
    )  # fmt: skip
    for row in found:
        execute("DELETE FROM import_pieces WHERE import_id = :id", id=row["id"])
        if row["status"] in (m.UPLOADING, m.READY, m.REFUSED):
            forget(row["id"])
            _rest(row["id"], m.DISCARDED)
    return len(found)


def forget(import_id: int) -> None:
    """Forget the file and the rows of an import that changes nothing."""
    execute("DELETE FROM import_rows WHERE import_id = :id", id=import_id)
    execute("DELETE FROM import_pieces WHERE import_id = :id", id=import_id)


def columns_of(row: Row) -> Columns:
    """The columns of an import's file and what they mean."""
    kept = from_json(row["columns"])
    return Columns(tuple(kept["header"]), kept["meaning"], kept["source"])


def _to_be_read(import_id: int, columns: Columns, place: Mapping[str, Any]) -> None:
    problem = None
    try:
        c.check(columns)
    except Invalid as error:
        problem = error.detail
    execute(
        "UPDATE imports SET columns = :columns, place = :place, counts = '{}', rows = 0, done = 0, problem = :problem WHERE id = :id",
        columns=as_json(asdict(columns)), place=as_json({**place, "number": 0, "group": {}}), problem=problem, id=import_id,
    )  # fmt: skip
    if problem:
        _rest(import_id, m.REFUSED)
    else:
        _move(import_id, m.WAITING)


def _count_unstocked(row: Row) -> None:
    # Products are written before their stock: whoever stops between the two has to be told.
    [found] = fetch(
        "SELECT count(*) AS rows FROM import_rows WHERE import_id = :id AND step = :step",
        id=row["id"],
        step=m.STOCK_TO_DO,
    )
    counts = {**from_json(row["counts"]), "unstocked": found["rows"]}
    execute("UPDATE imports SET counts = :counts WHERE id = :id", counts=as_json(counts), id=row["id"])


def _locked(market_id: int, import_id: int, statuses: Sequence[str], otherwise: str) -> Row:
    found = fetch(
        f"SELECT * FROM imports WHERE id = :id AND market_id = :market_id {locked()}", id=import_id, market_id=market_id
    )
    if not found:
        raise NotFound("there is no such import in this market")
    if found[0]["status"] not in statuses:
        raise Conflict(otherwise, kind="illegal-transition")
    return found[0]


def _move(import_id: int, status: str) -> None:
    # Whoever still held it for what it did before must not go on with it.
    now = clock.now()
    execute(
        "UPDATE imports SET status = :status, done = 0, holder = NULL, held_until = 0, due_at = :later, version = version + 1,"
        " updated_at = :now WHERE id = :id",
        status=status, later=now + clock.seconds(ASK_AGAIN_SECONDS), now=now, id=import_id,
    )  # fmt: skip
    outbox.ask(outbox.IMPORTS, "work_on", [import_id], now)
    live.announce("import", [import_id])


def _rest(import_id: int, status: str) -> None:
    execute(
        "UPDATE imports SET status = :status, holder = NULL, held_until = 0, due_at = NULL, version = version + 1, updated_at = :now"
        " WHERE id = :id",
        status=status, now=clock.now(), id=import_id,
    )  # fmt: skip
    live.announce("import", [import_id])
