"""The hub in this process: how often it asks, and what one thing that cannot be drawn does to the others."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence

import pytest
from flask import Flask

from tests.live.serving import until
from webapp.db import execute
from webapp.errors import NotFound
from webapp.live import Hub, LiveState, Topic
from webapp.live.hub import LOOK_EVERY
from webapp.live.stream import Stream, event
from webapp.web.problem import Unavailable


class Things:
    """What a topic of these tests tells; `broken` cannot be drawn."""

    def __init__(self) -> None:
        self.numbers: dict[int, int] = {}
        self.broken: set[int] = set()
        self.asked: list[Sequence[int]] = []
        self.drawn = 0
        self.topic = Topic(kind="thing", about="thing", versions=self.versions, render=self.render)

    def versions(self, ids: Sequence[int]) -> Mapping[int, int]:
        self.asked.append(ids)
        numbers = self.numbers  # A test may put others in their place while we look.
        return {id: numbers[id] for id in ids if id in numbers}

    def render(self, id: int) -> LiveState:
        self.drawn += 1
        if id in self.broken:
            execute("SELECT nothing FROM nowhere")
        execute("SELECT 1")
        return LiveState(str(self.numbers[id]))


@pytest.fixture
def hub(app: Flask) -> Iterator[Hub]:
    hub = Hub(app)
    ended = False
    hub.end_with(lambda: ended)
    with app.app_context():
        yield hub
    ended = True
    until(lambda: not hub.awake)


def present(stream: Stream) -> Iterator[bytes]:
    """The stream after its first lines."""
    events = iter(stream)
    next(events)
    return events


def test_many_streams_cost_as_many_queries_as_one(hub: Hub) -> None:
    things = Things()
    things.numbers = dict.fromkeys(range(100), 1)
    hub.most_streams = 300
    streams = [hub.open([(things.topic, id % 100)]) for id in range(300)]
    until(lambda: any(len(ids) == 100 for ids in things.asked))
    asked, drawn, began = len(things.asked), things.drawn, time.monotonic()
    until(lambda: len(things.asked) >= asked + 4)
    looks = things.asked[asked:]
    assert {len(ids) for ids in looks} == {100}, "one question for all"
    assert (len(looks) - 1) * LOOK_EVERY <= time.monotonic() - began + LOOK_EVERY, "and not more often than it says"
    assert things.drawn == drawn, "what has not moved is not drawn again"
    things.numbers[7] = 2
    until(lambda: things.drawn > drawn)
    time.sleep(0.1)
    assert things.drawn == drawn + 1, "three streams watch it, and it is drawn once"
    for stream in streams:
        stream.close()


def test_one_that_cannot_be_drawn_ends_its_streams_and_holds_up_no_other(hub: Hub) -> None:
    things = Things()
    things.numbers = {1: 1, 2: 1, 3: 1}
    first, second, third = (present(hub.open([(things.topic, id)])) for id in (1, 2, 3))
    assert [next(stream) for stream in (first, second, third)] == [event("state", "1")] * 3
    things.broken = {2}
    things.numbers = {1: 2, 2: 2, 3: 2}
    assert [next(stream) for stream in (first, third)] == [event("state", "2")] * 2
    assert list(second) == []


def test_a_thing_that_is_gone_ends_its_streams(hub: Hub) -> None:
    things = Things()
    things.numbers = {1: 1}
    stream = present(hub.open([(things.topic, 1)]))
    assert next(stream) == event("state", "1")
    things.numbers = {}
    assert list(stream) == []
    with pytest.raises(NotFound):
        hub.open([(things.topic, 1)])


def test_a_refused_stream_leaves_nothing_behind(hub: Hub) -> None:
    things = Things()
    things.numbers = {1: 1}
    for _ in range(hub.most_streams + 1):
        with pytest.raises(NotFound):
            hub.open([(things.topic, 2)])
    kept = [hub.open([(things.topic, 1)]) for _ in range(hub.most_streams)]
    with pytest.raises(Unavailable):
        hub.open([(things.topic, 1)])
    kept[0].close()
    kept[0].close()
    hub.open([(things.topic, 1)]).close()


def test_news_of_many_is_drawn_together_and_one_that_cannot_be_drawn_holds_up_no_other(hub: Hub) -> None:
    things, together = Things(), list[int]()

    def render_many(ids: Sequence[int]) -> Mapping[int, LiveState]:
        together.append(len(ids))
        return {id: things.render(id) for id in ids}

    topic = Topic(kind="thing", about="thing", versions=things.versions, render=things.render, render_many=render_many)
    hub.most_streams = 100
    things.numbers = dict.fromkeys(range(60), 1)
    streams = [present(hub.open([(topic, id)])) for id in range(60)]
    assert [next(events) for events in streams] == [event("state", "1")] * 60
    assert together == [], "the first look of a page is its own"
    things.numbers = dict.fromkeys(range(60), 2)
    assert [next(events) for events in streams] == [event("state", "2")] * 60
    assert together == [50, 10]
    things.broken = {3}
    things.numbers = dict.fromkeys(range(60), 3)
    assert list(streams[3]) == []
    assert [next(events) for id, events in enumerate(streams) if id != 3] == [event("state", "3")] * 59
