"""The process that works on the task queues: Dramatiq's worker over RabbitMQ, with the actors of the saga's screen.

A message is acknowledged once it was worked on, however that went: what is still to do stands in rows, and a timer asks for
it again. So nothing is retried by the broker, and nothing ends in a dead-letter queue.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence

import dramatiq
import structlog
from dramatiq import Broker, Worker
from flask import Flask

from webapp import heartbeats, inbox
from webapp.db import is_unavailable, transact
from webapp.inbox import Parked
from webapp.settings import Settings
from workers import ending, logs, metrics, rabbit
from workers.believing import PARK, DistrustfulBroker, DistrustfulEncoder, Unreadable
from workers.loops import BEAT_SECONDS, holder
from workers.performing import perform, plain
from workers.servers import with_brokers
from workers.subscriptions import ACTORS

log = structlog.get_logger()

THREADS = 10
"""Messages worked on at once. Most of their time is the provider's or the mail server's; the database has 15 connections."""

WAKE_MILLISECONDS = 500
FINISH_MILLISECONDS = 4_000
"""How long what is being worked on may take after a signal; cut off then, it is asked for again."""


def run(app: Flask) -> int:
    """Work on the queues until a signal; returns the exit status."""
    settings = with_brokers(app)
    logs.set_up()
    stop = threading.Event()
    ending.stops(app, stop)
    tasks = Tasks(app, settings)
    metrics.serve(settings, "tasks")
    log.info("tasks start", queues=list(ACTORS))
    tasks.start()
    return ending.run({"tasks": lambda: tasks.beat_until(stop)}, stop, tasks.close)


class Tasks:
    """The actors and Dramatiq's worker, as threads of this process."""

    def __init__(self, app: Flask, settings: Settings, threads: int = THREADS) -> None:
        self._app = app
        dramatiq.set_encoder(DistrustfulEncoder())
        self.broker = rabbit.connect(settings, DistrustfulBroker)
        _declare(self.broker, PARK, next(iter(ACTORS)), self._park)
        for queue, actors in ACTORS.items():
            for actor in actors:
                _declare(self.broker, actor, queue, self._job(queue, actor))
        self._worker = Worker(self.broker, worker_timeout=WAKE_MILLISECONDS, worker_threads=threads)

    def start(self) -> None:
        """Begin to work; while RabbitMQ is away it is tried again every three seconds."""
        self._worker.start()

    def beat_until(self, stop: threading.Event) -> None:
        """Say every few seconds that this process lives, and whether RabbitMQ hears it. Returns at `stop`, or when a thread of
        the worker has died, so that the process ends and another begins."""
        while all(thread.is_alive() for thread in (*self._worker.workers, *self._worker.consumers.values())):
            connected = self._connected()
            with self._app.app_context():
                self._beat("ok" if connected else "degraded")
            if stop.wait(BEAT_SECONDS if connected else 1.0):
                return

    def close(self) -> None:
        """Finish what is being worked on; the rest stays in RabbitMQ."""
        self._worker.stop(FINISH_MILLISECONDS)
        self.broker.close()

    def _connected(self) -> bool:
        readers = [getattr(self._worker.consumers.get(queue), "consumer", None) for queue in ACTORS]
        return all(reader is not None and reader.connection.is_open for reader in readers)

    def _beat(self, state: str) -> None:
        try:
            transact(lambda: heartbeats.beat(f"tasks@{holder()}", "tasks", state, {"pid": os.getpid()}))
        except Exception as error:
            if not is_unavailable(error):
                raise
            log.warning("heartbeat not written", reason=str(error).splitlines()[0])

    def _job(self, queue: str, actor: str) -> Callable[[Sequence[str]], None]:
        def work(ids: Sequence[str]) -> None:
            with self._app.app_context():
                perform(queue, actor, ids)

        return work

    def _park(self, unreadable: Unreadable) -> None:
        log.warning("parked", queue=unreadable.queue, message=unreadable.id, reason=unreadable.reason)
        payload = plain(unreadable.body.decode("utf-8", "replace"))
        aside = Parked(unreadable.id, unreadable.queue, "unreadable", None, payload, plain(unreadable.reason))
        with self._app.app_context():
            # No row knows of this message: until it is parked it is not acknowledged, however long that takes.
            while not _parked(unreadable.queue, aside):
                time.sleep(1.0)


def _parked(queue: str, aside: Parked) -> bool:
    try:
        transact(lambda: inbox.park(queue, [aside]))
    except Exception as error:
        if not is_unavailable(error):
            raise
        return False
    return True


def _declare(broker: Broker, name: str, queue: str, work: Callable[..., None]) -> None:
    # Without the Retries middleware nothing is tried again: what max_retries=0 would say.
    dramatiq.Actor(work, broker=broker, actor_name=name, queue_name=queue, priority=0, options={})
