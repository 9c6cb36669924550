"""RabbitMQ may take its time over a batch; what it has taken meanwhile is not sent a second time."""

from __future__ import annotations

import threading

import pytest
from dramatiq import Message

from tests.kafka.conftest import NOBODY, PATIENT, request_row, with_servers
from tests.live.serving import until
from workers.rabbit import RequestSender


class Slow:
    """A RabbitMQ that says yes once it may."""

    def __init__(self) -> None:
        self.may = threading.Event()
        self.sent: list[int] = []

    def enqueue(self, message: Message[None]) -> None:
        """Take a message."""
        assert self.may.wait(PATIENT)
        self.sent += message.args[0]

    def close(self) -> None:
        """Nothing is held."""


def test_what_was_taken_after_we_stopped_waiting_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sender, slow = RequestSender(with_servers(NOBODY)), Slow()
    monkeypatch.setattr(sender, "_broker", slow)
    row, another = request_row(1, "payments", "charge", "5"), request_row(2, "payments", "charge", "6")
    sender.hand_over([row])
    assert sender.settle(0) == []
    slow.may.set()
    until(lambda: not sender._busy)
    sender.hand_over([row, another])  # The relay offers what it has heard nothing of.
    assert sender.settle(PATIENT) == [1, 2]
    assert slow.sent == [5, 6]
    sender.close(PATIENT)
