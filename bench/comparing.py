"""`make bench`, part pages: a small and a large market, made and filled, asked in turn, and what came of it as a table."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from bench import pages, saga
from webapp.app import create_app
from webapp.db import db
from webapp.settings import load
from workers import release

Size = tuple[int, int]
"""Products and orders."""

SMALL: Size = (1_000, 1_000)
MODEST: Size = (20_000, 50_000)
FULL: Size = (100_000, 1_000_000)

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Comparison:
    """All pages, and of what sizes the two markets are, on which database."""

    database: str
    size: Size
    pages: list[pages.Compared]

    @property
    def fixed(self) -> bool:
        """Whether no page asks more of the large market than of the small one."""
        return all(one.large.statements <= one.small.statements for one in self.pages)


def run(size: Size, times: int, say: Say) -> Comparison:
    """Make and fill both markets, on PostgreSQL where DATABASE_URL names one and else on SQLite, and ask for every page."""
    with ExitStack() as stack:
        small, large = (stack.enter_context(filled(products, orders, say)) for products, orders in (SMALL, size))
        found = []
        for one in pages.compare(small, large, times):
            say(f"{one.page.name} …")
            found.append(one)
        say("")
    return Comparison("PostgreSQL" if os.environ.get("DATABASE_URL") else "SQLite", size, found)


@contextmanager
def filled(products: int, orders: int, say: Say) -> Iterator[Flask]:
    """A market of such a size in a database of its own, gone at the end."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        server = os.environ.get("DATABASE_URL")
        url = stack.enter_context(saga.database(server)) if server else None
        app = create_app(
            load(market_home=home, database_url=url, kafka_brokers=None, amqp_url=None, smtp_url=None, provider_url="inprocess:",
                 secret_key=saga.SECRET)
        )  # fmt: skip
        with app.app_context():
            release.migrate()
            db.session.remove()
        pages.fill(app, products, orders, lambda what, there, of: say(f"filling in: {there:,} of {of:,} {what}"))
        yield app
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def table(compared: Comparison) -> Iterator[str]:
    """The pages as lines of text, those whose time grows most at the end."""
    products, orders = compared.size
    yield (
        f"{compared.database}: {products:,} products and {orders:,} orders beside {SMALL[0]:,} and {SMALL[1]:,}; medians of one run"
    )
    yield f"{'':<46}{'statements':>12}{'small':>10}{'large':>10}{'ratio':>8}"
    for one in sorted(compared.pages, key=lambda one: one.ratio):
        same = one.small.statements == one.large.statements
        statements = f"{one.large.statements}" if same else f"{one.small.statements} → {one.large.statements}"
        more = "  MORE STATEMENTS" if one.large.statements > one.small.statements else ""
        yield (
            f"{one.page.name:<46}{statements:>12}{one.small.seconds * 1000:>7.1f} ms{one.large.seconds * 1000:>7.1f} ms{one.ratio:>7.1f}×{more}"
        )


def as_figures(compared: Comparison) -> dict[str, Any]:
    """The same for a program."""
    return {
        "database": compared.database, "products": compared.size[0], "orders": compared.size[1],
        "pages": {
            one.page.name: {
                "path": one.page.path, "statements": [one.small.statements, one.large.statements],
                "seconds": [one.small.seconds, one.large.seconds], "ratio": one.ratio,
            }
            for one in compared.pages
        },
    }  # fmt: skip
