"""Reads of emails: those of an order, the mailbox, and what fails."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import defer

from webapp.accounts.letters import CAUSE, INVITED
from webapp.accounts.models import Person
from webapp.db import Row, among, db, fetch
from webapp.errors import NotFound
from webapp.notifications.kinds import SENT
from webapp.notifications.models import Delivery, Email

_WITHOUT_TEXT = (defer(Email.html, raiseload=True), defer(Email.text, raiseload=True))


def of_order(order_id: int) -> list[Email]:
    """The emails of an order that the caller was allowed to see, oldest first, without their texts."""
    query = sa.select(Email).where(Email.order_id == order_id).order_by(Email.id)
    return list(db.session.scalars(query.options(*_WITHOUT_TEXT).execution_options(populate_existing=True)))


def last_of(order_ids: Sequence[int]) -> dict[int, Row]:
    """The newest email of each order, by the order's id: what its station "told you" shows; that it was sent is no station.
    Times are in microseconds."""
    found = fetch(
        "SELECT e.order_id, e.id, e.kind, e.recipient, e.send_to, e.state, e.tries, e.answer, e.next_try_at, e.queued_at, e.sent_at"
        f" FROM emails e WHERE {among('e.order_id', 'asked')} AND e.kind <> '{SENT}' ORDER BY e.id",
        asked=set(order_ids),
    )
    return {row["order_id"]: row for row in found}


def mailbox(
    market_ids: Collection[int] | None, limit: int, before_id: int | None = None, without_keys: bool = False
) -> list[Email]:
    """Emails of these markets (None: of all), newest first, without their texts; `limit` + 1 of them so that the caller
    sees whether more follow. `without_keys` leaves out what opens the console to whoever reads it."""
    query = _seen_by(market_ids, without_keys).options(*_WITHOUT_TEXT)
    if before_id is not None:
        query = query.where(Email.id < before_id)
    return list(db.session.scalars(query.order_by(Email.id.desc()).limit(limit + 1)))


def email_of(market_ids: Collection[int] | None, email_id: int, without_keys: bool = False) -> Email:
    """One email of these markets (None: of any), whole. Raises NotFound for all others."""
    found = db.session.scalar(
        _seen_by(market_ids, without_keys).where(Email.id == email_id).execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound("there is no such email")
    return found


def of_letters(letter_ids: Collection[int]) -> dict[int, Row]:
    """What became of the emails of letters about accounts, by the letter's id: state, tries, answer, next_try_at. Not what they
    say: that is their reader's."""
    found = fetch(
        "SELECT e.cause_id, e.state, e.tries, e.answer, e.next_try_at FROM emails e"
        f" WHERE {among('e.cause_id', 'causes', 'text')}",
        causes=[f"{CAUSE}{letter_id}" for letter_id in letter_ids],
    )
    return {int(row["cause_id"].removeprefix(CAUSE)): row for row in found}


def deliveries_of(email_id: int) -> list[Delivery]:
    """Every try to deliver an email that the caller was allowed to see, oldest first."""
    return list(db.session.scalars(sa.select(Delivery).where(Delivery.email_id == email_id).order_by(Delivery.number)))


def _seen_by(market_ids: Collection[int] | None, without_keys: bool = False) -> sa.Select[Email]:
    query = sa.select(Email)
    if without_keys:
        keepers = sa.select(Person.email).where(sa.or_(Person.is_operator, Person.memberships.any()))
        about_accounts = Email.cause_id.startswith(CAUSE, autoescape=True)
        query = query.where(~(about_accounts & ((Email.kind == INVITED) | Email.recipient.in_(keepers))))
    return query if market_ids is None else query.where(Email.market_id.in_(market_ids))
