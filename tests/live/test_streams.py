"""A stream by itself: how events are written, and that a slow reader gets the newest state and not all."""

from __future__ import annotations

import pytest

from webapp.live import LiveState, Topic
from webapp.live.announcing import MOST_IDS, _texts, heard
from webapp.live.stream import Stream, event

TOPIC = Topic(kind="page", about="order", versions=dict.fromkeys, render=lambda id: LiveState(str(id)))


def test_every_line_of_a_partial_is_a_data_line() -> None:
    assert (
        event("state", "<p>\r\none\rtwo\n</p>\n")
        == b"event: state\ndata: <p>\ndata: one\ndata: two\ndata: </p>\ndata: \n\n"
    )


def test_a_slow_reader_gets_the_newest_state_once() -> None:
    left: list[Stream] = []
    stream = Stream([(TOPIC, 7)], left.append)
    stream.post((TOPIC, 7), LiveState("second"))
    stream.begin([((TOPIC, 7), LiveState("first"))])
    events = iter(stream)
    assert next(events).startswith(b"retry: ")
    assert next(events) == event("state", "second"), "what the hub has posted is newer than what the request read"
    stream.post((TOPIC, 7), LiveState("second"))
    stream.post((TOPIC, 7), LiveState({"a": 1}))
    assert next(events) == event("state", '{"a":1}')
    stream.post((TOPIC, 7), LiveState("last", final=True))
    assert list(events) == [event("state", "last"), event("end", "{}")]
    stream.close()
    assert left == [stream]


def test_a_stream_of_several_topics_ends_when_all_are_final() -> None:
    stream = Stream([(TOPIC, 1), (TOPIC, 2)], lambda stream: None)
    stream.begin([((TOPIC, 1), LiveState("one", final=True)), ((TOPIC, 2), LiveState("two"))])
    events = iter(stream)
    assert [next(events) for _ in range(3)][1:] == [event("state", "one"), event("state", "two")]
    stream.post((TOPIC, 2), LiveState("two", final=True))
    assert list(events) == [event("end", "{}")]


def test_a_stream_that_is_ended_does_not_say_that_the_state_is_final() -> None:
    stream = Stream([(TOPIC, 1)], lambda stream: None)
    stream.begin([((TOPIC, 1), LiveState("one"))])
    events = iter(stream)
    assert [next(events), next(events)][1] == event("state", "one")
    stream.end()
    assert list(events) == []


def test_a_silent_stream_says_that_it_is_still_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.live.stream.HEARTBEAT", 0.05)
    stream = Stream([(TOPIC, 1)], lambda stream: None)
    stream.begin([((TOPIC, 1), LiveState("one"))])
    events = iter(stream)
    assert [next(events) for _ in range(4)][2:] == [b": still here\n\n"] * 2


def test_a_stream_closes_after_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.live.stream.LONGEST", 0.1)
    stream = Stream([(TOPIC, 1)], lambda stream: None)
    stream.begin([((TOPIC, 1), LiveState("one"))])
    assert event("end", "{}") not in list(stream)


def test_an_announcement_fits_into_a_notification_and_comes_back() -> None:
    ids = {2**63 - 1 - n for n in range(2 * MOST_IDS + 1)}
    texts = list(_texts({"order": ids}))
    assert len(texts) == 3
    assert max(len(text) for text in texts) < 8000
    assert {id for text in texts for id in heard(text)[1]} == ids
    for text in ("", "{}", "[1, []]", '["order", 5]', '["order", ["x"]]', '["order", [null]]'):
        with pytest.raises(ValueError):
            heard(text)
