"""Consumer groups: committed by hand, after the database; what was not handled comes again, whoever reads."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection

import pytest

from tests.kafka.conftest import Connect, cancelled, row_of
from webapp.db import Row
from workers.kafka_transport import KafkaTransport
from workers.transport import Delivery

Handle = Callable[[list[Delivery]], None]

REAL_ONLY = pytest.mark.parametrize("brokers", [pytest.param("real", marks=pytest.mark.server)], indirect=True)
"""The mock takes twenty seconds to spread partitions anew."""


def published(transport: KafkaTransport, orders: range) -> list[Row]:
    rows = [row_of(cancelled(order), outbox_id=order) for order in orders]
    assert len(transport.publish(rows).delivered) == len(rows)
    return rows


def collect(
    transport: KafkaTransport, wanted: Collection[str], handle: Handle, limit: int = 500, seconds: float = 25
) -> list[str]:
    """Poll until every wanted message was seen; the ids of those, in the order of arrival."""
    arrived: list[str] = []
    end = time.monotonic() + seconds
    while not set(wanted) <= set(arrived):
        assert time.monotonic() < end, f"only {len(arrived)} of {len(wanted)} messages came"
        deliveries = transport.poll("inventory", limit, 0.2)
        arrived += [delivery.id for delivery in deliveries if delivery.id in wanted]
        handle(deliveries)
    return arrived


def test_what_was_acknowledged_does_not_come_again_and_what_was_not_does(connect: Connect) -> None:
    first, second = connect(), connect()
    handled = published(first, range(1, 41))
    collect(first, {row["id"] for row in handled}, lambda deliveries: first.acknowledge("inventory", deliveries))
    left = published(first, range(41, 61))
    collect(first, {row["id"] for row in left}, lambda deliveries: None)
    first._readers.pop("inventory").close()  # The process ends without having acknowledged them.

    later = published(first, range(61, 62))
    arrived = collect(
        second, {row["id"] for row in (*left, *later)}, lambda deliveries: second.acknowledge("inventory", deliveries)
    )
    assert len(arrived) == 21
    assert not second.poll("inventory", 500, 0.5)


def test_a_batch_whose_transaction_failed_comes_again_to_the_same_process(connect: Connect) -> None:
    transport = connect()
    wanted = {row["id"] for row in published(transport, range(1, 31))}
    failed: list[set[str]] = []
    handled: set[str] = set()
    end = time.monotonic() + 25
    # Which of them come together is Kafka's affair, and so is whether what failed comes again before the rest or after it.
    while not handled >= wanted:
        assert time.monotonic() < end, f"{len(wanted - handled)} did not come again"
        batch = transport.poll("inventory", 10, 0.2)
        ours = {delivery.id for delivery in batch} & wanted
        if ours and len(failed) < 3:
            failed.append(ours)  # The database is away: nothing is acknowledged.
        else:
            transport.acknowledge("inventory", batch)
            handled |= ours
    assert len(failed) == 3


@REAL_ONLY
def test_two_members_share_the_work_and_lose_nothing_when_one_leaves(connect: Connect) -> None:
    publisher, first, second = connect(), connect(), connect()
    seen: dict[str, set[str]] = {"first": set(), "second": set()}
    wanted: set[str] = set()
    end = time.monotonic() + 40
    order = 0
    while not (seen["first"] and seen["second"]) and time.monotonic() < end:
        rows = published(publisher, range(order + 1, order + 31))
        order += 30
        wanted |= {row["id"] for row in rows}
        for name, member in (("first", first), ("second", second)):
            deliveries = member.poll("inventory", 500, 0.3)
            seen[name] |= {delivery.id for delivery in deliveries} & wanted
            member.acknowledge("inventory", deliveries)
    assert seen["first"]
    assert seen["second"]

    first._readers.pop("inventory").close()
    wanted |= {row["id"] for row in published(publisher, range(order + 1, order + 31))}
    collect(
        second, wanted - seen["first"] - seen["second"], lambda deliveries: second.acknowledge("inventory", deliveries)
    )


@REAL_ONLY
def test_a_member_that_lost_its_partitions_may_still_acknowledge(connect: Connect) -> None:
    publisher, slow, other = connect(), connect(), connect()
    wanted = {row["id"] for row in published(publisher, range(1, 31))}
    batch = slow.poll("inventory", 500, 0.2)
    end = time.monotonic() + 25
    while not wanted & {delivery.id for delivery in batch}:
        assert time.monotonic() < end, "none of the messages came"
        slow.acknowledge("inventory", batch)  # What other tests have left on the topics.
        batch = slow.poll("inventory", 500, 0.2)
    end = time.monotonic() + 30
    other.poll("inventory", 1, 0.1)
    while other._readers["inventory"]._consumer.assignment() == [] and time.monotonic() < end:
        other.poll("inventory", 1, 0.1)
        slow._readers["inventory"]._consumer.poll(0.1)  # Hears of the rebalance and gives partitions up.
    slow.acknowledge("inventory", batch)  # Must not raise; who has them now absorbs them a second time.
