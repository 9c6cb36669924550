"""What one does while another's change is on its way: nobody's is lost, and the audit says who did what."""

from __future__ import annotations

import io

from flask import Flask

from tests.console.conftest import Desk, Trade
from tests.console.test_products_have_pictures import picture
from tests.meanwhile import another, while_written
from tests.people import TESTS
from webapp import clock
from webapp.console import stock_sheet
from webapp.console.bulk import commands as bulk
from webapp.console.bulk import products
from webapp.console.bulk.orders import ORDERS
from webapp.console.bulk.products import PRODUCTS
from webapp.console.imports import commands as imports
from webapp.console.imports import intake
from webapp.db import db, execute, fetch, from_json, transact, transaction
from webapp.outbox import fresh_cause
from webapp.products import batches, commands, encoding, images
from webapp.products.commands import NewProduct
from webapp.shop import carts
from webapp.shop.carts import Whose
from workers import changing


def test_calling_off_an_order_that_just_moved_is_no_move_of_the_owners(
    app: Flask, owner: Desk, trade: Trade, bowl: int
) -> None:
    order_id = trade.order((bowl, 1), settle=False)
    sql = "UPDATE orders SET status = 'PAYMENT_PENDING', version = version + 1 WHERE id = :id"
    while_written(app, lambda: execute(sql, id=order_id), lambda: owner.post(f"/console/orders/{order_id}/cancel"))
    [audited] = trade.audited("order.cancel")
    assert from_json(audited["before"]) == {"cancel_asked_by": None}
    assert from_json(audited["after"]) == {"cancel_asked_by": "market"}


def test_a_change_that_is_begun_at_the_last_moment_is_not_forgotten(
    app: Flask, owner: Desk, trade: Trade, bowl: int
) -> None:
    chosen = owner.post("/console/orders/changes", action="send", id=[trade.order((bowl, 1))]).location
    change_id, market_id = int(chosen.rsplit("/", 1)[1]), trade.people.owner.market_id
    with app.app_context():
        transact(lambda: execute("UPDATE order_changes SET created_at = 0"))
        db.session.remove()
    while_written(
        app,
        lambda: bulk.begin(ORDERS, market_id, change_id, TESTS),
        lambda: transact(lambda: bulk.forget_old(ORDERS, clock.now())),
    )
    assert trade.row("SELECT status FROM order_changes") == {"status": "working"}
    assert trade.row("SELECT count(*) AS orders FROM order_change_rows") == {"orders": 1}


def test_an_import_that_is_applied_at_the_last_moment_is_not_forgotten(app: Flask, owner: Desk, trade: Trade) -> None:
    market_id, later = trade.people.owner.market_id, clock.now() + clock.seconds(40 * 86_400)
    with app.app_context():
        file = io.BytesIO(b"SKU,Name,Price\nPOT,Clay pot,9.99\n")
        import_id = intake.take(file, "goods.csv", market_id, TESTS, fresh_cause())
        db.session.remove()
    trade.settle()
    while_written(
        app,
        lambda: imports.apply(market_id, import_id, TESTS, leave_errors=False),
        lambda: transact(lambda: imports.forget_old(later)),
    )
    assert trade.row("SELECT status FROM imports") == {"status": "applying"}
    assert trade.row("SELECT count(*) AS pieces FROM import_pieces") == {"pieces": 1}


def test_a_sheet_counts_nothing_that_is_deleted_while_it_is_taken_over(
    app: Flask, owner: Desk, bowl: int, trade: Trade
) -> None:
    market_id = trade.people.owner.market_id
    lines = stock_sheet.read(b"SKU,Counted\nMH-BOW,7\n")
    judged: list[stock_sheet.Judged] = []
    while_written(
        app,
        lambda: execute(
            "UPDATE inventories SET deleted_at = 1, active = :off WHERE product_id = :id", id=bowl, off=False
        ),
        lambda: judged.extend(stock_sheet.take_over(market_id, lines, fresh_cause(), "owner@test.market", TESTS)),
    )
    assert [row.verdict for row in judged] == ["error"]
    assert trade.row("SELECT on_hand FROM inventories WHERE product_id = :id", id=bowl) == {"on_hand": 900}


def test_a_deletion_is_taken_back_but_for_what_lost_its_sku_at_that_moment(
    app: Flask, owner: Desk, trade: Trade
) -> None:
    market_id, ids = trade.people.owner.market_id, [trade.product(sku="FREE"), trade.product(sku="LOST")]
    chosen = owner.post("/console/products/changes", action="delete", id=ids).location
    owner.post(f"{chosen}/begin")
    trade.settle()
    with app.app_context():
        back = transact(lambda: products.undo(market_id, int(chosen.rsplit("/", 1)[1]), TESTS, fresh_cause()))
        transact(lambda: bulk.begin(PRODUCTS, market_id, back, TESTS))
        db.session.remove()
    another = NewProduct(sku="LOST", name="Another", price_minor=100)
    while_written(
        app,
        lambda: commands.create(market_id, "EUR", [another], fresh_cause()),
        lambda: changing.change([str(back)]),
    )
    change = trade.row("SELECT status, changed, left_out FROM product_changes WHERE id = :id", id=back)
    assert change == {"status": "done", "changed": 1, "left_out": 1}
    there = trade.row("SELECT count(*) AS there FROM products WHERE deleted_at IS NULL AND id = :id", id=ids[0])
    assert there == {"there": 1}


def test_a_basket_that_is_touched_at_the_last_moment_is_not_swept(app: Flask, trade: Trade, bowl: int) -> None:
    whose, now = Whose(token="of a browser"), clock.now()
    with app.app_context():
        transact(lambda: carts.opened(whose, 1))
        [product] = fetch("SELECT id, name, price_minor, 9 AS available FROM products WHERE id = :id", id=bowl)
        db.session.remove()
    while_written(
        app,
        lambda: carts.put(carts.opened(whose, now), product, 2, now),
        lambda: transact(lambda: carts.sweep(now)),
    )
    assert trade.row("SELECT quantity FROM cart_lines") == {"quantity": 2}


def test_a_worker_and_an_owner_do_not_wait_for_each_others_pictures(
    app: Flask, owner: Desk, trade: Trade, bowl: int
) -> None:
    market_id, data = trade.people.owner.market_id, picture(60, 60)
    encoded = encoding.encode(data)
    with app.app_context():
        [image_id] = transact(lambda: images.add(market_id, bowl, [images.NewPicture("a.png", data, 60, 60)]))

        def made_ready() -> None:
            # Without another try: who has to try again was waiting for somebody that waited for them.
            with transaction():
                images.made_ready(image_id, encoded)

        with another(app, made_ready) as begins, transaction():
            batches.lock(market_id, [bowl])
            begins()
            images.describe(market_id, bowl, image_id, "A bowl")
    assert trade.row("SELECT alt, status FROM product_images") == {"alt": "A bowl", "status": "ready"}
