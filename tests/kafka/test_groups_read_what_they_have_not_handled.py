"""Consumer groups: committed by hand, after the database; what was not handled comes again, whoever reads."""

from __future__ import annotations

from collections.abc import Callable, Collection

import pytest

from tests.kafka.conftest import PATIENT, Connect, cancelled, offered, polled_until, row_of
from tests.live.serving import until
from webapp.db import Row
from workers.kafka_transport import KafkaTransport
from workers.transport import Delivery

Handle = Callable[[list[Delivery]], None]

REAL_ONLY = pytest.mark.parametrize("brokers", [pytest.param("real", marks=pytest.mark.server)], indirect=True)
"""The mock takes twenty seconds to spread partitions anew."""


def published(transport: KafkaTransport, orders: range) -> list[Row]:
    rows = [row_of(cancelled(order), outbox_id=order) for order in orders]
    assert offered(transport, rows) == {}
    return rows


def collect(transport: KafkaTransport, wanted: Collection[str], handle: Handle) -> list[str]:
    """Poll until every wanted message was seen; the ids of those, in the order of arrival."""
    arrived: list[str] = []

    def note(deliveries: list[Delivery]) -> None:
        arrived.extend(delivery.id for delivery in deliveries if delivery.id in wanted)
        handle(deliveries)

    polled_until(transport, lambda: set(wanted) <= set(arrived), note)
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
    ours = {row["id"] for row in (*handled, *left, *later)}
    # On a real one others talk as well.
    assert not [delivery.id for delivery in second.poll("inventory", 500, 0.5) if delivery.id in ours]


def test_a_batch_whose_transaction_failed_comes_again_to_the_same_process(connect: Connect) -> None:
    transport = connect()
    wanted = {row["id"] for row in published(transport, range(1, 31))}
    failed: list[set[str]] = []
    handled: set[str] = set()

    def handle(batch: list[Delivery]) -> None:
        ours = {delivery.id for delivery in batch} & wanted
        if ours and len(failed) < 3:
            failed.append(ours)  # The database is away: nothing is acknowledged.
        else:
            transport.acknowledge("inventory", batch)
            handled.update(ours)

    # Which of them come together is Kafka's affair, and so is whether what failed comes again before the rest or after it.
    polled_until(transport, lambda: handled >= wanted, handle, limit=10)
    assert len(failed) == 3


@REAL_ONLY
def test_two_members_share_the_work_and_lose_nothing_when_one_leaves(connect: Connect) -> None:
    publisher, first, second = connect(), connect(), connect()
    seen: dict[str, set[str]] = {"first": set(), "second": set()}
    wanted: set[str] = set()

    def both_have_some() -> bool:
        wanted.update(row["id"] for row in published(publisher, range(1, 31)))
        for name, member in (("first", first), ("second", second)):
            deliveries = member.poll("inventory", 500, 0.3)
            seen[name] |= {delivery.id for delivery in deliveries} & wanted
            member.acknowledge("inventory", deliveries)
        return all(seen.values())

    until(both_have_some, PATIENT)

    first._readers.pop("inventory").close()
    wanted |= {row["id"] for row in published(publisher, range(1, 31))}
    collect(
        second, wanted - seen["first"] - seen["second"], lambda deliveries: second.acknowledge("inventory", deliveries)
    )


@REAL_ONLY
def test_a_member_that_lost_its_partitions_may_still_acknowledge(connect: Connect) -> None:
    publisher, slow, other = connect(), connect(), connect()
    wanted = {row["id"] for row in published(publisher, range(1, 31))}
    batch: list[Delivery] = []

    def take(deliveries: list[Delivery]) -> None:
        if wanted & {delivery.id for delivery in deliveries}:
            batch.extend(deliveries)
        else:
            slow.acknowledge("inventory", deliveries)  # Others talk on these topics as well.

    polled_until(slow, lambda: bool(batch), take)

    def other_has_some() -> bool:
        other.poll("inventory", 1, 0.1)
        slow._readers["inventory"]._consumer.poll(0.1)  # Hears of the rebalance and gives partitions up.
        return bool(other._readers["inventory"]._consumer.assignment())

    until(other_has_some, PATIENT)
    slow.acknowledge("inventory", batch)  # Must not raise; who has them now absorbs them a second time.
