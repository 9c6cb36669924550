"""Placing a retailer's sales as orders, and following them to their end."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from webapp.accounts import audit
from webapp.clock import MICROS_PER_SECOND
from webapp.db import Row, among, db, fetch, transact
from webapp.errors import Invalid
from webapp.orders import placing
from webapp.orders.models import PENDING
from webapp.outbox import fresh_cause
from workers.replay.retailer import Invoice
from workers.replay.shelves import ACTOR, PATIENCE, NobodyWorks

BATCH = 100
TOKEN = "tok_success"  # noqa: S105 - the test provider's word for a card that works
NOT_FOR_SALE = "not for sale here"


def scope(market: Row) -> str:
    """Within what the replay's keys name orders."""
    return f"replay {market['slug']}"


def key(market: Row, invoice: Invoice) -> str:
    """The checkout key of an invoice: the same invoice again is the same order."""
    return f"replay-{market['slug']}-{invoice.number}"


def place(market: Row, invoices: Sequence[Invoice], ids: Mapping[str, int], skipped: Counter[str]) -> Iterator[int]:
    """Place what is not placed yet, and yield how many invoices were dealt with. What the market does not sell (any more)
    is counted in `skipped`, by its lines."""
    placed = _placed(market)
    for start in range(0, len(invoices), BATCH):
        batch = invoices[start : start + BATCH]
        for refused in _place([_wish(market, one, ids) for one in batch if key(market, one) not in placed]):
            skipped[NOT_FOR_SALE] += next(one.lines for one in batch if key(market, one) == refused)
        yield len(batch)


def follow(market: Row, since: float) -> Iterator[int]:
    """Yield how many of the replay's orders have ended, until all have and their stock is settled. Raises NobodyWorks when
    nothing moves for a while; `since` is when something last did, by the monotonic clock."""
    seen: tuple[int, int] | None = None
    while True:
        ended, open_, held = _progress(market)
        if (open_, held) != seen:
            seen, since = (open_, held), time.monotonic()
            yield ended
        if not open_ and not held:
            return
        if time.monotonic() - since > PATIENCE:
            raise NobodyWorks(
                f"{open_} orders have not ended and {held} have not settled their stock, and nothing has moved for {PATIENCE:g} s:"
                " are the relay, the consumers and the tasks running?"
            )
        time.sleep(0.25)


def outcome(market: Row) -> Row:
    """How the replay's orders ended: by status, and how many a second from the first placed to the last ended."""
    found = fetch(
        "SELECT status, count(*) AS orders, min(placed_at) AS began, max(updated_at) AS ended FROM orders WHERE checkout_scope = :scope"
        " GROUP BY status",
        scope=scope(market),
    )
    db.session.rollback()
    total = sum(row["orders"] for row in found)
    took = max((row["ended"] for row in found), default=0) - min((row["began"] for row in found), default=0)
    return {
        "by_status": {row["status"]: row["orders"] for row in found},
        "orders_per_second": round(total * MICROS_PER_SECOND / took, 1) if took else None,
    }


def stock(market: Row, product_ids: Sequence[int]) -> Row:
    """The units of the products, by query: what came in (less what was taken out by hand), what was sold, what is left."""
    of_these = f"{among('product_id', 'asked')} AND market_id = :market_id"
    [found] = fetch(
        "SELECT coalesce(sum(CASE WHEN kind <> 'sold' THEN delta END), 0) AS came, coalesce(sum(CASE WHEN kind = 'sold' THEN -delta END), 0)"
        f" AS sold FROM stock_movements WHERE {of_these}",
        asked=product_ids,
        market_id=market["id"],
    )
    [left] = fetch(
        f"SELECT coalesce(sum(on_hand), 0) AS units FROM inventories WHERE {of_these}",
        asked=product_ids,
        market_id=market["id"],
    )
    db.session.rollback()
    came, sold, on_hand = int(found["came"]), int(found["sold"]), int(left["units"])
    return {"in": came, "sold": sold, "left": on_hand, "balanced": came == sold + on_hand}


def _place(wishes: Sequence[placing.NewOrder]) -> Iterator[str]:
    """Place them together; where one cannot be, halves find it. Yields the keys of those that cannot."""
    if not wishes:
        return
    try:
        transact(lambda: _place_together(wishes))
    except Invalid:
        if len(wishes) == 1:
            yield wishes[0].key
            return
        middle = len(wishes) // 2
        yield from _place(wishes[:middle])
        yield from _place(wishes[middle:])


def _place_together(wishes: Sequence[placing.NewOrder]) -> None:
    placed = [row for row in placing.place(wishes) if not row["replayed"]]
    audit.record_all(
        [
            audit.Change("order.place", "order", row["id"], None, {"number": row["number"]}, row["market_id"])
            for row in placed
        ],
        actor=ACTOR,
    )


def _wish(market: Row, invoice: Invoice, ids: Mapping[str, int]) -> placing.NewOrder:
    lines = tuple((ids[code], units) for code, units in invoice.units.items())
    return placing.NewOrder(
        lines=lines, email=invoice.email, token=TOKEN, scope=scope(market), key=key(market, invoice),
        hash=hashlib.sha256(repr(lines).encode()).hexdigest(), cause=fresh_cause(), market_id=market["id"],
    )  # fmt: skip


def _placed(market: Row) -> set[str]:
    found = fetch("SELECT checkout_key FROM orders WHERE checkout_scope = :scope", scope=scope(market))
    db.session.rollback()
    return {str(row["checkout_key"]) for row in found}


def _progress(market: Row) -> tuple[int, int, int]:
    found = fetch(
        "SELECT status, count(*) AS orders FROM orders WHERE checkout_scope = :scope GROUP BY status",
        scope=scope(market),
    )
    pending = sum(row["orders"] for row in found if row["status"] in PENDING)
    held = fetch(
        "SELECT count(*) AS orders FROM order_stock s JOIN orders o ON o.id = s.order_id WHERE s.state = 'HELD'"
        " AND o.checkout_scope = :scope",
        scope=scope(market),
    )[0]["orders"]
    db.session.rollback()
    return sum(row["orders"] for row in found) - pending, pending, held
