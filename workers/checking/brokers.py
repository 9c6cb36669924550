"""What Kafka and RabbitMQ still hold for us, asked with clients that change nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

import pika
from confluent_kafka import KafkaError, KafkaException, TopicPartition

from webapp.outbox import QUEUES
from webapp.settings import Settings
from workers.checking.asking import CannotAsk
from workers.kafka_consumer import onlooker
from workers.rabbit import parameters
from workers.subscriptions import SUBSCRIPTIONS, topics_of

ANSWER_SECONDS = 5.0

MOVING = frozenset({
    KafkaError.NOT_COORDINATOR, KafkaError.COORDINATOR_NOT_AVAILABLE, KafkaError.COORDINATOR_LOAD_IN_PROGRESS,
})  # fmt: skip
"""What Kafka answers while a group's coordinator moves or is being made: ask again."""

T = TypeVar("T")


def still_held(settings: Settings) -> Iterator[str]:
    """A sentence for each partition that a group has not read to its end, and for each queue that is not empty. Raises
    CannotAsk when a broker that is set does not answer."""
    if not settings.with_brokers:
        return
    for group in SUBSCRIPTIONS:
        yield from lag(str(settings.kafka_brokers), group, topics_of(group))
    yield from depth(settings, QUEUES)


def lag(brokers: str, group: str, topics: Sequence[str]) -> Iterator[str]:
    """What a consumer group has not committed yet, per partition. Joins no group."""
    consumer = onlooker(brokers, group)
    try:
        known = consumer.list_topics(timeout=ANSWER_SECONDS).topics
        places = [
            TopicPartition(topic, partition)
            for topic in topics
            if topic in known
            for partition in known[topic].partitions
        ]
        for place in _patiently(lambda: consumer.committed(places, timeout=ANSWER_SECONDS)):
            low, high = consumer.get_watermark_offsets(place, timeout=ANSWER_SECONDS)
            # A group that has committed nothing begins at the first message there is.
            behind = high - (place.offset if place.offset >= 0 else low)
            if behind > 0:
                yield f"{place.topic}, partition {place.partition}: {behind} messages that the group {group} has not read"
    except KafkaException as error:
        raise CannotAsk(f"Kafka does not answer at {brokers}: {error.args[0].str()}", expected=False) from error
    finally:
        consumer.close()


def _patiently(ask: Callable[[], T]) -> T:
    end = time.monotonic() + ANSWER_SECONDS
    while True:
        try:
            return ask()
        except KafkaException as error:
            if error.args[0].code() not in MOVING or time.monotonic() > end:
                raise
            time.sleep(0.1)


def depth(settings: Settings, queues: Sequence[str]) -> Iterator[str]:
    """What waits in RabbitMQ's queues; those that nobody has declared yet hold nothing."""
    try:
        with pika.BlockingConnection(parameters(settings)) as connection:
            for queue in (name for base in queues for name in (base, f"{base}.DQ")):
                channel = connection.channel()
                try:
                    waiting = channel.queue_declare(queue, passive=True).method.message_count
                except pika.exceptions.ChannelClosedByBroker:
                    continue  # There is no such queue, and its channel is closed by the asking.
                if waiting:
                    yield f"queue {queue}: {waiting} messages"
                channel.close()
    except (pika.exceptions.AMQPError, OSError) as error:
        raise CannotAsk(f"RabbitMQ does not answer: {error!r}", expected=False) from error
