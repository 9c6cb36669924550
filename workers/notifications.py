"""When emails are written and sent: the two actors of the notifications queue."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import current_app

from webapp import clock
from webapp.db import transact
from webapp.notifications import commands, mailer


def notify(event_ids: Sequence[str], stopping: Callable[[], bool] = mailer.never) -> None:
    """Write the emails that these events cause, and send them."""
    _deliver(transact(lambda: commands.write(event_ids, clock.now())), stopping)


def deliver(email_ids: Sequence[str], stopping: Callable[[], bool] = mailer.never) -> None:
    """Send those of the emails that still wait."""
    _deliver([int(email_id) for email_id in email_ids], stopping)


def _deliver(email_ids: Sequence[int], stopping: Callable[[], bool]) -> None:
    if not email_ids:
        return
    letters = transact(lambda: commands.claim(email_ids, clock.now()))
    # No transaction is open from here on: a mail server may take its time.
    results = mailer.send(current_app.extensions["settings"], letters, stopping)
    if results:
        transact(lambda: commands.settle(results, clock.now()))
