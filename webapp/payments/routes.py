"""Where the payment provider calls back: server to server, without a session, believed for its signature alone."""

from __future__ import annotations

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.db import transact
from webapp.errors import Unauthorised
from webapp.payments.answers import read_callback, verify_callback
from webapp.payments.commands import hear
from webapp.web.access import signed

bp = Blueprint("payments", __name__)

LARGEST_CALLBACK = 64 * 1024


@bp.post("/payments/callback")
@signed
def callback() -> ResponseReturnValue:
    """Take one callback: 200 with what came of it, also when it changed nothing; 401 forged or old, 400 malformed."""
    request.max_content_length = LARGEST_CALLBACK
    body = request.get_data(cache=False)
    now = clock.now()
    if not verify_callback(
        request.headers.get("Provider-Signature"), body, current_app.extensions["settings"].provider_key, now
    ):
        raise Unauthorised("the signature does not hold", kind="bad-signature")
    heard = read_callback(body)
    return {"outcome": transact(lambda: hear(heard, now))}
