"""Finding anything of the market from one field: its pages, its orders, its products. The palette (Ctrl+K) asks for the
fragment, a browser without scripts gets the same as a page.

The searches are those of the lists, so that what is found here is found there, at the same cost: one statement each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Response, current_app, make_response, render_template
from flask.blueprints import BlueprintSetupState

from webapp import clock
from webapp.accounts import principal
from webapp.accounts.models import OWNER
from webapp.console import order_list, product_list
from webapp.console.desk import bp, show
from webapp.console.order_list import OrderList
from webapp.console.paging import Sought, href
from webapp.console.product_list import ProductList
from webapp.errors import TooMany
from webapp.web import htmx, reading
from webapp.web.access import works_for_market
from webapp.web.fields import Query
from webapp.web.throttle import Buckets

FINDS_A_SECOND = 10
"""How often one person may ask: no typist is faster, and a program has the API."""

OF_A_KIND = 5


@dataclass(frozen=True, slots=True)
class Way:
    """A page of the console that may be meant: its words, its address, its icon, other words for it, and whether it is only
    for owners."""

    words: str
    address: str
    picture: str
    also: str = ""
    for_owners: bool = False


WAYS = (
    Way("Home", "/console/", "house", "start dashboard sales figures"),
    Way("Orders", "/console/orders", "receipt", "sales customers"),
    Way("Orders in progress", "/console/orders?view=progress", "receipt", "under way pending"),
    Way("Orders that need attention", "/console/orders?view=attention", "receipt", "stuck late failed"),
    Way("Products", "/console/products", "package", "goods catalogue articles"),
    Way("Add product", "/console/products/new", "plus", "new create"),
    Way("Categories", "/console/products/categories", "folder-tree", "products collections"),
    Way("Stock", "/console/stock", "boxes", "inventory on hand available"),
    Way("Low stock", "/console/stock?view=low", "boxes", "inventory reorder"),
    Way("Stock ledger", "/console/stock/ledger", "boxes", "inventory movements history"),
    Way("Reservations", "/console/stock/reservations", "boxes", "stock held reserved"),
    Way("Stock on a day", "/console/stock/past", "boxes", "inventory past history"),
    Way("Count the stock", "/console/stock/count", "boxes", "inventory stocktake sheet upload"),
    Way("Proof of the stock", "/console/stock/proof", "boxes", "inventory ledger check repair"),
    Way("Deactivated stock", "/console/stock/deactivated", "boxes", "inventory left deleted"),
    Way("Import", "/console/imports", "upload", "csv shopify spreadsheet"),
    Way("People", "/console/people", "users", "staff invite team roles", for_owners=True),
    Way("Emails", "/console/emails", "mail", "letters sent log mailbox"),
    Way("Emails that fail", "/console/emails?state=failing", "mail", "letters smtp retry"),
    Way("Emails that came back", "/console/emails?state=bounced", "mail", "letters bounced refused"),
    Way("Preview of emails", "/console/emails/preview", "eye", "letters test send example", for_owners=True),
    Way(
        "Settings of the market",
        "/console/settings",
        "sliders-horizontal",
        "name logo colour accent theme delivery look",
        for_owners=True,
    ),
    Way("Audit", "/console/audit", "scroll-text", "changes history who log", for_owners=True),
    Way("Your settings", "/account/settings", "settings", "account password email name"),
)
"""Every page that can be opened without saying of what. A test opens each."""


class Find(Query):
    """What somebody looks for."""

    q: Sought = ""


@bp.record_once
def _throttled(state: BlueprintSetupState) -> None:
    state.app.extensions["find_buckets"] = Buckets(FINDS_A_SECOND)


@bp.get("/find")
@works_for_market()
def find() -> Response:
    """Find pages, orders and products: a fragment for the palette, a page for whoever has no script."""
    me = principal.current()
    buckets: Buckets = current_app.extensions["find_buckets"]
    if (wait := buckets.take(str(me.person_id))) > 0:
        raise TooMany("that was asked too often; wait a moment", retry_after=max(1, round(wait)))
    sought = reading.query(Find).q.strip()
    names = {"sought": sought, "ways": ways(sought, me.role == OWNER), **_found(me.market_id, sought)}
    if htmx.asked():
        return make_response(render_template("console/_found.html", **names))
    return show("find.html", "find", **names)


def ways(sought: str, is_owner: bool) -> Sequence[Way]:
    """The pages whose words have all that is looked for; those that begin with it come first."""
    wanted = sought.lower().split()
    open_to = [way for way in WAYS if is_owner or not way.for_owners]
    if not wanted:
        return [way for way in open_to if "?" not in way.address]
    meant = [way for way in open_to if all(word in f"{way.words} {way.also}".lower() for word in wanted)]
    return sorted(meant, key=lambda way: not way.words.lower().startswith(wanted[0]))[:OF_A_KIND]


def _found(market_id: int, sought: str) -> dict[str, Any]:
    if not sought:
        return {"orders": [], "products": [], "all_orders": None, "all_products": None}
    orders = order_list.page(OrderList(q=sought), market_id, clock.now())
    products = product_list.page(ProductList(q=sought), market_id, [])
    return {
        "orders": orders[:OF_A_KIND],
        "all_orders": href("/console/orders", q=sought) if len(orders) > OF_A_KIND else None,
        "products": products[:OF_A_KIND],
        "all_products": href("/console/products", q=sought) if len(products) > OF_A_KIND else None,
    }
