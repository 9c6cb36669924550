"""What arrives on a task queue, and is not believed: anybody may have written it. A request that reads is a list of ids for
an actor of that queue; anything else becomes a message for the actor that parks it, so that Dramatiq neither drops it to a
dead-letter queue nor lets it name a queue, a delay or a callback of its own."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import orjson
from dramatiq import Message
from dramatiq.broker import MessageProxy
from dramatiq.brokers.rabbitmq import RabbitmqBroker, _RabbitmqConsumer
from dramatiq.common import q_name
from dramatiq.encoder import JSONEncoder, MessageData

from workers.subscriptions import ACTORS

PARK = "park"
"""The actor that parks what cannot be read."""

LARGEST = 100_000
MOST_IDS = 1_000
LONGEST_ID = 40
MESSAGES = uuid.UUID("0d2b6f0c-3f43-4c43-8a3e-0f8f0e2f7c11")
"""The namespace of the ids under which unreadable messages are parked."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A message that is no request of ours: its bytes, why, and once it is known the queue that it came from."""

    body: bytes
    reason: str
    queue: str = ""

    @property
    def id(self) -> str:
        """The same at every delivery of the same bytes."""
        return str(uuid.uuid5(MESSAGES, self.body.hex()))


class DistrustfulEncoder(JSONEncoder):
    """Decodes whatever arrives. What does not read comes out as a message that carries an Unreadable, which no JSON can."""

    def decode(self, data: bytes) -> MessageData:
        """A message's fields, always."""
        fields = {"queue_name": "", "kwargs": {}, "options": {}}
        try:
            found = _object(data)
            return {
                **fields,
                "actor_name": _text(found, "actor_name"),
                "args": (_ids(found),),
                "message_id": _text(found, "message_id"),
            }
        except ValueError as error:
            unreadable = Unreadable(data, str(error))
            return {**fields, "actor_name": PARK, "args": (unreadable,), "message_id": unreadable.id}


class DistrustfulConsumer(_RabbitmqConsumer):
    """Gives each message the queue that it came from and an actor that works on that queue."""

    def __next__(self) -> MessageProxy | None:
        proxy: MessageProxy | None = super().__next__()  # type: ignore[no-untyped-call]
        if proxy is not None:
            proxy._message = _addressed(proxy._message, self.queue_name)
            self._own(proxy)
        return proxy

    def ack(self, message: MessageProxy) -> None:
        """Acknowledge a message of this connection. After a reconnect the numbers begin anew, and an old message's number may
        be that of a new one that nobody has worked on."""
        if getattr(message, "consumer", None) is self:
            super().ack(message)  # type: ignore[no-untyped-call]

    def _own(self, message: MessageProxy) -> None:
        message.consumer = self  # type: ignore[attr-defined]


class DistrustfulBroker(RabbitmqBroker):
    """A RabbitMQ broker whose consumers believe nothing."""

    @property
    def consumer_class(self) -> Callable[..., DistrustfulConsumer]:
        """What reads a queue."""
        return DistrustfulConsumer


def _addressed(message: Message[Any], queue: str) -> Message[Any]:
    asked = message.args[0]
    canonical = q_name(queue)
    if isinstance(asked, Unreadable):
        asked = dataclasses.replace(asked, queue=canonical)
    elif message.actor_name not in ACTORS[canonical]:
        body = orjson.dumps({"actor_name": message.actor_name, "args": [asked]})
        asked = Unreadable(body, f"no actor {message.actor_name!r} works on the queue {canonical!r}", canonical)
    actor = PARK if isinstance(asked, Unreadable) else message.actor_name
    return dataclasses.replace(message, queue_name=queue, actor_name=actor, args=(asked,))


def _object(data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST:
        raise ValueError(f"a message of {len(data):,} bytes is over the {LARGEST:,} that we read")
    try:
        found = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error}") from error
    if not isinstance(found, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - whatever cannot be read is one kind of error here
    return found


def _text(found: dict[str, Any], name: str) -> str:
    text = found.get(name)
    if not isinstance(text, str) or not 0 < len(text) <= 100 or not text.isprintable():
        raise ValueError(f"{name} is missing or not a short text")
    return text


def _ids(found: dict[str, Any]) -> list[str]:
    args = found.get("args")
    if found.get("kwargs") or not isinstance(args, list) or len(args) != 1 or not isinstance(args[0], list):
        raise ValueError("the arguments are not one list of ids")
    ids = args[0]
    if not 0 < len(ids) <= MOST_IDS:
        raise ValueError(f"a list of {len(ids)} ids; from 1 to {MOST_IDS:,} are read")
    for id_ in ids:
        if (
            isinstance(id_, bool)
            or not isinstance(id_, int | str)
            or not 0 < len(str(id_)) <= LONGEST_ID
            or not str(id_).isprintable()
        ):
            raise ValueError(f"{str(id_)[:LONGEST_ID]!a} is no id")
    return [str(id_) for id_ in ids]
