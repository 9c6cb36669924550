"""RabbitMQ for these tests: the real one, its queues emptied; there is no mock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import orjson
import pika
import pytest

from tests.conftest import server_or_skip
from webapp.outbox import QUEUES


class Queues:
    """The queues as an outsider sees them, with pika alone."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.connection = pika.BlockingConnection(pika.URLParameters(url))
        self.channel = self.connection.channel()

    def take(self, queue: str) -> list[dict[str, Any]]:
        """All messages of a queue, taken off it."""
        taken = []
        while (found := self.channel.basic_get(queue, auto_ack=True))[0] is not None:
            taken.append(orjson.loads(found[2]))
        return taken

    def put(self, queue: str, body: bytes) -> None:
        """Put any bytes on a queue."""
        self.channel.basic_publish("", queue, body)

    def length(self, queue: str) -> int:
        """How many messages are ready in a queue; 0 when there is none of that name."""
        channel = self.connection.channel()
        try:
            return int(channel.queue_declare(queue, passive=True).method.message_count)
        except pika.exceptions.ChannelClosedByBroker:
            return 0

    def empty(self) -> None:
        """Delete all that the market has declared."""
        for queue in QUEUES:
            for name in (queue, f"{queue}.DQ", f"{queue}.XQ"):
                self.channel.queue_delete(name)


@pytest.fixture
def queues() -> Iterator[Queues]:
    """RabbitMQ without any queue of the market."""
    outside = Queues(server_or_skip("AMQP_URL", "RabbitMQ"))
    outside.empty()
    yield outside
    outside.empty()
    with suppress(pika.exceptions.AMQPError):
        outside.connection.close()
