"""Whatever cannot be accepted is refused by the name of its field, and changes not a row."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tests.api.desk import MUG, Desk, fields

PROBLEM = "application/problem+json"
NO_NUMBERS = ["0", "-1", "1.5", "1.0", '"1"', '""', "null", "true", "false", "[]", "{}", "[1]", "9223372036854775808",
              "-9223372036854775809", "1e400", "-1e400", "1e3", "NaN", "Infinity", "-Infinity", "1" * 400]  # fmt: skip
"""JSON texts that are no number of pieces, and no id either."""


@dataclass(frozen=True)
class Place:
    """A field of a request: `at` is its path in the body, `accepts` are those of NO_NUMBERS that are right here."""

    method: str
    path: str
    body: dict[str, Any]
    at: tuple[str | int, ...]
    named: str
    accepts: frozenset[str] = frozenset()

    def request(self, product_id: int, order_id: int, value: str) -> tuple[str, str]:
        """The path and the body's text with `value` in the field."""
        body = copy.deepcopy(self.body)
        if body.get("items"):
            body["items"][0].setdefault("product_id", product_id)
        if body.get("restock"):
            body["restock"][0].setdefault("product_id", product_id)
        inner: Any = body
        for step in self.at[:-1]:
            inner = inner[step]
        inner[self.at[-1]] = "@"
        return self.path.format(product=product_id, order=order_id), json.dumps(body).replace('"@"', value)


ORDER: dict[str, Any] = {"items": [{"quantity": 1}], "payment": {"method": "test", "token": "tok_success"}}
REFUND: dict[str, Any] = {"amount": "1.00", "reason": "x", "restock": [{"quantity": 1}]}
ADJUSTMENT = {"delta": 1, "reason": "received"}
INVENTORY = "/products/{product}/inventory"

NUMBERS = [
    Place("POST", "/orders", ORDER, ("items", 0, "quantity"), "items[0].quantity"),
    Place("POST", "/orders", ORDER, ("items", 0, "product_id"), "items[0].product_id"),
    Place("POST", "/orders", ORDER, ("replaces",), "replaces"),
    Place("POST", "/orders/{order}/refunds", REFUND, ("restock", 0, "quantity"), "restock[0].quantity"),
    Place("POST", "/orders/{order}/refunds", REFUND, ("restock", 0, "product_id"), "restock[0].product_id"),
    Place("POST", "/orders/{order}/refunds", REFUND, ("amount",), "amount", frozenset({'"1"'})),
    Place("POST", "/products", MUG, ("price",), "price", frozenset({'"1"'})),
    Place("PATCH", "/products/{product}", {}, ("price",), "price", frozenset({'"1"'})),
    Place("PATCH", "/products/{product}", {"name": "New"}, ("expected_version",), "expected_version"),
    Place("PATCH", INVENTORY, {}, ("on_hand",), "on_hand", frozenset({"0"})),
    Place("PATCH", INVENTORY, {"on_hand": 7}, ("low_stock_threshold",), "low_stock_threshold", frozenset({"0"})),
    Place("PATCH", INVENTORY, {"on_hand": 7}, ("expected_version",), "expected_version"),
    Place("PATCH", INVENTORY, {"on_hand": 7}, ("active",), "active", frozenset({"true", "false"})),
    Place("POST", "/products/{product}/stock-adjustments", ADJUSTMENT, ("delta",), "delta", frozenset({"-1"})),
]  # fmt: skip


def send(desk: Desk, method: str, path: str, text: str | bytes, **headers: str) -> Any:
    """A request as the owner with this very body."""
    return desk.call(
        method, path, data=text, headers={"Content-Type": "application/json", "Idempotency-Key": "one", **headers}
    )


def test_every_numeric_field_takes_whole_numbers_alone(desk: Desk) -> None:
    product_id = desk.product(stock=5, price="9.00")
    order_id = desk.completed((product_id, 1), who=desk.people.owner)
    before = desk.counts()
    for place in NUMBERS:
        for value in NO_NUMBERS:
            if value in place.accepts:
                continue
            refused = send(desk, place.method, *place.request(product_id, order_id, value))
            said = f"{place.method} {place.path} {value}: {refused.status_code} {refused.text}"
            assert (refused.status_code, fields(refused)) == (422, [place.named]), said
    assert desk.counts() == before


