"""Who may use a route. Every route declares one of these, a test enumerates the URL map, and one that declares nothing
answers nobody.

=====================  ==========================================================================================
``@public``            anyone; the page is the same for all, reads no session and may be kept by caches
``@visitor``           anyone; the page may say who you are (`current_user`), and is kept by nobody
``@shopper``           anyone who is logged in
``@works_for_market``  the owners and staff of a market, or only the named roles
``@operator``          who runs the whole house
``@endpoint(scope)``   a bearer token with one of the scopes (webapp/web/api.py)
``@signed``            a machine that signs its request; the route checks the signature itself
=====================  ==========================================================================================
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TypeVar
from urllib.parse import quote

from flask import Flask, Response, current_app, g, request
from flask.typing import ResponseReturnValue

from webapp.errors import Forbidden, MarketError, TooMany, Unauthorised
from webapp.settings import Settings
from webapp.web.throttle import Buckets

To = Literal["public", "visitor", "shopper", "market", "operator", "api", "signed"]
View = TypeVar("View", bound=Callable[..., Any])

COOKIE_PAGES = frozenset({"public", "visitor", "shopper", "market", "operator"})


class Caller(Protocol):
    """What a declaration has to know of whoever asks; webapp/accounts/principal.py is the real thing."""

    @property
    def is_operator(self) -> bool:
        """Whether they run the house."""

    @property
    def role(self) -> str | None:
        """Their role in the market that they work for now, if any."""

    @property
    def scopes(self) -> frozenset[str]:
        """What a token may do."""

    @property
    def token_id(self) -> int | None:
        """The token's row, when they came with one."""

    @property
    def scope(self) -> str:
        """Person and market in one word: within what an idempotency key is unique."""

    @property
    def market(self) -> Any:
        """The market that they work for now, for templates; None for shoppers."""


@dataclass(frozen=True, slots=True)
class Access:
    """A declaration: to whom a route is open, and with which roles or scopes (one of them is enough)."""

    to: To
    roles: frozenset[str] = frozenset()
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Callers:
    """How a caller is recognised: by this request's session cookie, or by a bearer token. The accounts room gives it."""

    by_session: Callable[[], Caller | None]
    by_token: Callable[[str], Caller | None]


def declare(view: View, access: Access) -> View:
    """Write a declaration on a view."""
    view.__access__ = access  # type: ignore[attr-defined]
    return view


def public(view: View) -> View:
    """Open to anyone, the same for all."""
    return declare(view, Access("public"))


def visitor(view: View) -> View:
    """Open to anyone; may know who asks."""
    return declare(view, Access("visitor"))


def shopper(view: View) -> View:
    """Open to anyone who is logged in."""
    return declare(view, Access("shopper"))


def works_for_market(*roles: str) -> Callable[[View], View]:
    """Open to the owners and staff of a market: to all of them, or to the named roles."""
    return lambda view: declare(view, Access("market", roles=frozenset(roles)))


def operator(view: View) -> View:
    """Open to who runs the house."""
    return declare(view, Access("operator"))


def signed(view: View) -> View:
    """Open to a machine that signs what it sends; the view itself must check that."""
    return declare(view, Access("signed"))


def declarations(app: Flask) -> dict[str, Access | None]:
    """What each endpoint of the URL map declares; None is a hole that a test must find."""
    return {rule.endpoint: _of(app.view_functions[rule.endpoint]) for rule in app.url_map.iter_rules()}


def init_app(app: Flask, settings: Settings) -> None:
    """Ask every request for what its route declares. Flask's own static files are public."""
    public(app.view_functions["static"])
    buckets = Buckets(settings.api_rate)
    app.extensions["api_buckets"] = buckets
    app.before_request(_enforce)


def caller() -> Caller | None:
    """Who asks, as far as the route may know: None on public and signed routes, and for strangers."""
    access: Access | None = g.get("access")
    if access is None or access.to in ("public", "signed"):
        return None
    known: Caller | None = g.get("caller")
    return known


def _enforce() -> ResponseReturnValue | None:
    if request.url_rule is None:
        return None  # Nothing is there: the routing's own 404 or 405 follows.
    access = _of(current_app.view_functions[request.url_rule.endpoint])
    if access is None:
        raise RuntimeError(f"{request.url_rule.endpoint} does not declare who may use it")
    g.access = access
    if access.to in ("public", "signed"):
        return None
    if access.to == "visitor":
        # Asked now and not when a template first wants to know: the accounts room ends its read transaction, and with it
        # whatever the view had loaded.
        g.caller = _callers().by_session()
        return None
    if access.to == "api":
        _by_token(access)
        return None
    return _by_session(access)


def _by_token(access: Access) -> None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise Unauthorised("send your token as `Authorization: Bearer TOKEN`")
    known = _callers().by_token(token.strip())
    if known is None:
        raise Unauthorised("this token is not valid, or not any more", kind="invalid-token")
    g.caller = known
    buckets: Buckets = current_app.extensions["api_buckets"]
    wait = buckets.take(str(known.token_id))
    if wait > 0:
        raise TooMany(f"this token may make {buckets.rate} requests a second", retry_after=max(1, round(wait)))
    if access.scopes and not known.scopes.intersection(access.scopes):
        raise Forbidden(f"this token lacks the scope {' or '.join(access.scopes)}", kind="missing-scope")


def _by_session(access: Access) -> ResponseReturnValue | None:
    known = _callers().by_session()
    if known is None:
        return to_log_in()
    g.caller = known
    if access.to == "operator" and not known.is_operator:
        raise Forbidden("this page belongs to who runs the house")
    if access.to == "market" and (known.role is None or (access.roles and known.role not in access.roles)):
        raise Forbidden("this page belongs to the people of a market")
    return None


def to_log_in() -> Response:
    """The way to the log-in page, and from there back to where this request wanted to go."""
    if request.headers.get("HX-Request") == "true":
        # htmx would put the log-in page into a corner of this one: it is told to go there instead.
        return Response(status=401, headers={"HX-Redirect": "/login"})
    if request.method not in ("GET", "HEAD"):
        return _redirect("/login")
    asked = request.full_path if request.query_string else request.path
    return _redirect(f"/login?next={quote(asked)}")


def _redirect(address: str) -> Response:
    return Response(status=303, headers={"Location": address})


def challenge(error: MarketError) -> str | None:
    """The WWW-Authenticate header (RFC 6750) of a refusal, if it needs one."""
    if error.status == 401:
        return 'Bearer realm="marketflow"' + (', error="invalid_token"' if error.kind == "invalid-token" else "")
    access: Access | None = g.get("access")
    if error.status == 403 and access is not None and access.to == "api":
        return f'Bearer realm="marketflow", error="insufficient_scope", scope="{" ".join(access.scopes)}"'
    return None


def _of(view: Callable[..., Any]) -> Access | None:
    return getattr(view, "__access__", None)


def _callers() -> Callers:
    callers: Callers = current_app.extensions["callers"]
    return callers
