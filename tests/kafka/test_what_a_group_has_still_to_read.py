"""What `/readyz` says of Kafka: how many messages each group has still to read, asked of a real one."""

from __future__ import annotations

import pytest

from tests.kafka.conftest import PATIENT, Connect, with_servers
from tests.kafka.test_groups_read_what_they_have_not_handled import REAL_ONLY, collect, published
from tests.live.serving import until
from webapp.settings import ROOT
from workers.health import Degraded, KafkaProbe
from workers.subscriptions import SUBSCRIPTIONS


def lag(probe: KafkaProbe) -> dict[str, int]:
    """What it says, once topics that were made a moment ago have their leaders."""
    told: dict[str, int] = {}

    def answered() -> bool:
        try:
            told.update(probe()["lag"])
        except Degraded:
            return False
        return True

    until(answered, PATIENT)
    return told


@REAL_ONLY
def test_the_lag_grows_with_what_comes_and_falls_with_what_is_handled(connect: Connect, brokers: str) -> None:
    transport = connect()
    probe = KafkaProbe(with_servers(brokers), transport._suffix)
    before = lag(probe)
    assert before.keys() == SUBSCRIPTIONS.keys()
    rows = published(transport, range(1, 21))
    # Others may talk on these topics as well, and what they say is read with the rest.
    assert lag(probe)["inventory"] >= before["inventory"] + 20
    wanted = {row["id"] for row in rows}
    collect(transport, wanted, lambda deliveries: transport.acknowledge("inventory", deliveries))

    def fallen() -> bool:
        transport.acknowledge("inventory", transport.poll("inventory", 500, 0.1))
        return lag(probe)["inventory"] <= before["inventory"]

    until(fallen, PATIENT)
    probe.close()
    assert lag(probe).keys() == SUBSCRIPTIONS.keys(), "it begins anew"
    probe.close()


def test_a_kafka_that_is_away_is_told_as_that() -> None:
    with pytest.raises(Degraded):
        KafkaProbe(with_servers("127.0.0.1:1"))()


def test_no_admin_client_is_asked_for_a_groups_offsets() -> None:
    # librdkafka (2.16) takes the handle for a member of the group when the group's coordinator has moved, and ends the process.
    sources = [path for room in ("webapp", "workers") for path in (ROOT / room).rglob("*.py")]
    assert [path.name for path in sources if "list_consumer_group_offsets(" in path.read_text()] == []
