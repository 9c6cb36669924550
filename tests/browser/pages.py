"""Every page there is, with who opens it and examples for what its address names. A test holds the list against the URL map."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx

from tests.browser.fixtures import Market
from tests.live.serving import until
from tests.people import SAME_ORIGIN

OWNER, SHOPPER, STRANGER = "owner@demo.market", "shopper@demo.market", ""
PATIENCE = 60.0

PAGES: Mapping[str, tuple[str, ...]] = {
    "accounts.change_email_page": ("{new_email}", "/account/email/ended"),
    "accounts.confirm_page": ("{confirm}", "/confirm/ended"),
    "accounts.email_sent": ("/account/email/sent",),
    "accounts.forgot_page": ("/forgot",),
    "accounts.forgot_sent": ("/forgot/sent",),
    "accounts.invited_page": ("{invited}", "/invited/ended"),
    "accounts.login": ("/login",),
    "accounts.places": ("/account/sessions",),
    "accounts.register_page": ("/register",),
    "accounts.register_sent": ("/register/sent",),
    "accounts.reset_page": ("{reset}", "/reset/ended"),
    "accounts.settings": ("/account/settings",),
    "console.adjusting": ("/console/stock/5/adjust",),
    "console.audit_list": ("/console/audit", "/console/audit?until=2001-01-01", "/console/audit?object=product-5"),
    "console.cancelling": ("/console/orders/{under_way}/cancel",),
    "console.counting": ("/console/stock/5/count",),
    "console.deactivate_page": ("/console/people/{person}/deactivate",),
    "console.deactivated": ("/console/stock/deactivated",),
    "console.deleting_note": ("/console/orders/{completed}/notes/{note}/delete",),
    "console.deleting_product": ("/console/products/5/delete",),
    "console.email_log": ("/console/emails", "/console/emails?q=nobody@example.org"),
    "console.email_page": ("/console/emails/{email}",),
    "console.email_preview": ("/console/emails/preview/low_stock",),
    "console.email_previews": ("/console/emails/preview",),
    "console.find": ("/console/find", "/console/find?q=bowl", "/console/find?q=nothing+of+the+kind"),
    "console.home": ("/console/", "/console/?days=7", "/console/?days=90"),
    "console.imports": ("/console/imports",),
    "console.ledger": ("/console/stock/5",),
    "console.market_ledger": ("/console/stock/ledger", "/console/stock/ledger?kind=sold&who=inventory"),
    "console.market_settings": ("/console/settings",),
    "console.new_product": ("/console/products/new",),
    "console.one_import": ("/console/imports/{import}",),
    "console.order": ("/console/orders/{completed}", "/console/orders/{rejected}", "/console/orders/{under_way}"),
    "console.orders": (
        "/console/orders",
        "/console/orders?view=attention",
        "/console/orders?q=nobody",
        "/console/orders?since=2020-01-01&sort=dearest",
    ),
    "console.order_change": ("/console/orders/changes/{order_change}",),
    "console.past": ("/console/stock/past",),
    "console.people": ("/console/people",),
    "console.pictures": ("/console/products/5/pictures",),
    "console.product": ("/console/products/5",),
    "console.product_categories": ("/console/products/categories",),
    "console.product_change": ("/console/products/changes/{change}",),
    "console.product_history": ("/console/products/5/history",),
    "console.products": (
        "/console/products",
        "/console/products?category=Table&stock=in&picture=with&sort=dearest&q=a",
        "/console/products?stock=paused&q=zzz",
    ),
    "console.proof": ("/console/stock/proof",),
    "console.refunding_order": ("/console/orders/{completed}/refund",),
    "console.reservations": ("/console/stock/reservations",),
    "console.sending_order": ("/console/orders/{completed}/send",),
    "console.sheet": ("/console/stock/count",),
    "console.stock": ("/console/stock", "/console/stock?open=5", "/console/stock?adjust=5", "/console/stock?q=nobody"),
    "console.undoing_import": ("/console/imports/{import}/undo",),
    "console.unsending_order": ("/console/orders/{sent}/unsend",),
    "notifications.email": ("/mailbox/{email}",),
    "notifications.mailbox": ("/mailbox",),
    "shop.account": ("/account",),
    "shop.account_data": ("/account/data",),
    "shop.again_form": ("/o/{unpaid_link}/again",),
    "shop.ask_to_cancel": ("/o/{link}/cancellation",),
    "shop.cart": ("/cart",),
    "shop.checkout": ("/checkout",),
    "shop.find_form": ("/orders/find",),
    "shop.home": ("/",),
    "shop.market": ("/m/alder-lane",),
    "shop.order_form": ("{product}/order",),
    "shop.order_page": ("/o/{link}", "/o/{unpaid_link}"),
    "shop.product": ("{product}",),
    "shop.search_page": ("/search?q=bowl", "/search?q=zzzzzz"),
    "shop.together": ("/orders/together/{link}.{unpaid_link}",),
}
"""The addresses of each page. Names in braces are examples that `examples` finds or makes."""

NO_PAGES: Mapping[str, str] = {
    "console.all_products_csv": "a file",
    "console.audit_csv": "a file",
    "console.email_html": "an email, in a frame of its own policy: shown within console.email_page",
    "console.email_preview_html": "an email, in a frame of its own policy: shown within console.email_preview",
    "console.import_errors": "a file",
    "console.import_state": "a part of a page",
    "console.market_ledger_csv": "a file",
    "console.moved": "a part of a page",
    "console.new_orders": "a part of a page",
    "console.order_change_state": "a part of a page",
    "console.order_state": "a part of a page",
    "console.orders_csv": "a file",
    "console.pictures_state": "a part of a page",
    "console.product_change_state": "a part of a page",
    "console.products_csv": "a file",
    "console.stock_csv": "a file",
    "console.try_a_colour": "a part of a page",
    "health.healthz": "for machines",
    "health.metrics": "for machines",
    "health.readyz": "for machines",
    "live.stream": "a stream",
    "look.stylesheet_file": "a file",
    "media.media": "a file",
    "notifications.email_html": "an email, in a frame of its own policy: shown within notifications.email",
    "shop.cart_badge": "a part of a page",
    "shop.export_data": "a file",
    "shop.left": "a part of a page",
    "shop.market_theme": "a file",
    "shop.names": "a part of a page",
    "shop.order_state": "a part of a page",
    "shop.robots": "a file",
    "shop.sitemap": "a file",
    "shop.themes": "a file",
    "shop.together_state": "a part of a page",
    "static": "a file",
}
"""What answers a GET and is no page, with what it is. The API is no page either."""


AT_HOME = {
    "accounts.change_email_page",
    "accounts.email_sent",
    "accounts.places",
    "accounts.settings",
    "shop.account",
    "shop.account_data",
    "shop.cart",
    "shop.checkout",
}
"""Pages of the shopper who has logged in."""


def who_opens(endpoint: str) -> str:
    """Whose page it is, by email; "" for anybody's."""
    if endpoint.startswith(("console.", "notifications.")):
        return OWNER
    return SHOPPER if endpoint in AT_HOME else STRANGER


