"""The loops: the same over either transport, as threads of one process or as a process each.

A loop works while there is work, waits when there is none, backs off while the database or a broker is away, says every
few seconds that it lives, and stops between two steps when it is told to.
"""

from __future__ import annotations

import os
import random
import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent import futures
from concurrent.futures import Future, ThreadPoolExecutor

import structlog
from flask import Flask

from webapp import heartbeats, leases
from webapp.db import Row, is_unavailable, transact
from workers import metrics
from workers.consuming import consume
from workers.embedded_transport import EmbeddedTransport
from workers.performing import perform
from workers.relay import Relay
from workers.timers import Timer
from workers.transport import Stuck, Transport

log = structlog.get_logger()

BEAT_SECONDS = 5.0
LONGEST_PAUSE = 5.0
GIVE_UP_SECONDS = 60.0
"""A worker that has only failed for so long ends, so that its supervisor starts a fresh one."""


class Loop:
    """Runs `step` until told to stop. `step(wait)` does one batch and returns how much it did."""

    def __init__(
        self, app: Flask, name: str, step: Callable[[float], int], stop: threading.Event, gives_up: bool
    ) -> None:
        self._app, self.name, self._step, self._stop, self._gives_up = app, name, step, stop, gives_up
        self._beaten = 0.0
        self._worked = time.monotonic()
        self._pause = 0.0

    def run(self) -> None:
        """Return when told to stop. Raises Stuck when this process can make no progress any more."""
        while not self._stop.is_set():
            with self._app.app_context():
                try:
                    done = self._step(0.5)
                    metrics.MOVED.labels(self.name).inc(done)
                    self._beat()
                    self._worked, self._pause = time.monotonic(), 0.0
                except Stuck:
                    raise
                except Exception as error:  # noqa: BLE001  (whatever it is, the loop says so, waits and goes on)
                    self._failed(error)

    def _failed(self, error: Exception) -> None:
        unavailable = is_unavailable(error)
        metrics.FAILED.labels(self.name).inc()
        log.warning(
            "loop failed",
            loop=self.name,
            error=str(error).splitlines()[0] if str(error) else repr(error),
            exc_info=not unavailable,
        )
        if self._gives_up and time.monotonic() - self._worked > GIVE_UP_SECONDS:
            raise Stuck(f"{self.name} has only failed for {GIVE_UP_SECONDS:.0f} s") from error
        self._pause = min(max(self._pause * 2, 0.1), LONGEST_PAUSE)
        self._stop.wait(self._pause * random.uniform(0.5, 1.0))  # noqa: S311  (jitter is no secret)

    def _beat(self) -> None:
        if time.monotonic() - self._beaten >= BEAT_SECONDS:
            self._beaten = time.monotonic()
            transact(lambda: heartbeats.beat(f"{self.name}@{holder()}", self.name, "ok", {"pid": os.getpid()}))


def holder() -> str:
    """The name of this process among others: host and pid."""
    return f"{socket.gethostname()}:{os.getpid()}"


LEASE_SECONDS, RENEWED_AFTER = 15.0, 5.0
"""How long a lease is held, and how old it may be before it is renewed."""


def in_turn(lease: str, step: Callable[[float], int]) -> Callable[[float], int]:
    """A step that one process takes at a time, whoever holds the lease; the others stand by."""
    held_until = 0.0

    def taken(wait: float) -> int:
        nonlocal held_until
        if time.monotonic() >= held_until:
            if not transact(lambda: leases.claim(lease, holder(), LEASE_SECONDS)):
                time.sleep(min(wait, 1.0))
                return 0
            held_until = time.monotonic() + RENEWED_AFTER
        return step(wait)

    return taken


def leave(*names: str) -> None:
    """Give leases back, so that who stands by need not wait for their end. Needs an app context."""

    def release() -> None:
        for lease in names:
            leases.release(lease, holder())

    transact(release)


def relay_step(relay: Relay) -> Callable[[float], int]:
    """The relay's step: send a batch; with nothing to do, wait a little."""
    idle = 0.0

    def step(wait: float) -> int:
        nonlocal idle
        done = relay.step()
        # No sleep while rows come, then 5 ms, then backing off.
        idle = 0.0 if done else min(max(idle * 1.5, 0.005), 0.1)
        if idle:
            time.sleep(idle)
        return done

    return step


def timers_step(timers: Sequence[Timer]) -> Callable[[float], int]:
    """The timers' step: run the one that has been due the longest, so that one that fails again and again holds up no
    other; with none due, wait for the next."""

    def step(wait: float) -> int:
        first = min(timers, key=lambda timer: timer.due_at)
        if (early := first.due_at - time.monotonic()) > 0:
            time.sleep(min(early, wait))
            return 0
        first.run_now()
        return 1

    return step


def consumer_step(transport: Transport, group: str, batch: int) -> Callable[[float], int]:
    """A consumer's step: one batch."""
    return lambda wait: consume(transport, group, batch, wait)


MOST_REQUESTS = 200
"""Requests that one job takes at once."""


class TaskStep:
    """The step of an embedded task queue. A few jobs run beside each other, so that one that waits for a slow provider does
    not hold the next; each is forgotten after it is done. What could not be done is parked, or asked for again by a timer."""

    def __init__(self, app: Flask, transport: EmbeddedTransport, queue: str, workers: int) -> None:
        self._app, self._transport, self._queue = app, transport, queue
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix=queue)
        self._room = workers
        self._jobs: dict[Future[None], list[int]] = {}

    def __call__(self, wait: float) -> int:
        """Start what waits and forget what is done."""
        self._reap()
        if len(self._jobs) >= self._room:
            futures.wait(self._jobs, timeout=wait, return_when=futures.FIRST_COMPLETED)
            return 0
        under_way = {outbox_id for outbox_ids in self._jobs.values() for outbox_id in outbox_ids}
        # While jobs run, a new request or a job's end should be seen soon; else the bell wakes us.
        found = self._transport.requests(self._queue, MOST_REQUESTS + len(under_way), 0.05 if self._jobs else wait)
        fresh = [row for row in found if row["outbox_id"] not in under_way]
        for actor, rows in _by_actor(fresh).items():
            self._jobs[self._pool.submit(self._run, actor, [row["argument"] for row in rows])] = [
                row["outbox_id"] for row in rows
            ]
        if not fresh:
            futures.wait(self._jobs, timeout=0.05, return_when=futures.FIRST_COMPLETED)
        return len(fresh)

    def _reap(self) -> None:
        done = [job for job in self._jobs if job.done()]
        if not done:
            return
        self._transport.forget([outbox_id for job in done for outbox_id in self._jobs[job]])
        for job in done:
            del self._jobs[job]
            error = job.exception()
            if error is not None:
                log.warning("task failed; a timer asks again", queue=self._queue, error=repr(error), exc_info=error)

    def _run(self, actor: str, arguments: Sequence[str]) -> None:
        with self._app.app_context():
            perform(self._queue, actor, arguments)

    def close(self) -> None:
        """Wait for the jobs that run."""
        self._pool.shutdown(wait=True, cancel_futures=True)


def _by_actor(rows: Sequence[Row]) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(str(row["actor"]), []).append(row)
    return groups
