"""The stream of one order's status."""

from __future__ import annotations

import json
import threading

from tests.api.desk import Desk


def _events(text: str) -> list[tuple[str, str]]:
    found = []
    for block in text.split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.splitlines() if ": " in line)
        if "event" in fields:
            found.append((fields["event"], fields.get("data", "")))
    return found


def test_a_final_order_says_so_and_the_stream_closes(desk: Desk) -> None:
    order_id = desk.completed((desk.product(stock=5), 1))
    stream = desk.get(f"/orders/{order_id}/live", desk.people.shopper)
    assert (stream.status_code, stream.mimetype) == (200, "text/event-stream")
    (kind, data), (last, _) = _events(stream.text)
    assert (kind, last) == ("status", "end")
    said = json.loads(data)
    assert (said["id"], said["status"], said["version"], said["at"][-1]) == (order_id, "COMPLETED", 3, "Z")


def test_a_moving_order_is_followed_to_its_end(desk: Desk) -> None:
    order_id = desk.order((desk.product(stock=5), 1))
    working = threading.Timer(0.3, desk.settle)
    working.start()
    events = _events(desk.get(f"/orders/{order_id}/live", desk.people.owner).text)
    working.join()
    said = [json.loads(data) for kind, data in events if kind == "status"]
    assert (said[0]["status"], said[0]["version"]) == ("INVENTORY_PENDING", 1)
    assert said[-1]["status"] == "COMPLETED"
    assert [one["version"] for one in said] == sorted(one["version"] for one in said)
    assert events[-1][0] == "end"


def test_somebody_elses_order_is_not_followed(desk: Desk) -> None:
    order_id = desk.order((desk.product(stock=5), 1))
    foreign, missing = (desk.get(f"/orders/{one}/live", desk.people.outsider) for one in (order_id, 987654))
    assert (foreign.status_code, foreign.json) == (404, missing.json)
