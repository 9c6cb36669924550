"""What the inventory service does about orders (F6-F9, F11, F12): load, decide, write.

Rows are always locked in one order, first order_stock by order, then inventories by product, so that no two batches can
wait for each other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

from webapp import clock, outbox
from webapp.db import Row, among, execute, fetch, insert, locked, rows
from webapp.events import (
    OrderCancelled,
    OrderCompleted,
    OrderEvent,
    OrderInventoryPending,
    OrderPaymentRejected,
    OrderRefunded,
    Quantity,
    StockAdjusted,
    StockReleased,
    StockReservationFailed,
    StockReserved,
)
from webapp.inbox import Received
from webapp.inventory import decide, low
from webapp.inventory.models import CONSUMED, FAILED, HELD, RELEASED, RESTOCKED, SOLD, TOMBSTONE
from webapp.outbox import Fact

MACHINE = "inventory"


def reserve(messages: Sequence[Received[OrderInventoryPending]]) -> None:
    """Set aside all of an order's items or none, and tell STOCK_RESERVED or STOCK_RESERVATION_FAILED."""
    by_order = {message.event.order_id: message for message in messages}
    states = {row["order_id"]: row["state"] for row in _order_stock(by_order)}
    wishes = [decide.Wish(order_id, message.event.items) for order_id, message in by_order.items()]
    stock = _stock(item.product_id for wish in wishes if wish.order_id not in states for item in wish.items)
    decision = decide.reserve(
        {row["product_id"]: decide.Stock(row["on_hand"] - row["reserved"], bool(row["active"])) for row in stock},
        states,
        wishes,
    )
    now = clock.now()
    _move([{"product_id": p, "on_hand": 0, "reserved": units} for p, units in decision.units.items()], now)
    insert(
        "reservations",
        [
            {"order_id": wish.order_id, "product_id": item.product_id, "market_id": by_order[wish.order_id].event.market_id,
             "quantity": item.quantity, "state": HELD, "held_at": now}
            for wish in decision.held for item in wish.items
        ],
        order_id="bigint", product_id="bigint", market_id="bigint", quantity="bigint", state="text", held_at="bigint",
    )  # fmt: skip
    decided = {wish.order_id: HELD for wish in decision.held} | dict.fromkeys(decision.failed, FAILED)
    insert(
        "order_stock",
        [{"order_id": order_id, "market_id": by_order[order_id].event.market_id, "state": state, "sequence": 1, "at": now}
         for order_id, state in decided.items()],
        order_id="bigint", market_id="bigint", state="text", sequence="bigint", at="bigint",
    )  # fmt: skip
    outbox.emit(
        [
            Fact(
                StockReserved(
                    market_id=message.event.market_id, order_id=order_id, sequence=1, items=message.event.items
                )
                if order_id not in decision.failed
                else StockReservationFailed(
                    market_id=message.event.market_id,
                    order_id=order_id,
                    sequence=1,
                    shortages=decision.failed[order_id],
                ),
                now,
                message.cause,
            )
            for order_id, message in by_order.items()
            if order_id in decided
        ]
    )


def consume(messages: Sequence[Received[OrderCompleted]]) -> None:
    """The order is paid: what was set aside is sold, with one ledger entry per reservation."""
    _end(messages)


def release(messages: Sequence[Received[OrderPaymentRejected] | Received[OrderCancelled]]) -> None:
    """The order has ended unpaid: what was set aside is free again, and STOCK_RELEASED says so. A cancellation that
    overtook its order leaves a tombstone, so that the order reserves nothing when it arrives."""
    _end(messages)


