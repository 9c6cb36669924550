"""`market replay`: a real retailer's sales as orders, each followed to its end. docs/check.md tells how to read its report.

It may be run again at any time, also after it was killed: products are known by their SKU, stock by what the ledger says
the replay has received, orders by their checkout key.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from flask import Flask

from webapp.db import as_json
from webapp.orders.models import COMPLETED, INVENTORY_REJECTED, PAYMENT_REJECTED
from workers.replay import orders, retailer, shelves
from workers.replay.at_work import working

SHARE = (6, 10)
"""How much of the demand is put in stock, as a fraction of whole numbers: rounding a float could lose a unit."""

UNBALANCED = 1


def run(app: Flask, file: Path, market_slug: str, limit: int | None, as_json_text: bool) -> int:
    """Replay `file` in the market and print the report; at most `limit` lines of it are read. Returns the exit status: 0, or
    1 when stock in = sold + left does not hold. Raises MarketError (no such market, not a table of sales, nobody works)."""
    market = shelves.open_market(market_slug)
    sales = retailer.read(file, limit)
    articles = [article for article in sales.articles.values() if article.prices]
    with working(app):
        ids = shelves.put_up(market, articles)
        _shown("inventories", len(ids), _steps(shelves.wait_for_inventories(list(ids.values()))))
        share, whole = SHARE
        wanted = {ids[article.code]: article.demand * share // whole for article in articles}
        _shown("stock", len(wanted), shelves.stock(market, wanted))
        _shown("placing", len(sales.invoices), orders.place(market, sales.invoices, ids, sales.skipped))
        _shown("following", len(sales.invoices), _steps(orders.follow(market, time.monotonic())))
    report = _report(market, file, sales, ids, orders.outcome(market), orders.stock(market, list(ids.values())))
    click.echo(as_json(report) if as_json_text else _in_words(report))
    return 0 if report["stock"]["balanced"] else UNBALANCED


def _report(
    market: Any, file: Path, sales: retailer.Sales, ids: dict[str, int], outcome: Any, stock: Any
) -> dict[str, Any]:
    by_status = outcome["by_status"]
    completed = by_status.get(COMPLETED, 0)
    refused = by_status.get(INVENTORY_REJECTED, 0) + by_status.get(PAYMENT_REJECTED, 0)
    return {
        "file": str(file),
        "market": market["slug"],
        "lines": {
            "read": sales.lines,
            "sold": sales.lines - sum(sales.skipped.values()),
            "skipped": dict(sales.skipped),
        },
        "products": len(ids),
        "orders": {
            "placed": sum(by_status.values()),
            "completed": completed,
            "refused": refused,
            "other": sum(by_status.values()) - completed - refused,
        },
        "orders_per_second": outcome["orders_per_second"],
        "stock": stock,
    }


def _in_words(report: dict[str, Any]) -> str:
    lines, placed, stock = report["lines"], report["orders"], report["stock"]
    balance = "in = sold + left, to the unit" if stock["balanced"] else "in is NOT sold + left"
    return "\n".join(
        [
            f"lines read       {lines['read']:>12,}",
            f"  sold           {lines['sold']:>12,}",
            *(f"  skipped        {count:>12,}  {reason}" for reason, count in lines["skipped"].items()),
            f"products         {report['products']:>12,}",
            f"orders placed    {placed['placed']:>12,}",
            f"  completed      {placed['completed']:>12,}",
            f"  refused        {placed['refused']:>12,}",
            *([f"  other          {placed['other']:>12,}"] if placed["other"] else []),
            f"orders/s         {report['orders_per_second'] or 0:>12,}",
            f"stock in         {stock['in']:>12,}",
            f"  sold           {stock['sold']:>12,}",
            f"  left           {stock['left']:>12,}  {balance}",
        ]
    )


def _steps(totals: Iterable[int]) -> Iterator[int]:
    """How far each total is beyond the one before it."""
    before = 0
    for total in totals:
        yield max(total - before, 0)
        before = max(total, before)


def _shown(label: str, length: int, steps: Iterator[int]) -> None:
    """Work through the steps, with a progress bar where somebody watches."""
    with _bar(label, length) as bar:
        for step in steps:
            bar.update(step)


@contextmanager
def _bar(label: str, length: int) -> Iterator[Any]:
    # On standard error, so that the report alone can be piped on.
    with click.progressbar(
        length=max(length, 1), label=f"{label:<12}", file=sys.stderr, hidden=not sys.stderr.isatty()
    ) as bar:
        yield bar
