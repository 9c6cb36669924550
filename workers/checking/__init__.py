"""`market check`: every invariant that we promise, asked of the market as it is. docs/check.md tells how to read it."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
from flask import Flask

from webapp.db import db
from workers.checking import money, orders, rest, stock, traces, witness
from workers.checking.asking import Answer, Asking, Invariant, answer

INVARIANTS: tuple[Invariant, ...] = tuple(
    sorted(
        (
            *stock.INVARIANTS,
            *orders.INVARIANTS,
            *money.INVARIANTS,
            *witness.INVARIANTS,
            *rest.INVARIANTS,
            *traces.INVARIANTS,
        ),
        key=lambda invariant: invariant.number,
    )
)
"""All of them but 22, which is about pages and is shown by the tests in a browser."""

BROKEN = 1


def run(app: Flask, drained: bool, wait: float) -> int:
    """Ask the *always* group; with `drained`, wait up to `wait` seconds for everything to come to rest and ask both groups.
    Prints what each answer is and returns the exit status: 0, or 1 when an invariant is broken or, with `drained`, somebody
    who is configured could not be asked."""
    failed = False
    if drained and (left := rest.wait_for_rest(lambda: _under_way(app), wait, _tell)):
        click.echo(
            f"After {wait:g} s there is still something under way: {left}. What must hold at rest is asked all the same."
        )
    answers = []
    for invariant in (one for one in INVARIANTS if drained or not one.drained):
        with looking(app) as asking:
            answers.append(answer(invariant, asking))
        _report(answers[-1])
        failed = failed or _fails(answers[-1], drained)
    click.echo(_summary(answers))
    return BROKEN if failed else 0


@contextmanager
def looking(app: Flask) -> Iterator[Asking]:
    """One look at the market, in a transaction that leaves nothing behind."""
    with db.engine.connect() as connection, connection.begin() as transaction:
        if connection.dialect.name == "postgresql":
            # A question about a million orders may take longer than any page is allowed to.
            connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")
        try:
            yield Asking(connection, app.extensions["settings"])
        finally:
            transaction.rollback()


def _under_way(app: Flask) -> str:
    with looking(app) as asking:
        return rest.under_way(asking)


def _tell(what: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[KWaiting for {what} …", nl=False, err=True)


def _fails(one: Answer, drained: bool) -> bool:
    return bool(one.broken) or (drained and bool(one.unasked) and not one.unasked_expected)


def _report(one: Answer) -> None:
    if sys.stderr.isatty():
        click.echo("\r\x1b[K", nl=False, err=True)
    word = "broken" if one.broken else "not asked" if one.unasked else "ok"
    click.echo(f"{word:<10}{one.invariant.number:>3}  {one.invariant.sentence}")
    if one.unasked:
        click.echo(f"               {one.unasked}")
    if one.broken:
        click.echo(f"               {one.broken} {'row breaks' if one.broken == 1 else 'rows break'} it:")
    for example in one.examples:
        click.echo(f"               - {example}")


def _summary(answers: list[Answer]) -> str:
    broken = [str(one.invariant.number) for one in answers if one.broken]
    unasked = [str(one.invariant.number) for one in answers if one.unasked]
    parts = [f"{len(answers) - len(broken) - len(unasked)} of {len(answers)} invariants hold"]
    if broken:
        parts.append(f"broken: {', '.join(broken)}")
    if unasked:
        parts.append(f"not asked: {', '.join(unasked)}")
    return "; ".join(parts) + "."
