"""The sums that Home is made of: exact, counted once, whatever is cut off, late or told afterwards."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask

from tests.console.conftest import Desk, Trade
from tests.people import People
from webapp import clock
from webapp.console.rollups import commands, counting, queries
from webapp.console.rollups.sources import FACTS, SOURCES
from webapp.db import Row, db, execute, fetch, transact

NOON = 20_000 * counting.DAY + counting.DAY // 2
TABLES = ("rollup_days", "rollup_steps", "rollup_products", "rollup_counted")


@contextmanager
def inside(app: Flask) -> Iterator[None]:
    """The app's context, with a session that is over at the end."""
    with app.app_context():
        try:
            yield
        finally:
            db.session.remove()


@pytest.fixture
def count(app: Flask) -> Callable[..., int]:
    """Counts until nothing is new; returns how many things that were."""

    def counted(limit: int = 2000, now: int = NOON) -> int:
        with inside(app):
            return sum(iter(lambda: sum(commands.count_new(source, now, limit) for source in SOURCES), 0))

    return counted


def sums(app: Flask) -> list[list[Row]]:
    """All that was counted."""
    with inside(app):
        return [
            sorted(fetch(f"SELECT * FROM {table}"), key=lambda row: [str(value) for value in row.values()])
            for table in TABLES
        ]


def of_day(app: Flask, market_id: int, day: int) -> dict[tuple[str, str], tuple[int, int]]:
    """What a market's day comes to: times and money, by measure and reason."""
    with inside(app):
        return {
            (row["measure"], row["reason"]): (row["times"], row["amount_minor"])
            for row in queries.days(market_id, day, day)
        }


@pytest.fixture
def traded(trade: Trade, owner: Desk, people: People) -> int:
    """A day of trade, told at noon of day 20,000; returns the product that was sold."""
    with clock.set_to(NOON - counting.DAY):
        bowl, lamp = trade.product(stock=10, price_minor=2800), trade.product(stock=5, price_minor=900)
        theirs = trade.product(stock=5, price_minor=500, market_id=people.outsider.market_id)
    with clock.set_to(NOON):
        first = trade.order((bowl, 2), (lamp, 1))
        trade.order((bowl, 1))
        trade.order((lamp, 9))
        trade.order((bowl, 1), token="tok_declined")
        trade.order((theirs, 3))
        posted = owner.post(f"/console/orders/{first}/refund", amount="10.00", reason="a chip", left="6500")
        assert posted.status_code == 303, posted.text
        trade.settle()
    return bowl


def test_a_day_adds_up_to_what_a_person_counts(
    app: Flask, people: People, traded: int, count: Callable[..., int]
) -> None:
    count()
    # 2 × 28.00 + 9.00 and 28.00 were sold; the lamp was 9 × 9.00, the refused bowl 28.00.
    assert of_day(app, people.owner.market_id, 20_000) == {
        ("placed", ""): (4, 6500 + 2800 + 8100 + 2800),
        ("completed", ""): (2, 9300),
        ("refunded", ""): (1, 1000),
        ("stock refused", "too few left"): (1, 0),
        ("payment refused", "card_declined"): (1, 0),
    }
    assert of_day(app, people.outsider.market_id, 20_000) == {("placed", ""): (1, 1500), ("completed", ""): (1, 1500)}
    assert of_day(app, people.owner.market_id, 19_999) == {}
    with inside(app):
        top = queries.top_products(people.owner.market_id, 20_000, 20_000)
        assert [(row["units"], row["amount_minor"]) for row in top] == [(3, 8400), (1, 900)]
        assert queries.units_sold([traded], 19_000, 20_000) == {traded: 3}
        assert queries.units_sold([traded], 19_000, 19_999) == {}
        # The clock stood still: nothing is known of how long the steps took.
        assert queries.steps(people.owner.market_id, 20_000, 20_000) == {}


