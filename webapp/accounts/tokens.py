"""Recognising a program by its bearer token."""

from __future__ import annotations

from flask import Flask

from webapp import db
from webapp.accounts import queries, sessions
from webapp.accounts.principal import Principal, address
from webapp.web.access import Callers

LONGEST = 200


def init_app(app: Flask) -> None:
    """Tell the web layer how callers are recognised."""
    app.extensions["callers"] = Callers(by_session=sessions.visitor, by_token=holder)


def holder(token: str) -> Principal | None:
    """Who holds this token, if it is good."""
    if len(token) > LONGEST or not token.isascii():
        return None
    found = queries.token(token, address())
    # Read in a transaction of its own: the view's first read sees what is true then.
    db.db.session.rollback()
    return found
