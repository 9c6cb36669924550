"""A Kafka of one broker in a process of its own: librdkafka's mock. Prints its address and lives until its input ends.

A process, so that a test can stop it in its tracks with a signal, as no in-process broker could be stopped.
"""

from __future__ import annotations

import sys

from confluent_kafka import Producer


def main() -> None:
    """Serve the topics named as arguments."""
    cluster = Producer({"bootstrap.servers": "mock", "test.mock.num.brokers": 1, "log_level": 0})
    for topic in sys.argv[1:]:
        cluster.list_topics(topic, timeout=10)  # Asking for a topic makes it.
    [broker] = cluster.list_topics(timeout=10).brokers.values()
    sys.stdout.write(f"{broker.host}:{broker.port}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    main()
