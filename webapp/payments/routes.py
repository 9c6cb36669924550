"""Where payment providers call back: server to server, without a session, believed for their signature alone."""

from __future__ import annotations

from flask import Blueprint, current_app, request
from flask.typing import ResponseReturnValue

from webapp import clock
from webapp.db import transact
from webapp.errors import NotFound, Unauthorised
from webapp.payments import means
from webapp.payments.answers import read_callback, verify_callback
from webapp.payments.commands import hear
from webapp.payments.gateway import told_by_stripe
from webapp.web.access import signed

bp = Blueprint("payments", __name__)

LARGEST_CALLBACK = 64 * 1024
LARGEST_EVENT = 256 * 1024


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
    return {"outcome": transact(lambda: hear(heard, means.TEST, now))}


@bp.post("/payments/stripe")
@signed
def stripe_event() -> ResponseReturnValue:
    """Take one of Stripe's events: 200 with what came of it, also when it changed nothing or is about nothing of ours; 401
    forged or old, 400 malformed, 404 where no cards are taken. No session and no form: the signature over the raw body is the
    proof of who asks."""
    settings = current_app.extensions["settings"]
    if not settings.takes_cards:
        raise NotFound("no cards are taken here")
    request.max_content_length = LARGEST_EVENT
    body = request.get_data(cache=False)
    now = clock.now()
    heard = told_by_stripe(request.headers.get("Stripe-Signature"), body, settings)
    return {"outcome": transact(lambda: hear(heard, means.CARD, now)) if heard else "not ours"}