NO_AMOUNTS = [
    "0",
    "0.00",
    "-1",
    "+1",
    "1.005",
    "1,50",
    "1e2",
    "1.",
    ".5",
    " 1",
    "1 ",
    "0x10",
    "١",
    "",
    "9" * 17,
    "NaN",
    "1.0000000",
    "1\n",
]


def test_money_is_decimal_text_above_zero(desk: Desk) -> None:
    product_id = desk.product(stock=5)
    order_id = desk.completed((product_id, 1), who=desk.people.owner)
    before = desk.counts()
    for amount in NO_AMOUNTS:
        for method, path, field, body in (
            ("POST", "/products", "price", {**MUG, "price": amount}),
            ("PATCH", f"/products/{product_id}", "price", {"price": amount}),
            ("POST", f"/orders/{order_id}/refunds", "amount", {"amount": amount, "reason": "x"}),
        ):
            refused = desk.call(method, path, json=body)
            assert (refused.status_code, fields(refused)) == (422, [field]), f"{path}: {refused.text}"
    dear = desk.post("/products", {**MUG, "price": "10000000.01"})
    assert (dear.status_code, fields(dear)) == (422, ["price"])
    assert desk.counts() == before


WRONG: list[tuple[str, str, Callable[[dict[str, Any]], Any], str]] = [
    ("POST", "/products", lambda b: {**b, "stock": 5}, "stock"),
    ("POST", "/products", lambda b: {**b, "id": 5}, "id"),
    ("POST", "/products", lambda b: {k: v for k, v in b.items() if k != "sku"}, "sku"),
    ("POST", "/products", lambda b: {**b, "sku": "x" * 65}, "sku"),
    ("POST", "/products", lambda b: {**b, "sku": "   "}, "sku"),
    ("POST", "/products", lambda b: {**b, "sku": "a\nb"}, "sku"),
    ("POST", "/products", lambda b: {**b, "name": "x" * 201}, "name"),
    ("POST", "/products", lambda b: {**b, "name": "a\u0000b"}, "name"),
    ("POST", "/products", lambda b: {**b, "name": "a\u001bb"}, "name"),
    ("POST", "/products", lambda b: {**b, "name": 5}, "name"),
    ("POST", "/products", lambda b: {**b, "name": None}, "name"),
    ("POST", "/products", lambda b: {**b, "description": "x" * 10_001}, "description"),
    ("POST", "/products", lambda b: {**b, "description": "\u0000"}, "description"),
    ("POST", "/products", lambda b: {**b, "category": "x" * 81}, "category"),
    ("POST", "/products", lambda b: {**b, "category": "a\nb"}, "category"),
    ("POST", "/products", lambda b: {**b, "status": "sold"}, "status"),
    ("POST", "/products", lambda b: [b], ""),
    ("POST", "/products", lambda b: "text", ""),
    ("POST", "/products", lambda b: None, ""),
    ("PATCH", "/products/{product}", lambda b: {"version": 3}, "version"),
    ("PATCH", "/products/{product}", lambda b: {"name": None}, "name"),
    ("PATCH", "/products/{product}", lambda b: {"status": "deleted"}, "status"),
    ("PATCH", INVENTORY, lambda b: {"reserved": 3}, "reserved"),
    ("PATCH", INVENTORY, lambda b: {"active": "yes"}, "active"),
    ("POST", "/products/{product}/stock-adjustments", lambda b: {**ADJUSTMENT, "reason": "sold"}, "reason"),
    ("POST", "/products/{product}/stock-adjustments", lambda b: {"delta": 1}, "reason"),
    ("POST", "/products/{product}/stock-adjustments", lambda b: {**ADJUSTMENT, "note": "x" * 501}, "note"),
    ("POST", "/products/{product}/stock-adjustments", lambda b: {**ADJUSTMENT, "note": "a\u0000"}, "note"),
    ("POST", "/orders", lambda b: {**b, "items": []}, "items"),
    ("POST", "/orders", lambda b: {**b, "items": {}}, "items"),
    ("POST", "/orders", lambda b: {**b, "items": None}, "items"),
    ("POST", "/orders", lambda b: {**b, "items": [5]}, "items[0]"),
    ("POST", "/orders", lambda b: {**b, "items": [*b["items"], {"product_id": 1}]}, "items[1].quantity"),
    ("POST", "/orders", lambda b: {**b, "items": [{**b["items"][0], "price": "0.01"}]}, "items[0].price"),
    ("POST", "/orders", lambda b: {**b, "items": [{**b["items"][0], "quantity": 1_000_001}]}, "items[0].quantity"),
    ("POST", "/orders", lambda b: {**b, "total": "0.01"}, "total"),
    ("POST", "/orders", lambda b: {**b, "email": "nobody"}, "email"),
    ("POST", "/orders", lambda b: {**b, "email": "a@b.c\u0000"}, "email"),
    ("POST", "/orders", lambda b: {**b, "email": "a@b.c\nBcc: d@e.f"}, "email"),
    ("POST", "/orders", lambda b: {**b, "email": "a@" + "b" * 260 + ".c"}, "email"),
    ("POST", "/orders", lambda b: {**b, "email": None}, "email"),
    ("POST", "/orders", lambda b: {**b, "payment": None}, "payment"),
    ("POST", "/orders", lambda b: {**b, "payment": {"method": "card", "token": "tok_success"}}, "payment.method"),
    ("POST", "/orders", lambda b: {**b, "payment": {"method": "test"}}, "payment.token"),
    ("POST", "/orders", lambda b: {**b, "payment": {"method": "test", "token": "x" * 500}}, "payment.token"),
    ("POST", "/orders", lambda b: {**b, "delivery": "here"}, "delivery"),
    ("POST", "/orders", lambda b: {**b, "delivery": {"planet": "Mars"}}, "delivery.planet"),
    ("POST", "/orders", lambda b: {**b, "delivery": {"city": "x" * 121}}, "delivery.city"),
    ("POST", "/orders", lambda b: {**b, "delivery": {"street": "a\u0000"}}, "delivery.street"),
    ("POST", "/orders/{order}/refunds", lambda b: {}, "reason"),
    ("POST", "/orders/{order}/refunds", lambda b: {"reason": " "}, "reason"),
    ("POST", "/orders/{order}/refunds", lambda b: {"reason": "x" * 201}, "reason"),
    ("POST", "/orders/{order}/refunds", lambda b: {"reason": "late_success"}, "reason"),
    ("POST", "/orders/{order}/refunds", lambda b: {"reason": "x", "restock": None}, "restock"),
    ("POST", "/orders/{order}/refunds", lambda b: {"reason": "x", "restock": [{}] * 1001}, "restock"),
]  # fmt: skip


