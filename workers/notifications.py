"""When emails are written and sent: the three actors of the notifications queue, and the timer's part."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from flask import current_app

from webapp import clock
from webapp.db import transact
from webapp.notifications import commands, letters, mailer
from workers import ending


def notify(event_ids: Sequence[str]) -> None:
    """Write the emails that these events cause, and send them."""
    drafts = commands.draft(event_ids)
    _send(lambda: commands.write(drafts, clock.now()))


def account(letter_ids: Sequence[str]) -> None:
    """Write the emails about accounts that these letters ask for, and send them."""
    drafts = commands.draft_account([int(letter_id) for letter_id in letter_ids])
    _send(lambda: commands.write(drafts, clock.now()))


def deliver(email_ids: Sequence[str]) -> None:
    """Send those of the emails that still wait."""
    _send(lambda: [int(email_id) for email_id in email_ids])


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
        found, unwritten = self.forgotten.find(now), letters.forgotten(now)
        if not found and not unwritten:
            self.looked_at = now
            return asked
        for drafts in (commands.draft(found), commands.draft_account(unwritten)):
            asked += len(transact(partial(commands.write, drafts, now)))
        return asked


def _send(waiting: Callable[[], Sequence[int]]) -> None:
    settings = current_app.extensions["settings"]

    def claimed() -> list[mailer.Letter]:
        return commands.claim(waiting(), clock.now())

    if settings.smtp_url is None:
        # Nobody outside is called, so there is no claim that a process could die with: an email is there and sent, or is not there.
        transact(lambda: commands.settle(mailer.send(settings, claimed()), clock.now()))
        return
    letters = transact(claimed)
    # No transaction is open from here on: a mail server may take its time.
    results = mailer.send(settings, letters, ending.is_near)
    if results:
        transact(lambda: commands.settle(results, clock.now()))