def examples(market: Market) -> dict[str, str]:
    """What the braces of `PAGES` stand for: orders in each state, an import and a change that wait for a word, a person, and
    letters that have just been written. Something lies in the shopper's basket afterwards."""
    owner, shopper = _logged_in(market, OWNER), _logged_in(market, SHOPPER)
    with owner, shopper:
        return {**_of_the_owner(owner), **_of_the_shopper(shopper), **_letters(owner, shopper, market)}


def _of_the_owner(owner: httpx.Client) -> dict[str, str]:
    # The newest two: one with a note, to be looked at and refunded, and one that is on its way.
    there = re.findall(r'"/console/orders/(\d+)"', owner.get("/console/orders?view=completed").text)
    completed, sent = list(dict.fromkeys(there))[:2]
    assert owner.post(f"/console/orders/{completed}/notes", data={"text": "Rang the bell twice."}).status_code == 303
    assert owner.post(f"/console/orders/{sent}/send", data={"note": "By boat"}).status_code in (200, 303, 409)
    return {
        "completed": completed,
        "sent": sent,
        "note": _first(owner, f"/console/orders/{completed}", r"/notes/(\d+)/delete"),
        "order_change": _end_of(owner.post("/console/orders/changes", data={"action": "send", "id": completed})),
        "rejected": _first(owner, "/console/orders?view=rejected", r'"/console/orders/(\d+)"'),
        "under_way": _first(owner, "/console/orders", r'"/console/orders/(\d+)"'),
        "email": _first(owner, f"/console/orders/{completed}", r"/emails/(\d+)"),
        "import": _end_of(owner.post("/console/imports", files={"file": ("walk.csv", SHEET)})),
        "change": _end_of(owner.post("/console/products/changes", data={"action": "archived", "id": "7"})),
        "person": _first(owner, "/console/people", r"/console/people/(\d+)/deactivate"),
    }


