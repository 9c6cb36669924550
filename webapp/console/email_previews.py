"""Every kind of email with example data, for owners to look at, and to send to themselves."""

from __future__ import annotations

from flask import Response
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.accounts import audit, letters, principal
from webapp.accounts.models import OWNER
from webapp.accounts.queries import market_by_id
from webapp.console.desk import bp, done, show
from webapp.console.emails import framed
from webapp.db import db, transact
from webapp.errors import TooMany
from webapp.notifications import examples, kinds
from webapp.notifications.render import Rendered
from webapp.notifications.routes import HTML_POLICY
from webapp.web import throttle
from webapp.web.access import works_for_market
from webapp.web.problem import timed
from webapp.web.reading import sentence

ADDRESS = "/console/emails/preview"
TESTS, HOUR = 10, 3600.0
"""Test letters that one person may send within an hour."""

SHUT_IN = HTML_POLICY.replace("sandbox allow-top-navigation-by-user-activation", "sandbox")
"""The links of an example lead nowhere."""


@bp.get("/emails/preview")
@works_for_market(OWNER)
def email_previews() -> Response:
    """Show the first kind of email, and the way to the others."""
    return _page(kinds.COMPLETED)


@bp.get("/emails/preview/<kind>")
@works_for_market(OWNER)
def email_preview(kind: str) -> Response:
    """Show one kind of email with example data."""
    return _page(kind)


@bp.get("/emails/preview/<kind>/html")
@works_for_market(OWNER)
def email_preview_html(kind: str) -> Response:
    """The example's HTML, shut into a frame."""
    return framed(_example(kind).html, SHUT_IN)


@bp.post("/emails/preview/<kind>/test")
@works_for_market(OWNER)
def send_test(kind: str) -> ResponseReturnValue:
    """Send an example to the owner's own address, and to no other."""
    me = principal.current()
    _example(kind)

    def ask() -> None:
        throttle.take([f"test email of person {me.person_id}"], TESTS, HOUR)
        letters.ask(letters.TEST, me.email, name=kind, person_id=me.person_id, market_id=me.market_id)
        audit.record(
            "email.test",
            "market",
            me.market_id,
            None,
            {"kind": kinds.TITLES[kind], "to": me.email},
            me.market_id,
            actor=me.actor,
        )

    try:
        transact(ask)
    except TooMany as error:
        return timed(_page(kind, error.status, sentence(error.detail)), error)
    return done(f"A test goes to {me.email}. What becomes of it stands in the log.", f"{ADDRESS}/{kind}")


def _page(kind: str, status: int = 200, problem: str = "") -> Response:
    db.session.rollback()
    return show(
        "email_preview.html", "emails", status, kind=kind, example=_example(kind), groups=examples.GROUPS, titles=kinds.TITLES, problem=problem,
        reader=principal.current().email,
    )  # fmt: skip


def _example(kind: str) -> Rendered:
    """The example of a kind. Raises NotFound for what is none."""
    return examples.example(kind, market_by_id(principal.current().market_id), clock.to_datetime(clock.now()))
