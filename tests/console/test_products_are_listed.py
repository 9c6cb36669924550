"""The list of products: its orders and filters, the counts that stop, the file, the categories; and changing many at once."""

from __future__ import annotations

import csv
import io

import pytest

from tests.console.conftest import Desk, Trade
from webapp.db import db, fetch, transact
from webapp.outbox import fresh_cause
from webapp.products import categories, commands
from webapp.products.commands import NewProduct


def many(trade: Trade, count: int, **fields: str) -> None:
    """Products in one set."""
    with trade.app.app_context():
        new = [NewProduct(sku=f"M-{n}", name=f"Many {n:04}", price_minor=100 + n % 7, **fields) for n in range(count)]
        transact(lambda: commands.create(trade.people.owner.market_id, "EUR", new, fresh_cause()))
        db.session.remove()


def names_on(page: str) -> list[str]:
    """The products of a page, in its order."""
    rows = page.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]
    return [row.split('aria-label="Choose ')[1].split('"')[0] for row in rows]


def begun(owner: Desk, **fields: object) -> str:
    """A change of many products, chosen and begun; returns its address."""
    chosen = owner.post("/console/products/changes", **fields)
    assert chosen.status_code == 303
    assert "/changes/" in chosen.location, owner.get("/console/products")[-3000:]
    assert owner.post(f"{chosen.location}/begin").status_code == 303
    return str(chosen.location)


@pytest.mark.parametrize(
    ("sort", "first"),
    [("newest", "C"), ("oldest", "B"), ("name", "A"), ("name-back", "Many 0059"), ("cheapest", "A"), ("dearest", "B"), ("changed", "C")],
)  # fmt: skip
def test_every_order_is_paged_without_gaps(owner: Desk, trade: Trade, sort: str, first: str) -> None:
    trade.product(name="B", price_minor=900)
    trade.product(name="A", price_minor=50)
    many(trade, 60)
    trade.product(name="C", price_minor=500)
    address: str | None = f"/console/products?sort={sort}"
    seen: list[str] = []
    while address:
        page = owner.get(address)
        seen += names_on(page)
        after = page.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0] if 'rel="next"' in page else None
        address = after.replace("&amp;", "&") if after else None
    assert len(seen) == 63
    assert len(set(seen)) == 63
    assert seen[0] == first
    last = owner.get(
        f"/console/products?sort={sort}&before={trade.row('SELECT id FROM products WHERE name = :n', n=seen[50])['id']}"
    )
    assert names_on(last) == seen[25:50]


def test_a_key_of_another_market_tells_nothing(owner: Desk, trade: Trade) -> None:
    theirs = trade.product(market_id=trade.people.outsider.market_id, name="Moose", price_minor=500)
    trade.product(name="Ant")
    trade.product(name="Zebra")
    page = owner.get(f"/console/products?sort=name&after={theirs}")
    assert "Ant" not in page
    assert "Zebra" not in page


def test_filters_are_chips_that_can_be_taken_away(owner: Desk, trade: Trade) -> None:
    trade.product(stock=5, name="Blue bowl", category="Table / Bowls")
    trade.product(name="Red bowl", category="Table / Bowls / Deep")
    trade.product(name="Table", category="Table")
    trade.product(name="Tablet", category="Tablets")
    trade.product(name="Loose")
    assert set(names_on(owner.get("/console/products?category=Table"))) == {"Blue bowl", "Red bowl", "Table"}
    assert set(names_on(owner.get("/console/products?category=Table+/+Bowls"))) == {"Blue bowl", "Red bowl"}
    assert names_on(owner.get("/console/products?category=-")) == ["Loose"]
    page = owner.get("/console/products?category=Table&stock=in&picture=without&q=bowl&sort=name")
    assert names_on(page) == ["Blue bowl"]
    assert page.count("Remove filter") == 4
    assert 'href="/console/products?view=all' not in page
    assert "/console/products?q=bowl&amp;stock=in&amp;picture=without&amp;sort=name" in page
    assert "No product is all of that" in owner.get("/console/products?category=Table&stock=paused")
    assert names_on(owner.get("/console/products?stock=out&category=Tablets")) == ["Tablet"]


def test_nothing_is_counted_beyond_a_thousand_and_the_statements_stay_few(owner: Desk, trade: Trade) -> None:
    many(trade, 1_010, category="Table / Bowls")
    with trade.counted() as asked:
        page = owner.get("/console/products?category=Table&sort=name")
    assert "25 of 1,000+, name, a to z" in page
    assert ">1,000+</span>" in page
    assert len(asked) <= 7


