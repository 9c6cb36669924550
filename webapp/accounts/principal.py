"""Who asks, as a route sees them: the person, the market they work for, what they may do, and the actor for the audit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import request

from webapp.accounts.actor import Actor
from webapp.errors import Forbidden, Unauthorised
from webapp.web import access


@dataclass(frozen=True, slots=True)
class Place:
    """A market that a person works for, and as what."""

    id: int
    slug: str
    name: str
    tagline: str
    currency: str
    role: str
    version: int = 1
    logo: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """A recognised person, by a session (`session_id`) or by a token (`token_id`)."""

    person_id: int
    email: str
    name: str
    is_operator: bool
    places: tuple[Place, ...] = ()
    market: Place | None = None
    scopes: frozenset[str] = frozenset()
    session_id: int | None = None
    token_id: int | None = None
    address: str = ""

    @property
    def role(self) -> str | None:
        """Their role in the market that they work for now."""
        return self.market.role if self.market else None

    @property
    def roles(self) -> list[str]:
        """All that they are here: owner or staff of the market, operator of the house, and shopper like everyone."""
        return [*([self.role] if self.role else []), *(["operator"] if self.is_operator else []), "shopper"]

    @property
    def market_id(self) -> int:
        """The id of their market. Raises Forbidden when they work for none."""
        return self.place.id

    @property
    def place(self) -> Place:
        """Their market. Raises Forbidden when they work for none."""
        if self.market is None:
            raise Forbidden("this belongs to the people of a market")
        return self.market

    @property
    def actor(self) -> Actor:
        """Who the audit will name."""
        return Actor(self.person_id, self.token_id, self.email, self.address)

    @property
    def scope(self) -> str:
        """Person and market in one word: within what an idempotency key is unique."""
        return f"{self.person_id}/{self.market.id if self.market else '-'}"

    @property
    def is_authenticated(self) -> bool:
        """For templates: there is somebody."""
        return True


def current() -> Principal:
    """Who asks. Raises Unauthorised on a route that strangers may use, when one does."""
    known = maybe()
    if known is None:
        raise Unauthorised("please log in")
    return known


def maybe() -> Principal | None:
    """Who asks, or None for a stranger."""
    return cast("Principal | None", access.caller())


def address() -> str:
    """The network address of who asks, as the audit and the throttle write it."""
    return (request.remote_addr or "")[:64]
