"""A change that a client may ask for again without knowing whether the first try arrived: it happens once per key.

The key is claimed and the answer kept in the transaction of the change itself, so there is never one without the other.
A refused change keeps nothing: its key may be used again.
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa
from flask import Response, g, request
from sqlalchemy.orm import Mapped, mapped_column

from webapp import clock, db
from webapp.errors import Conflict, Invalid
from webapp.web import reading
from webapp.web.access import Caller
from webapp.web.api import Answer, respond, to_json

HEADER = "Idempotency-Key"
LONGEST = 255
REPLAYED = {"Idempotent-Replayed": "true"}


class KeyRow(db.Base):
    """One key that was used, what for, and what was answered."""

    __tablename__ = "idempotency_keys"

    scope: Mapped[str] = mapped_column(sa.String(300), primary_key=True)
    key: Mapped[str] = mapped_column(sa.String(LONGEST), primary_key=True)
    request_hash: Mapped[str] = mapped_column(sa.String(64))
    status: Mapped[int | None]
    headers: Mapped[str | None] = mapped_column(sa.Text)
    body: Mapped[str | None] = mapped_column(sa.Text)
    created_at: Mapped[int] = mapped_column(sa.BigInteger, index=True)


def key(required: bool = False) -> str | None:
    """This request's Idempotency-Key. Raises Malformed (400) when it is required and missing, Invalid when it is no key."""
    given = request.headers.get(HEADER, "").strip()
    if not given:
        if required:
            raise reading.Malformed(
                f"send an {HEADER} header: a new random one for each new request", kind="no-idempotency-key"
            )
        return None
    if len(given) > LONGEST or not given.isascii() or not given.isprintable():
        raise Invalid.field(HEADER, "bad-key", f"A key is {LONGEST} printable ASCII characters at most.")
    return given


def scope() -> str:
    """Within what a key is unique: the person, the market, and the address. Two clients never share one by chance."""
    caller: Caller = g.caller
    return f"{caller.scope} {request.method} {request.path}"


def forget(person_id: int) -> None:
    """Forget every key of a person and what was answered: answers name their orders and addresses."""
    db.execute("DELETE FROM idempotency_keys WHERE scope LIKE :theirs", theirs=f"{person_id}/%")


def once(change: Callable[[], Answer], required: bool = False) -> Response:
    """Run `change` in a transaction, once per key of this request, and answer with what it answered the first time.

    Without a key it simply runs. Raises Conflict (`key-in-progress`) while the first try is still at work, and Invalid
    when the key came with another request before.
    """
    used = key(required)
    if used is None:
        return respond(db.transact(change))
    within, asked = scope(), reading.body_hash()

    def claimed() -> Response:
        if not _claim(within, used, asked):
            return _replay(within, used, asked)
        answer = change()
        _keep(within, used, answer)
        return respond(answer)

    return db.transact(claimed)


def sweep(before: int) -> int:
    """Forget keys first used before an instant (microseconds UTC); returns how many. A timer calls this now and then."""
    return int(db.execute("DELETE FROM idempotency_keys WHERE created_at < :before", before=before).rowcount)


def _claim(within: str, used: str, asked: str) -> bool:
    # On PostgreSQL this waits for another transaction that has claimed the same key, at most lock_timeout; on SQLite
    # there is one writer at a time anyway.
    try:
        claimed = db.fetch(
            "INSERT INTO idempotency_keys (scope, key, request_hash, created_at) VALUES (:scope, :key, :hash, :now)"
            " ON CONFLICT (scope, key) DO NOTHING RETURNING key",
            scope=within, key=used, hash=asked, now=clock.now(),
        )  # fmt: skip
    except sa.exc.OperationalError as error:
        if not db.is_unavailable(error) or getattr(error.orig, "sqlstate", None) != "55P03":
            raise
        raise Conflict(
            "the first request with this key is still at work", kind="key-in-progress", retry_after=1
        ) from error
    return bool(claimed)


def _keep(within: str, used: str, answer: Answer) -> None:
    db.execute(
        "UPDATE idempotency_keys SET status = :status, headers = :headers, body = :body WHERE scope = :scope AND key = :key",
        scope=within, key=used, status=answer.status or 200, headers=dict(answer.headers),
        body=None if answer.value is None else to_json(answer.value).decode(),
    )  # fmt: skip


def _replay(within: str, used: str, asked: str) -> Response:
    [kept] = db.fetch("SELECT * FROM idempotency_keys WHERE scope = :scope AND key = :key", scope=within, key=used)
    if kept["request_hash"] != asked:
        raise Invalid.field(HEADER, "key-reused", "This key came with another request before; use a new one.")
    response = Response(kept["body"] or b"", kept["status"], content_type="application/json" if kept["body"] else None)
    response.headers.update({**db.from_json(kept["headers"]), **REPLAYED})
    return response