def _of_the_shopper(shopper: httpx.Client) -> dict[str, str]:
    links = re.findall(r'"/o/([\w-]+)"', shopper.get("/account").text)
    assert shopper.post("/cart/lines", data={"product": "5", "quantity": "1"}).status_code == 303
    unpaid = next(link for link in links if f"/o/{link}/again" in shopper.get(f"/o/{link}").text)
    return {
        "link": next(link for link in links if link != unpaid),
        "unpaid_link": unpaid,
        "product": urlsplit(shopper.get("/p/5").headers["location"]).path,
    }


def _letters(owner: httpx.Client, shopper: httpx.Client, market: Market) -> dict[str, str]:
    new, invited, renamed = (f"{kind}-{time.time_ns()}@example.org" for kind in ("new", "invited", "renamed"))
    stranger = httpx.Client(base_url=market.url, headers=SAME_ORIGIN)
    stranger.post("/register", data={"name": "New", "email": new, "password": "eleven small blue kettles"})
    stranger.post("/forgot", data={"email": SHOPPER})
    owner.post("/console/people/invite", data={"email": invited, "role": "staff"})
    shopper.post("/account/settings/email", data={"email": renamed, "password": market.passwords[SHOPPER]})
    recipients = {"confirm": new, "reset": SHOPPER, "invited": invited, "new_email": renamed}
    begins = {"confirm": "/confirm/", "reset": "/reset/", "invited": "/invited/", "new_email": "/account/email/"}
    return {name: _link_in_the_letter(owner, to, begins[name]) for name, to in recipients.items()}


def _link_in_the_letter(reader: httpx.Client, to: str, begins: str) -> str:
    """The path behind the button of the newest letter to an address, once the mailbox has it."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        for id in re.findall(r'"/mailbox/(\d+)"', reader.get("/mailbox").text)[:10]:
            text = reader.get(f"/mailbox/{id}").text
            found = re.search(rf"{begins}[\w.-]+", text)
            if to in text and found:
                return found[0]
        time.sleep(0.2)
    raise AssertionError(f"no letter to {to}")


def _logged_in(market: Market, email: str) -> httpx.Client:
    entered = httpx.post(
        f"{market.url}/login", data={"email": email, "password": market.passwords[email]}, headers=SAME_ORIGIN
    )
    assert entered.status_code == 303, entered.text
    return httpx.Client(base_url=market.url, headers=SAME_ORIGIN, cookies=entered.cookies)


def _first(client: httpx.Client, address: str, pattern: str) -> str:
    # The letter about an order that has just been completed may still be written.
    until(lambda: re.search(pattern, client.get(address).text) is not None, said=lambda: f"{address} has no {pattern}")
    found = re.search(pattern, client.get(address).text)
    assert found
    return found[1]


def _end_of(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].rpartition("/")[2]


SHEET = b"SKU,Name,Price,Currency\nWALK-1,A new thing,9.50,EUR\nMH-BOWL-01,Another name,28.00,EUR\nWALK-2,,x,EUR\n"
"""An import with a row that is new, one that changes something, and one that is wrong."""
