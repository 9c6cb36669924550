"""What is written to people about their accounts, and the one-time links in it.

A command asks for a letter by writing its row; the notifications room makes the email of it. Whether there is an account
decides only which letter is written: the asking takes the same statements, and gets the same answer, either way.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Iterable, Mapping, Sequence

from flask import current_app

from webapp import clock, outbox
from webapp.accounts.queries import fingerprint
from webapp.db import Row, among, execute, fetch, insert
from webapp.errors import NotFound
from webapp.settings import Settings

CONFIRM, EXISTS, RESET, NEW_EMAIL, INVITED = "confirm", "has_account", "reset", "new_email", "invited"
EMAIL_CHANGED, PASSWORD_CHANGED = "email_changed", "password_changed"
LOW_STOCK = "low_stock"
TEST = "test"
"""An email of some kind with example data, which an owner sends to themself; its `name` is the kind."""

NOBODY = "nobody"
"""Somebody asked for an account that does not exist: the row is written all the same, the email is not."""

HOUR = 3600.0
LIFETIMES = {CONFIRM: 48 * HOUR, RESET: 1 * HOUR, NEW_EMAIL: 24 * HOUR, INVITED: 7 * 24 * HOUR}
"""Seconds that the link in a letter of each kind opens something. The other kinds have none."""

PLACE = "__one-time-link__"
"""What stands in a written email where its token belongs: the token itself is put in when the email goes out, so that no
table holds it."""

CAUSE = "letter:"
"""How the cause of an email about an account begins; the letter's id follows."""


def ask(
    kind: str, email: str, *, name: str = "", person_id: int | None = None, market_id: int | None = None, role: str | None = None,
    sender: str = "", password_hash: str | None = None, about: int | None = None,
) -> int:  # fmt: skip
    """Ask for a letter; returns its id. `password_hash` is that of a registration, kept until it is confirmed; `about` is
    what another room, which asks for a letter of its own, finds its words by."""
    now, life = clock.now(), LIFETIMES.get(kind)
    nonce = secrets.token_hex(32) if life else None
    record = {
        "kind": kind, "email": email, "name": name, "person_id": person_id, "market_id": market_id, "role": role, "sender": sender,
        "about": about, "password_hash": password_hash, "nonce": nonce, "token_hash": fingerprint(token_of(nonce)) if nonce else None,
        "created_at": now, "expires_at": now + clock.seconds(life) if life else None,
    }  # fmt: skip
    [made] = insert(
        "account_letters", [record], returning="id",
        kind="text", email="text", name="text", person_id="bigint", market_id="bigint", role="text", sender="text", about="bigint",
        password_hash="text", nonce="text", token_hash="text", created_at="bigint", expires_at="bigint",  # noqa: S106 - columns
    )  # fmt: skip
    outbox.ask(outbox.NOTIFICATIONS, "account", [made["id"]], now)
    return int(made["id"])


def token_of(nonce: str) -> str:
    """The token in a letter's link: from its row and the house's key together, so that neither alone gives it."""
    settings: Settings = current_app.extensions["settings"]
    made = hmac.digest(settings.signing_key.encode(), f"account letter {nonce}".encode(), "sha256")
    return base64.urlsafe_b64encode(made).decode().rstrip("=")


def behind(token: str, kind: str) -> Row:
    """The letter whose link this is. Raises NotFound once the link was used, has expired or was replaced."""
    found = fetch(
        "SELECT l.id, l.kind, l.email, l.name, l.person_id, l.market_id, l.role, l.sender, l.password_hash FROM account_letters l"
        " WHERE l.token_hash = :hash AND l.kind = :kind AND l.used_at IS NULL AND l.expires_at > :now",
        hash=fingerprint(token[:200]), kind=kind, now=clock.now(),
    )  # fmt: skip
    if not found:
        raise NotFound("this link was used already, or its time is over")
    return found[0]


def use(letter_id: int) -> None:
    """Use a letter's link up. Raises NotFound when somebody else has just done so."""
    now = clock.now()
    used = fetch(
        "UPDATE account_letters SET used_at = :now, password_hash = NULL WHERE id = :id AND used_at IS NULL AND expires_at > :now"
        " RETURNING id",
        id=letter_id,
        now=now,
    )
    if not used:
        raise NotFound("this link was used already, or its time is over")


def end(kinds: Iterable[str], email: str, market_id: int | None = None) -> list[int]:
    """End the links of these kinds that were sent to an address (for one market, if one is named); returns the letters' ids."""
    one = "" if market_id is None else " AND market_id = :market_id"
    ended = fetch(
        "UPDATE account_letters SET used_at = :now, password_hash = NULL WHERE email = :email AND used_at IS NULL"
        f" AND expires_at IS NOT NULL AND {among('kind', 'kinds', 'text')}{one} RETURNING id",
        now=clock.now(),
        email=email,
        kinds=kinds,
        **({} if market_id is None else {"market_id": market_id}),
    )
    return [int(row["id"]) for row in ended]


def forget_stale() -> None:
    """Forget the names and passwords of registrations that nobody confirmed in time."""
    execute(
        "UPDATE account_letters SET password_hash = NULL, name = '' WHERE password_hash IS NOT NULL AND expires_at <= :now",
        now=clock.now(),
    )


def to_write(letter_ids: Sequence[int]) -> list[Row]:
    """What the words of these letters are made of; those that are written to nobody are left out."""
    return fetch(
        "SELECT l.id, l.kind, l.email, l.role, l.sender, l.market_id, l.about, l.created_at, l.expires_at, l.name, p.name AS person_name,"
        " p.email AS person_email, m.name AS market_name, m.slug AS market_slug, m.theme, m.logo, m.logo_width,"
        " m.logo_height FROM account_letters l"
        " LEFT JOIN people p ON p.id = l.person_id LEFT JOIN markets m ON m.id = l.market_id"
        f" WHERE {among('l.id', 'asked')} AND l.kind <> '{NOBODY}' AND l.email <> '' ORDER BY l.id",
        asked=set(letter_ids),
    )


def tokens_of(letter_ids: Iterable[int]) -> Mapping[int, str]:
    """The tokens of letters by id, for whoever puts them into an email that goes out. They belong into no log."""
    found = fetch(
        f"SELECT l.id, l.nonce FROM account_letters l WHERE {among('l.id', 'asked')} AND l.nonce IS NOT NULL",
        asked=set(letter_ids),
    )
    return {row["id"]: token_of(row["nonce"]) for row in found}
