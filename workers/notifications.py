"""When emails are written and sent: the two actors of the notifications queue, and the timer's part."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import current_app

from webapp import clock
from webapp.db import transact
from webapp.notifications import commands, mailer


def notify(event_ids: Sequence[str], stopping: Callable[[], bool] = mailer.never) -> None:
    """Write the emails that these events cause, and send them."""
    drafts = commands.draft(event_ids)
    _deliver(transact(lambda: commands.write(drafts, clock.now())), stopping)


def deliver(email_ids: Sequence[str], stopping: Callable[[], bool] = mailer.never) -> None:
    """Send those of the emails that still wait."""
    _deliver([int(email_id) for email_id in email_ids], stopping)


class Reminder:
    """The timer's part: asks again for emails that are due, and now and then writes those that were forgotten."""

    FORGOTTEN_EVERY = clock.seconds(15)

    def __init__(self) -> None:
        self.forgotten = commands.Forgotten()
        self.looked_at = 0

    def __call__(self) -> int:
        """Returns how many emails were asked for or written."""
        now = clock.now()
        asked = transact(lambda: commands.ask_due(now))
        if now - self.looked_at < self.FORGOTTEN_EVERY:
            return asked
        found = self.forgotten.find(now)
        if not found:
            self.looked_at = now
            return asked
        drafts = commands.draft(found)
        return asked + len(transact(lambda: commands.write(drafts, now)))


def _deliver(email_ids: Sequence[int], stopping: Callable[[], bool]) -> None:
    if not email_ids:
        return
    letters = transact(lambda: commands.claim(email_ids, clock.now()))
    # No transaction is open from here on: a mail server may take its time.
    results = mailer.send(current_app.extensions["settings"], letters, stopping)
    if results:
        transact(lambda: commands.settle(results, clock.now()))
