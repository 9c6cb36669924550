"""The processes over servers: one relay that works and others that stand by, and as many consumers of a group as there are
partitions. Each returns the status that its process exits with."""

from __future__ import annotations

import threading

import structlog
from flask import Flask
from sqlalchemy.exc import DBAPIError

from webapp.settings import Settings, SettingsError
from workers import ending, health, logs, metrics
from workers.kafka_transport import KafkaTransport
from workers.loops import Loop, consumer_step, in_turn, leave, relay_step, timers_step
from workers.relay import RELAY, Relay
from workers.subscriptions import SUBSCRIPTIONS
from workers.timers import TIMERS, timers

log = structlog.get_logger()


def run_relay(app: Flask) -> int:
    """Send what the outbox holds, run the timers, and tell how the brokers are, until a signal."""
    settings = with_brokers(app)
    logs.set_up()
    stop = threading.Event()
    transport = KafkaTransport(settings)
    steps = {
        RELAY: in_turn(RELAY, relay_step(Relay(transport, settings.batch_size))),
        TIMERS: in_turn(TIMERS, timers_step(timers())),
    }
    loops = {name: Loop(app, name, step, stop, gives_up=True).run for name, step in steps.items()}

    def end() -> None:
        transport.close()
        with app.app_context():
            try:
                leave(*steps)
            except DBAPIError as error:
                log.warning("the leases end by themselves", reason=str(error.orig).splitlines()[0])

    metrics.serve(settings, RELAY)
    log.info("relay starts", kafka=settings.kafka_brokers)
    return ending.run({**loops, "health": health.watch(app, settings, stop)}, stop, end)


def run_consumer(app: Flask, group: str) -> int:
    """Consume events as `group` until a signal. Raises SettingsError for a group that nobody is."""
    settings = with_brokers(app)
    if group not in SUBSCRIPTIONS:
        raise SettingsError(f"there is no group {group!r}; the groups are {', '.join(SUBSCRIPTIONS)}")
    logs.set_up()
    stop = threading.Event()
    transport = KafkaTransport(settings)
    loop = Loop(app, group, consumer_step(transport, group, settings.batch_size), stop, gives_up=True)
    metrics.serve(settings, group)
    log.info("consumer starts", group=group, kafka=settings.kafka_brokers)
    return ending.run({group: loop.run}, stop, transport.close)


def with_brokers(app: Flask) -> Settings:
    """The app's settings. Raises SettingsError where there are no brokers to work with."""
    settings: Settings = app.extensions["settings"]
    if not settings.with_brokers:
        raise SettingsError(
            "KAFKA_BROKERS and AMQP_URL are not set: without brokers one process runs everything, `make run`"
        )
    return settings
