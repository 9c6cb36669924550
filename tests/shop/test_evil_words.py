"""Two hundred strings that want to be more than text, in every field that a shop shows, are text."""

from __future__ import annotations

from html.parser import HTMLParser
from urllib.parse import quote

import pytest
from flask import Flask

from tests.console.conftest import Trade
from tests.people import People, log_in
from tests.shop.conftest import ADDRESS, Shopper, change, hidden, put
from webapp.db import as_json, execute, fetch, transact
from webapp.orders import placing
from webapp.outbox import fresh_cause
from webapp.products.categories import address

OPENINGS = ("", '"', "'", '">', "'>", "</h2>", "</title>", "</textarea>", "]]>", "--><")
DEEDS = (
    "<script>evil()</script>", "<script src=//evil.example></script>", "<img src=evil onerror=evil()>", "<svg onload=evil()>", "<a href=javascript:evil()>x</a>",
    "<iframe srcdoc='<script>evil()</script>'>", " onmouseover=evil() x=", " style=background:url(//evil.example) ", "<style>*{display:none}</style>",
    "<form action=//evil.example><input name=key>", "<base href=//evil.example>", "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<details open ontoggle=evil()>", "<math><mtext><style><img src=evil onerror=evil()>", "{{ config }}{% print(1) %}", "<object data=//evil.example>",
    "<button formaction=//evil.example>x</button>", "<p hx-get=//evil.example hx-trigger=load>", "<link rel=stylesheet href=//evil.example>", "&lt;script&gt;evil()&lt;/script&gt;",
)  # fmt: skip
EVIL = tuple(opening + deed for opening in OPENINGS for deed in DEEDS)


class Reader(HTMLParser):
    """Notes whatever of a page was meant to be text and is not."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at a tag's attributes."""
        for name, value in attrs:
            risky = name.startswith("on") or name in ("style", "srcdoc") or (tag == "base")
            leads = name in ("src", "href", "action", "formaction", "data", "hx-get", "hx-post", "srcset")
            if risky or (
                leads
                and ("evil.example" in (value or "").split("?")[0] or (value or "").startswith(("evil", "javascript:")))
            ):
                self.found.append(f"<{tag} {name}={value}>")
        if tag in ("style", "iframe", "object", "math", "base") or (tag == "script" and not dict(attrs).get("src")):
            self.found.append(f"<{tag}>")


def read(page: str) -> list[str]:
    """What a page holds that is not text."""
    reader = Reader()
    reader.feed(page)
    return reader.found


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_whatever_is_written_is_shown_as_text(app: Flask, people: People, shopper: Shopper) -> None:
    assert len(EVIL) == 200
    named = [{"n": n, "text": text} for n, text in enumerate(EVIL)]

    def written() -> None:
        execute(
            "INSERT INTO products (market_id, sku, name, slug, description, maker, category, price_minor, currency, status, version, created_at, updated_at)"
            " SELECT :market, 'E' || (value ->> '$.n'), value ->> '$.text', 'evil', value ->> '$.text', value ->> '$.text', value ->> '$.text', 100, 'EUR',"
            " 'active', 1, 1, 1 FROM json_each(:named)", market=people.owner.market_id, named=named,
        )  # fmt: skip
        execute(
            "INSERT INTO inventories (product_id, market_id, on_hand, updated_at) SELECT id, market_id, 5, 1 FROM products"
        )

    with app.app_context():
        transact(written)
        ids = [row["id"] for row in fetch("SELECT id FROM products ORDER BY id")]
    assert read("<p onclick=x>") == ["<p onclick=x>"]
    for path in (
        "/",
        "/m/alder-lane",
        *(f"/m/alder-lane/{quote(address(text))}" for text in EVIL[::5]),
        "/search?q=evil",
        "/search?q=evil&sort=cheapest",
        "/search/names?q=evil",
        "/sitemap.xml",
    ):
        assert read(shopper.get(path)) == [], path
    for id in ids:
        assert read(shopper.get(f"/p/{id}-evil")) == []
    for id in ids[:60]:
        assert put(shopper, id) == 303
    shopper.send("/cart/lines/remove", {"product": ids[0]})
    for path in ("/cart", "/checkout"):
        assert read(shopper.get(path)) == [], path
    for text in EVIL[::3]:
        assert read(shopper.client.get("/search", query_string={"q": text}).text) == [], text
        assert read(shopper.client.get("/search", query_string={"q": "evil", "category": text[:200]}).text) == [], text
    form = {name: hidden(shopper.get("/checkout"), name) for name in ("key", "amount", "product", "quantity")}
    for text in EVIL[::7]:
        sent = {
            **form,
            **ADDRESS,
            **dict.fromkeys(("email", "name", "street", "postcode", "city", "token", "key"), text),
        }
        answer = shopper.send("/checkout", sent)
        assert answer.status_code == 422
        assert read(answer.text) == [], text


