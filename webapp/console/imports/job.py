"""The lease under which a worker does an import's batches, so that two never do the same one, and a killed one's work is
taken up by another where it stood."""

from __future__ import annotations

from typing import Any

from webapp import clock, live, outbox
from webapp.console.imports import models as m
from webapp.console.imports.commands import ASK_AGAIN_SECONDS
from webapp.db import Row, as_json, execute, fetch, from_json

LEASE_SECONDS = 20.0
WAIT_SECONDS = 0.5
"""How soon an import that waits for inventories is looked at again."""


class Lost(Exception):
    """The import was cancelled, or another worker has it: what was about to be written is not."""


def claim(import_id: int, holder: str) -> Row | None:
    """Take an import to work on, if it has work and nobody else has it."""
    now = clock.now()
    found = fetch(
        "UPDATE imports SET holder = :holder, held_until = :until, due_at = :until,"
        " status = CASE WHEN status = 'waiting' THEN 'reading' ELSE status END, version = version + 1"
        " WHERE id = :id AND held_until < :now AND status IN ('waiting', 'reading', 'applying', 'undoing') RETURNING *",
        holder=holder, until=now + clock.seconds(LEASE_SECONDS), now=now, id=import_id,
    )  # fmt: skip
    return found[0] if found else None


def hold(row: Row, **changes: Any) -> None:
    """Begin a batch in its transaction: renew the lease and write `changes` of the import's row. Nobody can cancel until the
    batch is committed. Raises Lost."""
    now = clock.now()
    changed = execute(
        "UPDATE imports SET held_until = :until, due_at = :until, version = version + 1, updated_at = :now"
        + "".join(f", {name} = :{name}" for name in changes)
        + " WHERE id = :id AND holder = :holder AND status = :was",
        until=now + clock.seconds(LEASE_SECONDS), now=now, id=row["id"], holder=row["holder"], was=row["status"],
        **{name: as_json(value) if isinstance(value, dict) else value for name, value in changes.items()},
    )  # fmt: skip
    if not changed.rowcount:
        raise Lost(f"import {row['id']}")
    live.announce("import", [row["id"]])


def finish(row: Row, status: str, counts: dict[str, int], problem: str | None = None) -> None:
    """The work of this status is done, in the transaction of its end. Raises Lost."""
    kept = {**from_json(row["counts"]), **counts}
    hold(row, counts=kept, problem=problem)
    execute(
        "UPDATE imports SET status = :status, holder = NULL, held_until = 0, due_at = NULL WHERE id = :id",
        status=status,
        id=row["id"],
    )


def leave(row: Row, waits: bool) -> None:
    """Let go of an import that has more to do: at once by anybody, or in a moment where it `waits` for inventories."""
    now = clock.now()
    left = execute(
        "UPDATE imports SET holder = NULL, held_until = 0, due_at = :due WHERE id = :id AND holder = :holder AND status = :status",
        due=now + clock.seconds(WAIT_SECONDS if waits else ASK_AGAIN_SECONDS), id=row["id"], holder=row["holder"], status=row["status"],
    )  # fmt: skip
    if left.rowcount and not waits:
        outbox.ask(outbox.IMPORTS, "work_on", [row["id"]], now)


STOPPED = {m.READING: m.REFUSED, m.APPLYING: m.CANCELLED, m.UNDOING: m.CANCELLED}
"""What becomes of an import whose work fails for a reason of our own: nothing tries it for ever, and it can be undone."""
