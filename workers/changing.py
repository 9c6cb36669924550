"""When many products are changed at once: the actor of the imports queue that works on a change a few seconds at a time, so
that changes and imports take turns. What a killed worker left the timer asks for again."""

from __future__ import annotations

import time
from collections.abc import Sequence

from webapp import clock, outbox
from webapp.console.bulk import commands, working
from webapp.db import is_unavailable, transact

SLICE_SECONDS = 3.0


def change(ids: Sequence[str]) -> None:
    """Work on these changes, each for a few seconds."""
    for change_id in map(int, ids):
        try:
            _work(change_id, time.monotonic() + SLICE_SECONDS)
        except Exception as error:
            if not is_unavailable(error):
                said = f"The work stopped by itself ({type(error).__name__}). What was changed so far stays."
                transact(lambda change_id=change_id, said=said: working.give_up(change_id, said))  # type: ignore[misc]
            raise


def look_after(now: int) -> int:
    """The timer's part: ask for changes that nobody works on, and forget those that nobody began; returns how many were asked for."""
    commands.forget_old(now)
    return commands.ask_due(now)


def _work(change_id: int, until: float) -> None:
    while transact(lambda: working.step(change_id)):
        if time.monotonic() >= until:
            transact(lambda: outbox.ask(outbox.IMPORTS, "change", [change_id], clock.now()))
            return
