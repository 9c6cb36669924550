"""Every page of the console and the shop asks the database as much of a large market as of a small one."""

from __future__ import annotations

from flask import Flask

from bench import pages
from bench.fill import filling
from bench.page_list import PAGES, UNMEASURED
from webapp.console import queries
from webapp.console.paging import Window
from webapp.db import db, fetch

ORDER = (queries.URGENCY, "p.id")
MEASURED_ROOMS = ("console.", "shop.", "notifications.mailbox")


def test_no_page_asks_more_statements_of_a_larger_market(app: Flask) -> None:
    pages.fill(app, 60, 120, lambda *said: None)
    small = pages.Visitor(app)
    asked = {page.name: small.ask(page).statements for page in PAGES}
    with app.app_context():
        filling.fill(pages.MARKET, 240, 480, 365, True, lambda *said: None)
        db.session.remove()
    large = pages.Visitor(app)
    assert int(large.things["middle_order"]) > int(small.things["middle_order"])
    more = {
        page.name: (asked[page.name], now) for page in PAGES if (now := large.ask(page).statements) > asked[page.name]
    }
    assert more == {}
    assert max(asked.values()) <= 20


def test_every_page_is_measured_or_says_why_not(app: Flask) -> None:
    adapter = app.url_map.bind("localhost")
    pages.fill(app, 20, 30, lambda *said: None)
    with app.app_context():
        things = pages.things()
        db.session.remove()
    measured = {adapter.match(page.path.format_map(things).partition("?")[0])[0] for page in PAGES}
    there = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if "GET" in (rule.methods or ()) and rule.endpoint.startswith(MEASURED_ROOMS)
    }
    assert there - measured - UNMEASURED.keys() == set(), "name them in bench/page_list.py"
    assert UNMEASURED.keys() - there == set(), "these are no pages any more"


def test_the_stock_list_reads_its_pages_in_order_both_ways(app: Flask) -> None:
    pages.fill(app, 200, 40, lambda *said: None)
    with app.app_context():
        [market] = fetch("SELECT id FROM markets")
        market_id = market["id"]
        shown: list[tuple[int, int]] = []
        after = None
        while found := queries.stock(market_id, Window(ORDER, False, after=after))[:25]:
            shown += [(row["urgency"], row["id"]) for row in found]
            after = shown[-1]
        assert shown == sorted(shown)
        assert len(shown) == len(set(shown)) == 200
        assert {urgency for urgency, _ in shown} == {0, 1, 2}
        back = queries.stock(market_id, Window(ORDER, False, before=shown[60]))[:25]
        assert [(row["urgency"], row["id"]) for row in reversed(back)] == shown[35:60]
        low = queries.stock(market_id, Window(ORDER, False), "low")
        assert [(row["urgency"], row["id"]) for row in low] == [one for one in shown if one[0] == 1][:26]
        db.session.remove()
