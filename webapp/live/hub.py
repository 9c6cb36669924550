"""The hub: the one place of a process that asks the database what its streams wait for.

A thread (a greenlet under gevent) reads the versions of everything watched once a second, one query for each kind however
many streams there are, and at once for what was announced. What has a new version is rendered once and posted to all
streams that watch it. It starts with the first stream.
"""

from __future__ import annotations

import logging
import sys
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from flask import Flask
from prometheus_client import Gauge

from webapp import db
from webapp.errors import NotFound
from webapp.live.ears import Ear, OwnEar, PostgresEar
from webapp.live.gone import gone
from webapp.live.stream import Stream, Watched
from webapp.live.topics import LiveState, Topic
from webapp.settings import Settings
from webapp.web.problem import Unavailable

log = logging.getLogger(__name__)

LOOK_EVERY = 1.0
"""Seconds between two looks at everything watched. A page shows what is within two seconds with one to spare."""

SHORTEST = 0.03
"""Seconds between two looks at what was announced: many announcements become one look."""

ATTENTIVE = 0.25
"""Seconds within which the hub notices that its process ends."""

AT_ONCE = 50
"""Things that are rendered together when there is news of many."""

MOST_STREAMS = {"threads": 40, "greenlets": 4000}
"""Streams of one process. A stream keeps a thread where threads serve: of the embedded market's 64, 24 stay free."""

STREAMS = Gauge("marketflow_live_streams", "Live pages' streams that this process keeps open.")


@dataclass(slots=True)
class _Watch:
    version: Hashable = None
    streams: set[Stream] = field(default_factory=set)


