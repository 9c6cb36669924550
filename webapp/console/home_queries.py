"""Reads for Home beside the sums: what wants a person, and what came last. Each has an index of just its rows."""

from __future__ import annotations

from webapp.accounts.letters import TEST
from webapp.clock import seconds
from webapp.console.order_list import LATE
from webapp.db import Row, fetch
from webapp.orders.models import PENDING
from webapp.web.counting import few

_PENDING = ", ".join(f"'{status}'" for status in sorted(PENDING))
_ORDER = (
    "SELECT o.id, o.number, o.name, o.email, o.status, o.total_minor, o.currency, o.placed_at, o.updated_at, o.cancel_asked_by, o.sent_at,"
    " o.delivery IS NOT NULL AS delivers,"
    " p.state AS payment, s.state AS stock,"
    " (SELECT e.state FROM emails e WHERE e.order_id = o.id ORDER BY e.id DESC LIMIT 1) AS told"
    " FROM orders o LEFT JOIN payments p ON p.order_id = o.id LEFT JOIN order_stock s ON s.order_id = o.id"
    " WHERE o.market_id = :market_id"
)

RECENT = seconds(7 * 86_400)
"""How long an email that bounced, and cannot be mended any more, wants somebody."""


def last_orders(market_id: int, most: int = 8) -> list[Row]:
    """The newest orders."""
    return fetch(f"{_ORDER} ORDER BY o.id DESC LIMIT :most", market_id=market_id, most=most)


def stuck(market_id: int, now: int, most: int) -> list[Row]:
    """Orders that stand still while they are under way, the longest first; `attempts` counts the tries of their payment."""
    return fetch(
        _ORDER.replace(
            " FROM orders o",
            ", (SELECT count(*) FROM payment_attempts t WHERE t.order_id = o.id) AS attempts,"
            f" (SELECT count(*) FROM orders w WHERE w.market_id = :market_id AND w.status IN ({_PENDING}) AND w.updated_at < :late) AS many"
            " FROM orders o",
            1,
        )
        + f" AND o.status IN ({_PENDING}) AND o.updated_at < :late ORDER BY o.updated_at, o.id LIMIT :most",
        market_id=market_id, late=now - LATE, most=most,
    )  # fmt: skip


def waiting(market_id: int, wait: str) -> list[Row]:
    """The order that has waited longest for what this SQL says (TO_SEND, TOO_LATE), if any does: id, number, placed_at, and
    how `many` there are, one above `counting.MOST_COUNTED` standing for all that are more."""
    waits = f"FROM orders WHERE market_id = :market_id AND {wait}"
    return fetch(
        f"SELECT id, number, placed_at, {few(waits)} AS many {waits} ORDER BY id LIMIT 1",
        market_id=market_id,
    )


def unsent(market_id: int, now: int) -> Row:
    """How many emails of the market bounced within the week and how many wait for another try, since when, and what the last
    answer was to whom."""
    bounced = "FROM emails e WHERE e.market_id = :market_id AND e.state = 'BOUNCED' AND e.recipient <> '' AND e.queued_at >= :since AND e.kind <> :test"
    waiting = "FROM emails e WHERE e.market_id = :market_id AND e.next_try_at IS NOT NULL AND e.tries > 0 AND e.answer IS NOT NULL AND e.kind <> :test"
    [row] = fetch(
        f"SELECT (SELECT count(*) {bounced}) AS bounced, (SELECT min(e.queued_at) {bounced}) AS bounced_since,"
        f" (SELECT e.id {bounced} ORDER BY e.id DESC LIMIT 1) AS last_bounced,"
        f" (SELECT count(*) {waiting}) AS waiting, (SELECT min(e.queued_at) {waiting}) AS waiting_since,"
        f" (SELECT e.id {waiting} ORDER BY e.id DESC LIMIT 1) AS last_waiting",
        market_id=market_id, since=now - RECENT, test=TEST,
    )  # fmt: skip
    return row


def emails(market_id: int, first_id: int, second_id: int) -> dict[int, Row]:
    """Two emails of the market by id: recipient, answer, order_id."""
    found = fetch(
        "SELECT id, recipient, send_to, answer, order_id FROM emails WHERE market_id = :market_id AND id IN (:first_id, :second_id)",
        market_id=market_id, first_id=first_id, second_id=second_id,
    )  # fmt: skip
    return {row["id"]: row for row in found}


def failed_refunds(market_id: int) -> list[Row]:
    """Refunds that the provider refused, the oldest first."""
    return fetch(
        "SELECT r.order_id, r.amount_minor, o.currency, o.number, coalesce(r.done_at, r.asked_at) AS at FROM refunds r"
        " JOIN orders o ON o.id = r.order_id WHERE r.market_id = :market_id AND r.state = 'FAILED' ORDER BY r.id LIMIT 50",
        market_id=market_id,
    )


def parked(market_id: int) -> list[Row]:
    """Messages about the market's orders and products that no consumer could take, the oldest first, at most 50."""
    return fetch(
        "SELECT k.at, k.reason, k.type, e.order_id, e.product_id, o.number, p.name FROM parked k JOIN events e ON e.id = k.event_id"
        " LEFT JOIN orders o ON o.id = e.order_id LEFT JOIN products p ON p.id = e.product_id"
        " WHERE k.resolved_at IS NULL AND e.market_id = :market_id ORDER BY k.id LIMIT 50",
        market_id=market_id,
    )


_ON_SHELF = (
    "FROM inventories i JOIN products p ON p.id = i.product_id WHERE i.market_id = :market_id AND i.low_since IS NOT NULL"
    " AND i.active AND i.deleted_at IS NULL AND p.status = 'active' AND p.deleted_at IS NULL"
)


def low(market_id: int, most: int) -> list[Row]:
    """Goods on the shelf of which few are left, not more than the threshold, the latest first; `many` counts all of them, as `few` counts."""
    scarce = f"{_ON_SHELF} AND i.on_hand > i.reserved"
    return fetch(
        "SELECT i.product_id AS id, p.name, i.on_hand, i.reserved, i.low_stock_threshold AS threshold, i.low_since,"
        f" {few(scarce)} AS many {scarce} ORDER BY i.low_since DESC, i.product_id LIMIT :most",
        market_id=market_id,
        most=most,
    )


def sold_out(market_id: int, most: int) -> list[Row]:
    """Goods on the shelf of which nothing is left to sell, the latest first; `many` counts all of them, as `few` counts."""
    none = f"{_ON_SHELF} AND i.on_hand <= i.reserved"
    return fetch(
        "SELECT i.product_id AS id, p.name, i.low_since,"
        f" {few(none)} AS many {none} ORDER BY i.low_since DESC, i.product_id LIMIT :most",
        market_id=market_id,
        most=most,
    )


def has_goods(market_id: int) -> bool:
    """Whether the market has ever had a product or an order."""
    [row] = fetch(
        "SELECT (SELECT min(id) FROM products WHERE market_id = :market_id) AS product,"
        " (SELECT min(id) FROM orders WHERE market_id = :market_id) AS placed",
        market_id=market_id,
    )
    return row["product"] is not None or row["placed"] is not None
