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
    rows = published(transport, range(1, 31))
    wanted = {row["id"] for row in rows}
    failures = 3

    def failing(deliveries: list[Delivery]) -> None:
        nonlocal failures
        if failures and any(delivery.id in wanted for delivery in deliveries):
            failures -= 1  # The database is away: nothing is acknowledged.
        else:
            transport.acknowledge("inventory", deliveries)

    arrived = collect(transport, wanted, failing, limit=10)
    assert failures == 0
    assert len(arrived) > len(wanted), "what failed did not come again"
    # Nothing that failed was passed over: each message's last arrival is after every failure of its partition.
    again = collect(transport, {row["id"] for row in published(transport, range(31, 32))}, failing)
    assert len(again) == 1


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
