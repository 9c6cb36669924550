"""What people do with a change of many things: choose it, begin it, stop it or forget it."""

from __future__ import annotations

from typing import Any

from webapp import clock, live, outbox
from webapp.accounts import audit
from webapp.accounts.actor import Actor
from webapp.console.bulk import models as m
from webapp.console.bulk.kinds import Kind
from webapp.db import Row, among, execute, fetch, insert, locked
from webapp.errors import Conflict, Invalid, NotFound
from webapp.outbox import Cause

ASK_AGAIN_SECONDS = 10.0
CHOSEN_DAYS = 2
"""How long a change waits for somebody to begin it."""


def choose(
    kind: Kind, market_id: int, action: str, value: str, where: str, given: dict[str, Any], actor: Actor, cause: Cause
) -> int:
    """Write down which things shall be changed, and how; returns the change's id. `where` and `given` are what the list of
    them asks with. Nothing is changed yet. Raises Invalid for nothing at all."""
    now = clock.now()
    record = {
        "market_id": market_id, "person_id": actor.person_id, "token_id": actor.token_id, "actor": actor.name, "address": actor.address,
        "action": action, "value": value, "status": m.CHOSEN, "traceparent": cause.traceparent, "created_at": now, "updated_at": now,
    }  # fmt: skip
    [made] = insert(
        kind.changes, [record], returning="id",
        market_id="bigint", person_id="bigint", token_id="bigint", actor="text", address="text", action="text", value="text",  # noqa: S106 - a column
        status="text", traceparent="text", created_at="bigint", updated_at="bigint",
    )  # fmt: skip
    chosen = execute(
        f"INSERT INTO {kind.rows} (change_id, {kind.key}) SELECT :change_id, {kind.id} FROM {kind.source} WHERE {where}",
        change_id=made["id"],
        **given,
    )
    if not chosen.rowcount:
        raise Invalid(f"choose at least one {kind.thing} that is there")
    execute(f"UPDATE {kind.changes} SET total = :total WHERE id = :id", total=chosen.rowcount, id=made["id"])
    return int(made["id"])


def begin(kind: Kind, market_id: int, change_id: int, actor: Actor) -> None:
    """Let a chosen change be done. Raises NotFound, or Conflict when it was begun or stopped already."""
    row = _locked(kind, market_id, change_id, m.CHOSEN)
    now = clock.now()
    _move(kind, change_id, m.WORKING, now + clock.seconds(ASK_AGAIN_SECONDS))
    outbox.ask(outbox.IMPORTS, kind.actor, [change_id], now)
    became = {"action": row["action"], "value": row["value"], kind.things: row["total"]}
    if row.get("undoes_id"):
        became["undoes"] = row["undoes_id"]
    audit.record(f"{kind.things}.change", f"{kind.thing}_change", change_id, None, became, market_id, actor=actor)


def stop(kind: Kind, market_id: int, change_id: int, actor: Actor) -> None:
    """Stop a change that is under way: what it has done stays. Raises NotFound, or Conflict when there is nothing to stop."""
    row = _locked(kind, market_id, change_id, m.WORKING)
    _move(kind, change_id, m.STOPPED, None)
    was, became = {"status": row["status"]}, {"status": m.STOPPED, "changed": row["changed"]}
    audit.record(f"{kind.things}.stop", f"{kind.thing}_change", change_id, was, became, market_id, actor=actor)


def forget(kind: Kind, market_id: int, change_id: int) -> None:
    """Forget a change that was never begun. Raises NotFound, or Conflict for one that was."""
    _locked(kind, market_id, change_id, m.CHOSEN)
    _forget(kind, [change_id])


def forget_old(kind: Kind, now: int) -> int:
    """Forget changes that nobody began; returns how many."""
    # Held, so that one which somebody begins at the last moment is not among them.
    old = fetch(
        f"SELECT id FROM {kind.changes} WHERE status = :chosen AND created_at < :old ORDER BY id LIMIT 20 {locked()}",
        chosen=m.CHOSEN,
        old=now - clock.seconds(CHOSEN_DAYS * 86_400),
    )
    _forget(kind, [row["id"] for row in old])
    return len(old)


def ask_due(kind: Kind, now: int) -> int:
    """Ask again for the changes whose worker has not been heard of; returns how many."""
    due = fetch(
        f"UPDATE {kind.changes} SET due_at = :later WHERE due_at <= :now RETURNING id",
        later=now + clock.seconds(ASK_AGAIN_SECONDS),
        now=now,
    )
    outbox.ask(outbox.IMPORTS, kind.actor, sorted(row["id"] for row in due), now)
    return len(due)


def _locked(kind: Kind, market_id: int, change_id: int, status: str) -> Row:
    found = fetch(
        f"SELECT * FROM {kind.changes} WHERE id = :id AND market_id = :market_id {locked()}",
        id=change_id,
        market_id=market_id,
    )
    if not found:
        raise NotFound("there is no such change in this market")
    if found[0]["status"] != status:
        raise Conflict(
            {m.CHOSEN: "it was begun already", m.WORKING: "it is not under way (any more)"}[status],
            kind="illegal-transition",
        )
    return found[0]


def _move(kind: Kind, change_id: int, status: str, due_at: int | None) -> None:
    execute(
        f"UPDATE {kind.changes} SET status = :status, due_at = :due_at, version = version + 1, updated_at = :now WHERE id = :id",
        status=status, due_at=due_at, now=clock.now(), id=change_id,
    )  # fmt: skip
    live.announce(kind.about, [change_id])


def _forget(kind: Kind, change_ids: list[int]) -> None:
    for table, column in ((kind.rows, "change_id"), (kind.changes, "id")):
        execute(
            f"DELETE FROM {table} WHERE {among(column, 'gone')}",
            gone=change_ids,
        )
