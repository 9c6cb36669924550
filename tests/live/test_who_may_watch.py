"""What `/live` answers to whom, and how many it keeps."""

from __future__ import annotations

import httpx
import pytest

from tests.live import orders
from tests.live.serving import Readers, Server, until
from webapp.live.hub import MOST_STREAMS


def test_an_unknown_topic_is_not_found_and_a_malformed_one_is_refused(server: Server) -> None:
    [row] = orders.place(1)
    asked = {
        "": 422,
        "?topics=": 422,
        "?topics=page": 422,
        "?topics=page:": 422,
        "?topics=page:a%0Ab": 422,
        f"?topics=page:{row['link']},": 422,
        "?topics=" + ",".join(f"page:{n}" for n in range(9)): 422,
        "?topics=page:somebody-elses": 404,
        "?topics=nothing:1": 404,
        # It is there for the API, whose tokens say who may see it, and not for addresses.
        f"?topics=order-status:{row['id']}": 404,
        f"?topics=page:{row['link']},page:unknown": 404,
    }
    assert {query: server.get(f"/live{query}").status_code for query in asked} == asked


def test_a_stream_is_only_read_and_kept_by_nobody(server: Server, readers: Readers) -> None:
    [row] = orders.place(1)
    opened = readers.open(f"/live?topics=page:{row['link']}")
    until(lambda: bool(opened.events))
    assert "content-type: text/event-stream" in opened.head
    assert "cache-control: no-store" in opened.head
    assert "x-accel-buffering: no" in opened.head
    assert httpx.post(f"{server.base}/live?topics=page:{row['link']}", timeout=30).status_code == 405
    assert httpx.head(f"{server.base}/live?topics=page:{row['link']}", timeout=30).status_code == 200
    readers.leave([opened])
    # A HEAD is answered without a stream, and a reader that left is noticed: nothing is kept for either.
    until(lambda: all("marketflow_live_streams 0.0" in server.get("/metrics").text for _ in range(6)))


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_threads_stay_free_for_requests_and_readers_that_left_make_room(server: Server, readers: Readers) -> None:
    [row] = orders.place(1)
    path = f"/live?topics=page:{row['link']}"
    most = MOST_STREAMS["threads"]
    kept = [readers.open(path) for _ in range(most)]
    until(lambda: all(reader.status == 200 for reader in kept))
    refused = server.get(path)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "10")
    assert server.get("/healthz").status_code == 200

    readers.leave(kept)
    until(lambda: "marketflow_live_streams 0.0" in server.get("/metrics").text)
    more = [readers.open(path) for _ in range(most)]
    until(lambda: all(reader.status == 200 for reader in more))
