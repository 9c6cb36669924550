"""Two owners never see, count or infer each other's things: every route of the URL map is walked with the other market's ids,
by its neighbours, their staff, a shopper and a stranger."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from flask import Flask

from tests.console.conftest import Desk, Trade, outsider, owner, trade
from tests.isolation import walk
from tests.isolation.routes import FORMS, KEYS, OURS_ALONE, QUERIES, TOPICS
from tests.isolation.walk import Caller
from tests.isolation.world import SECRET, World, everybody, far_ids, settle
from tests.people import SAME_ORIGIN, People, log_in
from tests.people import settle as settle_people
from webapp.console import order_queries, stock_queries
from webapp.db import db, fetch
from webapp.errors import Forbidden, NotFound
from webapp.settings import Settings

__all__ = ["outsider", "owner", "trade"]

QUIET = ("throttle", "sessions", "heartbeats", "leases")
"""Tables that any request may touch."""


Plant = Callable[[pytest.MonkeyPatch, World], None]


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.server)])
def settings(request: pytest.FixtureRequest, settings_on: Callable[[str], Settings]) -> Settings:
    """A market in earnest: a demo's mailbox is open to whoever tries it."""
    return settings_on(request.param).model_copy(update={"demo": False})


@pytest.fixture
def people(app: Flask) -> People:
    """Everybody, in a fresh database whose ids are like no other number."""
    far_ids(app)
    return settle_people(app)


@pytest.fixture
def world(app: Flask, people: People, trade: Trade, outsider: Desk) -> World:
    """The other market, full of canaries."""
    return settle(app, people, trade, outsider)


@pytest.fixture
def callers(app: Flask, people: People, world: World) -> Sequence[Caller]:
    """Everybody who has no business there. Nobody is slowed down: it is walked fast."""
    app.extensions["api_buckets"].rate = app.extensions["find_buckets"].rate = 10**6
    known = []
    for someone in everybody(people):
        client = app.test_client()
        assert log_in(client, someone).status_code == 303
        known.append(Caller(someone.email.split("@")[0], client, someone.bearer))
    return [*known, Caller("a stranger", app.test_client(), {})]


def test_every_route_is_walked_or_says_why_not(app: Flask) -> None:
    """A new route is walked by itself when its ids are known kinds; one that changes something is listed in routes.py."""
    rules = {rule.endpoint: rule for rule in app.url_map.iter_rules()}
    changing = {rule.endpoint for rule in rules.values() if (rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}}
    by_key = {
        rule.endpoint for rule in rules.values() if KEYS.keys() & rule.arguments and "product_id" not in rule.arguments
    }
    assert changing - FORMS.keys() - OURS_ALONE.keys() - by_key == set()
    assert not (FORMS.keys() | OURS_ALONE.keys() | QUERIES.keys()) - rules.keys(), "these are gone"
    assert set(app.extensions["live_topics"]) == set(TOPICS)


def test_no_answer_has_a_canary_or_tells_what_exists(app: Flask, world: World, callers: Sequence[Caller]) -> None:
    before = _everything(app)
    found = walk.findings(app, world, callers)
    assert not found, "\n".join(found[:100])
    assert _everything(app) == before


def test_the_canaries_sing_to_their_own_people(app: Flask, world: World, outsider: Desk, people: People) -> None:
    """What the walk looks for is there to be found: the market's own people meet every canary on their way."""
    app.extensions["api_buckets"].rate = app.extensions["find_buckets"].rate = 10**6
    them = Caller("them", outsider.client, people.outsider.bearer)
    birds, heard = {*world.birds.secret, *world.birds.public}, set[str]()
    for ask in walk.asks(app):
        if ask.method != "GET" or ask.endpoint == "live.stream":
            continue
        answers = [walk.send(them, ask, given) for given in walk.of_theirs(ask, world)]
        assert any(answer.status_code < 400 for answer in answers) or ask.endpoint in NEVER_OPENS, ask
        for answer in answers:
            if answer.mimetype != "text/event-stream":
                heard.update(bird for bird in birds if bird in answer.text)
            answer.close()
    assert birds - heard == set()


NEVER_OPENS = {
    "console.new_orders": "asks for the newest order of a page, and is asked with one as well",
    "shop.left": "asks for ids, and is asked with them as well",
    "console.try_a_colour": "asks for a colour, and is asked with one as well",
}


def _forget_the_market(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    monkeypatch.setattr(order_queries, "owned", lambda market_id, order_id: order_id)


def _say_that_it_is_anothers(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    def there(market_id: int, product_id: int, with_deleted: bool = False) -> None:
        if str(product_id) in world.theirs["product_id"]:
            raise Forbidden("this is another market's")
        raise NotFound("there is no such product in this market")

    monkeypatch.setattr("webapp.console.stock.product_of", there)


def _list_what_is_anothers(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    held, other = stock_queries.held, int(world.theirs["market_id"][0])
    monkeypatch.setattr(stock_queries, "held", lambda market_id, *given: held(other, *given))


@pytest.mark.parametrize(
    ("plant", "where", "says"),
    [
        (_forget_the_market, r"console\.order$", f"shows {SECRET}-"),
        (_say_that_it_is_anothers, r"console\.(ledger|adjusting)$", "differs from what does not exist"),
        (_list_what_is_anothers, r"console\.reservations$", f"shows {SECRET}-"),
    ],
)  # fmt: skip
def test_the_walk_finds_a_planted_bug(
    app: Flask,
    world: World,
    callers: Sequence[Caller],
    monkeypatch: pytest.MonkeyPatch,
    plant: Plant,
    where: str,
    says: str,
) -> None:
    assert walk.findings(app, world, callers, where) == []
    plant(monkeypatch, world)
    found = walk.findings(app, world, callers, where)
    assert any(says in line for line in found), found


def test_a_file_names_only_ones_own(owner: Desk, outsider: Desk, world: World) -> None:
    """A SKU of the other market in a counting sheet or an import is one that this market does not have."""
    sheets = [f"SKU,Counted\n{sku},7\n" for sku in (f"{SECRET}-draft-sku", "nobody-has-this")]
    said = [
        owner.client.post("/console/stock/count", data={"file": (io.BytesIO(text.encode()), "count.csv")}, headers=SAME_ORIGIN).text
        for text in sheets
    ]  # fmt: skip
    assert said[0].replace(f"{SECRET}-draft-sku", "SKU") == said[1].replace("nobody-has-this", "SKU")
    moved = [
        owner.post("/console/products/categories/move", was=was, becomes="ours")
        for was in (f"{SECRET}-draft-category", "none")
    ]
    assert moved[0].location == moved[1].location
    assert f"{SECRET}-draft-category" in outsider.get("/console/products/categories")


def test_an_order_is_not_found_by_half_of_what_is_asked(app: Flask, world: World, trade: Trade) -> None:
    number = trade.row("SELECT number FROM orders WHERE id = :id", id=int(world.theirs["order_id"][0]))["number"]
    stranger = app.test_client()
    said = [
        stranger.post("/orders/find", data={"number": asked, "email": "me@example.org"}, headers=SAME_ORIGIN)
        for asked in (str(number), "999999")
    ]
    assert {answer.status_code for answer in said} == {422}
    assert said[0].text.replace(f'"{number}"', "N") == said[1].text.replace('"999999"', "N")


def _everything(app: Flask) -> dict[str, Any]:
    """Every row of every table that a refused request has no reason to touch."""
    with app.app_context():
        rows = {name: fetch(f"SELECT * FROM {name}") for name in db.metadata.tables if name not in QUIET}
        db.session.remove()
    return {name: sorted(map(repr, found)) for name, found in rows.items()}