def test_every_other_wrong_value_is_named(desk: Desk) -> None:
    product_id = desk.product(stock=5)
    order_id = desk.completed((product_id, 1), who=desk.people.owner)
    before = desk.counts()
    for method, path, spoiled, field in WRONG:
        good = desk.wish((product_id, 1)) if path == "/orders" else dict(MUG)
        body = spoiled(good)
        refused = send(desk, method, path.format(product=product_id, order=order_id), json.dumps(body))
        assert refused.status_code == 422, f"{path} {body}: {refused.status_code} {refused.text}"
        assert field in fields(refused), f"{path} {body}: {refused.text}"
    assert desk.counts() == before


ENDPOINTS_WITH_A_BODY = [
    ("POST", "/products"), ("PATCH", "/products/{product}"), ("PATCH", INVENTORY),
    ("POST", "/products/{product}/stock-adjustments"), ("POST", "/orders"), ("POST", "/orders/{order}/refunds"),
]  # fmt: skip

MALFORMED: list[bytes] = [
    b"", b" ", b"{", b"}", b'{"a":}', b"{'a': 1}", b"nul", b'{"a": 1} x', b'{"name": "\xff"}', b'{"name": "\\ud800"}', b"\x00",
    b"[" * 5000, b'{"a":' * 5000, b'{"name": "a\nb"}', b"a=1&b=2", b"<xml/>", b"\xef\xbb\xbf{",
]  # fmt: skip


