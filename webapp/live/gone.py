"""Which readers have closed their connection: a thread that waits for the next state would only learn it when it writes."""

from __future__ import annotations

import select
import sys
from collections.abc import Mapping
from typing import Any, Protocol, TypeVar, runtime_checkable

T = TypeVar("T")

HUNG_UP = getattr(select, "POLLRDHUP", 0)
"""Linux tells it; elsewhere the heartbeat finds out within half a minute."""


@runtime_checkable
class _Socket(Protocol):
    def fileno(self) -> int: ...


def gone(sockets: Mapping[T, object]) -> list[T]:
    """The keys of the sockets whose other end has closed, found by one call to the system."""
    if not HUNG_UP:
        return []
    poller = _poll()
    keys: dict[int, T] = {}
    for key, socket in sockets.items():
        # A socket that was closed meanwhile has no number any more.
        if isinstance(socket, _Socket) and (number := socket.fileno()) >= 0:
            keys[number] = key
            poller.register(number, HUNG_UP)
    return [keys[number] for number, _ in poller.poll(0)] if keys else []


def _poll() -> Any:
    # gevent's own poll makes a watcher for each socket and does not know this sign; we ask without waiting, so that the
    # system's holds nobody up.
    monkey = sys.modules.get("gevent.monkey")
    return monkey.get_original("select", "poll")() if monkey else select.poll()
