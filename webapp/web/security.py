"""What every answer says to browsers, and what every change by a browser must prove: that it comes from our own pages."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request

from webapp.errors import Forbidden
from webapp.settings import Settings
from webapp.web.access import COOKIE_PAGES, Access

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)

STRIPE = {
    "script-src": ("https://js.stripe.com", "https://*.js.stripe.com"),
    "frame-src": ("'self'", "https://js.stripe.com", "https://*.js.stripe.com", "https://hooks.stripe.com"),
    "connect-src": ("https://api.stripe.com",),
}
"""What Stripe's card field needs beyond our own (docs.stripe.com/security/guide): its script, its frames, its address."""

HEADERS = {
    "Content-Security-Policy": CONTENT_POLICY,
    "X-Content-Type-Options": "nosniff",
    # Our own pages are told where a visitor came from, others are not: an order's link is a secret. (`no-referrer` would
    # make browsers send `Origin: null` with our own forms.)
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}

STRIPE_MAY = HEADERS["Permissions-Policy"].replace("payment=()", 'payment=(self "https://js.stripe.com")')
"""The card field may ask the browser for a payment, as wallets do."""

FOR_EVER = "public, max-age=31536000, immutable"


def with_stripe() -> str:
    """The content policy of the one page that shows Stripe's card field."""
    known = {part.split(" ")[0]: part for part in CONTENT_POLICY.split("; ")}
    return "; ".join(
        {**known, **{name: " ".join((known.get(name, name), *more)) for name, more in STRIPE.items()}}.values()
    )


def init_app(app: Flask, settings: Settings) -> None:
    """Add the headers to every answer and the proof of origin to every change. Comes after access.init_app."""
    https = settings.base_url.startswith("https://")
    app.config.update(
        # The prefix makes browsers refuse the cookie from anyone but this very host.
        SESSION_COOKIE_NAME="__Host-marketflow" if https else "marketflow",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=https,
        SESSION_REFRESH_EACH_REQUEST=False,
    )
    app.before_request(_refuse_foreign_changes)
    app.after_request(_add_headers)


def _refuse_foreign_changes() -> None:
    access: Access | None = g.get("access")
    if request.method in SAFE_METHODS or access is None or access.to not in COOKIE_PAGES:
        return
    if not from_our_pages():
        raise Forbidden("this change did not come from one of our own pages", kind="foreign-origin")


def from_our_pages() -> bool:
    """Whether the browser says that this request was made by a page of ours: by Sec-Fetch-Site, or by Origin where the
    browser is older than that. A request that says neither is not."""
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site in ("same-origin", "none")
    origin = request.headers.get("Origin")
    settings: Settings = current_app.extensions["settings"]
    base = urlsplit(settings.base_url)
    return origin in (f"{request.scheme}://{request.host}", f"{base.scheme}://{base.netloc}")


def _add_headers(response: Response) -> Response:
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    settings: Settings = current_app.extensions["settings"]
    if settings.base_url.startswith("https://"):
        response.headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    access: Access | None = g.get("access")
    if request.endpoint == "static" and response.status_code in (200, 304):
        # An address that carries the content's fingerprint never changes its content.
        response.headers["Cache-Control"] = FOR_EVER if "v" in request.args else "public, max-age=3600"
    elif access is not None and access.to == "visitor":
        response.headers.setdefault("Cache-Control", "private, no-cache")
        response.vary.add("Cookie")
    elif access is not None and access.to != "public":
        response.headers.setdefault("Cache-Control", "no-store")
    return response
