"""The list of orders: its days, its order, its tabs and counts, what has come since, and its export."""

from __future__ import annotations

import csv
import io
from functools import partial

import pytest

from tests.console.conftest import Desk, Trade
from tests.console.test_orders_are_done_many_at_once import many
from tests.console.test_orders_are_read import text_of
from webapp import clock
from webapp.db import db, execute, transact


def test_orders_are_exported_and_no_cell_runs(owner: Desk, outsider: Desk, trade: Trade, bowl: int) -> None:
    ours = trade.order((bowl, 2), name="=HYPERLINK(1)", delivery={"street": "+Møllestien 42", "city": "Aarhus"})
    other = trade.order((bowl, 1), name="Bo Second")
    trade.order((bowl, 1), token="tok_declined")
    owner.post(f"/console/orders/{ours}/send", note="@post")
    got = owner.client.get("/console/orders/list.csv")
    assert got.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert got.text.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(got.text.removeprefix("\ufeff"))))
    assert len(rows) == 3
    first = rows[0]
    assert (first["Customer"], first["Street"], first["Sent with"]) == ("'=HYPERLINK(1)", "'+Møllestien 42", "'@post")
    assert (first["Total"], first["Currency"], first["Pieces"]) == ("56.00", "EUR", "2")
    assert first["Goods"] == "2 × MH-BOW Bowl"
    assert first["Placed"].endswith("Z")
    assert owner.client.get("/console/orders/list.csv?view=rejected").text.count("\r\n") == 2
    ticked = owner.post("/console/orders/changes", action="export", id=[ours, other])
    assert ticked.location == f"/console/orders/list.csv?ids={ours}%2C{other}"
    assert owner.client.get(ticked.location).text.count("\r\n") == 3
    assert owner.post("/console/orders/changes", action="export", all="true", q="bo", id=[ours]).location.endswith("?q=bo")  # fmt: skip
    assert outsider.client.get(ticked.location).text.count("\r\n") == 1
    assert "/list.csv" not in owner.post("/console/orders/changes", action="export").location


@pytest.mark.parametrize("ids", ["x", "1,,2", ",".join(["1"] * 201), "1;2", "9" * 19])
def test_an_export_of_no_ids_is_refused(owner: Desk, ids: str) -> None:
    owner.get(f"/console/orders/list.csv?ids={ids}", 422)


def test_the_list_is_of_days_and_in_an_order(owner: Desk, trade: Trade, bowl: int) -> None:
    day = clock.seconds(86_400)
    for name, pieces, ago in (("Astrid", 1, 0), ("Bo", 3, 2), ("Cleo", 2, 40)):
        order_id = trade.order((bowl, pieces), name=name)
        with trade.app.app_context():
            sql = "UPDATE orders SET placed_at = placed_at - :ago WHERE id = :id"
            transact(partial(execute, sql, id=order_id, ago=ago * day))
            db.session.remove()
    today = clock.to_datetime(trade.row("SELECT max(placed_at) AS at FROM orders")["at"]).date()

    def names(address: str) -> list[str]:
        words = text_of(owner.get(address))
        return sorted((name for name in ("Astrid", "Bo", "Cleo") if name in words), key=words.index)

    assert names("/console/orders?sort=dearest") == ["Bo", "Cleo", "Astrid"]
    assert names("/console/orders?sort=cheapest") == ["Astrid", "Cleo", "Bo"]
    since = today.replace(day=1).isoformat() if today.day > 3 else today.isoformat()
    assert "Cleo" not in names(f"/console/orders?since={since}")
    assert names(f"/console/orders?since={today.isoformat()}&until={today.isoformat()}") == ["Astrid"]
    assert names("/console/orders?until=2020-01-01") == []
    assert "No such order was placed on these days" in owner.get("/console/orders?until=2020-01-01")
    page = owner.get(f"/console/orders?since={today.isoformat()}&q=astrid&sort=dearest")
    assert f"Since {today.day}" in text_of(page)
    assert "/console/orders?q=astrid&amp;sort=dearest" in page  # Each chip takes its own filter away alone.
    assert "1 of 1, total, highest first" in text_of(page)


def test_sorted_pages_follow_each_other(owner: Desk, trade: Trade, bowl: int) -> None:
    ids = [trade.order((bowl, 1 + n % 4), settle=False, name=f"Guest {n:02}") for n in range(27)]
    for sort in ("dearest", "cheapest", "oldest", "newest"):
        first = owner.get(f"/console/orders?sort={sort}&since=2020-01-01")
        [following] = [part.split('"')[0] for part in first.split('href="') if "after=" in part.split('"')[0]]
        second = owner.get(following.replace("&amp;", "&"))
        seen = [n for n in range(27) if f"Guest {n:02}" in first]
        rest = [n for n in range(27) if f"Guest {n:02}" in second]
        assert len(seen) == 25
        assert sorted(seen + rest) == list(range(27)), sort
    assert ids


@pytest.mark.parametrize("address", ["?since=yesterday", "?until=2026-13-01", "?sort=best", "?since=2026-01-01%00"])
def test_an_address_that_makes_no_sense_is_refused(owner: Desk, address: str) -> None:
    owner.get(f"/console/orders{address}", 422)


def test_a_cancelled_order_is_found_under_its_own_tab(owner: Desk, trade: Trade, bowl: int) -> None:
    order_id = trade.order((bowl, 1), settle=False, name="Dina Cancelled")
    owner.post(f"/console/orders/{order_id}/cancel")
    trade.order((bowl, 1), name="Astrid Completed")
    words = text_of(owner.get("/console/orders?view=cancelled"))
    assert "Cancelled 1" in words
    assert "Dina Cancelled" in words
    assert "Astrid Completed" not in words


def test_the_list_says_how_many_have_come_since(owner: Desk, trade: Trade, bowl: int) -> None:
    trade.order((bowl, 1), settle=False)
    page = owner.get("/console/orders")
    newest = trade.row("SELECT max(id) AS id FROM orders")["id"]
    assert f'hx-get="/console/orders/new?since={newest}"' in page
    assert "new, show" not in owner.get(f"/console/orders/new?since={newest}")
    for _ in range(3):
        trade.order((bowl, 1), settle=False)
    assert "3 new, show" in owner.get(f"/console/orders/new?since={newest}")
    for narrowed in ("?view=rejected", "?q=ingrid", "?sort=oldest", f"?after={newest}"):
        assert "/orders/new" not in owner.get(f"/console/orders{narrowed}"), narrowed
    for wrong in ("", "?since=", "?since=x", "?since=-1", f"?since={2**63}"):
        owner.get(f"/console/orders/new{wrong}", 422)


def test_counts_stop_at_a_thousand(owner: Desk, trade: Trade, bowl: int) -> None:
    trade.order((bowl, 1))
    many(trade, 1005)
    words = text_of(owner.get("/console/orders"))
    assert "All 1,000+" in words
    assert "To send 1,000+" in words
    assert "25 of 1,000+, newest first" in words
    assert "1,000+ orders are to be sent" in text_of(owner.get("/console/"))


def test_the_first_order_of_a_market_is_announced_too(owner: Desk) -> None:
    streamed = owner.client.get(f"/live?topics=desk-orders:{owner.someone.market_id}")
    assert streamed.status_code == 200
    streamed.close()
    assert "/console/orders/new?since=0" in owner.get("/console/orders")
