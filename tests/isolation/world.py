"""A market full of canaries: whatever its people may write or read has a word of its own that nobody else may ever see."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa
from flask import Flask

from tests.console.conftest import Desk, Trade
from tests.console.test_products_have_pictures import picture, upload
from tests.people import SAME_ORIGIN, TESTS, People, Someone, password_hash
from webapp.accounts import commands as accounts
from webapp.accounts.models import STAFF
from webapp.db import db, transact

SECRET, PUBLIC = "kestrel", "robin"
NOBODY = "98765432100"
"""An id that nothing has."""


@dataclass
class Aviary:
    """The canaries: `secret` for the people of the market alone, `public` what stands on its shelf for everybody."""

    secret: list[str] = field(default_factory=list)
    public: list[str] = field(default_factory=list)

    def hide(self, where: str) -> str:
        """A word for a field that is the market's own."""
        self.secret.append(f"{SECRET}-{where}")
        return self.secret[-1]

    def show(self, where: str) -> str:
        """A word for a field that shoppers read."""
        self.public.append(f"{PUBLIC}-{where}")
        return self.public[-1]


@dataclass(frozen=True)
class World:
    """The other market: its canaries, the ids of its things by the names that routes give them, and our own of the same kinds."""

    birds: Aviary
    theirs: Mapping[str, Sequence[str]]
    hidden: Sequence[str]
    ours: Mapping[str, str]


def far_ids(app: Flask) -> None:
    """Let the ids of every table begin at a number of their own, so that an answer that says one is recognised."""
    with app.app_context():
        for place, table in enumerate(db.metadata.sorted_tables):
            first = 7_000_000 + 10_000 * place
            if not isinstance(table.columns.get("id", sa.Column(sa.Text)).type, sa.Integer):
                continue
            if db.engine.dialect.name == "sqlite":
                db.session.execute(
                    sa.text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :first)"),
                    {"name": table.name, "first": first},
                )
            else:
                db.session.execute(
                    sa.text("SELECT setval(pg_get_serial_sequence(:name, 'id'), :first)"),
                    {"name": table.name, "first": first},
                )
        db.session.commit()


def settle(app: Flask, people: People, trade: Trade, outsider: Desk) -> World:
    """Fill the outsider's market, and put a little into the owner's."""
    birds, market_id = Aviary(), people.outsider.market_id
    on_shelf = trade.product(
        stock=9, market_id=market_id, price_minor=900, sku=birds.hide("sku"), name=birds.show("name"), maker=birds.show("maker"),
        category=birds.show("category"), description=birds.show("description"),
    )  # fmt: skip
    draft, deleted = (_product(outsider, birds, kind) for kind in ("draft", "deleted"))
    trade.settle()
    _keep_stock(outsider, birds, draft)
    image_id = _picture(outsider, trade, birds, draft)
    ours = _ours(app, people, trade)
    staff = _staff(app, people, birds)
    done = _order(trade, birds, on_shelf, "done")
    assert outsider.post(f"/console/orders/{done}/refund", amount="100", reason=birds.hide("refund"), left="900", **{f"restock-{on_shelf}": "0"}).status_code == 303  # fmt: skip
    assert outsider.post(f"/console/orders/{done}/notes", text=birds.hide("note")).status_code == 303
    assert outsider.post(f"/console/orders/{done}/send", note=birds.hide("sent")).status_code == 303
    letter = birds.hide("invited")
    assert outsider.post("/console/people/invite", email=f"{letter}@example.org", role=STAFF).status_code == 303
    import_id = _import(outsider, birds)
    change_id = _change(outsider, birds, draft)
    chosen = outsider.post("/console/orders/changes", action="send", id=str(done), note=birds.hide("to-send-with"))
    order_change_id = _id_of(chosen.location)
    assert outsider.post(f"/console/products/{deleted}/delete").status_code == 303
    trade.settle()
    under_way = _order(trade, birds, on_shelf, "under-way", settle=False)
    trade.step()
    assert trade.row("SELECT state FROM reservations WHERE order_id = :id", id=under_way)["state"] == "HELD"
    theirs = {
        "product_id": (draft, deleted, on_shelf),
        "image_id": (image_id,),
        "order_id": (done, under_way),
        "email_id": (trade.row("SELECT min(id) AS id FROM emails WHERE order_id = :id", id=done)["id"],),
        "import_id": (import_id,),
        "change_id": (change_id, order_change_id),
        "person_id": (staff, people.outsider.id),
        "market_id": (market_id,),
        "note_id": (trade.row("SELECT id FROM order_notes")["id"],),
        "movement_id": (trade.row("SELECT min(id) AS id FROM stock_movements WHERE product_id = :id", id=draft)["id"],),
        "letter_id": (trade.row("SELECT id FROM account_letters WHERE email LIKE :like", like=f"{letter}%")["id"],),
        "session_id": (trade.row("SELECT min(id) AS id FROM sessions WHERE person_id = :id", id=people.outsider.id)["id"],),
    }  # fmt: skip
    return World(birds, {kind: tuple(map(str, ids)) for kind, ids in theirs.items()}, (str(draft), str(deleted)), ours)