def restock(messages: Sequence[Received[OrderRefunded]]) -> None:
    """Put refunded units back on the shelf where the refund asks for it, once per refund and product."""
    wished = [(message, item) for message in messages for item in message.event.restock]
    stock = {row["product_id"]: dict(row) for row in _stock(item.product_id for _, item in wished)}
    done = {
        (row["refund_id"], row["product_id"]) for row in _restocked([message.event.refund_id for message, _ in wished])
    }
    now = clock.now()
    movements: list[Row] = []
    facts: list[Fact] = []
    for message, item in wished:
        event, row = message.event, stock.get(item.product_id)
        if row is None or (event.refund_id, item.product_id) in done:
            continue
        done.add((event.refund_id, item.product_id))
        before = row["on_hand"]
        row["on_hand"] += item.quantity
        row["sequence"] += 1
        movements.append(
            {"product_id": item.product_id, "market_id": event.market_id, "kind": RESTOCKED, "delta": item.quantity, "before": before,
             "after": row["on_hand"], "actor": MACHINE, "order_id": event.order_id, "refund_id": event.refund_id,
             "at": max(now, row["updated_at"])}
        )  # fmt: skip
        told = StockAdjusted(
            market_id=event.market_id, product_id=item.product_id, sequence=row["sequence"], delta=item.quantity, reason="return",
            on_hand=row["on_hand"], reserved=row["reserved"],
        )  # fmt: skip
        facts.append(Fact(told, max(now, row["updated_at"]), message.cause))
    units: dict[int, int] = {}
    told_of: dict[int, int] = {}
    for movement in movements:
        units[movement["product_id"]] = units.get(movement["product_id"], 0) + movement["delta"]
        told_of[movement["product_id"]] = told_of.get(movement["product_id"], 0) + 1
    _move([{"product_id": p, "on_hand": n, "reserved": 0, "told": told_of[p]} for p, n in units.items()], now)
    write_movements(movements)
    outbox.emit(facts)


def write_movements(movements: Sequence[Row]) -> None:
    """Append to the ledger."""
    insert(
        "stock_movements", movements,
        product_id="bigint", market_id="bigint", kind="text", delta="bigint", before="bigint", after="bigint", actor="text",
        note="text", order_id="bigint", reservation_id="bigint", refund_id="bigint", import_id="bigint", undoes_id="bigint",
        at="bigint",
    )  # fmt: skip


def _end(
    messages: Sequence[Received[OrderCompleted] | Received[OrderPaymentRejected] | Received[OrderCancelled]],
) -> None:
    by_order: dict[int, Received[OrderEvent]] = {}
    for message in messages:
        by_order.setdefault(message.event.order_id, message)
    known = {row["order_id"]: row for row in _order_stock(by_order)}
    changes = decide.end(
        {order_id: row["state"] for order_id, row in known.items()},
        [(m.event.order_id, m.event.TYPE) for m in messages],
    )
    now = clock.now()
    ended = {order_id: state for order_id, state in changes.items() if order_id in known}
    _bury([by_order[order_id].event for order_id in changes.keys() - ended.keys()], now)
    reservations = _held(ended)
    stock = {row["product_id"]: row for row in _stock(row["product_id"] for row in reservations)}
    _settle_reservations(reservations, ended, now)
    _settle_stock(reservations, ended, stock, now)
    _settle_order_stock(ended, known, now)
    facts = []
    for order_id, held in groupby(reservations, key=lambda row: int(row["order_id"])):
        items = tuple(Quantity(row["product_id"], row["quantity"]) for row in held)
        if ended[order_id] == RELEASED:
            cause, row = by_order[order_id], known[order_id]
            told = StockReleased(
                market_id=row["market_id"], order_id=order_id, sequence=row["sequence"] + 1, items=items
            )
            facts.append(Fact(told, max(now, row["at"]), cause.cause))
    outbox.emit(facts)


def _settle_reservations(reservations: Sequence[Row], ended: Mapping[int, str], now: int) -> None:
    execute(
        f"UPDATE reservations SET state = v.state, ended_at = :now FROM {rows('v', id='bigint', state='text')}"
        f" WHERE {among('reservations.id', 'ids')} AND reservations.id = v.id AND reservations.state = 'HELD'",
        ids=[row["id"] for row in reservations],
        now=now,
        v=[{"id": row["id"], "state": ended[row["order_id"]]} for row in reservations],
    )


