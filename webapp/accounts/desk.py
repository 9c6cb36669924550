"""What the pages about accounts share: the blueprint, the throttles, and the check of a password that is asked once more."""

from __future__ import annotations

from typing import Annotated

from flask import Blueprint, Response, current_app, make_response, render_template
from pydantic import AfterValidator, StringConstraints

from webapp import clock, db
from webapp.accounts import passwords, principal, queries
from webapp.errors import Invalid, TooMany
from webapp.settings import Settings
from webapp.web import throttle
from webapp.web.fields import one_line
from webapp.web.problem import timed

bp = Blueprint("accounts", __name__)

QUARTER_OF_AN_HOUR, HOUR = 900.0, 3600.0

LETTERS_TO_ONE = 5
"""Letters an hour that strangers may have us write to one address."""

LETTERS_FROM_ONE = 20
"""Letters an hour that one network address may have us write."""

Password = Annotated[str, StringConstraints(max_length=1000)]
Name = Annotated[str, StringConstraints(max_length=120), AfterValidator(one_line)]


def count_letter(email: str) -> None:
    """Count a letter that somebody has us write, over all processes and whoever it goes to. Raises TooMany."""
    throttle.take([f"letter to {email}"], LETTERS_TO_ONE, HOUR)
    throttle.take([f"letter from {principal.address()}"], LETTERS_FROM_ONE, HOUR)


def count_try(what: str) -> None:
    """Count a try to guess something: a password behind a link, or one that is asked once more. Raises TooMany."""
    settings: Settings = current_app.extensions["settings"]
    keys = [f"{what}", f"try address {principal.address()}"]
    db.transact(lambda: throttle.take(keys, settings.login_rate, QUARTER_OF_AN_HOUR))


def prove(password: str | None) -> None:
    """Check the password of who is logged in, asked once more before a change that a thief of the session must not make.
    Raises Invalid naming the field `password`, TooMany after too many tries. No transaction may be open."""
    known = principal.current()
    if not password:
        raise Invalid.field("password", "required", "Your password is needed for this.")
    what = f"try person {known.person_id}"
    count_try(what)
    account = queries.credentials(known.email)
    db.db.session.rollback()
    if not passwords.matches(account.password_hash if account else None, password):
        raise Invalid.field("password", "wrong", "This is not your password.")
    settings: Settings = current_app.extensions["settings"]
    keys = [what, f"try address {principal.address()}"]
    db.transact(lambda: throttle.give_back(keys, settings.login_rate, QUARTER_OF_AN_HOUR))


def show(template: str, status: int = 200, error: TooMany | None = None, **names: object) -> Response:
    """A page about accounts; `error` is why it came back, if it was too often."""
    page = make_response(
        render_template(f"accounts/{template}", now=clock.to_datetime(clock.now()), market=None, **names), status
    )
    if error is None:
        return page
    page.status_code = error.status
    return timed(page, error)