@pytest.mark.server
def test_postgresql_reads_a_page_through_an_index(owner: Desk, trade: Trade) -> None:
    with trade.app.app_context():
        if db.engine.dialect.name != "postgresql":
            return
    many(trade, 3_000)
    with trade.app.app_context():
        transact(lambda: fetch("SELECT 1 AS one"))
        db.session.remove()
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("ANALYZE products")
            for column, index in (
                ("name", "ix_products_name"),
                ("price_minor", "ix_products_price"),
                ("updated_at", "ix_products_changed"),
            ):
                plan = connection.exec_driver_sql(
                    f"EXPLAIN SELECT p.id FROM products p WHERE p.market_id = 1 AND p.deleted_at IS NULL AND (p.{column}, p.id) >"
                    f" ((SELECT k.{column} FROM products k WHERE k.id = 5 AND k.market_id = 1), 5) ORDER BY p.{column}, p.id LIMIT 26"
                )
                assert index in " ".join(row[0] for row in plan)


def test_the_file_has_what_the_list_shows_and_runs_no_formula(owner: Desk, trade: Trade) -> None:
    trade.product(stock=4, name="=1+1", category="Table / Bowls", sku="F-1")
    trade.product(name="Other", category="Garden")
    sent = owner.client.get("/console/products/list.csv?category=Table")
    assert sent.mimetype == "text/csv"
    rows = list(csv.reader(io.StringIO(sent.text.removeprefix("\ufeff"))))
    assert [row[:2] for row in rows[1:]] == [["F-1", "'=1+1"]]
    assert rows[1][4:] == ["Table / Bowls", "28.00", "EUR", "active", "4"]
    assert owner.client.get("/console/products/list.csv?stock=wet").status_code == 422


def test_what_is_ticked_is_changed_in_the_background_and_written_down(owner: Desk, trade: Trade) -> None:
    one, two, three = (trade.product(name=name) for name in ("One", "Two", "Three"))
    chosen = owner.post("/console/products/changes", id=[one, three], action="archived")
    page = owner.get(chosen.location)
    assert "Archive 2 products" in page
    assert "Two" not in page.split("<main")[1]
    assert trade.row("SELECT count(*) AS many FROM products WHERE status = 'archived'")["many"] == 0
    assert owner.post(f"{chosen.location}/begin").status_code == 303
    assert owner.post(f"{chosen.location}/begin").status_code == 303
    assert "begun already" in owner.get(chosen.location)
    trade.settle()
    page = owner.get(chosen.location)
    assert "<dt>Changed</dt><dd>2</dd>" in page
    assert trade.row("SELECT status FROM products WHERE id = :id", id=two)["status"] == "active"
    audited = trade.audited("product.update")
    assert [row["object_id"] for row in audited] == [one, three]
    assert {row["actor"] for row in audited} == {"owner@test.market"}
    assert trade.row("SELECT count(*) AS told FROM events WHERE type = 'PRODUCT_UPDATED'")["told"] == 2
    assert "of many products" in owner.get(f"/console/products/{one}/history")


def test_all_that_match_are_changed_whatever_the_page_shows(owner: Desk, trade: Trade) -> None:
    many(trade, 450, category="Table")
    kept = trade.product(name="Other", category="Garden")
    address = begun(owner, action="category", to="Kitchen > Bowls", all="true", category="Table", id=[kept])
    trade.settle()
    assert "<dt>Changed</dt><dd>450</dd>" in owner.get(address)
    assert trade.row("SELECT count(*) AS many FROM products WHERE category = 'Kitchen / Bowls'")["many"] == 450
    address = begun(owner, action="delete", all="true", category="Kitchen")
    gone = trade.row("SELECT min(id) AS id FROM products WHERE category = 'Kitchen / Bowls'")["id"]
    assert owner.post(f"/console/products/{gone}/delete").status_code == 303
    trade.settle()
    page = owner.get(address)
    assert "<dt>Deleted</dt><dd>449</dd>" in page
    assert "It was deleted meanwhile" in page
    assert trade.row("SELECT count(*) AS many FROM products WHERE deleted_at IS NULL")["many"] == 1


def test_a_change_is_stopped_or_never_begun(owner: Desk, trade: Trade) -> None:
    product_id = trade.product()
    chosen = owner.post("/console/products/changes", id=[product_id], action="draft").location
    assert owner.post(f"{chosen}/stop").status_code == 303
    assert "not under way" in owner.get(chosen)
    assert owner.post(f"{chosen}/forget").status_code == 303
    owner.get(chosen, 404)
    address = begun(owner, id=[product_id], action="draft")
    assert owner.post(f"{address}/stop").status_code == 303
    trade.settle()
    assert trade.row("SELECT status FROM products")["status"] == "active"
    assert "Stopped" in owner.get(address)
    assert [row["action"] for row in trade.audited("products.stop")] == ["products.stop"]


