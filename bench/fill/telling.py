"""SQL for what the house writes beside its rows: ids, payloads and traces of events, each from the row that it is about.

Ids are made from the row's, in its order: an index takes a million of them in order far faster than a million at random.
"""

from __future__ import annotations

from webapp import events as e

_PLACES = {kind: place for place, kind in enumerate(e.CATALOGUE.values(), 1)}


def counted() -> str:
    """A common table `counted` of the numbers `n` from :first to :last."""
    return "WITH RECURSIVE counted(n) AS (SELECT CAST(:first AS bigint) UNION ALL SELECT n + 1 FROM counted WHERE n < :last)"


def digits(number: str) -> str:
    """SQL for a number of up to twelve digits, with zeros before it."""
    return f"substr(CAST(1000000000000 + {number} AS text), 2)"


def event_id(kind: type[e.Event], subject: str, again: int = 0) -> str:
    """SQL for the id of the event of a type about a product or order: a UUID that no random one (version 4) is like. `again` tells
    a second one of the type from the first."""
    return f"'f1110000-{_PLACES[kind]:04d}-800{again}-8000-' || {digits(subject)}"


def trace(subject: str) -> str:
    """SQL for a traceparent."""
    return f"'00-f1110000f11100000000' || {digits(subject)} || '-f1110000f1110000-01'"


def payload(market_id: str, sequence: str, **fields: str) -> str:
    """SQL for an event's payload; a field's SQL gives a number or JSON, but of those named in TEXTS a text without quotes."""
    parts = {"market_id": market_id, "sequence": sequence, **fields}
    said = [
        f"'\"{name}\":\"' || {value} || '\"'" if name in TEXTS else f"'\"{name}\":' || ({value})"
        for name, value in parts.items()
    ]
    return "'{' || " + " || ',' || ".join(said) + " || '}'"


TEXTS = frozenset({"sku", "name", "currency", "reason", "by"})
"""Fields of payloads that are texts."""