def test_each_step_is_timed_once(app: Flask, trade: Trade, people: People, count: Callable[..., int]) -> None:
    bowl = trade.product(stock=10)
    sold = trade.order((bowl, 1))
    trade.order((bowl, 20))
    trade.order((bowl, 1), token="tok_declined")
    email = trade.row("SELECT id FROM emails WHERE order_id = :id", id=sold)["id"]
    with inside(app):
        moved = [("STOCK_RESERVED", 180_000), ("PAYMENT_SUCCESS", 2_080_000), ("ORDER_COMPLETED", 2_290_000)]
        [placed] = fetch("SELECT at FROM events WHERE order_id = :id AND type = 'ORDER_INVENTORY_PENDING'", id=sold)
        for kind, after in moved:
            transact(
                lambda kind=kind, after=after: execute(  # type: ignore[misc]
                    "UPDATE events SET at = :at WHERE order_id = :id AND type = :kind", at=placed["at"] + after, id=sold, kind=kind
                )
            )  # fmt: skip
        told = placed["at"] + 3_390_000
        transact(lambda: execute("UPDATE email_deliveries SET at = :at WHERE email_id = :id", at=told, id=email))
        # The same email sent once more tells nobody anything new.
        transact(
            lambda: execute(
                "INSERT INTO email_deliveries (email_id, number, recipient, outcome, answer, at) VALUES (:id, 2, 'x@example.org', 'ACCEPTED', '', :at)",
                id=email, at=told + 60_000_000,
            )
        )  # fmt: skip
    count(now=told + 120_000_000)
    day = told // counting.DAY
    with inside(app):
        steps = queries.steps(people.owner.market_id, day - 1, day)
    assert {step: sum(buckets.values()) for step, buckets in steps.items()} == {
        "reserve": 2, "pay": 1, "complete": 1, "tell": 1,
    }  # fmt: skip
    for step, seconds in (("pay", 1.9), ("complete", 0.21), ("tell", 1.1)):
        assert counting.quantile(steps[step], 0.5) == pytest.approx(seconds, rel=0.1)


@pytest.mark.parametrize("limit", [1, 3])
def test_small_batches_come_to_the_same(app: Flask, traded: int, count: Callable[..., int], limit: int) -> None:
    things = count()
    assert count() == 0
    whole = sums(app)
    with inside(app):
        transact(lambda: [execute(f"DELETE FROM {table}") for table in (*TABLES, "rollup_marks", "rollup_seen")])
    assert count(limit) == things
    assert sums(app) == whole


def test_a_fact_that_commits_late_is_counted_once(
    app: Flask, trade: Trade, people: People, traded: int, count: Callable[..., int]
) -> None:
    count(now=NOON + 1)
    with clock.set_to(NOON - clock.seconds(20)):
        trade.order((traded, 1))
    assert count(now=NOON + clock.seconds(1)) > 0
    assert count(now=NOON + clock.seconds(2)) == 0
    assert of_day(app, people.owner.market_id, 20_000)["completed", ""] == (3, 12_100)


def test_a_past_that_is_told_afterwards_is_found_and_its_day_counted_anew(
    app: Flask, trade: Trade, people: People, traded: int, count: Callable[..., int]
) -> None:
    later = NOON + 3 * counting.DAY
    count(now=later)
    with clock.set_to(NOON + 5):
        trade.order((traded, 1))
    assert count(now=later) == 0
    with inside(app):
        assert commands.differs(20_000)
        assert not commands.differs(19_999)
        counter = commands.Counter()
        for ahead in itertools.count(1):
            with clock.set_to(later + ahead * commands.A_DAY_EVERY):
                counter()
            if not commands.differs(20_000):
                break
            assert ahead < 10
    assert of_day(app, people.owner.market_id, 20_000)["completed", ""] == (3, 12_100)
    before = sums(app)
    with inside(app):
        assert commands.recount(20_000) > 0
    assert sums(app) == before


def test_of_two_who_count_at_once_one_counts(
    app: Flask, traded: int, count: Callable[..., int], monkeypatch: pytest.MonkeyPatch
) -> None:
    with inside(app):
        read = commands._mark(FACTS)
        assert commands.count_new(FACTS, NOON) > 0
        every_day = "SELECT * FROM rollup_days ORDER BY market_id, day, measure, reason"
        counted = fetch(every_day)
        # The other has read the mark, and what was new, before the first wrote.
        monkeypatch.setattr(commands, "_mark", lambda source: read)
        transact(lambda: execute("DELETE FROM rollup_seen"))
        assert commands.count_new(FACTS, NOON) == 0
        assert fetch(every_day) == counted


def test_a_median_is_known_to_a_tenth() -> None:
    assert counting.quantile({}, 0.5) is None
    assert counting.bucket_of(0) == 0
    assert counting.bucket_of(1000) == 1
    durations = [50_000, 180_000, 200_000, 1_900_000, 8_400_000]
    buckets: dict[int, int] = {}
    for micros in durations:
        buckets[counting.bucket_of(micros)] = buckets.get(counting.bucket_of(micros), 0) + 1
    middle, slow = counting.quantile(buckets, 0.5), counting.quantile(buckets, 0.95)
    assert middle == pytest.approx(0.2, rel=0.1)
    assert slow == pytest.approx(8.4, rel=0.1)
    assert counting.quantile({counting.bucket_of(1_000_000): 100}, 0.5) == pytest.approx(1.0, rel=0.1)