def _settle_stock(reservations: Sequence[Row], ended: Mapping[int, str], stock: Mapping[int, Row], now: int) -> None:
    on_hand = {product_id: int(row["on_hand"]) for product_id, row in stock.items()}
    moves: dict[int, dict[str, int]] = {}
    movements: list[Row] = []
    for row in reservations:
        product_id, quantity = row["product_id"], row["quantity"]
        move = moves.setdefault(product_id, {"product_id": product_id, "on_hand": 0, "reserved": 0})
        move["reserved"] -= quantity
        if ended[row["order_id"]] == CONSUMED:
            move["on_hand"] -= quantity
            before = on_hand[product_id]
            on_hand[product_id] -= quantity
            movements.append(
                {"product_id": product_id, "market_id": row["market_id"], "kind": SOLD, "delta": -quantity, "before": before,
                 "after": before - quantity, "actor": MACHINE, "order_id": row["order_id"], "reservation_id": row["id"],
                 "at": max(now, stock[product_id]["updated_at"])}
            )  # fmt: skip
    _move(list(moves.values()), now)
    write_movements(movements)


def _settle_order_stock(ended: Mapping[int, str], known: Mapping[int, Row], now: int) -> None:
    execute(
        f"UPDATE order_stock SET state = v.state, sequence = v.sequence, at = v.at"
        f" FROM {rows('v', order_id='bigint', state='text', sequence='bigint', at='bigint')} WHERE order_stock.order_id = v.order_id",
        v=[
            {"order_id": order_id, "state": state, "sequence": known[order_id]["sequence"] + (state == RELEASED),
             "at": max(now, known[order_id]["at"])}
            for order_id, state in ended.items()
        ],
    )  # fmt: skip


def _bury(cancelled: Sequence[OrderEvent], now: int) -> None:
    insert(
        "order_stock",
        [{"order_id": e.order_id, "market_id": e.market_id, "state": TOMBSTONE, "sequence": 0, "at": now} for e in cancelled],
        order_id="bigint", market_id="bigint", state="text", sequence="bigint", at="bigint",
    )  # fmt: skip


def _move(moves: Sequence[Row], now: int) -> None:
    execute(
        "UPDATE inventories SET on_hand = inventories.on_hand + v.on_hand, reserved = inventories.reserved + v.reserved,"
        " sequence = inventories.sequence + coalesce(v.told, 0),"
        " updated_at = CASE WHEN inventories.updated_at < :now THEN :now ELSE inventories.updated_at END,"
        f" {low.watched('inventories.on_hand + v.on_hand', 'inventories.reserved + v.reserved')}"
        f" FROM {rows('v', product_id='bigint', on_hand='bigint', reserved='bigint', told='bigint')}"
        " WHERE inventories.product_id = v.product_id",
        now=now,
        v=list(moves),
    )


def _order_stock(order_ids: Mapping[int, object]) -> list[Row]:
    return fetch(
        f"SELECT * FROM order_stock WHERE {among('order_id', 'asked')} ORDER BY order_id {locked()}",
        asked=order_ids,
    )


def _stock(product_ids: object) -> list[Row]:
    return fetch(
        "SELECT product_id, on_hand, reserved, active, sequence, updated_at FROM inventories"
        f" WHERE {among('product_id', 'asked')} ORDER BY product_id {locked()}",
        asked=sorted(set(product_ids)),  # type: ignore[call-overload]
    )


def _held(ended: Mapping[int, str]) -> list[Row]:
    return fetch(
        "SELECT id, order_id, product_id, market_id, quantity FROM reservations WHERE state = 'HELD'"
        f" AND {among('order_id', 'asked')} ORDER BY order_id, product_id",
        asked=ended,
    )


def _restocked(refund_ids: Sequence[int]) -> list[Row]:
    return fetch(
        "SELECT refund_id, product_id FROM stock_movements WHERE refund_id IS NOT NULL"
        f" AND {among('refund_id', 'asked')}",
        asked=refund_ids,
    )
