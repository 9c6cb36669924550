"""How a group handles a batch: believe what parses, apply what is new, park what cannot be done, then acknowledge."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from webapp import inbox, outbox
from webapp.db import is_unavailable, transact
from webapp.events import CATALOGUE, Event
from webapp.inbox import BEHIND, Parked, Received
from webapp.messages import MalformedEvent, parse
from workers.subscriptions import SUBSCRIPTIONS
from workers.transport import Delivery, Transport

log = structlog.get_logger()

Settle = Callable[[Sequence[Delivery]], None]

STRANGER = "not in the log of events: no service of this market has told it"


@dataclass(frozen=True, slots=True)
class _Message:
    delivery: Delivery
    received: Received[Event]

    @property
    def subject(self) -> str:
        return f"{self.received.event.ABOUT}:{self.received.event.subject}"


def consume(transport: Transport, group: str, limit: int, wait: float) -> int:
    """A group's step: poll a batch, handle it, acknowledge it after its commit. Returns how many messages came."""
    deliveries = transport.poll(group, limit, wait)
    if deliveries:
        handle(group, deliveries, transport.settle)
        transport.acknowledge(group, deliveries)
    return len(deliveries)


def handle(group: str, deliveries: Sequence[Delivery], settle: Settle = lambda handled: None) -> None:
    """Handle a batch, each kind of event in a transaction; on return every message is applied, absorbed or parked. `settle` is
    called in the transaction that does so, with the messages that it is about.

    Two kinds in one transaction would lock rows twice, each time in their order, and two consumers of a group would wait for
    each other: one reserves what the other has to sell.

    Raises what says that the database is unavailable; what of the batch was not done may be given again, with the rest.
    """
    messages, malformed = _parsed(group, deliveries)
    if malformed:
        transact(lambda: inbox.park(group, malformed))
    # What is not for this group, and what is parked, leaves with the first messages that are handled.
    theirs = {id(message.delivery) for message in messages}
    others = [delivery for delivery in deliveries if id(delivery) not in theirs]
    if not messages:
        transact(lambda: settle(others))
    for kind in SUBSCRIPTIONS[group]:
        if of_kind := [message for message in messages if type(message.received.event) is kind]:
            _apply(group, of_kind, others, settle)
            others = []


def _parsed(group: str, deliveries: Sequence[Delivery]) -> tuple[list[_Message], list[Parked]]:
    messages: list[_Message] = []
    malformed: list[Parked] = []
    handlers = SUBSCRIPTIONS[group]
    for delivery in deliveries:
        kind = CATALOGUE.get(delivery.type)
        if kind is not None and kind not in handlers:
            continue  # Ours, but not for this group: topics carry more than each of their readers wants.
        try:
            if delivery.fault:
                raise MalformedEvent(delivery.fault)
            event = parse(delivery.type, delivery.version, delivery.value)
        except MalformedEvent as error:
            log.warning("parked", group=group, message=delivery.id, type=delivery.type, reason=str(error))
            malformed.append(_parked(delivery, None, str(error)))
            continue
        messages.append(_Message(delivery, Received(delivery.id, delivery.traceparent, event)))
    return messages, malformed


def _apply(group: str, messages: Sequence[_Message], others: Sequence[Delivery], settle: Settle) -> None:
    settled = [*others, *(message.delivery for message in messages)]

    def change() -> None:
        _change(group, messages)
        settle(settled)

    try:
        transact(change)
    except Exception as error:
        if is_unavailable(error):
            raise
        if len(messages) > 1:
            # Somebody in the batch is poison: halves find it, in order, and the rest goes through.
            middle = len(messages) // 2
            _apply(group, messages[:middle], others, settle)
            _apply(group, messages[middle:], (), settle)
            return
        message = messages[0]
        log.warning("parked", group=group, message=message.delivery.id, type=message.delivery.type, reason=str(error))
        stack = traceback.format_exc()
        reason = f"{type(error).__name__}: {error}"
        aside = _parked(message.delivery, message.subject, reason, stack)

        def park() -> None:
            inbox.park(group, [aside])
            settle(settled)

        transact(park)


def _change(group: str, messages: Sequence[_Message]) -> None:
    """Apply messages of one kind."""
    ready = _without_held(group, _without_strangers(group, messages))
    fresh = inbox.first_seen(group, [message.delivery.id for message in ready])
    new: list[Received[Event]] = []
    for message in ready:
        if message.delivery.id in fresh:
            fresh.discard(message.delivery.id)  # The same id twice in one batch counts once.
            new.append(message.received)
    if new:
        SUBSCRIPTIONS[group][type(new[0].event)](new)


def _without_strangers(group: str, messages: Sequence[_Message]) -> list[_Message]:
    # Whoever may write to a topic could otherwise sell and reserve at will: only what the log holds was told by us. A
    # stranger holds up nobody, so it is parked without a subject.
    told = outbox.told([message.delivery.id for message in messages])
    strangers = [message for message in messages if message.delivery.id not in told]
    inbox.park(group, [_parked(message.delivery, None, STRANGER) for message in strangers])
    return [message for message in messages if message.delivery.id in told]


def _without_held(group: str, messages: Sequence[_Message]) -> list[_Message]:
    held = inbox.held_subjects(group, [message.subject for message in messages])
    if not held:
        return list(messages)
    behind = [message for message in messages if message.subject in held]
    known = inbox.handled(group, [message.delivery.id for message in behind])
    waiting = [message for message in behind if message.delivery.id not in known]
    reason = [(message, BEHIND.format(key=message.received.event.ABOUT)) for message in waiting]
    inbox.park(group, [_parked(message.delivery, message.subject, why) for message, why in reason])
    aside = {id(message) for message in waiting}
    return [message for message in messages if id(message) not in aside]


def _parked(delivery: Delivery, subject: str | None, reason: str, stack: str | None = None) -> Parked:
    payload = delivery.value.decode("utf-8", "replace").replace("\x00", "\N{REPLACEMENT CHARACTER}")
    return Parked(delivery.id, delivery.channel, delivery.type, subject, payload, reason, stack)
