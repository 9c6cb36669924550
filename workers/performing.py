"""How an actor works on its ids, whatever carried them: all at once, and one by one where that fails."""

from __future__ import annotations

import traceback
from collections.abc import Sequence

import structlog

from webapp import inbox
from webapp.db import is_unavailable, transact
from webapp.inbox import Parked
from workers.subscriptions import ACTORS

log = structlog.get_logger()


def perform(queue: str, actor: str, ids: Sequence[str]) -> None:
    """Let an actor work on ids; needs an app context. When the whole list fails each id is tried alone, so that a poisoned one
    costs itself: it is parked. When the database is away nothing more is tried, and a timer asks again."""
    try:
        ACTORS[queue][actor](ids)
    except Exception as error:
        if is_unavailable(error):
            log.warning(
                "task failed; it will be asked for again",
                queue=queue,
                actor=actor,
                ids=len(ids),
                reason=str(error).splitlines()[0],
            )
            return
        if len(ids) > 1:
            log.warning("task failed; one by one", queue=queue, actor=actor, ids=len(ids), reason=repr(error))
            for id_ in ids:
                perform(queue, actor, [id_])
            return
        log.exception("parked", queue=queue, actor=actor, id=ids[0])
        aside = Parked(
            f"{actor}:{ids[0]}",
            queue,
            actor,
            None,
            plain(ids[0]),
            plain(f"{type(error).__name__}: {error}"),
            plain(traceback.format_exc()),
        )
        transact(lambda: inbox.park(queue, [aside]))


def plain(text: str) -> str:
    """A text that PostgreSQL can keep."""
    return text.replace("\x00", "\N{REPLACEMENT CHARACTER}")
