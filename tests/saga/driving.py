"""How a test makes the services work: by hand over the embedded transport."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from flask import Flask

from webapp.db import db, execute, fetch, transact
from webapp.settings import Settings
from workers.draining import Pump


class Driver(Protocol):
    """Lets the services work."""

    def settle(self) -> None:
        """Return when nothing is left to do."""
        ...

    def settle_until_wished(self) -> None:
        """Return when inventory has decided about every wish, and nobody has heard of it yet."""
        ...

    def settle_until_reserved(self, order_id: int) -> None:
        """Return when the order waits for its payment; nobody has asked for it yet."""
        ...

    def drop_requests(self, actor: str) -> None:
        """Lose the requests for an actor that are on their way, as a queue does that is wiped."""
        ...


class _Embedded:
    def __init__(self) -> None:
        self.pump = Pump()

    def settle(self) -> None:
        self.pump.drain()

    def settle_until_wished(self) -> None:
        self.pump.relay()
        self.pump.consume("inventory")

    def settle_until_reserved(self, order_id: int) -> None:
        while fetch("SELECT status FROM orders WHERE id = :id", id=order_id)[0]["status"] == "INVENTORY_PENDING":
            db.session.rollback()
            assert self.pump.step()

    def drop_requests(self, actor: str) -> None:
        transact(lambda: execute("DELETE FROM outbox WHERE actor = :actor", actor=actor))
        transact(lambda: execute("DELETE FROM deliveries WHERE actor = :actor", actor=actor))


@contextmanager
def driver_for(app: Flask, settings: Settings) -> Iterator[Driver]:
    """The driver that fits the settings."""
    embedded = _Embedded()
    yield embedded
    embedded.pump.close()
