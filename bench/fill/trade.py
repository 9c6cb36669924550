"""Orders with all that belongs to them, in sets: what the saga would have written about each, whatever became of it.

Everything about the k-th order follows from k: of a hundred, 84 are completed, 2 of them refunded later on, 6 find no stock,
6 are refused by the bank, and 2 are cancelled. Some products are ordered far more often than others.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from bench.fill import goods, record
from bench.fill.cases import (
    ALL,
    BACK,
    BROKEN,
    CALLED_OFF,
    DECLINED,
    ENDED_AT,
    HELD,
    PAID,
    PAID_AT,
    REFUND_ASKED_AT,
    REFUSED,
    RESERVED_AT,
    SHORT,
    TEMPI,
)
from bench.fill.telling import counted, digits, trace
from webapp.db import execute, rows
from webapp.orders import models as o

SCOPE = "fill"
LEAST_GOODS = 10

FIRST_NAMES = ("Ines", "Jonas", "Mette", "Luca", "Aoife", "Tomasz", "Leila", "Sven", "Chiara", "Noor", "Pia", "Henrik", "Dilan", "Maud", "Otto",
               "Yuki", "Ewa", "Rui", "Sanne", "Bo")  # fmt: skip
LAST_NAMES = ("Moreau", "Lindqvist", "Ferreira", "Okonjo", "Schmidt", "Bruun", "Kowalska", "Haddad", "Visser", "Rossi", "Nakamura", "Byrne",
              "Eder", "Demir", "Horvat", "Nilsen", "Costa", "Peeters", "Novak", "Lund", "Meyer", "Silva", "Berg")  # fmt: skip
LASTS = 200_000_000
"""Microseconds from an order to the last thing that is written of it; nothing is filled in later than that before now."""


@dataclass(frozen=True, slots=True)
class Span:
    """Which orders are filled in: into a market, with numbers that follow `after`, spread evenly between two instants
    (microseconds UTC), of products whose numbers follow `goods_after`."""

    market_id: int
    currency: str
    after: int
    orders: int
    begin: int
    end: int
    goods_after: int
    goods: int

    @property
    def given(self) -> dict[str, Any]:
        """What the statements name."""
        return {
            "market_id": self.market_id, "currency": self.currency, "base": self.after, "begin": self.begin, "goods": self.goods,
            "goods_after": self.goods_after, "stride": 1 + self.goods // 7, "pace": (self.end - self.begin) // max(self.orders, 1),
            "shoppers": self.orders // 4 + 1,
        }  # fmt: skip


def add(span: Span, first: int, last: int) -> None:
    """Add the orders from the first-th to the last-th, each whole."""
    _draw(span, first, last)
    for table, columns, select, where in _rows():
        execute(f"INSERT INTO {table} ({columns}) SELECT {select} FROM filling f WHERE {where} ORDER BY f.id")
    _sell()
    _refund()
    record.add()
    execute("DROP TABLE filling_lines")
    execute("DROP TABLE filling")


def _draw(span: Span, first: int, last: int) -> None:
    """Draw what is ordered into two temporary tables: a row for each line, and one for each order, which are placed as well."""
    execute(
        "CREATE TEMPORARY TABLE filling_lines (k bigint, position integer, product_id bigint, sku text, name text, unit_minor bigint,"
        " quantity bigint)"
    )
    execute(
        "CREATE TEMPORARY TABLE filling (id bigint, k bigint, market_id bigint, number bigint, status text, currency text, total_minor bigint,"
        " items text, shortages text, email text, at bigint, n bigint, reserve bigint, pay bigint, tell bigint, ended_at bigint, refund_id bigint)"
    )
    number = "1 + :goods_after + (d.u * d.u * :goods / 1099511627776 + s.position * :stride) % :goods"
    given = span.given
    execute(
        f"{counted()}, drawn AS (SELECT n AS k, (n * 2654435761) % 1048576 AS u FROM counted) INSERT INTO filling_lines"
        " SELECT d.k, s.position, p.id, p.sku, p.name, p.price_minor, 1 + (d.u + s.position) % 3 FROM drawn d"
        " JOIN (SELECT 0 AS position UNION ALL SELECT 1 UNION ALL SELECT 2) s ON s.position <= d.k % 3"
        f" JOIN products p ON p.market_id = :market_id AND p.sku = {goods.sku(f'({number})')}",
        first=first, last=last, **{name: given[name] for name in ("market_id", "goods_after", "goods", "stride")},
    )  # fmt: skip
    luck = "(l.k * 37) % 100"
    item = "'{\"product_id\":' || l.product_id || ',\"quantity\":' || l.quantity || '}'"
    short = "'{\"product_id\":' || l.product_id || ',\"wanted\":' || l.quantity || ',\"available\":' || 0 || '}'"
    listed = " || ".join(f"coalesce(max(CASE WHEN l.position = {n} THEN ',' || {item} END), '')" for n in range(1, 3))
    execute(
        "INSERT INTO filling SELECT 0, g.k, :market_id, :base + g.k, g.status, :currency, g.total_minor, g.items,"
        " CASE WHEN g.status = 'INVENTORY_REJECTED' THEN g.short END, 'shopper-' || ((g.k * 48271) % :shoppers) || '@example.invalid', g.at, tempi.n,"
        " tempi.reserve, tempi.pay, tempi.tell, g.at + tempi.reserve + CASE g.status WHEN 'INVENTORY_REJECTED' THEN 8000 WHEN 'CANCELLED' THEN 9000000"
        " ELSE tempi.pay + tempi.complete END, NULL FROM (SELECT l.k,"
        f" CASE WHEN {luck} < 82 THEN 'COMPLETED' WHEN {luck} < 84 THEN 'REFUNDED' WHEN {luck} < 90 THEN 'INVENTORY_REJECTED'"
        f" WHEN {luck} < 96 THEN 'PAYMENT_REJECTED' ELSE 'CANCELLED' END AS status, CAST(sum(l.quantity * l.unit_minor) AS bigint) AS total_minor,"
        f" '[' || max(CASE WHEN l.position = 0 THEN {item} END) || {listed} || ']' AS items,"
        f" '[' || max(CASE WHEN l.position = 0 THEN {short} END) || ']' AS short, :begin + l.k * :pace AS at FROM filling_lines l GROUP BY l.k) g"
        f" JOIN {rows('tempi', n='bigint', reserve='bigint', pay='bigint', complete='bigint', tell='bigint')} ON tempi.n = g.k % 10 ORDER BY g.k",
        tempi=list(TEMPI), **{name: given[name] for name in ("market_id", "base", "currency", "begin", "pace", "shoppers")},
    )  # fmt: skip
    execute(
        "INSERT INTO orders (market_id, number, link, status, version, email, name, currency, total_minor, refunded_minor, payment_method,"
        " payment_token, checkout_scope, checkout_key, checkout_hash, reason, shortages, cancel_asked_by, traceparent, placed_at, updated_at)"
        f" SELECT f.market_id, f.number, 'fill-' || f.market_id || '-' || f.number, f.status, CASE WHEN {PAID} THEN 3 WHEN {REFUSED} THEN 3 ELSE 2 END"
        f" + CASE WHEN {BACK} THEN 1 ELSE 0 END, f.email, firsts.word || ' ' || lasts.word, f.currency, f.total_minor,"
        f" CASE WHEN {BACK} THEN f.total_minor ELSE 0 END, 'test', 'tok_success', '{SCOPE}:' || f.market_id, CAST(f.number AS text), 'fill',"
        f" CASE WHEN {REFUSED} THEN '{DECLINED}' END, f.shortages, CASE WHEN {CALLED_OFF} THEN 'shopper' END, {trace('f.number')}, f.at,"
        f" CASE WHEN {BACK} THEN {REFUND_ASKED_AT} + 420000 ELSE {ENDED_AT} END FROM filling f"
        f" JOIN {rows('firsts', n='bigint', word='text')} ON firsts.n = (f.k * 48271) % {len(FIRST_NAMES)}"
        f" JOIN {rows('lasts', n='bigint', word='text')} ON lasts.n = (f.k * 69621 + f.k / 7) % {len(LAST_NAMES)} ORDER BY f.number",
        firsts=[{"n": n, "word": word} for n, word in enumerate(FIRST_NAMES)],
        lasts=[{"n": n, "word": word} for n, word in enumerate(LAST_NAMES)],
    )  # fmt: skip
    execute(
        "UPDATE filling SET id = o.id FROM orders o WHERE o.market_id = :market_id AND o.number > :base + :first - 1 AND o.number <= :base + :last"
        " AND o.number = filling.number",
        market_id=span.market_id, base=span.after, first=first, last=last,
    )  # fmt: skip


def _rows() -> tuple[tuple[str, str, str, str], ...]:
    """The rows that are one for each order, or none: table, columns, their SQL over `filling f`, and of which orders."""
    key = f"'fill-order-' || {digits('f.id')}"
    decided = (
        f"CASE WHEN {PAID} THEN 'CONSUMED' WHEN {REFUSED} THEN 'RELEASED' WHEN {SHORT} THEN 'FAILED' ELSE 'TOMBSTONE' END,"
        f" CASE WHEN {REFUSED} THEN 2 WHEN {CALLED_OFF} THEN 0 ELSE 1 END"
    )
    return (
        ("order_stock", "order_id, market_id, state, sequence, at", f"f.id, f.market_id, {decided}, {ENDED_AT} + 9000", ALL),
        (
            "payments",
            "order_id, market_id, state, amount_minor, currency, method, token, idempotency_key, provider_id, reason, card, taken_minor,"
            " refunded_minor, attempts, sequence, traceparent, next_call, overdue_at, opened_at, updated_at",
            f"f.id, f.market_id, CASE WHEN {BACK} THEN 'REFUNDED' WHEN {PAID} THEN 'TAKEN' ELSE 'DECLINED' END, f.total_minor, f.currency, 'test',"
            f" 'tok_success', {key}, CASE WHEN {PAID} THEN 'ch_' || {digits('f.id')} END, CASE WHEN {REFUSED} THEN '{DECLINED}' END, NULL,"
            f" CASE WHEN {PAID} THEN f.total_minor ELSE 0 END, CASE WHEN {BACK} THEN f.total_minor ELSE 0 END, 1, CASE WHEN {BACK} THEN 2 ELSE 1 END,"
            f" {trace('f.number')}, 'look_up', f.at + 18000000, {RESERVED_AT}, {PAID_AT}",
            HELD,
        ),
        (
            "payment_attempts", "order_id, number, kind, idempotency_key, amount_minor, currency, began_at, ended_at, outcome, answer",
            f"f.id, 1, 'charge', {key}, f.total_minor, f.currency, {RESERVED_AT} + 9000, {PAID_AT},"
            f" CASE WHEN {PAID} THEN 'taken' ELSE 'declined' END, '{{}}'",
            HELD,
        ),
    )  # fmt: skip


def _sell() -> None:
    """The lines, what was set aside for them, and what went out, each entry of the ledger after the one before it."""
    execute(
        "INSERT INTO order_items (order_id, position, market_id, product_id, sku, name, unit_minor, quantity) SELECT f.id, l.position, f.market_id,"
        " l.product_id, l.sku, l.name, l.unit_minor, l.quantity FROM filling_lines l JOIN filling f ON f.k = l.k ORDER BY f.id, l.position"
    )
    execute(
        f"INSERT INTO reservations (order_id, product_id, market_id, quantity, state, held_at, ended_at) SELECT f.id, l.product_id, f.market_id,"
        f" l.quantity, CASE WHEN {PAID} THEN 'CONSUMED' ELSE 'RELEASED' END, {RESERVED_AT}, {ENDED_AT} + 9000 FROM filling_lines l"
        f" JOIN filling f ON f.k = l.k WHERE {HELD} ORDER BY f.id, l.position"
    )
    execute(
        "INSERT INTO stock_movements (product_id, market_id, kind, delta, before, after, actor, order_id, reservation_id, at)"
        " SELECT s.product_id, s.market_id, 'sold', -s.quantity, i.on_hand - s.sold + s.quantity, i.on_hand - s.sold, 'inventory', s.order_id, s.id,"
        " s.ended_at FROM (SELECT r.*, CAST(sum(r.quantity) OVER (PARTITION BY r.product_id ORDER BY r.order_id ROWS UNBOUNDED PRECEDING) AS bigint)"
        f" AS sold FROM filling f JOIN reservations r ON r.order_id = f.id WHERE {PAID}) s JOIN inventories i ON i.product_id = s.product_id"
        " ORDER BY s.order_id, s.id"
    )
    execute(
        "UPDATE inventories SET on_hand = inventories.on_hand - v.sold FROM (SELECT l.product_id, CAST(sum(l.quantity) AS bigint) AS sold"
        f" FROM filling_lines l JOIN filling f ON f.k = l.k WHERE {PAID} GROUP BY l.product_id) v WHERE inventories.product_id = v.product_id"
    )


def _refund() -> None:
    execute(
        "INSERT INTO refunds (order_id, market_id, amount_minor, reason, actor, state, idempotency_key, provider_id, tries, asked_at, done_at)"
        f" SELECT f.id, f.market_id, f.total_minor, '{BROKEN}', 'bench', 'DONE', 'fill-refund-' || {digits('f.id')}, 're_' || {digits('f.id')}, 1,"
        f" {REFUND_ASKED_AT}, {REFUND_ASKED_AT} + 400000 FROM filling f WHERE {BACK} ORDER BY f.id"
    )
    execute(
        f"UPDATE filling SET refund_id = r.id FROM refunds r WHERE r.order_id = filling.id AND filling.status = '{o.REFUNDED}'"
    )
