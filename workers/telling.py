"""How the demo is told through the real handlers: markets opened, shelves stocked, a month of orders placed and followed.

Every happening is played under its own instant, and comes to its end before the next one begins.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from webapp import clock
from webapp.accounts import audit, queries
from webapp.accounts import commands as people
from webapp.accounts.actor import Actor
from webapp.db import as_json, db, fetch, transact
from webapp.demo.catalogue import MARKETS, DemoMarket, DemoProduct
from webapp.demo.story import DemoDelivery, DemoOrder, DemoParcels, DemoRefund, Happening
from webapp.events import Quantity
from webapp.inventory import commands as inventory
from webapp.orders import commands as orders
from webapp.orders import placing, sending
from webapp.outbox import fresh_cause
from webapp.payments import refunds
from webapp.products import commands as products
from workers.draining import Pump
from workers.subscriptions import ACTORS, SUBSCRIPTIONS

ACTOR = Actor.system("demo")
SHOPPER = "shopper@demo.market"
"""The shopper whose orders belong to an account; all others are guests."""


def open_market(market: DemoMarket, person_ids: Mapping[str, int], pump: Pump | None) -> dict[str, int]:
    """Open one market and put its goods in; returns its id under "" and its products' by SKU."""

    def opened() -> dict[str, int]:
        market_id = people.create_market(
            market.slug, market.name, market.currency, actor=ACTOR, tagline=market.tagline, hero_title=market.hero_title,
            hero_text=market.hero_text, hero_picture=market.hero_picture, theme=as_json({"light": asdict(market.light), "dark": asdict(market.dark)}),
        )  # fmt: skip
        for person in market.people:
            people.add_member(person_ids[person.email], market_id, person.role, actor=ACTOR)
        new = [_new(product) for product in market.products]
        ids = products.create(market_id, market.currency, new, fresh_cause())
        audit.record_all(
            [
                audit.Change("product.create", "product", i, None, {"sku": p.sku}, market_id)
                for i, p in zip(ids, new, strict=True)
            ],
            actor=ACTOR,
        )
        return {"": market_id, **dict(zip((p.sku for p in new), ids, strict=True))}

    ids = transact(opened)
    if pump:
        pump.drain()
    else:
        _wait_for_inventories(ids)
    return ids


def _new(product: DemoProduct) -> products.NewProduct:
    return products.NewProduct(
        sku=product.sku, name=product.name, price_minor=product.price_minor, description=product.description, maker=product.maker,
        category=product.category, picture=product.picture, status=product.status,
    )  # fmt: skip


