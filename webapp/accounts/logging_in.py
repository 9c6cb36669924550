"""Logging in and out. An account that was registered for and is not confirmed cannot be used: who knows its password is
told to confirm it first, and nobody else learns that it waits."""

from __future__ import annotations

from typing import Annotated

from flask import Response, current_app, make_response, redirect, render_template, request
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints

from webapp import db
from webapp.accounts import commands, joining, passwords, principal, queries, sessions
from webapp.accounts.actor import Actor
from webapp.accounts.desk import bp
from webapp.errors import TooMany
from webapp.settings import Settings
from webapp.web import reading, throttle
from webapp.web.access import visitor
from webapp.web.fields import Email, Form
from webapp.web.problem import timed
from webapp.web.reading import Filled

QUARTER_OF_AN_HOUR = 900.0
NO_MATCH = "That email and password do not belong together. Look at both again."


UNCONFIRMED = "Confirm your address first: open the link that we have sent to it. Registering once more sends another."


class Unconfirmed(Exception):
    """The password belongs to a registration that waits for its confirmation."""


class LogIn(Form):
    """The log-in form."""

    email: Email
    password: Annotated[str, StringConstraints(max_length=1000)]


@bp.get("/login")
@visitor
def login() -> ResponseReturnValue:
    """Show the log-in form; who is logged in already goes on."""
    if principal.maybe() is not None:
        return redirect(_onwards(), 303)
    return _form_page(Filled({}))


@bp.post("/login")
@visitor
def log_in() -> ResponseReturnValue:
    """Check the password and begin a session."""
    filled = reading.form(LogIn)
    if filled.data is None:
        return _form_page(filled, 422)
    try:
        token = _checked(filled.data)
    except Unconfirmed:
        return _form_page(Filled(filled.values, None, {"": UNCONFIRMED}), 422)
    except TooMany as error:
        return timed(_form_page(filled.refused(error), 429), error)
    if token is None:
        return _form_page(Filled(filled.values, None, {"": NO_MATCH}), 422)
    if (known := principal.maybe()) is not None:
        _end(known)
    sessions.begin(token)
    return redirect(_onwards_of(filled.data.email), 303)


@bp.post("/logout")
@visitor
def log_out() -> ResponseReturnValue:
    """End the session. Who has none is logged out already."""
    if (known := principal.maybe()) is not None:
        _end(known)
    sessions.end()
    return redirect("/", 303)


def _checked(form: LogIn) -> str | None:
    # The try is counted before the password is looked at, so that many at once cannot slip through together, and taken
    # back when it was right: only failures count. No transaction is open during the hundredths that the hash takes.
    settings: Settings = current_app.extensions["settings"]
    where = principal.address()
    keys = [f"login address {where}", f"login email {form.email}"]
    db.transact(lambda: throttle.take(keys, settings.login_rate, QUARTER_OF_AN_HOUR))
    account, waiting = queries.credentials(form.email), joining.pending(form.email)
    db.db.session.rollback()
    right = passwords.matches(account.password_hash if account else waiting, form.password)
    if account is None and right:
        db.transact(lambda: throttle.give_back(keys, settings.login_rate, QUARTER_OF_AN_HOUR))
        raise Unconfirmed
    if account is None or account.deactivated or not right:
        return None
    old = account.password_hash or ""
    renewed = passwords.hashed(form.password) if passwords.is_old(old) else None

    def begin() -> str:
        throttle.give_back(keys, settings.login_rate, QUARTER_OF_AN_HOUR)
        if renewed is not None:
            commands.renew_password_hash(account.person_id, old, renewed)
        actor = Actor(account.person_id, None, form.email, where)
        return commands.log_in(account.person_id, actor=actor, agent=agent())

    return db.transact(begin)


def agent() -> str:
    """The browser of this request, in its own words."""
    return request.user_agent.string


def _end(known: principal.Principal) -> None:
    session_id = known.session_id
    if session_id is not None:
        db.transact(lambda: commands.log_out(session_id, actor=known.actor))


def _form_page(filled: Filled[LogIn], status: int = 200) -> Response:
    target = request.values.get("next", "")
    return make_response(
        render_template("accounts/login.html", form=filled, next=sessions.safe_next(target, "")), status
    )


def _onwards() -> str:
    return sessions.safe_next(request.values.get("next"), "/console/" if principal.current().market else "/")


def _onwards_of(email: str) -> str:
    person = queries.person_by_email(email)
    works = person is not None and queries.market_of(person["id"]) is not None
    return sessions.safe_next(request.values.get("next"), "/console/" if works else "/")
