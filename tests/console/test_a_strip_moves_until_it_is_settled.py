"""A page listens while its strip moves: at no step of any service may the strip stand still before the order is settled."""

from __future__ import annotations

from functools import partial

import pytest

from tests.console.conftest import Desk, Trade
from webapp.console import story
from webapp.console.order_page import known_of
from webapp.db import db
from workers.draining import Pump
from workers.subscriptions import ACTORS, SUBSCRIPTIONS

ENDS = {
    "tok_success": ["done", "done", "done", "done", "done"],
    "tok_declined": ["done", "done", "refused", "skipped", "done"],
    "short": ["done", "refused", "skipped", "skipped", "done"],
    "cancelled at once": ["done", "done", "skipped", "skipped", "done"],
    "refunded": ["done", "done", "done", "done", "done"],
}


@pytest.mark.parametrize("fate", ENDS)
def test_something_moves_at_every_step(owner: Desk, trade: Trade, fate: str) -> None:
    product_id = trade.product(stock=1)
    token = fate if fate.startswith("tok_") else "tok_success"
    order_id = trade.order((product_id, 5 if fate == "short" else 1), token=token, settle=fate == "refunded")
    if fate == "cancelled at once":
        owner.post(f"/console/orders/{order_id}/cancel")
    if fate == "refunded":
        owner.post(f"/console/orders/{order_id}/refund", amount="28.00", reason="broken", left="2800")
    seen: list[list[str]] = []
    with trade.app.app_context():
        pump = Pump()
        for _ in range(12):
            # One loop at a time, in the order that leaves the others behind the longest.
            for loop in (
                *(partial(pump.consume, group) for group in SUBSCRIPTIONS),
                *(partial(pump.work, queue) for queue in ACTORS),
            ):
                loop()
                db.session.rollback()
                strip = story.strip_of(known_of(order_id))
                states = [station.state for station in strip.stations]
                assert strip.moving or states == ENDS[fate], f"{states} stands still"
                seen.append(list(states))
        pump.close()
        db.session.remove()
    assert seen[-1] == ENDS[fate]
    assert any("now" in states for states in seen)
    assert "data-final" in owner.client.get(f"/console/orders/{order_id}/state").text
