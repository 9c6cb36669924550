"""How people come to have an account, and come back to it: register and confirm, forget the password and set a new one.

A registration makes no account until its address is confirmed, by the link and the chosen password together: so nobody
can prepare an account with a stranger's address and wait for them to press the link.
"""

from __future__ import annotations

from webapp import clock
from webapp.accounts import audit, commands, letters
from webapp.accounts.actor import Actor
from webapp.db import execute, fetch
from webapp.errors import NotFound


def register(email: str, name: str, password_hash: str) -> None:
    """Write to an address that somebody registers with: a link to confirm it, or that it has an account already."""
    letters.forget_stale()
    known = _account(email)
    if known is None:
        letters.ask(letters.CONFIRM, email, name=name, password_hash=password_hash)
    else:
        letters.ask(letters.EXISTS if known["deactivated_at"] is None else letters.NOBODY, email, person_id=known["id"])


def confirm(letter_id: int, email: str, name: str, password_hash: str, *, address: str) -> int:
    """Open the account of a registration; returns the person's id. Raises NotFound when the link has been used, Conflict
    when the address got an account meanwhile."""
    letters.use(letter_id)
    letters.end([letters.CONFIRM], email)
    actor = Actor(None, None, email, address)
    return commands.create_person(email, name, password_hash, actor=actor, confirmed=True)


def ask_reset(email: str) -> None:
    """Write a link to set a new password to an address, if it has an account."""
    letters.forget_stale()
    known = _account(email)
    if known is None or known["deactivated_at"] is not None:
        letters.ask(letters.NOBODY, email)
    else:
        letters.ask(letters.RESET, email, person_id=known["id"])


def reset(letter_id: int, person_id: int, email: str, password_hash: str, *, address: str) -> None:
    """Give somebody who has read a link to their address a new password, and end all their sessions. Raises NotFound when
    the link has been used, or when the account has another address by now or is closed."""
    letters.use(letter_id)
    letters.end([letters.RESET], email)
    now = clock.now()
    changed = fetch(
        "UPDATE people SET password_hash = :hash, confirmed_at = coalesce(confirmed_at, :now)"
        " WHERE id = :id AND email = :email AND deactivated_at IS NULL RETURNING id",
        id=person_id, email=email, hash=password_hash, now=now,
    )  # fmt: skip
    if not changed:
        raise NotFound("this link was used already, or its time is over")
    end_sessions(person_id)
    actor = Actor(person_id, None, email, address)
    audit.record("person.reset_password", "person", person_id, actor=actor)
    letters.ask(letters.PASSWORD_CHANGED, email, person_id=person_id)


def end_sessions(person_id: int, but: int | None = None) -> int:
    """End a person's sessions, all but one if one is named; returns how many."""
    return int(
        execute(
            "UPDATE sessions SET ended_at = :now WHERE person_id = :person_id AND ended_at IS NULL AND id <> :but",
            now=clock.now(), person_id=person_id, but=but or 0,
        ).rowcount
    )  # fmt: skip


def pending(email: str) -> str | None:
    """The hash of the password of the newest registration of this address that waits for its confirmation."""
    found = fetch(
        "SELECT password_hash FROM account_letters WHERE email = :email AND kind = :kind AND used_at IS NULL AND expires_at > :now"
        " AND password_hash IS NOT NULL ORDER BY id DESC LIMIT 1",
        email=email, kind=letters.CONFIRM, now=clock.now(),
    )  # fmt: skip
    return found[0]["password_hash"] if found else None


def _account(email: str) -> dict[str, int | None] | None:
    found = fetch("SELECT id, deactivated_at FROM people WHERE email = :email", email=email)
    return dict(found[0]) if found else None
