"""The mailbox: every email that the market wrote, where no mail server is set to take them.

It belongs to the embedded market, and there to whoever may see an email's order: people see their own market's emails, the
operator sees all. Letters about accounts belong to no market: without a mail server the operator reads them out. In a demo everybody does, so that a visitor who has just ordered can read what they would get.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from flask import Blueprint, Response, current_app, make_response, redirect, render_template
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.accounts import principal
from webapp.errors import NotFound
from webapp.notifications import kinds, queries
from webapp.notifications.letters import with_tokens
from webapp.settings import Settings
from webapp.web import cursors, reading
from webapp.web.access import visitor

bp = Blueprint("notifications", __name__)

HTML_POLICY = "; ".join(
    (
        "default-src 'none'",
        # The styles of an email stand on its elements: nothing else may be loaded, run or sent by it.
        "style-src 'unsafe-inline'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self'",
        "sandbox allow-top-navigation-by-user-activation",
    )
)


@bp.get("/mailbox")
@visitor
def mailbox() -> ResponseReturnValue:
    """List the emails, newest first."""
    if _is_stranger():
        return redirect("/login?next=/mailbox", 303)
    paging = reading.query(cursors.Paging)
    found = queries.mailbox(_markets(), paging.limit, paging.cursor, _without_keys())
    emails = found[: paging.limit]
    older = cursors.encode(emails[-1].id) if len(found) > paging.limit else None
    return render_template(
        "notifications/mailbox.html",
        emails=emails,
        titles=kinds.TITLES,
        older=older,
        newest=paging.cursor is None,
        now=_now(),
        market=None,
    )


@bp.get("/mailbox/<id:email_id>")
@visitor
def email(email_id: int) -> ResponseReturnValue:
    """Show one email: both of its parts, and every try to deliver it."""
    if _is_stranger():
        return redirect(f"/login?next=/mailbox/{email_id}", 303)
    found = queries.email_of(_markets(), email_id, _without_keys())
    [opened] = with_tokens([{"cause_id": found.cause_id, "html": "", "text": found.text}])
    tries = queries.deliveries_of(email_id)
    return render_template(
        "notifications/email.html",
        email=found,
        text=opened["text"],
        tries=tries,
        titles=kinds.TITLES,
        now=_now(),
        market=None,
    )


@bp.get("/mailbox/<id:email_id>/html")
@visitor
def email_html(email_id: int) -> Response:
    """Serve the email's HTML as a mail program would show it, shut into a frame: its links open in the whole window."""
    found = queries.email_of(_markets(), email_id, _without_keys())
    [opened] = with_tokens([{"cause_id": found.cause_id, "html": found.html, "text": ""}])
    response = make_response(opened["html"].replace("<head>", '<head><base target="_top">', 1))
    response.headers["Content-Security-Policy"] = HTML_POLICY
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _is_stranger() -> bool:
    settings = _settings()
    return settings.smtp_url is None and not _open_to_all(settings) and principal.maybe() is None


def _markets() -> Collection[int] | None:
    """The markets whose emails the caller may see, None for all. Raises NotFound for who may see none."""
    settings = _settings()
    if settings.smtp_url is not None:
        raise NotFound("there is no mailbox here: emails go to their readers")
    if _open_to_all(settings):
        return None
    known = principal.maybe()
    if known is not None and known.is_operator:
        return None
    if known is None or not known.places:
        raise NotFound("there is no mailbox of yours")
    return [place.id for place in known.places]


def _open_to_all(settings: Settings) -> bool:
    # A demo that nobody chose, but that came with the first start, is open only while it is not published.
    return settings.shows_demo and (settings.demo is True or _unpublished(settings))


def _unpublished(settings: Settings) -> bool:
    return settings.public_url is None and settings.host in ("127.0.0.1", "::1", "localhost")


def _without_keys() -> bool:
    # What is open to strangers must not give them the links that open a market's console: invitations, and the letters to
    # those who work for one.
    known = principal.maybe()
    return not _unpublished(_settings()) and not (known is not None and known.is_operator)


def _now() -> datetime:
    return clock.to_datetime(clock.now())


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings
