"""One client's stream of server-sent events. It waits for its hub and holds neither a session nor a connection of the
database; the states that it is given wait in a place each, so that a slow reader gets the newest and not all of them."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence

from webapp.live.topics import LiveState, Topic

HEARTBEAT = 15.0
"""Seconds of silence after which a comment is sent: proxies keep the connection, and a reader that has left is noticed."""

LONGEST = 600.0
"""Seconds after which a stream closes; the browser opens the next, which asks again who may see what."""

RECONNECT_IN = (1000, 3000)
"""Milliseconds after which a browser opens a stream again that broke off, at least and at most: when a process stops, not
all of its readers come back at the same instant."""

Watched = tuple[Topic, int]


class Stream:
    """What a response iterates over. `close` must be called, and werkzeug does, however the response ends."""

    def __init__(self, watched: Sequence[Watched], left: Callable[[Stream], None]) -> None:
        self.watched = tuple(watched)
        self._left = left
        self._waiting: dict[Watched, LiveState] = {}
        self._told: dict[Watched, LiveState] = {}
        self._bell = threading.Event()
        self._over = False
        self._until = time.monotonic() + LONGEST * random.uniform(0.9, 1.0)  # noqa: S311  (jitter is no secret)

    def begin(self, present: Sequence[tuple[Watched, LiveState]]) -> None:
        """The present states, which are sent first. Called once, before anybody iterates."""
        for watched, state in present:
            # What the hub has posted meanwhile is newer.
            self._waiting.setdefault(watched, state)

    def post(self, watched: Watched, state: LiveState) -> None:
        """The hub has a new state for this stream."""
        self._waiting[watched] = state
        self._bell.set()

    def end(self) -> None:
        """Let the stream close after what it is sending."""
        self._over = True
        self._bell.set()

    def close(self) -> None:
        """Leave the hub. May be called more than once."""
        self._over = True
        self._left(self)

    def __iter__(self) -> Iterator[bytes]:
        """The bytes of the stream: the present states at once, then each new one, a comment in silences."""
        yield f"retry: {random.randint(*RECONNECT_IN)}\n\n".encode()  # noqa: S311
        while True:
            self._bell.clear()
            yield from self._fresh()
            if all(watched in self._told and self._told[watched].final for watched in self.watched):
                yield event("end", "{}")
                return
            if self._over or time.monotonic() >= self._until:
                return
            if not self._bell.wait(min(HEARTBEAT, max(self._until - time.monotonic(), 0.0))):
                yield b": still here\n\n"

    def _fresh(self) -> Iterator[bytes]:
        for watched in list(self._waiting):
            state = self._waiting.pop(watched)
            before = self._told.get(watched)
            self._told[watched] = state
            if before is None or before.text != state.text:
                yield event(watched[0].event, state.text)


def event(name: str, text: str) -> bytes:
    """One server-sent event: every line of the text on a data line of its own."""
    lines = "".join(f"data: {line}\n" for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"))
    return f"event: {name}\n{lines}\n".encode()
