"""Two hundred strings that want to be more than text, in every field that a shop shows, are text."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from flask import Flask

from tests.people import People
from tests.shop.conftest import ADDRESS, Shopper, hidden, put
from webapp.db import execute, fetch, transact

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
