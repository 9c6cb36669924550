"""How the pages of a large market do beside those of a small one: the same number of statements, and about the same time.

Both markets are asked in turn, page by page, in one process and one run, so that a machine whose speed drifts drifts for both.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from bench.fill import filling, goods
from bench.page_list import PAGES, Page
from webapp.accounts import commands as accounts
from webapp.accounts import passwords
from webapp.accounts.actor import Actor
from webapp.accounts.models import OWNER
from webapp.db import db, fetch, transact
from webapp.products import categories

MARKET, EMAIL = "filled", "owner@bench.invalid"
PASSWORD = "a password for measuring only"  # noqa: S105
BENCH = Actor.system("bench")
BEGINNING = 3
"""Pieces of an answer that streams, which are waited for: the head, and the first two pages of rows."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a page cost once: statements, and seconds."""

    statements: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Compared:
    """A page in both markets: the statements of each, and the median seconds of each."""

    page: Page
    small: Answered
    large: Answered

    @property
    def ratio(self) -> float:
        """How many times as long it takes in the large market."""
        return self.large.seconds / self.small.seconds


class Visitor:
    """Somebody who asks for the pages of one market: as its owner, or as a shopper without a session."""

    def __init__(self, app: Flask) -> None:
        self.app = app
        with app.app_context():
            self.things = things()
            self._engine = db.engine
        self._owner, self._shopper = app.test_client(), app.test_client()
        log_in(self._owner)

    def ask(self, page: Page) -> Answered:
        """Ask for a page as far as a reader waits for it. Raises RuntimeError for any answer but 200."""
        client = self._shopper if page.shopper else self._owner
        path = page.path.format_map(self.things)
        with counted(self._engine) as statements:
            began = time.perf_counter()
            response = client.get(path, buffered=False)
            if response.is_streamed:
                for _ in islice(response.iter_encoded(), BEGINNING):
                    pass
            else:
                response.get_data()
            seconds = time.perf_counter() - began
        response.close()
        if response.status_code != 200:
            raise RuntimeError(f"{page.name}: {path} answers {response.status_code}")
        return Answered(len(statements), seconds)


def open_market() -> None:
    """Make the market that is filled, and its owner. Needs an app context."""

    def opened() -> None:
        market_id = accounts.create_market(MARKET, "Filled", "EUR", actor=BENCH)
        person_id = accounts.create_person(EMAIL, "Olga Owner", passwords.hashed(PASSWORD), actor=BENCH)
        accounts.add_member(person_id, market_id, OWNER, actor=BENCH)

    transact(opened)


def log_in(client: FlaskClient) -> None:
    """Log the owner in. Raises RuntimeError when that fails."""
    sent = client.post(
        "/login",
        data={"email": EMAIL, "password": PASSWORD},
        headers={"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"},
    )
    if sent.status_code != 303:
        raise RuntimeError(f"the owner of the bench cannot log in: {sent.status_code}")


def things() -> Mapping[str, str]:
    """What the addresses name: things in the middle of the market, so that what lies before and behind them is much."""
    [market] = fetch("SELECT id, slug FROM markets WHERE slug = :slug", slug=MARKET)
    known = goods.known(market["id"])
    [product] = _asked("products p", "p.sku = :sku", "p.*", market["id"], sku=f"{goods.SKU}{(known + 1) // 2:06}")
    [active] = _asked(
        "products p", "p.status = 'active' AND p.id >= :id ORDER BY p.id LIMIT 1", "p.*", market["id"], id=product["id"]
    )
    [best] = _asked(
        "rollup_products p",
        "p.day > 0 GROUP BY p.product_id ORDER BY sum(p.units) DESC, p.product_id LIMIT 1",
        "p.product_id",
        market["id"],
    )
    [ends] = _asked("orders p", "p.id > 0", "min(p.number) AS first, max(p.number) AS last", market["id"])
    [order] = _asked(
        "orders p", "p.number >= :number AND p.status = 'COMPLETED' ORDER BY p.number LIMIT 1", "p.*", market["id"],
        number=(ends["first"] + ends["last"]) // 2,
    )  # fmt: skip
    [payment] = fetch("SELECT provider_id FROM payments WHERE order_id = :id", id=order["id"])
    [email] = fetch("SELECT id FROM emails WHERE order_id = :id ORDER BY id LIMIT 1", id=order["id"])
    [movement] = fetch("SELECT id, at FROM stock_movements WHERE order_id = :id ORDER BY id LIMIT 1", id=order["id"])
    db.session.rollback()
    word = product["name"].split()[1]
    found = {
        "market": market["slug"], "product": product["id"], "active": active["id"], "slug": active["slug"], "sku": product["sku"],
        "bestseller": best["product_id"], "word": word, "slip": word[:2] + word[3] + word[2] + word[4:], "maker": product["maker"].split()[0],
        "category": product["category"], "branch": product["category"].split(" / ")[0], "order": order["id"], "middle_order": order["id"],
        "number": order["number"], "link": order["link"], "email": order["email"], "email_part": order["email"].split("@")[0],
        "name": order["name"], "payment": payment["provider_id"], "order_email": email["id"], "middle_movement": movement["id"], "moved_at": movement["at"],
        "day": time.strftime("%Y-%m-%d", time.gmtime(movement["at"] // 1_000_000)),
    }  # fmt: skip
    path = quote(categories.address(product["category"]))
    return {**{name: quote(str(value), safe="") for name, value in found.items()}, "path": path}


def _asked(table: str, where: str, columns: str, market_id: int, **given: Any) -> list[Mapping[str, Any]]:
    return fetch(
        f"SELECT {columns} FROM {table} WHERE p.market_id = :market_id AND {where}", market_id=market_id, **given
    )


@contextmanager
def counted(engine: sa.Engine) -> Iterator[list[str]]:
    """The statements that an engine is asked inside the block."""
    asked: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        asked.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield asked
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


def compare(small: Flask, large: Flask, times: int, pages: Sequence[Page] = PAGES) -> Iterator[Compared]:
    """Each page in both filled markets, asked so many times after once that does not count; times are medians."""
    visitors = Visitor(small), Visitor(large)
    for page in pages:
        for visitor in visitors:
            visitor.ask(page)
        answers = [[visitor.ask(page) for visitor in visitors] for _ in range(times)]
        yield Compared(page, *(_median([both[n] for both in answers]) for n in range(2)))


def _median(answers: Sequence[Answered]) -> Answered:
    return Answered(
        max(answer.statements for answer in answers), statistics.median(answer.seconds for answer in answers)
    )


def fill(app: Flask, products: int, orders: int, heard: filling.Heard) -> None:
    """Make the market in an app's database, and fill it."""
    with app.app_context():
        open_market()
        filling.fill(MARKET, products, orders, 365, False, heard)
        db.session.remove()