@pytest.mark.parametrize(
    "fields",
    [{"action": "archived"}, {"action": "archived", "id": "x"}, {"action": "archived", "id": "9" * 30}, {"action": "burn", "id": "1"},
     {"id": "1"}, {"action": "category", "to": "x" * 81, "all": "true"}, {"action": "archived", "all": "perhaps"}],
)  # fmt: skip
def test_a_choice_that_makes_no_sense_chooses_nothing(owner: Desk, trade: Trade, fields: dict[str, str]) -> None:
    trade.product()
    sent = owner.post("/console/products/changes", **fields)
    assert sent.location.startswith("/console/products")
    assert "/changes/" not in sent.location
    assert trade.row("SELECT count(*) AS many FROM product_changes")["many"] == 0


def test_nothing_of_anothers_can_be_chosen_or_seen(owner: Desk, outsider: Desk, trade: Trade) -> None:
    theirs = trade.product(market_id=trade.people.outsider.market_id, name="canary", category="canary")
    assert "/changes/" not in owner.post("/console/products/changes", id=[theirs], action="delete").location
    chosen = outsider.post("/console/products/changes", id=[theirs], action="archived").location
    owner.get(chosen, 404)
    owner.get(f"{chosen}/state", 404)
    owner.get(f"/live?topics=product-change:{chosen.rsplit('/', 1)[1]}", 404)
    for act in ("begin", "stop", "forget"):
        assert owner.post(f"{chosen}/{act}").status_code == 404
    for page in ("/console/products", "/console/products/categories", "/console/products?category=canary"):
        assert "canary" not in owner.get(page).replace("In canary", "").replace("category=canary", "").replace(
            'value="canary"', ""
        )


def test_a_category_is_moved_with_all_that_is_below_it(owner: Desk, trade: Trade) -> None:
    for name, category in (("A", "Table"), ("B", "Table / Bowls"), ("C", "Tablets"), ("D", "")):
        trade.product(name=name, category=category)
    page = owner.get("/console/products/categories")
    assert "1 product is in no category" in page
    chosen = owner.post("/console/products/categories/move", was="Table", becomes="Kitchen / Table")
    assert owner.post(f"{chosen.location}/begin").status_code == 303
    trade.settle()
    with trade.app.app_context():
        assert {row["name"]: row["category"] for row in fetch("SELECT name, category FROM products")} == {
            "A": "Kitchen / Table", "B": "Kitchen / Table / Bowls", "C": "Tablets", "D": "",
        }  # fmt: skip
        assert categories.names(trade.people.owner.market_id) == [
            "Kitchen / Table",
            "Kitchen / Table / Bowls",
            "Tablets",
        ]
        db.session.remove()
    for was, becomes in (("Kitchen", "Kitchen / Deep"), ("Kitchen", "Kitchen"), ("Nowhere", "X"), ("", "X")):
        assert "/changes/" not in owner.post("/console/products/categories/move", was=was, becomes=becomes).location
    long = owner.post("/console/products/categories/move", was="Kitchen / Table", becomes="x" * 76).location
    owner.post(f"{long}/begin")
    trade.settle()
    assert "longer than 80" in owner.get(long)
    assert trade.row("SELECT category FROM products WHERE name = 'B'")["category"] == "Kitchen / Table / Bowls"
    up = owner.post("/console/products/categories/move", was="Kitchen / Table / Bowls", becomes="").location
    owner.post(f"{up}/begin")
    trade.settle()
    assert trade.row("SELECT category FROM products WHERE name = 'B'")["category"] == "Kitchen / Table"


def test_categories_are_paths_however_they_are_written() -> None:
    assert categories.path(" Table  /  Bowls / ") == "Table / Bowls"
    assert categories.path("Apparel > Shirts>Linen") == "Apparel / Shirts / Linen"
    assert categories.path("Salt/Pepper") == "Salt/Pepper"
    assert categories.path(" / ") == ""
    assert categories.moved("Table / Bowls", "Table", "") == "Bowls"
    assert [(b.path, b.depth, b.own, b.all) for b in categories.tree({"B": 1, "A / x": 2, "": 9, "A / x / y": 3})] == [
        ("A", 0, 0, 5), ("A / x", 1, 2, 5), ("A / x / y", 2, 3, 3), ("B", 0, 1, 1),
    ]  # fmt: skip
