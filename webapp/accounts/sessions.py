"""The browser's session, and the only module that knows Flask-Login.

The signed cookie carries a random token, and the token's SHA-256 is a row: ending the row ends the session, whatever
cookie somebody has kept. Flask-Login's own hooks are left out on purpose: they read the session on every answer, and a
page that reads the session cannot be kept by a cache; its second cookie ("remember me") would outlive a log-out.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import flask_login
from flask import Flask, current_app, flash, g, redirect, request, session
from flask.typing import ResponseReturnValue

from webapp import clock, db
from webapp.accounts import commands, queries
from webapp.accounts.principal import Principal, address

IDLE = 14 * commands.DAY
"""Seconds without a visit after which a session is over."""

SEEN_EVERY = 3600.0
"""How often, in seconds, a visit is noted: a write for each page would be too many."""


def init_app(app: Flask) -> None:
    """Recognise visitors by their session."""
    manager = flask_login.LoginManager()
    manager.session_protection = None  # It compares addresses and browsers, which change while one travels.
    manager.user_loader(_load)
    app.login_manager = manager  # type: ignore[attr-defined]
    app.config["PERMANENT_SESSION_LIFETIME"] = int(commands.SESSION_DAYS * commands.DAY)


def visitor() -> Principal | None:
    """Whom this request's cookie names. Without a cookie nothing is read at all."""
    if current_app.config["SESSION_COOKIE_NAME"] not in request.cookies:
        return None
    # Flask-Login remembers whom it found for as long as the app's context lives, and in a command or a test that is
    # longer than one request.
    g.pop("_login_user", None)
    user = flask_login.current_user
    return user._get_current_object().principal if user.is_authenticated else None


def begin(token: str) -> None:
    """Put a new session's token into the cookie."""
    session.permanent = True
    flask_login.login_user(_User(token, None), force=True)


def end() -> None:
    """Empty the cookie."""
    flask_login.logout_user()
    session.clear()


def welcome(message: str, address: str) -> ResponseReturnValue:
    """Say that something is done, and go on to a page that everybody may see."""
    flash(message, "done")
    return redirect(address, 303)


def safe_next(address: str | None, otherwise: str) -> str:
    """Where to go after a log-in: `address` if it is a path of ours, else `otherwise`. Others could send people who have
    just typed their password to a page of theirs."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")) or not address.isprintable():
        return otherwise
    parts = urlsplit(address)
    return otherwise if parts.scheme or parts.netloc or "\\" in address else address


class _User(flask_login.UserMixin):  # type: ignore[misc]
    """What Flask-Login passes around; its id is the session's token."""

    def __init__(self, token: str, principal: Principal | None) -> None:
        self.id = token
        self.principal = principal


def _load(token: Any) -> _User | None:
    found = queries.session(str(token), IDLE, address())
    # Read in a transaction of its own: what the view reads later must not be older than this.
    db.db.session.rollback()
    if found is None:
        return None
    if found.principal.session_id is not None and clock.now() - found.seen_at > clock.seconds(SEEN_EVERY):
        session_id = found.principal.session_id
        db.transact(lambda: commands.see_session(session_id))
    return _User(str(token), found.principal)
