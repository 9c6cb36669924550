"""The demo's story is the same on every telling, runs forward in time, and leaves the shelves as they should be."""

from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from webapp.demo.catalogue import MARKETS
from webapp.demo.story import DemoDelivery, DemoOrder, DemoParcels, DemoRefund, Happening, story
from webapp.demo.story.shoppers import REGULAR

END = datetime(2026, 11, 22, 10, 30, tzinfo=UTC)
START = END - timedelta(days=28)
REASONS = {"received", "count", "damaged", "loss", "return", "correction", "promotion"}
TOKENS = {"tok_success", "tok_declined", "tok_insufficient_funds"}

seeds = pytest.mark.parametrize("seed", range(12))


def told(seed: int = 7, start: datetime = START, end: datetime = END) -> list[Happening]:
    return list(story(MARKETS, start, end, seed))


def placed(seed: int = 7) -> list[DemoOrder]:
    return [happening for happening in told(seed) if isinstance(happening, DemoOrder)]


def test_the_same_seed_tells_the_same_story() -> None:
    assert told(3) == told(3)
    assert told(3) != told(4)


@seeds
def test_it_runs_forward_between_its_two_instants(seed: int) -> None:
    instants = [happening.at for happening in told(seed)]
    assert instants == sorted(instants)
    assert instants[0] >= START
    assert instants[-1] < END
    assert all(at.utcoffset() == timedelta(0) for at in instants)


def test_it_has_350_orders_each_with_a_key_of_its_own() -> None:
    keys = [order.key for order in placed()]
    assert len(keys) == len(set(keys)) == 350


def test_saturdays_are_busier_than_mondays() -> None:
    days = Counter(order.at.weekday() for order in placed())
    assert days[5] > 1.5 * days[0]


@seeds
def test_most_orders_succeed_and_some_end_otherwise(seed: int) -> None:
    found = placed(seed)
    assert {order.token for order in found} <= TOKENS
    assert 0.8 < sum(order.sells for order in found) / len(found) < 0.95
    assert sum(order.token != "tok_success" for order in found) >= 5
    assert any(order.short for order in found)
    assert any(order.cancelled for order in found)
    assert any(isinstance(happening, DemoRefund) for happening in told(seed))


def test_orders_are_for_goods_of_their_market_that_take_orders() -> None:
    goods = {market.slug: {product.sku for product in market.products if product.orderable} for market in MARKETS}
    for order in placed():
        skus = [sku for sku, _ in order.items]
        assert set(skus) <= goods[order.market_slug]
        assert len(skus) == len(set(skus)) >= 1
        assert all(quantity >= 1 for _, quantity in order.items)


def test_no_order_could_reach_a_real_person() -> None:
    for order in placed():
        assert order.email.endswith(("@example.invalid", "@demo.market"))
        assert list(order.delivery) == ["name", "street", "postcode", "city", "country"]
        assert all(order.delivery.values())


def test_the_demos_shopper_has_a_handful_of_orders() -> None:
    assert 3 <= sum(order.email == REGULAR for order in placed()) <= 15


@pytest.mark.parametrize("days", [3, 9, 28, 61])
@seeds
def test_the_shelves_never_fall_below_zero_and_end_as_wished(seed: int, days: int) -> None:
    held: Counter[str] = Counter()
    for happening in told(seed, END - timedelta(days=days)):
        match happening:
            case DemoDelivery(sku=sku, delta=delta):
                assert happening.reason in REASONS
                assert delta != 0
                held[sku] += delta
                assert held[sku] >= 0
            case DemoRefund(restock=restock):
                held.update(dict(restock))
            case DemoOrder(items=items, short=short):
                covered = all(quantity <= held[sku] for sku, quantity in items)
                assert covered is not short, f"{happening.key} at {happening.at}"
                if happening.sells:
                    held.subtract(dict(items))
    assert {product.sku: held[product.sku] for market in MARKETS for product in market.products} == {
        product.sku: product.stock for market in MARKETS for product in market.products
    }


@seeds
def test_a_refund_follows_a_sale_of_those_goods(seed: int) -> None:
    sales = {order.key: order for order in placed(seed) if order.sells}
    for refund in (one for one in told(seed) if isinstance(one, DemoRefund)):
        sale = sales[refund.order_key]
        assert refund.at > sale.at
        assert set(refund.items) <= set(sale.items)
        assert refund.whole is (refund.items == sale.items)
        assert refund.restock in {(), refund.items}


def test_ledgers_look_alive() -> None:
    written = Counter(one.reason for one in told() if isinstance(one, DemoDelivery))
    opening = sum(product.stock > 0 for market in MARKETS for product in market.products)
    assert written["received"] > opening + 20
    assert sum(written.values()) - written["received"] >= 10


def test_naive_and_hurried_tellers_are_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        told(1, START.replace(tzinfo=None), END.replace(tzinfo=None))
    with pytest.raises(ValueError, match="three days"):
        told(1, END - timedelta(days=1))


@seeds
def test_every_order_that_sells_leaves_once_before_it_is_refunded(seed: int) -> None:
    gone: dict[str, datetime] = {}
    for happening in told(seed):
        if isinstance(happening, DemoParcels):
            for key in happening.order_keys:
                assert key not in gone
                gone[key] = happening.at
        if isinstance(happening, DemoRefund):
            assert happening.order_key in gone
    sold = {order.key: order.at for order in placed(seed) if order.sells}
    assert gone.keys() <= sold.keys()
    assert all(timedelta() < gone[key] - sold[key] <= timedelta(hours=18) for key in gone)
    waiting = sold.keys() - gone.keys()
    assert 0 < len(waiting) < 40
    assert all(END - sold[key] < timedelta(hours=48) for key in waiting)
