"""A message's value read as an event, and believed only when it is one."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter, ValidationError

from webapp.events import CATALOGUE, Event

LARGEST = 1_000_000
"""Bytes of a value that we read or write: Kafka's default limit for one message, less room for the headers."""


_ADAPTERS: dict[str, TypeAdapter[Any]] = {name: TypeAdapter(kind) for name, kind in CATALOGUE.items()}


class MalformedEvent(Exception):
    """A message that is no event of ours: unknown type or version, not JSON, a missing or wrong field, too large."""


def parse(type_name: str, version: int, value: bytes | str) -> Event:
    """The event in a message's value. Raises MalformedEvent with the reason when it is none of ours."""
    kind = CATALOGUE.get(type_name)
    if kind is None:
        raise MalformedEvent(f"unknown event type {type_name!r}")
    if version != 1:
        raise MalformedEvent(f"{type_name} of unknown version {version}; this market reads version 1")
    if len(value) > LARGEST:
        raise MalformedEvent(f"a value of {len(value):,} bytes is over the {LARGEST:,} that we read")
    try:
        event: Event = _ADAPTERS[kind.TYPE].validate_json(value)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in first["loc"]) or "value"
        raise MalformedEvent(f"{type_name}: {where}: {first['msg']}") from error
    return event


def schema(kind: type[Event]) -> dict[str, Any]:
    """The JSON schema of one event's value."""
    return _ADAPTERS[kind.TYPE].json_schema()
