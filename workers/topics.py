"""Kafka's topics: made before anything runs, so that none comes into being by itself with one partition."""

from __future__ import annotations

import time
from concurrent.futures import Future

import structlog
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._metadata import ClusterMetadata
from confluent_kafka.cimpl import NewTopic

from webapp.events import TOPICS
from webapp.settings import Settings
from workers.explaining import ServerAway

log = structlog.get_logger()

PARTITIONS = 6
"""How many consumers of one group can share a topic. It never changes for a topic: its keys would move."""

MOST_REPLICAS = 3
READY_SECONDS = 30.0


class TopicsNotReady(ServerAway):
    """Kafka did not answer, or did not make the topics; the message says which and where."""


def create(settings: Settings) -> list[str]:
    """Make the topics that are not there yet, and wait until all can be written to; returns the names of the new ones.

    Raises TopicsNotReady when that takes longer than half a minute.
    """
    admin = AdminClient({"bootstrap.servers": settings.kafka_brokers or "", "log_level": 2})
    end = time.monotonic() + READY_SECONDS
    cluster = _cluster(admin, settings, end)
    missing = [name for name in TOPICS if name not in cluster.topics]
    for name in TOPICS:
        if name in cluster.topics and len(cluster.topics[name].partitions) < PARTITIONS:
            log.warning(
                "topic has fewer partitions than new ones get",
                topic=name,
                partitions=len(cluster.topics[name].partitions),
            )
    if missing:
        replicas = min(MOST_REPLICAS, len(cluster.brokers))
        wanted = [NewTopic(name, num_partitions=PARTITIONS, replication_factor=replicas) for name in missing]
        for name, made in admin.create_topics(
            wanted, operation_timeout=READY_SECONDS, request_timeout=READY_SECONDS
        ).items():
            _made(name, made)
    while unready := _unready(_cluster(admin, settings, end)):
        if time.monotonic() > end:
            raise TopicsNotReady(f"Kafka at {settings.kafka_brokers} has no leader yet for {', '.join(unready)}")
        time.sleep(0.1)
    return missing


def _cluster(admin: AdminClient, settings: Settings, end: float) -> ClusterMetadata:
    try:
        return admin.list_topics(timeout=max(end - time.monotonic(), 0.5))
    except KafkaException as error:
        raise TopicsNotReady(f"Kafka does not answer at {settings.kafka_brokers}: {error.args[0].str()}") from error


def _made(name: str, made: Future[None]) -> None:
    try:
        made.result()
    except KafkaException as error:
        # Two releases at once: whoever came first has made it.
        if error.args[0].code() != KafkaError.TOPIC_ALREADY_EXISTS:
            raise TopicsNotReady(f"Kafka did not make the topic {name}: {error.args[0].str()}") from error


def _unready(cluster: ClusterMetadata) -> list[str]:
    ready = {
        name for name, topic in cluster.topics.items()
        if topic.error is None and topic.partitions and all(part.leader >= 0 for part in topic.partitions.values())
    }  # fmt: skip
    return [name for name in TOPICS if name not in ready]
