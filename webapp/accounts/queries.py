"""Reads about people, markets, sessions and tokens."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from webapp import clock
from webapp.accounts.principal import Place, Principal
from webapp.accounts.scopes import allowed
from webapp.db import Row, fetch
from webapp.errors import NotFound


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a log-in is checked against."""

    person_id: int
    password_hash: str | None
    deactivated: bool


def credentials(email: str) -> Credentials | None:
    """The account of an email address, whatever its case."""
    found = fetch(
        "SELECT id, password_hash, deactivated_at FROM people WHERE email = :email", email=email.strip().lower()
    )
    return (
        Credentials(found[0]["id"], found[0]["password_hash"], found[0]["deactivated_at"] is not None)
        if found
        else None
    )


def person_by_email(email: str) -> Row | None:
    """A person: id, email, name, is_operator; None when there is no such account or it is closed."""
    found = fetch(
        "SELECT id, email, name, is_operator FROM people WHERE email = :email AND deactivated_at IS NULL",
        email=email.strip().lower(),
    )
    return found[0] if found else None


def market(slug: str) -> Row:
    """A market by the name in its address. Raises NotFound."""
    found = fetch("SELECT * FROM markets WHERE slug = :slug", slug=slug)
    if not found:
        raise NotFound(f"there is no market {slug}")
    return found[0]


def market_by_id(market_id: int) -> Row:
    """A market. Raises NotFound."""
    found = fetch("SELECT * FROM markets WHERE id = :id", id=market_id)
    if not found:
        raise NotFound("there is no such market")
    return found[0]


def markets() -> list[Row]:
    """All markets, by name."""
    return fetch("SELECT * FROM markets ORDER BY name, id")


def places_of(person_id: int) -> tuple[Place, ...]:
    """The markets that a person works for, the first one they joined first."""
    found = fetch(
        f"SELECT {_PLACE}"
        " FROM memberships w JOIN markets m ON m.id = w.market_id WHERE w.person_id = :person_id AND w.ended_at IS NULL"
        " ORDER BY w.id",
        person_id=person_id,
    )
    return tuple(_place(row) for row in found)


def market_of(person_id: int) -> Place | None:
    """The market that a person works for; the first one, where they work for several."""
    return next(iter(places_of(person_id)), None)


_PERSON = "p.id AS person_id, p.email, p.name, p.is_operator"
_PLACE = "m.id AS market_id, m.slug, m.name AS market_name, m.tagline, m.currency, m.version, m.logo, w.role"


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session that is still good, and when it was last seen (microseconds UTC)."""

    principal: Principal
    seen_at: int


def session(token: str, idle: float, address: str) -> LiveSession | None:
    """Who holds this session's token, with all their markets, by one join. None once it has ended, has expired, or was
    not seen for `idle` seconds."""
    now = clock.now()
    found = fetch(
        f"SELECT s.id AS session_id, s.seen_at, {_PERSON}, {_PLACE} FROM sessions s JOIN people p ON p.id = s.person_id"
        " LEFT JOIN memberships w ON w.person_id = p.id AND w.ended_at IS NULL LEFT JOIN markets m ON m.id = w.market_id"
        " WHERE s.token_hash = :hash AND s.ended_at IS NULL AND s.expires_at > :now AND s.seen_at > :idle_since"
        " AND p.deactivated_at IS NULL ORDER BY w.id",
        hash=fingerprint(token), now=now, idle_since=now - clock.seconds(idle),
    )  # fmt: skip
    if not found:
        return None
    places = tuple(_place(row) for row in found if row["role"] is not None)
    market = places[0] if places else None
    first = found[0]
    principal = _principal(
        first, places, market, allowed(market.role if market else None), address, session_id=first["session_id"]
    )
    return LiveSession(principal, first["seen_at"])


def token(token: str, address: str) -> Principal | None:
    """Who holds this API token, by one join. None once it is revoked or expired, when its person is gone, or does not work
    for its market any more. It may do what it was given and its person's role still allows."""
    found = fetch(
        f"SELECT t.id AS token_id, t.scopes, t.market_id AS bound_to, {_PERSON}, {_PLACE} FROM tokens t"
        " JOIN people p ON p.id = t.person_id LEFT JOIN memberships w ON w.person_id = p.id AND w.market_id = t.market_id"
        " AND w.ended_at IS NULL LEFT JOIN markets m ON m.id = w.market_id WHERE t.token_hash = :hash AND t.revoked_at IS NULL"
        " AND t.expires_at > :now AND p.deactivated_at IS NULL",
        hash=fingerprint(token), now=clock.now(),
    )  # fmt: skip
    if not found or (found[0]["bound_to"] is not None and found[0]["role"] is None):
        return None
    row = found[0]
    place = _place(row) if row["role"] is not None else None
    scopes = frozenset(row["scopes"].split()) & allowed(place.role if place else None)
    return _principal(row, (place,) if place else (), place, scopes, address, token_id=row["token_id"])


def fingerprint(token: str) -> str:
    """What is kept of a token. It is random and long, so one plain SHA-256 hides it well enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def _principal(
    row: Row, places: tuple[Place, ...], market: Place | None, scopes: frozenset[str], address: str,
    *, session_id: int | None = None, token_id: int | None = None,
) -> Principal:  # fmt: skip
    return Principal(
        person_id=row["person_id"], email=row["email"], name=row["name"], is_operator=bool(row["is_operator"]), places=places,
        market=market, scopes=scopes, address=address, session_id=session_id, token_id=token_id,
    )  # fmt: skip


def _place(row: Row) -> Place:
    return Place(
        row["market_id"], row["slug"], row["market_name"], row["tagline"], row["currency"], row["role"], row["version"], row["logo"],
    )  # fmt: skip
