"""The letters that were written, as their readers have them: through the real actors, out of the mailbox's rows."""

from __future__ import annotations

import re
from dataclasses import dataclass

from flask import Flask

from webapp import db
from webapp.notifications.letters import with_tokens
from workers.draining import Pump


@dataclass(frozen=True)
class Got:
    """One letter in somebody's inbox."""

    kind: str
    to: str
    subject: str
    text: str

    @property
    def link(self) -> str:
        """The path of its button."""
        found = re.search(r"^https?://[^/]+(/\S*)$", self.text, re.MULTILINE)
        assert found, self.text
        return found[1]


def inbox(app: Flask, address: str) -> list[Got]:
    """Everything that was written to an address, oldest first, after all that waits has been sent."""
    with app.app_context():
        pump = Pump()
        pump.drain()
        pump.close()
        sent = db.fetch(
            "SELECT kind, recipient, subject, cause_id, html, text, state FROM emails WHERE recipient = :to ORDER BY id",
            to=address,
        )
        db.db.session.rollback()
        assert {row["state"] for row in sent} <= {"SENT"}
        return [Got(row["kind"], row["recipient"], row["subject"], row["text"]) for row in with_tokens(sent)]
