"""The whole market in one process: the web server, and the loops as threads beside it.

`python -m workers.embedded` is what `make run` starts. gunicorn keeps one worker process of many threads; that worker runs
the timers, the consumers and the task queues over the embedded transport, and holds the payment provider as a child. When
the worker dies gunicorn starts another, and everything goes on from the rows.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

import click
import structlog
from flask import Flask
from gunicorn.app.base import BaseApplication

from webapp import clock, heartbeats, live, settings
from webapp.app import create_app
from webapp.db import db, transact
from webapp.outbox import NOTIFICATIONS
from webapp.settings import Settings, SettingsError
from workers import ending, explaining, health, release, starting
from workers.demo import accounts, seed_if_new
from workers.embedded_transport import EmbeddedTransport
from workers.loops import Loop, TaskStep, consumer_step, in_turn, leave, timers_step
from workers.providing import ProviderChild
from workers.subscriptions import ACTORS, SUBSCRIPTIONS
from workers.timers import TIMERS, timers

log = structlog.get_logger()

THREADS = 64
"""Requests at once. A live page's stream keeps one of them; `webapp.live` leaves enough for the others."""


JOBS = 4
"""Jobs of one queue at once, so that some may wait for the provider or the mail server while others work."""


class Loops:
    """All the loops of the embedded market, as threads."""

    def __init__(self, app: Flask, config: Settings) -> None:
        self._app = app
        self._stop = threading.Event()
        ending.stops(app, self._stop)
        self.transport = EmbeddedTransport()
        # Emails that only go to the mailbox wait for nobody: more than one job would take the time of the orders' own threads.
        one_by_one = {NOTIFICATIONS} if config.smtp_url is None else set()
        self._tasks = [TaskStep(app, self.transport, queue, 1 if queue in one_by_one else JOBS) for queue in ACTORS]
        steps: dict[str, Callable[[float], int]] = {
            TIMERS: in_turn(TIMERS, timers_step(timers())),
            **{group: consumer_step(self.transport, group, config.batch_size) for group in SUBSCRIPTIONS},
            **dict(zip(ACTORS, self._tasks, strict=True)),
        }
        self._threads = [
            threading.Thread(target=Loop(app, name, step, self._stop, gives_up=False).run, name=name, daemon=True)
            for name, step in steps.items()
        ]
        if config.smtp_url or config.takes_cards:
            watch = health.watch(app, config, self._stop)
            self._threads.append(threading.Thread(target=watch, name="health", daemon=True))

    def start(self) -> None:
        """Start every loop."""
        for thread in self._threads:
            thread.start()

    def stop(self, seconds: float = 8.0) -> None:
        """Let every loop finish its step, and give the timers' lease back."""
        self._stop.set()
        self.transport.wake()
        for thread in self._threads:
            thread.join(seconds)
        for task in self._tasks:
            task.close()
        with self._app.app_context():
            leave(TIMERS)
        self.transport.close()


class Server(BaseApplication):  # type: ignore[misc]
    """gunicorn with one worker of many threads, which starts the loops once it is up."""

    def __init__(self, config: Settings) -> None:
        self._settings = config
        self._running: list[Loops] = []
        self._child: ProviderChild | None = None
        super().__init__()

    def load_config(self) -> None:
        """gunicorn asks for its settings."""
        options: Mapping[str, Any] = {
            "bind": f"{self._settings.host}:{self._settings.port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": THREADS,
            "timeout": 120,
            "graceful_timeout": 8,
            "keepalive": 5,
            "proc_name": "marketflow",
            "loglevel": "warning",
            "accesslog": None,
            "control_socket_disable": True,
            "post_worker_init": self._begin,
            "worker_exit": self._end,
            "when_ready": self._ready,
        }
        for name, value in options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        """The application, made in the worker: threads and connections do not survive a fork."""
        config = self._settings
        if config.provider_url is None:
            self._child = ProviderChild(config)
            config = config.model_copy(update={"provider_url": self._child.start()})
        self._app = create_app(config)
        return self._app

    def _begin(self, worker: Any) -> None:
        live.end_with(self._app, lambda: not worker.alive)
        loops = Loops(self._app, self._settings)
        loops.start()
        self._running.append(loops)

    def _end(self, server: Any, worker: Any) -> None:
        for loops in self._running:
            loops.stop()
        if self._child:
            self._child.stop()

    def _ready(self, server: Any) -> None:
        port = server.LISTENERS[0].sock.getsockname()[1]
        click.echo(f"Marketflow is ready at http://{self._settings.host}:{port}")
        for line in accounts(self._settings):
            click.echo(line)


def main() -> int:
    """Start the embedded market and serve until Ctrl+C or SIGTERM; returns the exit status, 2 when it cannot start."""
    try:
        config = settings.load()
        if config.with_brokers:
            raise SettingsError("with KAFKA_BROKERS set, start the Procfile's processes (make dev)")
        with starting.hold_home(config):
            return _serve(config)
    except explaining.EXPLAINED as error:
        click.echo(f"Marketflow cannot start: {explaining.line(error)}", err=True)
        return 2


def _serve(config: Settings) -> int:
    starting.await_address(config)
    if config.shows_demo:
        seed_if_new(config)
    app = create_app(config)
    with app.app_context():
        release.migrate()
        transact(lambda: heartbeats.forget(clock.now()))
        db.engine.dispose()  # Connections do not survive the fork of gunicorn's worker.
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)
    os.environ.pop("GUNICORN_CMD_ARGS", None)
    Server(config).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
