"""Home: what needs the owner, and how the market did, beside what a person counts."""

from __future__ import annotations

import re
from datetime import date

import pytest
from flask import Flask

from tests.console.conftest import Desk, Trade
from tests.people import People
from webapp import clock
from webapp.console.home_period import Period, number_of
from webapp.console.home_plots import outcomes, sales, scale
from webapp.console.rollups import commands
from webapp.console.rollups.counting import DAY
from webapp.db import db, execute, transact


def count(app: Flask) -> None:
    """Let the timer count all that there is."""
    with app.app_context():
        counter = commands.Counter()
        while counter():
            pass
        db.session.remove()


def words(page: str) -> str:
    """The words of a page's main part, without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.split("<main", 1)[1]))


def test_a_new_market_sees_that_nothing_has_happened_yet(owner: Desk) -> None:
    page = owner.get("/console/")
    assert "Nothing has happened yet." in page
    assert "Needs you" not in page
    assert page.count('href="/console/products/new"') == 1


def test_the_figures_are_what_a_person_counts(app: Flask, owner: Desk, outsider: Desk, trade: Trade) -> None:
    ago = clock.now() - 10 * DAY
    with clock.set_to(ago):
        bowl = trade.product(stock=100, price_minor=2800, name="Breakfast bowl")
        trade.order((bowl, 1))
    trade.order((bowl, 3))
    trade.order((bowl, 2))
    trade.order((bowl, 1), token="tok_declined")
    trade.order((bowl, 500))
    count(app)
    week = words(owner.get("/console/?days=7"))
    assert "€140.00 €112.00 more than the 7 days before" in week
    assert "Orders 4 Average €70.00 Refunded €0.00" in week
    assert "Completed 2 Stock refused 1 Payment refused 1" in week
    assert "too few left 1" in week
    assert "Breakfast bowl €140.00 5 sold" in week
    month = words(owner.get("/console/"))
    assert "€168.00 €168.00 more than the 28 days before" in month
    then = clock.to_datetime(ago).date().isoformat()
    assert "€28.00" in words(owner.get(f"/console/?since={then}&until={then}"))
    assert "Breakfast bowl" not in outsider.get("/console/")
    assert "Nothing has happened yet." in outsider.get("/console/")


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("since=yesterday", "Write a date like"),
        ("since=2026-02-30", "Write a date like"),
        ("since=2026-02-03&until=2026-02-01", "The first day comes before the last"),
        ("since=2020-01-01&until=2026-01-01", "At most 366 days"),
        ("since=2999-01-01", "has not come yet"),
    ],
)
def test_days_that_cannot_be_shown_are_named(owner: Desk, trade: Trade, asked: str, says: str) -> None:
    trade.product(stock=3)
    assert says in owner.get(f"/console/?{asked}", 422)


def test_strange_ranges_show_the_usual_days(owner: Desk, trade: Trade) -> None:
    trade.product(stock=3)
    for days in ("12", "x", "", "-7", "7.0"):
        assert 'href="/console/?days=28" aria-current="true"' in owner.get(f"/console/?days={days}")


def test_what_needs_the_owner_stands_first(app: Flask, owner: Desk, outsider: Desk, trade: Trade) -> None:
    bowl, lamp = trade.product(stock=3, name="Tall pitcher"), trade.product(stock=1, name="Garden trowel")
    page = words(owner.get("/console/"))
    assert "Nothing. Every order moves" in page
    version = trade.row("SELECT version FROM inventories WHERE product_id = :id", id=bowl)["version"]
    owner.post(f"/console/stock/{bowl}/threshold", low_stock_threshold="4", version=str(version))
    done = trade.order((lamp, 1))
    with clock.set_to(clock.now() - clock.seconds(14 * 60)):
        stuck = trade.order((bowl, 1), settle=False)
    with app.app_context():
        transact(
            lambda: execute(
                "UPDATE emails SET state = 'BOUNCED', answer = 'mailbox full', next_try_at = NULL WHERE order_id = :id",
                id=done,
            )
        )
        transact(
            lambda: execute(
                "INSERT INTO parked (consumer, event_id, channel, type, subject, payload, reason, at) SELECT 'orders', id, topic, type,"
                " 'order:1', '{}', 'it cannot be read', at FROM events WHERE order_id = :id AND type = 'ORDER_COMPLETED'",
                id=done,
            )
        )  # fmt: skip
        db.session.remove()
    page = owner.get("/console/")
    said = words(page)
    number = trade.row("SELECT number FROM orders WHERE id = :id", id=stuck)["number"]
    assert f"Order {number} has waited 14 min for its stock" in said
    assert "The email to ingrid@example.org was refused" in said
    assert "mailbox full" in said
    assert "ORDER_COMPLETED: it cannot be read" in said
    assert "Tall pitcher: 3 left to sell" in said
    assert "the threshold is 4" in said
    assert "Garden trowel is sold out" in said
    assert f'href="/console/stock/{bowl}/adjust"' in page
    theirs = words(outsider.get("/console/"))
    assert "Nothing has happened yet." in theirs
    trade.settle()


def test_home_asks_the_database_the_same_however_much_there_was(app: Flask, owner: Desk, trade: Trade) -> None:
    counts = []
    for many in (1, 12):
        goods = [trade.product(stock=2) for _ in range(many)]
        for product_id in goods:
            trade.order((product_id, 2))
        trade.order((goods[0], 1))
        count(app)
        for days in (7, 90):
            with trade.counted() as asked:
                owner.get(f"/console/?days={days}")
            counts.append(len(asked))
    assert len(set(counts)) == 1
    assert counts[0] <= 20


def test_the_staff_see_it_too(app: Flask, people: People, trade: Trade) -> None:
    trade.product(stock=3)
    assert "Needs you" in Desk(app, people.staff).get("/console/")


def test_a_drawing_stays_in_its_frame() -> None:
    day = number_of(date(2026, 11, 22))
    for length in (1, 2, 7, 28, 90, 366):
        period = Period(day - length + 1, day, day)
        for amounts in ([0] * length, [1] * length, [10**9 + n for n in range(length)]):
            drawn = sales(amounts, amounts[::-1], period, "EUR", 600)
            numbers = [float(n) for n in re.findall(r"-?[\d.]+", drawn.line)]
            assert all(44 <= x <= 600 for x in numbers[::2])
            assert all(24 <= y <= 188 for y in numbers[1::2])
        days = {d: {"completed": 3, "stock refused": 1} for d in period.days}
        bars = outcomes(days, ("completed", "stock refused"), period, 468)
        assert len(bars.bars) <= 2 * 53
        assert all(0 <= bar.y <= 160 and 28 <= bar.x <= 468 for bar in bars.bars)


@pytest.mark.parametrize(
    ("most", "step", "lines"), [(1, 1, 2), (4, 1, 4), (5, 2, 3), (17, 5, 4), (54, 20, 3), (1186, 400, 3), (0.4, 1, 2)]
)
def test_a_scale_reads_well(most: float, step: float, lines: int) -> None:
    assert scale(most) == (step, lines)
