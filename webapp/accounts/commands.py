"""What happens to people, markets, sessions and tokens. Commands run in the caller's transaction and never commit."""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence

from webapp import clock
from webapp.accounts import audit, queries
from webapp.accounts.actor import Actor
from webapp.accounts.arriving import arrived
from webapp.accounts.models import OWNER, STAFF
from webapp.accounts.principal import Place
from webapp.accounts.scopes import chosen, stored
from webapp.db import execute, fetch
from webapp.errors import Conflict, FieldError, Invalid, NotFound
from webapp.web.fields import EMAIL

DAY = 86_400.0
SESSION_DAYS = 30
TOKEN_PREFIX = "mf_"  # noqa: S105 - it marks our tokens, so that a search for leaked secrets finds them

_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def create_person(
    email: str,
    name: str,
    password_hash: str | None,
    *,
    actor: Actor,
    is_operator: bool = False,
    confirmed: bool = False,
) -> int:
    """Open an account; returns its id. The hash comes from passwords.hashed, made before the transaction begins; without
    one nobody can log in. Raises Invalid for what is no email, Conflict when the account is there already."""
    address = email.strip().lower()
    if len(address) > 254 or not EMAIL.fullmatch(address):
        raise Invalid.field("email", "not-an-email", "Write an email address, like ada@example.com.")
    now = clock.now()
    made = fetch(
        "INSERT INTO people (email, name, password_hash, is_operator, confirmed_at, created_at)"
        " VALUES (:email, :name, :hash, :is_operator, :confirmed_at, :now) ON CONFLICT (email) DO NOTHING RETURNING id",
        email=address, name=name.strip()[:120], hash=password_hash, is_operator=is_operator,
        confirmed_at=now if confirmed else None, now=now,
    )  # fmt: skip
    if not made:
        raise Conflict(
            "there is an account with this email already", FieldError("email", "taken", "This email has an account.")
        )
    person_id = int(made[0]["id"])
    audit.record(
        "person.create", "person", person_id, after={"email": address, "is_operator": is_operator}, actor=actor
    )
    return person_id


def create_market(
    slug: str, name: str, currency: str, *, actor: Actor, tagline: str = "", hero_title: str = "", hero_text: str = "",
    hero_picture: str | None = None, theme: str = "{}", wants_delivery: bool = True,
) -> int:  # fmt: skip
    """Open a market; returns its id. Raises Invalid for a slug or currency of the wrong form, Conflict for a taken slug."""
    if len(slug) > 60 or not _SLUG.fullmatch(slug):
        raise Invalid.field("slug", "wrong-form", "Use small letters, digits and single hyphens, 60 at most.")
    if not re.fullmatch(r"[A-Z]{3}", currency):
        raise Invalid.field("currency", "wrong-form", "Give the currency's three letters, like EUR.")
    made = fetch(
        "INSERT INTO markets (slug, name, tagline, hero_title, hero_text, hero_picture, currency, theme, wants_delivery, created_at)"
        " VALUES (:slug, :name, :tagline, :hero_title, :hero_text, :hero_picture, :currency, :theme, :wants_delivery, :now)"
        " ON CONFLICT (slug) DO NOTHING RETURNING id",
        slug=slug, name=name, tagline=tagline, hero_title=hero_title, hero_text=hero_text, hero_picture=hero_picture,
        currency=currency, theme=theme, wants_delivery=wants_delivery, now=clock.now(),
    )  # fmt: skip
    if not made:
        raise Conflict(f"there is a market {slug} already", FieldError("slug", "taken", "This name is taken."))
    market_id = int(made[0]["id"])
    after = {"slug": slug, "name": name, "currency": currency}
    audit.record("market.create", "market", market_id, after=after, market_id=market_id, actor=actor)
    return market_id


def add_member(person_id: int, market_id: int, role: str, *, actor: Actor) -> None:
    """Let a person work for a market as OWNER or STAFF; who worked there already has the new role from now on."""
    if role not in (OWNER, STAFF):
        raise Invalid.field("role", "not-a-choice", f"Choose {OWNER} or {STAFF}.")
    before = fetch(
        "SELECT role FROM memberships WHERE person_id = :person_id AND market_id = :market_id",
        person_id=person_id,
        market_id=market_id,
    )
    execute(
        "INSERT INTO memberships (person_id, market_id, role) VALUES (:person_id, :market_id, :role)"
        " ON CONFLICT (person_id, market_id) DO UPDATE SET role = excluded.role, ended_at = NULL",
        person_id=person_id, market_id=market_id, role=role,
    )  # fmt: skip
    audit.record(
        "member.add",
        "person",
        person_id,
        before=before[0] if before else None,
        after={"role": role},
        market_id=market_id,
        actor=actor,
    )


