"""What we know of a person, to take away; and forgetting it. The rooms above do the same with their own rows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from webapp import clock
from webapp.accounts import audit
from webapp.accounts.actor import Actor
from webapp.accounts.joining import end_sessions
from webapp.accounts.keeping import delivery_of
from webapp.clock import rfc3339
from webapp.db import among, execute, fetch, locked
from webapp.errors import Conflict, NotFound


def export(person_id: int) -> dict[str, Any]:
    """Everything that this room keeps about a person but hashes: account, markets, sessions, tokens, letters, changes."""
    [person] = fetch("SELECT id, email, name, confirmed_at, created_at FROM people WHERE id = :id", id=person_id)
    return {
        "person": {**_timed(person), "delivery": delivery_of(person_id)},
        "markets": _read("SELECT m.slug, m.name, w.role, w.ended_at FROM memberships w JOIN markets m ON m.id = w.market_id"
                         " WHERE w.person_id = :id ORDER BY w.id", person_id),
        "sessions": _read("SELECT address, agent, created_at, seen_at, expires_at, ended_at FROM sessions WHERE person_id = :id ORDER BY id", person_id),
        "tokens": _read("SELECT scopes, created_at, expires_at, revoked_at FROM tokens WHERE person_id = :id ORDER BY id", person_id),
        "letters": _read("SELECT kind, email, created_at, expires_at, used_at FROM account_letters WHERE person_id = :id"
                         " OR email = (SELECT email FROM people WHERE id = :id) ORDER BY id", person_id),
        "changes": _read("SELECT at, action, object_type, object_id, address FROM audit WHERE person_id = :id ORDER BY id", person_id),
    }  # fmt: skip


def why_not(person_id: int) -> str:
    """Why a person's data cannot be erased now, in a sentence; empty when it can. Who works for a market leaves it first."""
    working = fetch(
        "SELECT m.name FROM memberships w JOIN markets m ON m.id = w.market_id WHERE w.person_id = :id AND w.ended_at IS NULL ORDER BY w.id",
        id=person_id,
    )
    if working:
        return (
            f"You work for {working[0]['name']}. Leave it first: an owner can end your membership on the page People."
        )
    if fetch("SELECT id FROM people WHERE id = :id AND is_operator", id=person_id):
        return "You run this house, and somebody has to. Make somebody else its operator first."
    return ""


def erase(person_id: int) -> list[int]:
    """Forget a person: their account can never be used again, and nothing here names them any more; what they did stays, as
    done by nobody in particular. Returns the ids of the letters written to them, whose emails must go as well. Raises
    Conflict with the reason when it cannot be, NotFound when it has been done."""
    found = fetch(f"SELECT email FROM people WHERE id = :id AND deactivated_at IS NULL {locked()}", id=person_id)
    if not found:
        raise NotFound("this account is closed")
    if reason := why_not(person_id):
        raise Conflict(reason)
    now, nobody = clock.now(), f"erased person {person_id}"
    end_sessions(person_id)
    execute("UPDATE sessions SET address = '', agent = '' WHERE person_id = :id", id=person_id)
    execute("UPDATE tokens SET revoked_at = coalesce(revoked_at, :now) WHERE person_id = :id", id=person_id, now=now)
    letters = fetch(
        "UPDATE account_letters SET email = '', name = '', sender = '', password_hash = NULL, nonce = NULL, token_hash = NULL,"
        " used_at = coalesce(used_at, :now) WHERE person_id = :id OR email = :email RETURNING id",
        id=person_id, email=found[0]["email"], now=now,
    )  # fmt: skip
    _forget_changes(person_id, nobody, [row["id"] for row in letters])
    execute(
        "UPDATE people SET email = :email, name = '', password_hash = NULL, delivery = NULL, confirmed_at = NULL, deactivated_at = :now"
        " WHERE id = :id",
        id=person_id, email=f"erased-{person_id}@erased.invalid", now=now,
    )  # fmt: skip
    audit.record("person.erase", "person", person_id, actor=Actor(person_id, None, nobody, "-"))
    return [int(row["id"]) for row in letters]


def _forget_changes(person_id: int, nobody: str, letter_ids: Sequence[int]) -> None:
    # That something was done, when and to what stays; by whom, from where, and what it said of them does not.
    execute("UPDATE audit SET actor = :nobody, address = '-' WHERE person_id = :id", id=person_id, nobody=nobody)
    tokens = fetch("SELECT id FROM tokens WHERE person_id = :id", id=person_id)
    about = {"person": [person_id], "letter": letter_ids, "token": [row["id"] for row in tokens]}
    for object_type, ids in about.items():
        execute(
            "UPDATE audit SET before = NULL, after = NULL WHERE object_type = :object_type"
            f" AND {among('object_id', 'objects')}",
            object_type=object_type,
            objects=ids,
        )
    # Who registers and confirms does so before there is a person to name.
    execute(
        "UPDATE audit SET actor = :nobody, address = '-' WHERE object_type = 'person' AND object_id = :id AND person_id IS NULL",
        id=person_id,
        nobody=nobody,
    )


def _read(sql: str, person_id: int) -> list[dict[str, Any]]:
    return [_timed(row) for row in fetch(sql, id=person_id)]


def _timed(row: Any) -> dict[str, Any]:
    return {
        name: rfc3339(value) if value is not None and (name == "at" or name.endswith("_at")) else value
        for name, value in dict(row).items()
    }