NO_JSON = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml", "")


def test_what_is_not_json_is_400_and_what_is_not_said_to_be_is_415(desk: Desk) -> None:
    product_id = desk.product(stock=5)
    order_id = desk.completed((product_id, 1), who=desk.people.owner)
    before = desk.counts()
    for method, path in ENDPOINTS_WITH_A_BODY:
        where = path.format(product=product_id, order=order_id)
        for text in MALFORMED:
            refused = send(desk, method, where, text)
            assert (refused.status_code, refused.content_type) == (400, PROBLEM), f"{path} {text!r}: {refused.text}"
        for kind in NO_JSON:
            refused = send(desk, method, where, b"{}", **{"Content-Type": kind})
            assert (refused.status_code, refused.content_type) == (415, PROBLEM), f"{path} {kind}"
        large = send(desk, method, where, b'{"name": "' + b"x" * (1024 * 1024) + b'"}')
        assert (large.status_code, large.content_type) == (413, PROBLEM), path
    assert desk.counts() == before


NAUGHTY = [
    "<script>alert(1)</script>", "\"><img src=x onerror=alert(1)>", "javascript:alert(1)", "'; DROP TABLE products; --", "{{ 7*7 }}", "${7*7}",
    "%s%n%x", "../../etc/passwd", "=HYPERLINK(\"http://x\")", "👩\u200d👩\u200d👧\u200d👦🏳️‍🌈", "Ω≈ç√∫˜µ≤", "مرحبا", "\u202egnp.exe", "zero\u200bwidth", "ﬀ ligature", "a\u0301",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢", "null", "NaN", "0", "-1", "true", "\\", "\\u0000", "%00", "&lt;b&gt;", "\u00a0edge\u00a0".strip(), "\ufeffbom", "\U0010ffff",
]  # fmt: skip


def test_odd_text_is_kept_as_text(desk: Desk) -> None:
    product_id = desk.product(stock=100)
    for text in NAUGHTY:
        changed = desk.patch(f"/products/{product_id}", {"name": text, "description": text, "category": text[:80]})
        assert changed.status_code == 200, f"{text!r}: {changed.text}"
        read = desk.get(f"/products/{product_id}").json
        assert (read["name"], read["description"]) == (text, text)
        assert desk.get("/products", query_string={"q": text}).status_code == 200
        noted = desk.post(f"/products/{product_id}/stock-adjustments", {"delta": 1, "reason": "count", "note": text})
        assert noted.status_code == 201
    placed = desk.place(desk.wish((product_id, 1), delivery={"name": NAUGHTY[0], "street": NAUGHTY[3]}))
    assert placed.json["delivery"] == {
        **dict.fromkeys(placed.json["delivery"]),
        "name": NAUGHTY[0],
        "street": NAUGHTY[3],
    }


TAGS = ["script", "img src=x", "svg/onload=", "iframe src=", "a href=", "body onload=", "math", "details open ontoggle=", "style",
        "object data=", "input autofocus onfocus=", "video src onerror=", "marquee onstart=", "base href=", "form action=", "link rel=x href=",
        "meta http-equiv=refresh content=", "embed src=", "template", "noscript"]  # fmt: skip
WRAPPINGS = ["<{}>", "</{}>", "<{}", "{}>", '"><{}>', "'><{}>", "<<{}>>", "<{}//", "--><{}>", "]]><{}>"]


def test_two_hundred_scripts_are_kept_as_text(desk: Desk) -> None:
    product_id = desk.product()
    for text in (wrapping.format(tag + "alert(1)") for tag in TAGS for wrapping in WRAPPINGS):
        changed = desk.patch(f"/products/{product_id}", {"name": text, "sku": text[:64]})
        assert (changed.status_code, changed.content_type) == (200, "application/json"), changed.text
        assert changed.headers["X-Content-Type-Options"] == "nosniff"
        assert (changed.json["name"], changed.json["sku"]) == (text, text[:64])
        assert "<" not in changed.json["slug"]
