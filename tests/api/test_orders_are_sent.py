"""Marking orders as sent by REST: what a warehouse's program does with what it has packed."""

from __future__ import annotations

import pytest

from tests.api.desk import Desk, fields
from webapp.db import fetch


def test_a_completed_order_is_marked_and_its_shopper_told_once(desk: Desk) -> None:
    order_id = desk.completed((desk.product(stock=5), 1))
    sent = desk.post(f"/orders/{order_id}/sending", {"note": "PostNord 00 37"})
    assert (sent.status_code, sent.json["status"], sent.json["sent_note"]) == (200, "COMPLETED", "PostNord 00 37")
    assert sent.json["sent_at"].endswith("Z")
    again = desk.post(f"/orders/{order_id}/sending", {})
    assert (again.status_code, again.json["type"]) == (409, "urn:marketflow:problem:not-to-send")
    desk.settle()
    assert "ORDER_SENT" in [event["type"] for event in desk.story(order_id)["events"]]
    with desk.app.app_context():
        told = fetch("SELECT kind FROM emails WHERE order_id = :id ORDER BY id", id=order_id)
    assert [row["kind"] for row in told] == ["completed", "sent"]
    [audited] = desk.audited("order.send")
    assert (audited["object_id"], audited["token_id"] is not None) == (order_id, True)


def test_the_same_key_marks_once_and_answers_the_same(desk: Desk) -> None:
    order_id = desk.completed((desk.product(stock=5), 1))
    first, second = (
        desk.post(f"/orders/{order_id}/sending", {"note": "x"}, headers={"Idempotency-Key": "one"}) for _ in range(2)
    )
    assert (first.status_code, second.status_code) == (200, 200)
    assert len(desk.audited("order.send")) == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [({"note": "x" * 301}, "note"), ({"note": "a\nb"}, "note"), ({"note": 1}, "note"), ({"by": "me"}, "by")],
)
def test_a_note_that_is_none_marks_nothing(desk: Desk, body: dict[str, object], field: str) -> None:
    order_id = desk.completed((desk.product(stock=5), 1))
    refused = desk.post(f"/orders/{order_id}/sending", body)
    assert (refused.status_code, field in fields(refused)) == (422, True)
    assert desk.audited("order.send") == []


def test_what_is_not_paid_or_not_theirs_is_not_sent(desk: Desk) -> None:
    order_id = desk.order((desk.product(stock=5), 1))
    assert desk.post(f"/orders/{order_id}/sending", {}).status_code == 409
    assert desk.post(f"/orders/{order_id}/sending", {}, desk.people.outsider).status_code == 404
    assert desk.post(f"/orders/{order_id}/sending", {}, desk.people.shopper).status_code == 403
