"""The demo: two markets with their people, goods and a month of trade, told through the real handlers under a set clock.

The embedded market's demo is made aside, in MARKET_HOME/seeding, and moved into place when it is whole, so that a kill at
any moment leaves either no demo or all of it.
"""

from __future__ import annotations

import secrets
import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path

import click

from webapp import clock
from webapp.accounts import audit, passwords, queries
from webapp.accounts import commands as people
from webapp.accounts.actor import Actor
from webapp.app import create_app
from webapp.db import as_json, db, fetch, transact
from webapp.demo.catalogue import MARKETS, DemoMarket, DemoPerson, DemoProduct
from webapp.demo.story import DemoDelivery, DemoOrder, DemoRefund, Happening, story
from webapp.events import Quantity
from webapp.inventory import commands as inventory
from webapp.orders import commands as orders
from webapp.orders import placing
from webapp.outbox import fresh_cause
from webapp.payments import refunds
from webapp.products import commands as products
from webapp.settings import Settings, load
from workers import release
from workers.draining import Pump
from workers.providing import ProviderChild

DAYS, SEED = 28, 7
SHOPPER = DemoPerson("shopper@demo.market", "Sofie Lund", "shopper")
OPERATOR = DemoPerson("operator@demo.market", "Olu Park", "operator")
ACTOR = Actor.system("demo")


class AlreadySeeded(Exception):
    """The demo's markets are there already."""


def accounts(config: Settings) -> list[str]:
    """The demo accounts' lines, `role email password`; none where there is no demo."""
    path = _accounts_file(config.home)
    return path.read_text().splitlines() if path.exists() else []


def seed_if_new(config: Settings) -> None:
    """Make the embedded market's demo where MARKET_HOME has no market yet; on PostgreSQL, where the database has none."""
    if config.on_postgresql:
        app = create_app(config)
        with app.app_context():
            release.migrate()
            there = bool(queries.markets())
            db.engine.dispose()
        if not there:
            _seed_aside(config)
        return
    if (config.home / "market.db").exists():
        return
    aside = config.home / "seeding"
    for leftover in (aside, config.home / "provider"):
        shutil.rmtree(leftover, ignore_errors=True)
    aside.mkdir()
    _seed_aside(load(market_home=aside, secret_key=config.signing_key, provider_secret=config.provider_key))
    # The database goes last: while it is not there, the demo counts as not made.
    for name in ("demo-accounts.txt", "provider", "market.db"):
        (aside / name).replace(config.home / name)
    shutil.rmtree(aside)


def seed(config: Settings, past: bool = True) -> None:
    """Tell the demo into the bound database: people, markets and goods, and the `past` month of trade where no relay is
    running that would hear of it at the wrong time. Needs an app context; raises AlreadySeeded."""
    if queries.markets():
        raise AlreadySeeded("there are markets in this database already; the demo is only made in an empty one")
    passwords_of = _people(config.home)
    pump = Pump() if past else None
    try:
        end = clock.to_datetime(clock.now())
        start = end - timedelta(days=DAYS)
        with clock.set_to(clock.from_datetime(start) - clock.seconds(86_400)) if past else nullcontext():
            ids = {market.slug: _market(market, passwords_of, pump) for market in MARKETS}
        if pump is None:
            _opening_stock(ids)
        else:
            happenings = list(story(MARKETS, start, end, SEED))
            with _progress(happenings, "Telling the demo's last four weeks") as told:
                _tell(told, ids, pump)
            pump.drain()
        for market in MARKETS:
            _set_shelves(market, ids[market.slug])
        if pump:
            pump.drain()
    finally:
        if pump:
            pump.close()


def _seed_aside(config: Settings) -> None:
    child = ProviderChild(config) if config.provider_url is None else None
    try:
        address = child.start() if child else config.provider_url
        app = create_app(load(**{**config.model_dump(), "provider_url": address}))
        with app.app_context():
            release.migrate()
            seed(config)
            db.session.remove()
            if db.engine.dialect.name == "sqlite":
                with db.engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()
    finally:
        if child:
            child.stop()


def _people(home: Path) -> dict[str, int]:
    everybody = [*(person for market in MARKETS for person in market.people), SHOPPER, OPERATOR]
    words = {person.email: _password() for person in everybody}
    hashes = {email: passwords.hashed(word) for email, word in words.items()}

    def made() -> dict[str, int]:
        return {
            person.email: people.create_person(
                person.email,
                person.name,
                hashes[person.email],
                actor=ACTOR,
                is_operator=person is OPERATOR,
                confirmed=True,
            )
            for person in everybody
        }

    ids = transact(made)
    path = _accounts_file(home)
    path.touch(mode=0o600)
    path.write_text("".join(f"{person.role} {person.email} {words[person.email]}\n" for person in everybody))
    return ids


def _market(market: DemoMarket, person_ids: Mapping[str, int], pump: Pump | None) -> dict[str, int]:
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


def _opening_stock(ids: Mapping[str, Mapping[str, int]]) -> None:
    for market in MARKETS:
        for product in market.products:
            if product.stock:
                _adjust(ids[market.slug], product.sku, product.stock, "received", "opening stock")


def _tell(happenings: Iterable[Happening], ids: Mapping[str, Mapping[str, int]], pump: Pump) -> None:
    shopper = queries.person_by_email(SHOPPER.email)
    placed: dict[str, int] = {}
    for happening in happenings:
        with clock.set_to(clock.from_datetime(happening.at)):
            of_market = ids[happening.market_slug]
            if isinstance(happening, DemoDelivery):
                _adjust(of_market, happening.sku, happening.delta, happening.reason, happening.note)
            elif isinstance(happening, DemoRefund):
                _refund(happening, placed[happening.order_key], of_market)
            else:
                placed[happening.key] = _place(happening, of_market, shopper["id"] if shopper else None)
            pump.drain()


def _place(order: DemoOrder, ids: Mapping[str, int], shopper_id: int | None) -> int:
    new = placing.NewOrder(
        lines=tuple((ids[sku], quantity) for sku, quantity in order.items), email=order.email, token=order.token, scope="demo",
        key=order.key, hash=order.key, cause=fresh_cause(), name=order.customer, delivery=order.delivery, market_id=ids[""],
        shopper_id=shopper_id if order.email == SHOPPER.email else None,
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


def _set_shelves(market: DemoMarket, ids: Mapping[str, int]) -> None:
    def was_set() -> None:
        for product in market.products:
            inventory.set_figures(
                ids[""],
                ids[product.sku],
                ACTOR.name,
                fresh_cause(),
                low_stock_threshold=product.threshold,
                active=product.active,
            )
            after = {"low_stock_threshold": product.threshold, "active": product.active}
            audit.record("inventory.set", "inventory", ids[product.sku], None, after, ids[""], actor=ACTOR)

    transact(was_set)


@contextmanager
def _progress(happenings: Sequence[Happening], label: str) -> Iterator[Iterable[Happening]]:
    if not sys.stderr.isatty():
        print(f"{label} …", file=sys.stderr, flush=True)
        yield happenings
        return
    with click.progressbar(happenings, label=label, file=sys.stderr) as bar:
        yield bar


def _password() -> str:
    return "-".join(secrets.token_hex(3) for _ in range(3))


def _accounts_file(home: Path) -> Path:
    return home / "demo-accounts.txt"