class Hub:
    """See the module. One per app and process; safe to use from all threads."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._lock = threading.Lock()
        self._watches: dict[Watched, _Watch] = {}
        self._sockets: dict[Stream, object] = {}
        self._thread: threading.Thread | None = None
        self._ear: Ear = self._new_ear()
        self._ending: Callable[[], bool] = lambda: False
        self.most_streams = MOST_STREAMS["greenlets" if _cooperative() else "threads"]

    def open(self, watched: Sequence[Watched], socket: object = None) -> Stream:
        """A stream that watches these, with their present states rendered in the caller's own session.

        Raises NotFound for what is gone, and Unavailable when the process has as many streams as it can keep or ends:
        the page then asks every two seconds instead.
        """
        stream = Stream(watched, self._left)
        with self._lock:
            if len(self._sockets) >= self.most_streams or self._ending():
                raise Unavailable("there are too many live pages at the moment", retry_after=10)
            self._sockets[stream] = socket
            STREAMS.inc()
            for one in stream.watched:
                self._watches.setdefault(one, _Watch()).streams.add(stream)
            self._run_if_asleep()
        try:
            # The stream is on the list before its states are read: a change in between is posted to it.
            stream.begin([(one, self._present(*one)) for one in stream.watched])
        except BaseException:
            stream.close()
            raise
        return stream

    def hear(self, moved: Mapping[str, set[int]]) -> None:
        """Something moved, says this process."""
        if self._thread is not None:
            self._ear.hear(moved)

    @property
    def awake(self) -> bool:
        """Whether its thread runs."""
        return self._thread is not None

    def end_with(self, ending: Callable[[], bool]) -> None:
        """End all streams as soon as `ending` is true: the server says so when it was told to stop."""
        self._ending = ending

    def _present(self, topic: Topic, id: int) -> LiveState:
        version = topic.versions([id]).get(id)
        if version is None:
            raise NotFound("there is nothing to watch here")
        state = topic.render(id)
        with self._lock:
            watch = self._watches.get((topic, id))
            if watch is not None and watch.version is None:
                watch.version = version
        return state

    def _left(self, stream: Stream) -> None:
        with self._lock:
            if stream not in self._sockets:
                return
            del self._sockets[stream]
            STREAMS.dec()
            for one in stream.watched:
                watch = self._watches[one]
                watch.streams.discard(stream)
                if not watch.streams:
                    del self._watches[one]

    def _run_if_asleep(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="live-hub", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        look_at, looked = 0.0, 0.0
        try:
            while not self._ending():
                moved = self._ear.wait(max(0.0, min(ATTENTIVE, look_at - time.monotonic())))
                now = time.monotonic()
                if now >= look_at:
                    self._end_gone()
                    self._look(self._watched())
                    look_at = now + LOOK_EVERY
                elif concerned := [one for one in self._watched() if one[1] in moved.get(one[0].about, ())]:
                    time.sleep(max(0.0, SHORTEST - (now - looked)))
                    self._look(concerned)
                    looked = time.monotonic()
        finally:
            self._ear.close()
            with self._lock:
                self._thread = None
                streams = list(self._sockets)
            for stream in streams:
                stream.end()

    def _watched(self) -> list[Watched]:
        with self._lock:
            return list(self._watches)

    def _look(self, watched: Iterable[Watched]) -> None:
        by_topic: dict[Topic, list[int]] = {}
        for topic, id in watched:
            by_topic.setdefault(topic, []).append(id)
        for topic, ids in by_topic.items():
            try:
                # A request of nobody: addresses in partials are built as for a page, and no session belongs to anyone.
                with self._app.test_request_context("/live"):
                    self._look_at(topic, ids)
            except Exception as error:
                # The streams stay: the next look may find the database again, and what it finds is the present state.
                log.warning(
                    "live pages could not look at %s: %s", topic.kind, error, exc_info=not db.is_unavailable(error)
                )

    def _look_at(self, topic: Topic, ids: Sequence[int]) -> None:
        versions = topic.versions(ids)
        fresh = [id for id in ids if self._is_news(topic, id, versions)]
        for first in range(0, len(fresh), AT_ONCE):
            # A few at a time: the first do not wait for the last.
            some = fresh[first : first + AT_ONCE]
            states = self._together(topic, [id for id in some if id in versions])
            for id in some:
                self._renew(topic, id, versions.get(id), states.get(id))

    def _is_news(self, topic: Topic, id: int, versions: Mapping[int, Hashable]) -> bool:
        with self._lock:
            watch = self._watches.get((topic, id))
        # Nobody may be left, or nothing be new, or the first stream be just reading the present state.
        return watch is not None and (id not in versions or watch.version not in (None, versions[id]))

    def _together(self, topic: Topic, ids: Sequence[int]) -> Mapping[int, LiveState]:
        if topic.render_many is None or len(ids) < 2:
            return {}
        try:
            return topic.render_many(ids)
        except Exception as error:
            if db.is_unavailable(error):
                raise
            # One of them cannot be rendered: by itself each other one can.
            log.warning("live pages of %s are rendered one by one: %s", topic.kind, error)
            db.db.session.rollback()
            return {}

    def _renew(self, topic: Topic, id: int, version: Hashable, state: LiveState | None) -> None:
        if version is not None and state is None:
            try:
                state = topic.render(id)
            except Exception as error:
                if db.is_unavailable(error):
                    raise
                log.exception("live page %s:%s cannot be rendered; its streams end", topic.kind, id)
                db.db.session.rollback()  # What failed in the database must not fail the next one's rendering too.
        with self._lock:
            watch = self._watches.get((topic, id))
            if watch is None:
                return
            watch.version = version
            streams = list(watch.streams)
        for stream in streams:
            if state is None:
                stream.end()
            else:
                stream.post((topic, id), state)

    def _end_gone(self) -> None:
        with self._lock:
            sockets = dict(self._sockets)
        for stream in gone(sockets):
            stream.end()

    def _new_ear(self) -> Ear:
        settings: Settings = self._app.extensions["settings"]
        if settings.on_postgresql and settings.database_url is not None:
            return PostgresEar(settings.database_url)
        return OwnEar()


def _cooperative() -> bool:
    monkey = sys.modules.get("gevent.monkey")
    return monkey is not None and bool(monkey.is_module_patched("threading"))
