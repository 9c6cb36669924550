"""CloudEvents 1.0 in Kafka's binary mode: an outbox row as a message's key and headers, and a message as a Delivery.

On the way in nothing is believed. A message whose envelope cannot be read gets an id made from its place in the topic:
the same at every delivery, and no other message's, so that parking it neither repeats nor hides anything.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping

from confluent_kafka import Message

from webapp import clock
from webapp.db import Row
from webapp.events import CATALOGUE
from webapp.outbox import fresh_cause
from workers.transport import Delivery

SPECVERSION = "1.0"
PLACES = uuid.UUID("5b2f2c58-7a0c-4f0e-9d1b-1c1d3f6f0a77")
"""The namespace of the ids that we give to messages without a readable one."""

LONGEST_HEADER = 256
READ = ("ce_specversion", "ce_id", "ce_type", "ce_source", "ce_dataschema", "traceparent")
REQUIRED = READ[:-1]
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_DATASCHEMA = re.compile(r"urn:marketflow:([A-Z_]+):([1-9][0-9]{0,3})")


def key_of(row: Row) -> str:
    """The key of an event's message: the id of the order, or of the product, that it is about."""
    return str(row["product_id"] if row["order_id"] is None else row["order_id"])


def headers_of(row: Row) -> dict[str, str | bytes | None]:
    """The envelope of an event, as the headers of its message."""
    return {
        "ce_specversion": SPECVERSION,
        "ce_id": row["id"],
        "ce_type": row["type"],
        "ce_source": source(row["source"]),
        "ce_time": clock.rfc3339(row["at"]),
        "ce_subject": key_of(row),
        "ce_dataschema": f"urn:marketflow:{row['type']}:1",
        "content-type": "application/json",
        "traceparent": row["traceparent"],
    }


def source(service: str) -> str:
    """The CloudEvents source of a service's events."""
    return f"/marketflow/{service}"


def delivery_of(message: Message) -> Delivery:
    """A message as it arrived; `fault` says why its envelope is not one of ours."""
    topic, partition, offset = str(message.topic()), message.partition() or 0, message.offset() or 0
    headers, unreadable = _texts(message)
    value = message.value()
    fault = unreadable or _fault(headers, topic) or ("it has no value" if value is None else "")
    trace = headers.get("traceparent", "")
    return Delivery(
        id=str(uuid.uuid5(PLACES, f"{topic}/{partition}/{offset}")) if fault else headers["ce_id"].lower(),
        channel=topic,
        type=headers.get("ce_type", ""),
        version=_version(headers),
        key=(message.key() or b"")[:LONGEST_HEADER].decode("utf-8", "replace"),
        value=value or b"",
        # As the W3C says, who cannot read a trace begins a new one.
        traceparent=trace if _TRACEPARENT.fullmatch(trace) else fresh_cause().traceparent,
        position=(topic, partition, offset),
        fault=fault,
    )


def _texts(message: Message) -> tuple[dict[str, str], str]:
    """The headers that we read and can read, and what is wrong with the first that we cannot."""
    try:
        found = dict(message.headers() or [])
    except UnicodeDecodeError:
        return {}, "a header's name is not UTF-8"
    texts: dict[str, str] = {}
    fault = ""
    for name in READ:
        value = found.get(name)
        if value is None:
            continue
        text = value if isinstance(value, str) else value.decode("utf-8", "replace")
        if len(text) > LONGEST_HEADER or not text.isprintable() or "\N{REPLACEMENT CHARACTER}" in text:
            fault = fault or f"the header {name} is longer than {LONGEST_HEADER} characters or not plain text"
        else:
            texts[name] = text
    return texts, "" if fault.startswith("the header traceparent") else fault


def _fault(headers: Mapping[str, str], topic: str) -> str:
    missing = [name for name in REQUIRED if not headers.get(name)]
    if missing:
        return f"the header {missing[0]} is missing"
    if headers["ce_specversion"] != SPECVERSION:
        return f"the header ce_specversion is {headers['ce_specversion']!r}, not {SPECVERSION}"
    if not _UUID.fullmatch(headers["ce_id"]):
        return f"the header ce_id is {headers['ce_id']!r}, no UUID"
    schema = _DATASCHEMA.fullmatch(headers["ce_dataschema"])
    if schema is None or schema[1] != headers["ce_type"]:
        return f"the header ce_dataschema is {headers['ce_dataschema']!r}, no version of {headers['ce_type']!r}"
    kind = CATALOGUE.get(headers["ce_type"])
    if kind is not None and (topic, headers["ce_source"]) != (kind.TOPIC, source(kind.SOURCE)):
        return f"{kind.TYPE} comes from {source(kind.SOURCE)} on {kind.TOPIC}, not from {headers['ce_source']!r} on {topic}"
    return ""


def _version(headers: Mapping[str, str]) -> int:
    schema = _DATASCHEMA.fullmatch(headers.get("ce_dataschema", ""))
    return int(schema[2]) if schema else 0
