"""When many products or orders are changed at once: the actors of the imports queue that work on a change a few seconds at a
time, so that changes and imports take turns. What a killed worker left the timer asks for again."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import partial

import sqlalchemy as sa

from webapp import clock, outbox
from webapp.console.bulk import commands, working
from webapp.console.bulk.kinds import Kind
from webapp.console.bulk.orders import ORDERS
from webapp.console.bulk.products import PRODUCTS
from webapp.db import is_unavailable, transact

SLICE_SECONDS = 3.0
KINDS = (PRODUCTS, ORDERS)


def change(ids: Sequence[str]) -> None:
    """Work on these changes of products, each for a few seconds."""
    _work_on(PRODUCTS, ids)


def change_orders(ids: Sequence[str]) -> None:
    """Work on what is done to many orders, each of these for a few seconds."""
    _work_on(ORDERS, ids)


def look_after(now: int) -> int:
    """The timer's part: ask for changes that nobody works on, and forget those that nobody began; returns how many were asked for."""
    for kind in KINDS:
        commands.forget_old(kind, now)
    return sum(commands.ask_due(kind, now) for kind in KINDS)


def _work_on(kind: Kind, ids: Sequence[str]) -> None:
    for change_id in map(int, ids):
        try:
            _work(kind, change_id, time.monotonic() + SLICE_SECONDS)
        except Exception as error:
            if not is_unavailable(error):
                said = f"The work stopped by itself ({type(error).__name__}). What was done so far stays."
                transact(partial(working.give_up, kind, change_id, said))
            raise


def _work(kind: Kind, change_id: int, until: float) -> None:
    while _step(kind, change_id):
        if time.monotonic() >= until:
            transact(lambda: outbox.ask(outbox.IMPORTS, kind.actor, [change_id], clock.now()))
            return


def _step(kind: Kind, change_id: int) -> bool:
    try:
        return transact(lambda: working.step(kind, change_id))
    except sa.exc.IntegrityError:
        # Somebody took the SKU of a product that comes back, between the look and the write: a second look finds it taken.
        return transact(lambda: working.step(kind, change_id))