def log_in(person_id: int, *, actor: Actor, agent: str) -> str:
    """Begin a session of a person whose password was right; returns its token, which only their cookie will know."""
    token, now = secrets.token_urlsafe(32), clock.now()
    [made] = fetch(
        "INSERT INTO sessions (token_hash, person_id, address, agent, created_at, seen_at, expires_at)"
        " VALUES (:hash, :person_id, :address, :agent, :now, :now, :expires_at) RETURNING id",
        hash=queries.fingerprint(token), person_id=person_id, address=actor.address, agent=agent[:200], now=now,
        expires_at=now + clock.seconds(SESSION_DAYS * DAY),
    )  # fmt: skip
    audit.record("session.begin", "session", int(made["id"]), actor=actor)
    arrived(person_id, actor)
    return token


def log_out(session_id: int, *, actor: Actor) -> None:
    """End a session: its cookie opens nothing any more. Ending it again changes nothing."""
    ended = fetch(
        "UPDATE sessions SET ended_at = :now WHERE id = :id AND ended_at IS NULL RETURNING id",
        id=session_id,
        now=clock.now(),
    )
    if ended:
        audit.record("session.end", "session", session_id, actor=actor)


def see_session(session_id: int) -> None:
    """Note that a session is in use."""
    execute("UPDATE sessions SET seen_at = :now WHERE id = :id", id=session_id, now=clock.now())


def renew_password_hash(person_id: int, old: str, new: str) -> None:
    """Replace a hash by a stronger one of the same password, unless the password was changed meanwhile."""
    execute(
        "UPDATE people SET password_hash = :new WHERE id = :id AND password_hash = :old", id=person_id, old=old, new=new
    )


def issue_token(
    email: str,
    market_slug: str | None = None,
    scopes: Sequence[str] = (),
    days: int = 90,
    *,
    actor: Actor | None = None,
) -> str:
    """Make an API token and return it: it is shown this once. The token of someone who works for a market is bound to one.

    Raises NotFound for an unknown email or market, Invalid for a scope that does not exist or that the role does not allow,
    for days out of 1-3650, and when somebody works for several markets and none was named.
    """
    person = queries.person_by_email(email)
    if person is None:
        raise NotFound(f"there is no account with the email {email}")
    if not 1 <= days <= 3650:
        raise Invalid.field("days", "out-of-range", "A token lasts from 1 to 3650 days.")
    place = _bound_to(person["id"], email, market_slug)
    named = chosen(scopes, place.role if place else None)
    token, now = TOKEN_PREFIX + secrets.token_urlsafe(32), clock.now()
    [made] = fetch(
        "INSERT INTO tokens (token_hash, person_id, market_id, scopes, created_at, expires_at)"
        " VALUES (:hash, :person_id, :market_id, :scopes, :now, :expires_at) RETURNING id",
        hash=queries.fingerprint(token), person_id=person["id"], market_id=place.id if place else None,
        scopes=stored(named), now=now, expires_at=now + clock.seconds(days * DAY),
    )  # fmt: skip
    audit.record(
        "token.issue", "token", int(made["id"]), after={"email": person["email"], "scopes": named, "days": days},
        market_id=place.id if place else None, actor=actor or Actor.system("market token"),
    )  # fmt: skip
    return token


def revoke_token(token_id: int, *, actor: Actor) -> None:
    """Make a token worthless at once. Raises NotFound unless it is the actor's own; revoking again changes nothing."""
    found = fetch(
        "SELECT id, market_id, revoked_at FROM tokens WHERE id = :id AND person_id = :person_id",
        id=token_id,
        person_id=actor.person_id,
    )
    if not found:
        raise NotFound("there is no such token")
    if found[0]["revoked_at"] is None:
        execute("UPDATE tokens SET revoked_at = :now WHERE id = :id", id=token_id, now=clock.now())
        audit.record("token.revoke", "token", token_id, market_id=found[0]["market_id"], actor=actor)


def _bound_to(person_id: int, email: str, market_slug: str | None) -> Place | None:
    places = queries.places_of(person_id)
    if market_slug is not None:
        for place in places:
            if place.slug == market_slug:
                return place
        raise NotFound(f"{email} works for no market {market_slug}")
    if len(places) > 1:
        raise Invalid.field(
            "market", "required", f"Name one of {email}'s markets: {', '.join(place.slug for place in places)}."
        )
    return places[0] if places else None