def _wait_for_inventories(ids: Mapping[str, int]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        made = fetch("SELECT count(*) AS made FROM inventories WHERE market_id = :market_id", market_id=ids[""])[0][
            "made"
        ]
        db.session.rollback()
        if made == len(ids) - 1:
            return
        time.sleep(0.2)
    raise TimeoutError(
        "the inventories of the demo's goods were not made within a minute: is `market consume inventory` running?"
    )


def stock_shelves(ids: Mapping[str, Mapping[str, int]]) -> None:
    """Put the demo's figures on the shelves at once, where its past is not told."""
    for market in MARKETS:
        for product in market.products:
            if product.stock:
                _adjust(ids[market.slug], product.sku, product.stock, "received", "opening stock")


def tell(happenings: Iterable[Happening], ids: Mapping[str, Mapping[str, int]], pump: Pump) -> None:
    """Play the happenings in their order, each at its own instant and to its end."""
    shopper = queries.person_by_email(SHOPPER)
    placed: dict[str, int] = {}
    for happening in happenings:
        with clock.set_to(clock.from_datetime(happening.at)):
            of_market = ids[happening.market_slug]
            if isinstance(happening, DemoDelivery):
                _adjust(of_market, happening.sku, happening.delta, happening.reason, happening.note)
            elif isinstance(happening, DemoRefund):
                _refund(happening, placed[happening.order_key], of_market)
            elif isinstance(happening, DemoParcels):
                _send([placed[key] for key in happening.order_keys], happening.note, of_market)
            else:
                placed[happening.key] = _place(happening, of_market, shopper["id"] if shopper else None)
        _play(pump, happening)


HOPS = {"inventory": (0.02, 0.09), "orders": (0.02, 0.08), "payments": (0.4, 2.2), "notifications": (0.1, 0.4)}
"""From how many to how many seconds each group and queue of the demo takes for what comes to it."""


def _play(pump: Pump, happening: Happening) -> None:
    """Work until nothing is left to do. The set clock moves on with every hop, as a real one would."""
    at, chance = clock.from_datetime(happening.at), random.Random(repr(happening))  # noqa: S311  (a story, no secret)
    moved = True
    while moved:
        moved = False
        for name in (*SUBSCRIPTIONS, *ACTORS):
            then = at + clock.seconds(chance.uniform(*HOPS.get(name, HOPS["orders"])))
            with clock.set_to(then):
                done = pump.consume(name) if name in SUBSCRIPTIONS else pump.work(name)
            if done:
                at, moved = then, True


def _place(order: DemoOrder, ids: Mapping[str, int], shopper_id: int | None) -> int:
    new = placing.NewOrder(
        lines=tuple((ids[sku], quantity) for sku, quantity in order.items), email=order.email, token=order.token, scope="demo",
        key=order.key, hash=order.key, cause=fresh_cause(), name=order.customer, delivery=order.delivery, market_id=ids[""],
        shopper_id=shopper_id if order.email == SHOPPER else None,
    )  # fmt: skip

    def placed() -> int:
        row = placing.place([new])[0]
        audit.record("order.place", "order", row["id"], None, {"number": row["number"]}, ids[""], actor=ACTOR)
        if order.cancelled:
            orders.cancel(row["id"], "shopper", fresh_cause())
            audit.record("order.cancel", "order", row["id"], None, None, ids[""], actor=ACTOR)
        return int(row["id"])

    return transact(placed)


def _refund(refund: DemoRefund, order_id: int, ids: Mapping[str, int]) -> None:
    items = fetch(
        "SELECT unit_minor * quantity AS line_minor FROM order_items WHERE order_id = :id ORDER BY position",
        id=order_id,
    )
    db.session.rollback()
    amount = None if refund.whole else int(items[0]["line_minor"])
    restock = [Quantity(ids[sku], quantity) for sku, quantity in refund.restock]

    def asked() -> None:
        refund_id = refunds.ask_refund(order_id, amount, restock, refund.reason, ACTOR.name, clock.now())
        audit.record(
            "order.refund",
            "order",
            order_id,
            None,
            {"refund": refund_id, "reason": refund.reason},
            ids[""],
            actor=ACTOR,
        )

    transact(asked)


def _send(order_ids: Sequence[int], note: str, ids: Mapping[str, int]) -> None:
    def sent() -> None:
        refused = sending.mark(ids[""], order_ids, note, ACTOR.name, fresh_cause())
        assert not any(refused.values()), refused
        audit.record_all(
            [audit.Change("order.send", "order", order_id, None, {"note": note}, ids[""]) for order_id in order_ids],
            actor=ACTOR,
        )

    transact(sent)


def _adjust(ids: Mapping[str, int], sku: str, delta: int, reason: str, note: str) -> None:
    def adjusted() -> None:
        before, after = inventory.adjust(ids[""], ids[sku], delta, reason, note, ACTOR.name, fresh_cause())
        audit.record(
            "stock.adjust",
            "inventory",
            ids[sku],
            {"on_hand": before["on_hand"]},
            {"on_hand": after["on_hand"]},
            ids[""],
            actor=ACTOR,
        )

    transact(adjusted)


def set_thresholds(market: DemoMarket, ids: Mapping[str, int]) -> None:
    """Say from which figure on each product counts as low."""
    _set({ids[product.sku]: {"low_stock_threshold": product.threshold} for product in market.products}, ids[""])


def pause_goods(market: DemoMarket, ids: Mapping[str, int]) -> None:
    """Pause the products that the catalogue pauses."""
    _set({ids[product.sku]: {"active": False} for product in market.products if not product.active}, ids[""])


def _set(figures: Mapping[int, Mapping[str, Any]], market_id: int) -> None:
    def was_set() -> None:
        for product_id, after in figures.items():
            inventory.set_figures(market_id, product_id, ACTOR.name, fresh_cause(), **after)
            audit.record("inventory.set", "inventory", product_id, None, after, market_id, actor=ACTOR)

    transact(was_set)
