"""What /readyz says of Kafka and of the mail server comes from questions that outlive the servers' restarts."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import structlog
from aiosmtpd.controller import Controller
from confluent_kafka import KafkaError, KafkaException
from flask import Flask

from tests.processes import free_port
from webapp import heartbeats
from webapp.db import transact
from webapp.settings import Settings, load
from workers import health
from workers.health import Degraded, KafkaProbe


class Asked:
    """In place of Kafka's admin client: one that gets no answer, ever."""

    made = 0

    def __init__(self, config: object) -> None:
        Asked.made += 1

    def list_topics(self, timeout: float) -> None:
        raise KafkaException(KafkaError(KafkaError._TIMED_OUT))


def test_a_client_without_an_answer_is_not_asked_again(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(health, "AdminClient", Asked)
    probe = KafkaProbe(load(market_home=tmp_path, database_url=None, kafka_brokers=None, amqp_url=None))
    for made in (1, 2):
        with pytest.raises(Degraded, match=r"(?i)timed.out"):
            probe()
        assert Asked.made == made


@pytest.fixture
def mail() -> Iterator[Controller]:
    """A mail server that takes everything."""
    controller = Controller(object(), hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller
    if controller.server is not None:
        controller.stop()


def test_the_mail_server_is_greeted(
    app: Flask, settings: Settings, mail: Controller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "MAIL_PERIOD", 0.0)
    address = settings.model_copy(update={"smtp_url": f"smtp://127.0.0.1:{mail.port}"})

    def told() -> str:
        # One round of the watch: it is told to stop before it would wait for the next.
        stop = Rounds(1)
        health.watch(app, address, stop)()
        with app.app_context():
            states: dict[str, str] = {beat["name"]: beat["state"] for beat in transact(heartbeats.read)}
        assert states.keys() == {"smtp"}, "there are no brokers to tell of"
        return states["smtp"]

    assert told() == "ok"
    mail.stop()
    assert told() == "degraded"
    # The operator reads it in the log as well: once, with the cause and what helps.
    with structlog.testing.capture_logs() as lines:
        health.watch(app, address, Rounds(3))()
    [said] = [line for line in lines if line["event"] == "server degraded"]
    assert (said["server"], said["log_level"]) == ("smtp", "warning")
    assert "refused" in said["reason"]
    assert "SMTP_URL" in said["way_out"]
    again = Controller(mail.handler, hostname="127.0.0.1", port=mail.port)
    with structlog.testing.capture_logs() as lines:
        health.watch(app, address, Rounds(3, between=again.start))()
    again.stop()
    assert [line["event"] for line in lines] == ["server degraded", "server well again"]


class Rounds(threading.Event):
    """An event that is set after so many looks at it; what is to happen `between` two rounds happens once."""

    def __init__(self, looks: int, between: Callable[[], object] | None = None) -> None:
        super().__init__()
        self._left, self._between = looks, between

    def is_set(self) -> bool:
        self._left -= 1
        return self._left < 0

    def wait(self, timeout: float | None = None) -> bool:
        between, self._between = self._between, None
        if between is not None:
            between()
        return True
