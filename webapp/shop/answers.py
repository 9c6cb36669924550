"""How pages that are the same for everybody are answered: by a fingerprint of what they say, so that a browser or a cache
which has it already is told so in a few bytes."""

from __future__ import annotations

from flask import Response, make_response, request


def same_for_all(text: str, mimetype: str = "text/html", max_age: int = 0) -> Response:
    """An answer that caches may keep. They ask again each time, or after `max_age` seconds, and hear 304 while nothing has
    changed: what is sold out does not look buyable for longer than it takes to ask."""
    response: Response = make_response(text)
    response.mimetype = mimetype
    response.headers["Cache-Control"] = f"public, max-age={max_age}" if max_age else "public, no-cache"
    response.add_etag(weak=True)
    response.make_conditional(request.environ)
    return response
