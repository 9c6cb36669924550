"""What people change about their own account: name, address for parcels, password, email, where they are logged in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from webapp import clock
from webapp.accounts import audit, commands, letters
from webapp.accounts.actor import Actor
from webapp.accounts.arriving import arrived
from webapp.accounts.joining import end_sessions
from webapp.db import as_json, execute, fetch, from_json
from webapp.errors import Conflict, FieldError, NotFound


@dataclass(frozen=True, slots=True)
class Place:
    """A browser in which somebody is logged in."""

    id: int
    device: str
    address: str
    began_at: datetime
    seen_at: datetime
    is_this: bool


def places(person_id: int, this: int | None, idle: float) -> list[Place]:
    """Where a person is logged in, the browser that asks (session `this`) first, then by when they were last seen. `idle` is
    the seconds without a visit after which a session counts as over."""
    now = clock.now()
    found = fetch(
        "SELECT id, agent, address, created_at, seen_at FROM sessions WHERE person_id = :person_id AND ended_at IS NULL"
        " AND expires_at > :now AND seen_at > :since ORDER BY CASE WHEN id = :this THEN 0 ELSE 1 END, seen_at DESC, id DESC LIMIT 100",
        person_id=person_id, now=now, since=now - clock.seconds(idle), this=this or 0,
    )  # fmt: skip
    return [
        Place(row["id"], device(row["agent"]), row["address"], clock.to_datetime(row["created_at"]),
              clock.to_datetime(row["seen_at"]), row["id"] == this)
        for row in found
    ]  # fmt: skip


def device(agent: str) -> str:
    """What a browser calls itself, in words: "Firefox on Linux"."""
    program = next((name for mark, name in _PROGRAMS if mark in agent), "A browser")
    system = next((name for mark, name in _SYSTEMS if mark in agent), "")
    return f"{program} on {system}" if system else program


# The first mark that is found counts: browsers carry the names of those that they descend from.
_PROGRAMS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox"), ("CriOS/", "Chrome"),
             ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("curl/", "curl"))  # fmt: skip
_SYSTEMS = (("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS X", "Mac"),
            ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip


def delivery_of(person_id: int) -> dict[str, Any] | None:
    """The address that a person saved for their next order: name, street, postcode, city, country, as an order keeps it."""
    found = fetch("SELECT delivery FROM people WHERE id = :id", id=person_id)
    return from_json(found[0]["delivery"]) if found and found[0]["delivery"] else None


def rename(person_id: int, name: str, *, actor: Actor) -> None:
    """Call a person by another name."""
    [before] = fetch("SELECT name FROM people WHERE id = :id", id=person_id)
    execute("UPDATE people SET name = :name WHERE id = :id", id=person_id, name=name)
    audit.record("person.rename", "person", person_id, before, {"name": name}, actor=actor)


def save_delivery(person_id: int, delivery: Mapping[str, str] | None, *, actor: Actor) -> None:
    """Keep an address for the next order, or none. The audit says that it was changed, not where somebody lives."""
    kept = as_json(dict(delivery)) if delivery else None
    execute("UPDATE people SET delivery = :delivery WHERE id = :id", id=person_id, delivery=kept)
    audit.record("person.save_address", "person", person_id, after={"saved": delivery is not None}, actor=actor)


def change_password(person_id: int, email: str, password_hash: str, session_id: int | None, *, actor: Actor) -> int:
    """Give a person a new password, end every session but theirs here, and tell them by letter. Returns how many ended."""
    execute("UPDATE people SET password_hash = :hash WHERE id = :id", id=person_id, hash=password_hash)
    letters.end([letters.RESET], email)
    ended = end_sessions(person_id, but=session_id)
    audit.record("person.change_password", "person", person_id, after={"sessions_ended": ended}, actor=actor)
    letters.ask(letters.PASSWORD_CHANGED, email, person_id=person_id)
    return ended


def ask_email(person_id: int, email: str) -> None:
    """Write to the address that a person wants to have. One that is somebody else's is told that it has an account."""
    taken = fetch("SELECT id FROM people WHERE email = :email", email=email)
    if taken:
        letters.ask(letters.EXISTS, email, person_id=taken[0]["id"])
    else:
        letters.ask(letters.NEW_EMAIL, email, person_id=person_id)


def change_email(letter_id: int, person_id: int, old: str, new: str, *, actor: Actor) -> None:
    """Move an account to a confirmed address, and tell the old one. Raises NotFound when the link was used, Conflict when
    the address has got an account meanwhile."""
    letters.use(letter_id)
    if fetch("SELECT id FROM people WHERE email = :email", email=new):
        raise Conflict("this address has an account by now", FieldError("email", "taken", "This email has an account."))
    # Links that wait in the old inbox must open nothing any more.
    letters.end([letters.RESET, letters.NEW_EMAIL], old)
    execute(
        "UPDATE people SET email = :email, confirmed_at = :now WHERE id = :id", id=person_id, email=new, now=clock.now()
    )
    audit.record("person.change_email", "person", person_id, {"email": old}, {"email": new}, actor=actor)
    letters.ask(letters.EMAIL_CHANGED, old, person_id=person_id)
    arrived(person_id, actor)


def end_session(person_id: int, session_id: int, *, actor: Actor) -> None:
    """End one of a person's sessions. Raises NotFound when it is not theirs; ending it again changes nothing."""
    if not fetch(
        "SELECT id FROM sessions WHERE id = :id AND person_id = :person_id", id=session_id, person_id=person_id
    ):
        raise NotFound("there is no such session")
    commands.log_out(session_id, actor=actor)


def end_others(person_id: int, session_id: int | None, *, actor: Actor) -> int:
    """End all of a person's sessions but the one that asks; returns how many."""
    ended = end_sessions(person_id, but=session_id)
    audit.record("session.end_others", "person", person_id, after={"ended": ended}, actor=actor)
    return ended
