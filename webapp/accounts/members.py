"""Who works for a market: invited by an owner, joined by their own account, with a role, until it ends."""

from __future__ import annotations

from webapp import clock
from webapp.accounts import audit, commands, letters
from webapp.accounts.actor import Actor
from webapp.accounts.models import OWNER, STAFF
from webapp.db import Row, execute, fetch, locked
from webapp.errors import Conflict, FieldError, Invalid, NotFound

ROLES = ((OWNER, "Owner"), (STAFF, "Staff"))


def members(market_id: int) -> list[Row]:
    """Who works or worked for a market, owners first: id, name, email, role, ended_at and seen_at (the newest visit of any
    session; microseconds UTC or None)."""
    return fetch(
        "SELECT p.id, p.name, p.email, w.role, w.ended_at, (SELECT max(s.seen_at) FROM sessions s WHERE s.person_id = p.id) AS seen_at"
        " FROM memberships w JOIN people p ON p.id = w.person_id WHERE w.market_id = :market_id AND p.deactivated_at IS NULL"
        " ORDER BY CASE WHEN w.ended_at IS NULL THEN 0 ELSE 1 END, w.role, p.name, p.id",
        market_id=market_id,
    )


def member(market_id: int, person_id: int) -> Row:
    """One of them. Raises NotFound."""
    found = [row for row in members(market_id) if row["id"] == person_id]
    if not found:
        raise NotFound("nobody of that kind works here")
    return found[0]


def invitations(market_id: int) -> list[Row]:
    """The invitations that wait to be taken, newest first: id, email, role, sender, created_at, expires_at."""
    return fetch(
        "SELECT id, email, role, sender, created_at, expires_at FROM account_letters WHERE market_id = :market_id AND kind = :kind"
        " AND used_at IS NULL AND expires_at > :now ORDER BY id DESC",
        market_id=market_id, kind=letters.INVITED, now=clock.now(),
    )  # fmt: skip


def invite(market_id: int, email: str, role: str, sender: str, *, actor: Actor) -> int:
    """Invite an address to work for a market; an invitation that it had before ends. Returns the letter's id. Raises
    Conflict for who works there already, Invalid for a role that does not exist."""
    _check(role)
    working = fetch(
        "SELECT p.id FROM people p JOIN memberships w ON w.person_id = p.id WHERE p.email = :email AND w.market_id = :market_id"
        " AND w.ended_at IS NULL",
        email=email, market_id=market_id,
    )  # fmt: skip
    if working:
        raise Conflict(
            "works here already", FieldError("email", "taken", "Whoever has this address works here already.")
        )
    letters.end([letters.INVITED], email, market_id)
    letter_id = letters.ask(letters.INVITED, email, market_id=market_id, role=role, sender=sender)
    audit.record(
        "member.invite", "letter", letter_id, after={"email": email, "role": role}, market_id=market_id, actor=actor
    )
    return letter_id


def withdraw(market_id: int, letter_id: int, *, actor: Actor) -> str:
    """End an invitation; returns its address. Raises NotFound when it is not the market's, or does not wait any more."""
    found = [row for row in invitations(market_id) if row["id"] == letter_id]
    if not found:
        raise NotFound("there is no such invitation any more")
    letters.end([letters.INVITED], found[0]["email"], market_id)
    audit.record(
        "member.withdraw", "letter", letter_id, before={"email": found[0]["email"]}, market_id=market_id, actor=actor
    )
    return str(found[0]["email"])


def accept(letter: Row, person_id: int, email: str, *, actor: Actor) -> None:
    """Join the market of an invitation with the account of its address. Raises NotFound when the link was used, or is not
    for this address."""
    if letter["email"] != email:
        raise NotFound("this invitation is for another address")
    letters.use(letter["id"])
    commands.add_member(person_id, letter["market_id"], letter["role"], actor=actor)


def change_role(market_id: int, person_id: int, role: str, *, actor: Actor) -> None:
    """Give somebody who works for a market another role. Raises Conflict for its last owner, NotFound for a stranger."""
    _check(role)
    before = _locked(market_id, person_id)
    if before["ended_at"] is not None:
        raise NotFound("nobody of that kind works here now")
    if before["role"] == role:
        return
    if before["role"] == OWNER:
        _keep_an_owner(market_id, person_id)
    execute(
        "UPDATE memberships SET role = :role WHERE market_id = :market_id AND person_id = :person_id",
        role=role, market_id=market_id, person_id=person_id,
    )  # fmt: skip
    audit.record(
        "member.change_role", "person", person_id, {"role": before["role"]}, {"role": role}, market_id, actor=actor
    )


def deactivate(market_id: int, person_id: int, *, actor: Actor) -> None:
    """Let somebody work for a market no longer: from their next request on, in the browser and by token. Raises Conflict for
    the last owner, NotFound for a stranger; who has ended already stays so."""
    before = _locked(market_id, person_id)
    if before["ended_at"] is not None:
        return
    if before["role"] == OWNER:
        _keep_an_owner(market_id, person_id)
    execute(
        "UPDATE memberships SET ended_at = :now WHERE market_id = :market_id AND person_id = :person_id",
        now=clock.now(), market_id=market_id, person_id=person_id,
    )  # fmt: skip
    audit.record("member.deactivate", "person", person_id, {"role": before["role"]}, None, market_id, actor=actor)


def reactivate(market_id: int, person_id: int, *, actor: Actor) -> None:
    """Let somebody who worked for a market work there again, in the role that they had. Raises NotFound for a stranger."""
    before = _locked(market_id, person_id)
    if before["ended_at"] is not None:
        commands.add_member(person_id, market_id, before["role"], actor=actor)


def _locked(market_id: int, person_id: int) -> Row:
    # All of the market's rows are locked, in one order: two owners who remove each other must not both find one left.
    found = fetch(
        f"SELECT person_id, role, ended_at FROM memberships WHERE market_id = :market_id ORDER BY id {locked()}",
        market_id=market_id,
    )
    for row in found:
        if row["person_id"] == person_id:
            return row
    raise NotFound("nobody of that kind works here")


def _keep_an_owner(market_id: int, but: int) -> None:
    others = fetch(
        "SELECT w.id FROM memberships w JOIN people p ON p.id = w.person_id WHERE w.market_id = :market_id AND w.role = :owner"
        " AND w.ended_at IS NULL AND w.person_id <> :but AND p.deactivated_at IS NULL",
        market_id=market_id, owner=OWNER, but=but,
    )  # fmt: skip
    if not others:
        raise Conflict("a market needs an owner: make somebody else one first")


def _check(role: str) -> None:
    if role not in (OWNER, STAFF):
        raise Invalid.field("role", "not-a-choice", f"Choose {OWNER} or {STAFF}.")
