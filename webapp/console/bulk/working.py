"""A change of many things, batch by batch. A batch holds the change's row, so that two workers never do the same one and
nobody stops it in the middle of a batch; a killed worker's batch is rolled back whole."""

from __future__ import annotations

from webapp import clock, live
from webapp.console.bulk import models as m
from webapp.console.bulk.commands import ASK_AGAIN_SECONDS
from webapp.console.bulk.kinds import Kind, Outcomes
from webapp.db import Row, execute, fetch, locked, rows

ON_A_BATCH = 200


def step(kind: Kind, change_id: int) -> bool:
    """Do one batch, in the caller's transaction; returns whether there is more."""
    found = fetch(
        f"SELECT * FROM {kind.changes} WHERE id = :id AND status = :working {locked()}",
        id=change_id,
        working=m.WORKING,
    )
    if not found:
        return False
    change = found[0]
    chosen = fetch(
        f"SELECT {kind.key} AS id FROM {kind.rows} WHERE change_id = :id AND step = :to_do ORDER BY {kind.key} LIMIT :limit",
        id=change_id, to_do=m.TO_DO, limit=ON_A_BATCH,
    )  # fmt: skip
    outcomes = kind.work(change, [row["id"] for row in chosen]) if chosen else {}
    _write(kind, change, outcomes, more=len(chosen) == ON_A_BATCH)
    return len(chosen) == ON_A_BATCH


def give_up(kind: Kind, change_id: int, problem: str) -> None:
    """Stop a change that fails for a reason of our own, and say so: nothing tries it for ever."""
    execute(
        f"UPDATE {kind.changes} SET status = :stopped, problem = :problem, due_at = NULL, version = version + 1, updated_at = :now"
        " WHERE id = :id AND status = :working",
        stopped=m.STOPPED, problem=problem, now=clock.now(), id=change_id, working=m.WORKING,
    )  # fmt: skip
    live.announce(kind.about, [change_id])


def _write(kind: Kind, change: Row, outcomes: Outcomes, more: bool) -> None:
    execute(
        f"UPDATE {kind.rows} SET step = v.step, outcome = v.outcome FROM {rows('v', id='bigint', step='bigint', outcome='text')}"
        f" WHERE {kind.rows}.change_id = :change_id AND {kind.rows}.{kind.key} = v.id",
        v=[{"id": product_id, "step": step, "outcome": outcome} for product_id, (step, outcome) in outcomes.items()],
        change_id=change["id"],
    )
    steps = [step for step, _ in outcomes.values()]
    now = clock.now()
    execute(
        f"UPDATE {kind.changes} SET changed = changed + :changed, same = same + :same, left_out = left_out + :left_out, status = :status,"
        " due_at = :due_at, version = version + 1, updated_at = :now WHERE id = :id",
        changed=steps.count(m.CHANGED), same=steps.count(m.SAME), left_out=steps.count(m.LEFT),
        status=m.WORKING if more else m.DONE, due_at=now + clock.seconds(ASK_AGAIN_SECONDS) if more else None, now=now, id=change["id"],
    )  # fmt: skip
    live.announce(kind.about, [change["id"]])
