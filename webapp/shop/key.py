"""The one-time key of an order form: made when the form is shown, signed, and good for the place it was made for. However
often the form is sent, it is one order."""

from __future__ import annotations

import secrets

from flask import current_app
from itsdangerous import BadSignature, Signer

SCOPE = "page"
"""Within what these keys are unique among all checkouts."""


def mint(place: str) -> str:
    """A fresh key for a form at `place`, as its hidden field carries it."""
    return _signer().sign(f"{place}.{secrets.token_urlsafe(16)}").decode()


def sealed(place: str, secret: str) -> str:
    """The key of all forms that share `secret`, as their hidden fields carry it: however many there are, they are one order."""
    return _signer().sign(f"{place}.{secret}").decode()


def opened(given: str, place: str) -> str | None:
    """The checkout's key inside a form's field; None when it was not made by us, or for another place."""
    try:
        key = _signer().unsign(given).decode()
    except (BadSignature, UnicodeError):
        return None
    return key if key.rpartition(".")[0] == place else None


def _signer() -> Signer:
    return Signer(str(current_app.config["SECRET_KEY"]), salt="one order")