def _product(outsider: Desk, birds: Aviary, kind: str) -> int:
    # What is deleted keeps its words in the history of its name and SKU alone.
    words = {name: birds.hide(f"{kind}-{name}") for name in ("maker", "category", "description") if kind != "deleted"}
    made = outsider.post(
        "/console/products/new", name=birds.hide(f"{kind}-name"), sku=birds.hide(f"{kind}-sku"), price="900", status="draft", **words
    )  # fmt: skip
    return _id_of(made.location)


def _keep_stock(outsider: Desk, birds: Aviary, product_id: int) -> None:
    page = f"/console/stock/{product_id}"
    assert outsider.post(f"{page}/adjust", delta="5", reason="received", note=birds.hide("adjusted")).status_code == 303
    version = re.search(r'name="version" value="(\d+)"', outsider.get(f"{page}/count"))
    assert version
    counted = outsider.post(f"{page}/count", on_hand="4", expected="5", version=version[1], note=birds.hide("counted"))
    assert counted.status_code == 303


def _picture(outsider: Desk, trade: Trade, birds: Aviary, product_id: int) -> int:
    assert upload(outsider, product_id, (f"{birds.hide('filename')}.png", picture(90, 60))).status_code == 303
    trade.settle()
    image_id = int(trade.row("SELECT id FROM product_images WHERE product_id = :id", id=product_id)["id"])
    outsider.post(f"/console/products/{product_id}/pictures/{image_id}", alt=birds.hide("alt"))
    return image_id


def _order(trade: Trade, birds: Aviary, product_id: int, kind: str, settle: bool = True) -> int:
    return trade.order(
        (product_id, 1), settle=settle, email=f"{birds.hide(f'{kind}-email')}@example.org", name=birds.hide(f"{kind}-person"),
        delivery={"street": birds.hide(f"{kind}-street"), "city": "Aarhus"},
    )  # fmt: skip


def _staff(app: Flask, people: People, birds: Aviary) -> int:
    with app.app_context():

        def hired() -> int:
            email = f"{birds.hide('staff-email')}@example.org"
            person_id = accounts.create_person(email, birds.hide("staff-name"), password_hash(), actor=TESTS)
            accounts.add_member(person_id, people.outsider.market_id, STAFF, actor=TESTS)
            return person_id

        return transact(hired)


def _import(outsider: Desk, birds: Aviary) -> int:
    text = f"SKU,Name,Price,Currency\n{birds.hide('row-sku')},{birds.hide('row-name')},700,JPY\n{birds.hide('bad-row')},,x,JPY\n"
    sent = outsider.client.post(
        "/console/imports",
        data={"file": (io.BytesIO(text.encode()), f"{birds.hide('upload')}.csv")},
        headers=SAME_ORIGIN,
    )
    return _id_of(sent.location)


def _change(outsider: Desk, birds: Aviary, product_id: int) -> int:
    chosen = outsider.post(
        "/console/products/changes", action="category", to=birds.hide("moved-to"), id=str(product_id)
    )
    return _id_of(chosen.location)


def _ours(app: Flask, people: People, trade: Trade) -> Mapping[str, str]:
    owner = Desk(app, people.owner)
    product_id = trade.product(stock=3)
    assert upload(owner, product_id, ("ours.png", picture(90, 60))).status_code == 303
    order_id = trade.order((product_id, 1))
    image = trade.row("SELECT id FROM product_images WHERE product_id = :id", id=product_id)
    return {"product_id": str(product_id), "image_id": str(image["id"]), "order_id": str(order_id)}


def _id_of(location: str) -> int:
    found = re.search(r"/(\d+)$", location)
    assert found, location
    return int(found[1])


def everybody(people: People) -> Sequence[Someone]:
    """Who has a log-in and a token and no business in the other market."""
    return (people.owner, people.staff, people.shopper)
