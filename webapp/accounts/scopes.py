"""What a token may do, and what a person's roles allow."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from webapp.accounts.models import OWNER, STAFF
from webapp.errors import FieldError, Invalid

ALL = (
    "products:read",
    "products:write",
    "inventory:read",
    "inventory:write",
    "orders:read",
    "orders:write",
    "orders:place",
)
OF_EVERYONE = frozenset({"orders:read", "orders:place"})
"""Whoever has an account is a shopper: they place orders and read their own."""


def allowed(role: str | None) -> frozenset[str]:
    """What someone with this role in a market may do there; None stands for a shopper."""
    return frozenset(ALL) if role in (OWNER, STAFF) else OF_EVERYONE


def chosen(named: Sequence[str], role: str | None) -> list[str]:
    """The scopes of a new token: those named, or all that the role allows, in the order of ALL.

    Raises Invalid for one that does not exist, or that the role does not allow.
    """
    may = allowed(role)
    unknown = [scope for scope in named if scope not in ALL]
    if unknown:
        raise _refusal("unknown-scope", f"there is no scope {unknown[0]}; the scopes are {', '.join(ALL)}")
    beyond = [scope for scope in named if scope not in may]
    if beyond:
        raise _refusal("scope-beyond-role", f"this person's role does not allow {beyond[0]}")
    return [scope for scope in ALL if scope in (frozenset(named) or may)]


def stored(scopes: Iterable[str]) -> str:
    """Scopes as one text."""
    return " ".join(scopes)


def _refusal(code: str, message: str) -> Invalid:
    return Invalid(message, FieldError("scopes", code, message))
