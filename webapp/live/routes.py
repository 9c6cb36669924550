"""`/live`: what pages listen to; and the same stream as JSON for endpoints of the API."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from flask import Blueprint, Flask, Response, current_app, request

from webapp import db
from webapp.errors import Invalid, NotFound
from webapp.live import announcing
from webapp.live.hub import Hub
from webapp.live.stream import Watched
from webapp.live.topics import Topic
from webapp.web.access import visitor

bp = Blueprint("live", __name__)

MOST_TOPICS = 8
_TOPIC = re.compile(r"([a-z]+(?:-[a-z]+)*):([A-Za-z0-9_-]{1,64})")


def init_app(app: Flask) -> None:
    """Give the app a hub and `/live`. Rooms then `register` their topics."""
    app.extensions["live"] = Hub(app)
    app.extensions["live_topics"] = {}
    app.register_blueprint(bp)
    if announcing.tell not in db.after_commit:
        db.after_commit.append(announcing.tell)


def register(app: Flask, *topics: Topic) -> None:
    """Let streams of this app watch these. Raises ValueError for a kind that is there already."""
    known: dict[str, Topic] = app.extensions["live_topics"]
    for topic in topics:
        if topic.kind in known:
            raise ValueError(f"two live topics are called {topic.kind}")
        known[topic.kind] = topic


def end_with(app: Flask, ending: Callable[[], bool]) -> None:
    """Let the app's streams end as soon as `ending` is true. A server's hook calls this once in each worker."""
    hub: Hub = app.extensions["live"]
    hub.end_with(ending)


@bp.get("/live")
@visitor
def stream() -> Response:
    """The page's topics as one stream of HTML partials."""
    return _respond([_authorised(kind, key) for kind, key in _asked()])


def json_stream(kind: str, id: int) -> Response:
    """The stream of one thing for a caller who may see it: the endpoint has made sure of that."""
    known: dict[str, Topic] = current_app.extensions["live_topics"]
    return _respond([(known[kind], id)])


def _respond(watched: Sequence[Watched]) -> Response:
    hub: Hub = current_app.extensions["live"]
    events = hub.open(watched, request.environ.get("gunicorn.socket"))
    # The request's connection goes back to the pool now and not when the stream ends.
    db.db.session.remove()
    response = Response(events, mimetype="text/event-stream")
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Accel-Buffering"] = "no"
    return response


def _asked() -> list[tuple[str, str]]:
    asked = request.args.get("topics", "")
    found = [_TOPIC.fullmatch(one) for one in dict.fromkeys(asked.split(","))]
    if len(found) > MOST_TOPICS:
        raise Invalid.field("topics", "count", f"Watch at most {MOST_TOPICS} topics at once.")
    topics = [(one[1], one[2]) for one in found if one]
    if len(topics) < len(found):
        raise Invalid.field("topics", "malformed", "Name topics as kind:key, with commas in between.")
    return topics


def _authorised(kind: str, key: str) -> Watched:
    known: dict[str, Topic] = current_app.extensions["live_topics"]
    topic = known.get(kind)
    if topic is None or topic.authorise is None:
        raise NotFound("there is nothing to watch here")
    return topic, topic.authorise(key)
