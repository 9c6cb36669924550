"""Who am I, for programs."""

from __future__ import annotations

from flask import Blueprint

from webapp.accounts import principal
from webapp.accounts.scopes import ALL
from webapp.web.api import endpoint
from webapp.web.fields import View

api = Blueprint("accounts_api", __name__, url_prefix="/api/v1")


class MarketView(View):
    """The market that a token is bound to."""

    id: int
    slug: str
    name: str
    currency: str


class MeView(View):
    """Whose token this is, and what it may do."""

    email: str
    roles: list[str]
    scopes: list[str]
    market: MarketView | None


@api.get("/me")
@endpoint(answers=MeView)
def me() -> MeView:
    """Tell whose token this is."""
    known = principal.current()
    place = known.market
    return MeView(
        email=known.email,
        roles=known.roles,
        scopes=[scope for scope in ALL if scope in known.scopes],
        market=MarketView(id=place.id, slug=place.slug, name=place.name, currency=place.currency) if place else None,
    )
