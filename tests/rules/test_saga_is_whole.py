"""Every event has its reader or declares that it has none, every queue its actors, and docs/saga.md tells it as it is."""

from __future__ import annotations

import re

import pytest

from webapp import events, outbox
from webapp.settings import ROOT
from workers import sagadoc
from workers.subscriptions import ACTORS, NO_CONSUMER, SUBSCRIPTIONS, topics_of

READ = {kind for handlers in SUBSCRIPTIONS.values() for kind in handlers}


@pytest.mark.parametrize("kind", events.CATALOGUE.values(), ids=lambda kind: kind.TYPE)
def test_every_event_is_consumed_or_says_that_nobody_does(kind: type[events.Event]) -> None:
    assert (kind in READ) != (kind in NO_CONSUMER)


@pytest.mark.parametrize("kind", events.CATALOGUE.values(), ids=lambda kind: kind.TYPE)
def test_every_event_is_told_somewhere_in_its_own_room(kind: type[events.Event]) -> None:
    room = ROOT / "webapp" / kind.SOURCE
    assert any(re.search(rf"\b{kind.__name__}\(", path.read_text()) for path in room.glob("*.py"))


@pytest.mark.parametrize("kind", events.CATALOGUE.values(), ids=lambda kind: kind.TYPE)
def test_every_event_has_a_docstring_and_a_known_topic(kind: type[events.Event]) -> None:
    assert kind.__doc__
    assert "(" not in kind.__doc__.split(":")[0].split()[0]
    assert kind.TOPIC in events.TOPICS


def test_every_queue_has_its_actors_and_every_actor_is_asked_for() -> None:
    assert set(ACTORS) == set(outbox.QUEUES)
    sources = "\n".join(path.read_text() for path in (ROOT / "webapp").rglob("*.py"))
    for actors in ACTORS.values():
        for actor in actors:
            assert re.search(rf'"{actor}"', sources), f"nobody asks for {actor}"


def test_each_topic_is_read_by_one_group() -> None:
    # Embedded, who has handled a message deletes it: a second group would not find it any more.
    read = [topic for group in SUBSCRIPTIONS for topic in topics_of(group)]
    assert sorted(read) == sorted(events.TOPICS)


def test_the_page_about_the_saga_is_current() -> None:
    written = (ROOT / "docs" / "saga.md").read_text()
    assert written == sagadoc.page(), "docs/saga.md is stale: run `python -m workers.sagadoc`"
