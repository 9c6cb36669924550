"""The market's log of emails: what was written to whom, what became of it, and sending one again."""

from __future__ import annotations

from typing import Any, Literal

from flask import Response, make_response
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.accounts import audit, letters, principal
from webapp.console import email_queries
from webapp.console.desk import bp, done, not_done, show
from webapp.console.paging import Listed, href, window
from webapp.db import db, transact
from webapp.errors import Conflict, Invalid, TooMany
from webapp.notifications import kinds, queries, resending
from webapp.notifications.models import Email
from webapp.notifications.routes import HTML_POLICY
from webapp.web import reading, throttle
from webapp.web.access import works_for_market
from webapp.web.fields import Email as EmailAddress
from webapp.web.fields import Form
from webapp.web.problem import timed
from webapp.web.reading import Filled, sentence

ADDRESS = "/console/emails"
State = Literal["", "waiting", "failing", "sent", "bounced"]
VIEWS = {"": "All", "waiting": "On their way", "failing": "Failing", "bounced": "Bounced", "sent": "Sent"}
LOGGED = (*kinds.KINDS, letters.TEST)
"""The kinds of emails that belong to a market; those about accounts belong to their readers."""

TO_ONE, HOUR = 5, 3600.0
"""Emails that one address, other than the order's own, gets within an hour by our hand."""


class EmailLog(Listed):
    """Which emails."""

    state: State = ""
    kind: Literal[
        "", "completed", "stock_refused", "payment_refused", "cancelled", "refunded", "sent", "late_refund", "test"
    ] = ""


class Resend(Form):
    """Where an email goes once more; to who it was written for where nothing is said."""

    to: EmailAddress | None = None


@bp.get("/emails")
@works_for_market()
def email_log() -> Response:
    """List the market's emails, newest first."""
    asked = reading.query(EmailLog)
    market_id = principal.current().market_id
    view = {"state": asked.state, "kind": asked.kind, "q": asked.sought}
    seen = window(("e.id",), asked, descending=True)
    found = email_queries.log(market_id, seen, asked.state, asked.kind, asked.sought)
    page = seen.page(found, lambda row: (row["id"],), ADDRESS, **view)
    counts = email_queries.counts(market_id)
    tabs = [
        (VIEWS[state], href(ADDRESS, **{**view, "state": state}), counts.get(state), state == asked.state)
        for state in VIEWS
    ]
    return show(
        "emails.html", "emails", page=page, tabs=tabs, asked=asked, kinds=[(kind, kinds.TITLES[kind]) for kind in LOGGED], titles=kinds.TITLES,
        without=lambda name: href(ADDRESS, **{**view, name: ""}), filtered=any(view.values()),
    )  # fmt: skip


@bp.get("/emails/<id:email_id>")
@works_for_market()
def email_page(email_id: int) -> Response:
    """Show one email as it was written, and every try to deliver it."""
    return _page(email_id, Filled({}))


@bp.get("/emails/<id:email_id>/html")
@works_for_market()
def email_html(email_id: int) -> Response:
    """The email's HTML as a mail program would show it, shut into a frame."""
    return framed(_email(email_id).html, HTML_POLICY)


@bp.post("/emails/<id:email_id>/resend")
@works_for_market()
def resend_email(email_id: int) -> ResponseReturnValue:
    """Deliver an email once more, to who it was written for or to another address."""
    filled = reading.form(Resend)
    form = filled.data
    if form is None:
        return _page(email_id, filled, 422)
    address = f"{ADDRESS}/{email_id}"
    try:
        recipient = transact(lambda: _resend(email_id, form.to))
    except Conflict as error:
        return not_done(sentence(error.detail), address)
    except (Invalid, TooMany) as error:
        return timed(_page(email_id, filled.refused(error), error.status), error)
    return done(f"The email goes to {recipient} once more.", address)


def framed(html: str, policy: str) -> Response:
    """An email's HTML for a frame: nothing in it runs or loads, and its links open in the whole window, where they may."""
    response = make_response(html.replace("<head>", '<head><base target="_top">', 1))
    response.headers["Content-Security-Policy"] = policy
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _resend(email_id: int, to: str | None) -> str:
    me = principal.current()
    email = _email(email_id)
    if not (to or email.recipient):
        raise Conflict("the order has no email address: write one")
    if to:
        throttle.take([f"email to {to}"], TO_ONE, HOUR)
    was = resending.resend(me.market_id, email_id, clock.now(), to)
    noted = {"email": email_id, "subject": email.subject, "recipient": email.recipient, **({"to": to} if to else {})}
    about = ("order", email.order_id) if email.order_id else ("email", email_id)
    audit.record("email.resend", *about, was, noted, me.market_id, actor=me.actor)
    return to or email.recipient


def _page(email_id: int, form: Filled[Any], status: int = 200) -> Response:
    db.session.rollback()
    email = _email(email_id)
    return show(
        "email.html", "emails", status, email=email, number=email_queries.number_of(email.order_id), titles=kinds.TITLES,
        tries=queries.deliveries_of(email_id), form=form,
    )  # fmt: skip


def _email(email_id: int) -> Email:
    """An email of the market. Raises NotFound for all others."""
    return queries.email_of([principal.current().market_id], email_id)