def tags(page: str) -> set[tuple[str, tuple[str, ...]]]:
    """The tags of a page with the names of their attributes: what no text may add to."""
    found: set[tuple[str, tuple[str, ...]]] = set()

    class Tags(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.add((tag, tuple(sorted(name for name, _ in attrs))))

    Tags().feed(page)
    return found


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_whatever_a_shopper_writes_is_shown_as_text_on_orders_and_in_letters(
    app: Flask, people: People, trade: Trade, shopper: Shopper
) -> None:
    product = trade.product(stock=500, name="Bowl")
    plain = trade.order((product, 1), name="Ingrid", delivery={**ADDRESS, "country": "DK"})
    change(app, "UPDATE products SET name = :evil, picture = :evil WHERE id = :id", evil=EVIL[12], id=product)
    wishes = [
        placing.NewOrder(
            lines=((product, 1),), email=f"evil{n}@example.org", token="tok_success", scope="tests", key=f"evil-{n}", hash="h", cause=fresh_cause(),
            name=text[:120], delivery=dict.fromkeys(("name", "street", "postcode", "city", "country"), text), shopper_id=people.shopper.id,
        )
        for n, text in enumerate(EVIL)
    ]  # fmt: skip
    with app.app_context():
        transact(lambda: placing.place(wishes))
        links = [row["link"] for row in fetch("SELECT link FROM orders WHERE id > :plain ORDER BY id", plain=plain)]
    assert len(links) == 200
    for link in links:
        assert read(shopper.get(f"/o/{link}")) == []
    for path in ("state", "cancellation"):
        assert read(shopper.get(f"/o/{links[7]}/{path}")) == [], path
    trade.settle()
    change(app, "UPDATE orders SET sent_at = updated_at, sent_note = name WHERE link <> ''")
    for link in links:
        page = shopper.get(f"/o/{link}")
        assert "being packed" not in page
        assert read(page + shopper.get(f"/o/{link}/again")) == []
    assert read(shopper.get("/orders/together/" + ".".join(links[:40]))) == []
    log_in(shopper.client, people.shopper)
    page = shopper.get("/account?limit=100")
    assert page.count("/again") > 20
    assert read(page) == []
    with app.app_context():
        first, *others = fetch("SELECT id, subject, html FROM emails WHERE order_id IS NOT NULL ORDER BY id")
    assert len(others) == 200
    for letter in others:
        # A letter has styles of its own: nothing else may have come in.
        assert tags(letter["html"]) <= tags(first["html"]), letter["subject"]
        assert not set("\r\n") & set(letter["subject"])
    for path in ("/mailbox", f"/mailbox/{others[7]['id']}"):
        assert read(shopper.client.get(path).text) in ([], ["<iframe>"]), path


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_whatever_a_market_says_of_itself_is_shown_as_text(
    app: Flask, people: People, trade: Trade, shopper: Shopper
) -> None:
    product = trade.product(stock=5)
    link = trade.row("SELECT link FROM orders WHERE id = :id", id=trade.order((product, 1)))["link"]
    put(shopper, product)
    for n, text in enumerate(EVIL):
        change(
            app,
            "UPDATE markets SET name = :name, tagline = :text, hero_title = :text, hero_text = :text, hero_picture = :text, theme = :text WHERE id = :id",
            name=text[:120], text=text[:200], id=people.owner.market_id,
        )  # fmt: skip
        paths = ["/m/alder-lane", "/"]
        if n % 20 == 0:
            paths += [f"/p/{product}-thing-1", f"/o/{link}", "/cart", "/checkout", "/search?q=thing", "/sitemap.xml"]
        for path in paths:
            assert read(shopper.get(path)) == [], (path, text)
        assert shopper.get("/m/alder-lane/theme.css") == ""


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_whatever_stands_in_an_account_is_shown_as_text(
    app: Flask, people: People, trade: Trade, shopper: Shopper
) -> None:
    product = trade.product(stock=5)
    log_in(shopper.client, people.shopper)
    put(shopper, product)
    for n, text in enumerate(EVIL):
        change(
            app, "UPDATE people SET name = :text, delivery = :delivery WHERE id = :id", text=text[:120], id=people.shopper.id,
            delivery=as_json(dict.fromkeys(("name", "street", "postcode", "city"), text)),
        )  # fmt: skip
        change(app, "UPDATE sessions SET agent = :text, address = :where", text=text[:200], where=text[:64])
        paths = ["/account/settings", "/account/sessions"]
        if n % 20 == 0:
            paths += ["/account", "/account/data", "/checkout", f"/p/{product}-thing-1/order", "/orders/find"]
        for path in paths:
            assert read(shopper.get(path)) == [], (path, text)
    for text in EVIL[::5]:
        for path, fields in (
            ("/orders/find", {"number": text, "email": text}),
            ("/account/settings/name", {"name": text * 9}),
            ("/account/settings/address", {"street": text, "city": text * 9}),
        ):
            answer = shopper.send(path, fields)
            assert read(answer.text) == [], (path, text)
    fresh = Shopper(app)
    for text in EVIL[::5]:
        for path, fields in (
            ("/login", {"email": text, "password": text}),
            ("/register", {"name": text, "email": text, "password": text}),
            ("/forgot", {"email": text}),
        ):
            answer = fresh.send(path, fields)
            assert answer.status_code in (422, 429), (path, answer.status_code)
            assert read(answer.text) == [], (path, text)


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
@pytest.mark.parametrize("field", ["email", "name", "street", "postcode", "city"])
def test_no_field_carries_a_second_line(app: Flask, trade: Trade, shopper: Shopper, field: str) -> None:
    path = f"/p/{trade.product(stock=5)}-thing-1/order"
    for smuggled in (
        "x\r\nBcc: all@example.org",
        "x\nSet-Cookie: a=b",
        "x\0",
        "x\u2028y",
        "\u202egro.elpmaxe@",
        "x\x1b[2J",
    ):
        answer = shopper.send(path, shopper.form(path, **{field: smuggled}))
        if answer.status_code == 422:
            assert f'id="{field}-error"' in answer.text, (field, smuggled)
            continue
        # Marks that only turn the direction of writing are no lines; they are left out of letters.
        assert smuggled[0] == "\u202e", (field, smuggled)
        trade.settle()
        with app.app_context():
            [letter] = fetch("SELECT subject, html, text FROM emails ORDER BY id DESC LIMIT 1")
        assert not any("\u202e" in str(part) for part in letter.values())
    with app.app_context():
        kept = fetch("SELECT name, email, delivery FROM orders")
    assert not any(sign in str(row) for row in kept for sign in ("\\r", "\\n", "\\x00"))
