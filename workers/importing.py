"""When imports are worked on: the actor of the imports queue, and the timer's part.

An import is worked on a few seconds at a time, so that a process can end and imports take turns; then it asks for itself
again. What a killed worker held is asked for by the timer when its lease has run out, and goes on from the rows.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping, Sequence

import structlog

from webapp import clock
from webapp.console.imports import commands, job
from webapp.console.imports import models as m
from webapp.console.imports.applying import Applying
from webapp.console.imports.dry_run import DryRun
from webapp.console.imports.undoing import Undoing
from webapp.db import Row, is_unavailable, transact

log = structlog.get_logger()

WORKERS: Mapping[str, type[DryRun] | type[Applying] | type[Undoing]] = {
    m.READING: DryRun,
    m.APPLYING: Applying,
    m.UNDOING: Undoing,
}

SLICE_SECONDS = 3.0
FORGET_EVERY = clock.seconds(600)


def work_on(ids: Sequence[str]) -> None:
    """Read, apply or undo these imports for a few seconds each."""
    for import_id in ids:
        work(int(import_id))


def work(import_id: int, seconds: float = SLICE_SECONDS) -> bool:
    """Work on one import for so long at the most; returns whether it was free to be worked on."""
    row = transact(lambda: job.claim(import_id, secrets.token_hex(16)))
    if row is None:
        return False
    try:
        _work(row, time.monotonic() + seconds)
    except job.Lost:
        log.info("import left to others", id=import_id)
    except Exception as error:
        if not is_unavailable(error):
            # It would fail for ever: it stops, says so on its page, and the cause is parked with its stack.
            said = f"The work stopped by itself ({type(error).__name__}). What was written so far can be undone."
            transact(lambda: job.finish(row, job.STOPPED[row["status"]], {}, said))
        raise
    return True


class Housekeeper:
    """The timer's part: asks for imports that are due, and now and then forgets old files."""

    def __init__(self) -> None:
        self.forgot_at = 0

    def __call__(self) -> int:
        """Returns how many imports were asked for."""
        now = clock.now()
        if now - self.forgot_at > FORGET_EVERY and not transact(lambda: commands.forget_old(now)):
            self.forgot_at = now
        return transact(lambda: commands.ask_due(now))


def _work(row: Row, until: float) -> None:
    worker = WORKERS[row["status"]](row)
    more = worker.step()
    while more and time.monotonic() < until:
        more = worker.step()
    if more is not False:
        transact(lambda: job.leave(row, waits=more is None))
