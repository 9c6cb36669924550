"""The payments queue's tasks: begin in one transaction, call the provider with none open, settle in others.

All three are safe to run twice, at the same time too: a call is made only for what was claimed. What is lost on the way
(this process, an answer) is asked about when its lease ends.
"""

from __future__ import annotations

from collections.abc import Sequence

from webapp import clock
from webapp.db import transact
from webapp.orders.queries import to_pay
from webapp.payments import commands, refunds
from webapp.payments.calls import Outcome
from webapp.payments.gateway import current


def charge(ids: Sequence[str]) -> None:
    """Make the calls that the payments of these orders need now: charge, ask, or void what is overdue."""
    order_ids = _numbers(ids)
    for outcomes in current().run(transact(lambda: commands.begin(to_pay(order_ids), clock.now(), also=order_ids))):
        _settle(outcomes)


def void(ids: Sequence[str]) -> None:
    """Call the payments of these cancelled orders off, where no call was begun."""
    transact(lambda: commands.void(to_pay(_numbers(ids)), clock.now()))


def refund(ids: Sequence[str]) -> None:
    """Give these refunds' money back."""
    for outcomes in current().run(transact(lambda: refunds.begin_refunds(_numbers(ids), clock.now()))):
        _settle_refunds(outcomes)


def _settle(outcomes: Sequence[Outcome]) -> None:
    transact(lambda: commands.settle(outcomes, clock.now()))


def _settle_refunds(outcomes: Sequence[Outcome]) -> None:
    transact(lambda: refunds.settle_refunds(outcomes, clock.now()))


def _numbers(ids: Sequence[str]) -> list[int]:
    return [int(id_) for id_ in ids]
