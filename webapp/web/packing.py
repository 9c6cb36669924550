"""What is the same for everybody is sent packed (gzip) to browsers that take it so: pages, the stylesheet, scripts, drawings.

Pages that know who asks are not packed: with words that a stranger can make such a page repeat, its length would tell of what
is secret in it (https://www.breachattack.com).
"""

from __future__ import annotations

import gzip
from functools import lru_cache

from flask import Flask, Response, g, request

LEAST = 1024
"""Bytes below which packing gains nothing."""

KEPT = 128
"""Answers whose packed form is kept in a process: files are packed once, and a page as long as it says the same."""

TYPES = frozenset(
    {"text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml", "application/xml", "text/plain"}
)  # fmt: skip


def init_app(app: Flask) -> None:
    """Pack every answer that may be. Comes first, so that it sees answers last."""
    app.after_request(_pack)


def _pack(response: Response) -> Response:
    if not _may_be_packed(response):
        return response
    response.vary.add("Accept-Encoding")
    if not request.accept_encodings.quality("gzip"):
        return response
    # A file would else be handed to the server unread.
    response.direct_passthrough = False
    plain = response.get_data()
    if len(plain) < LEAST:
        return response
    response.set_data(_packed(plain))
    response.headers["Content-Encoding"] = "gzip"
    etag, _ = response.get_etag()
    if etag is not None:
        # Packed or not it says the same, but not in the same bytes.
        response.set_etag(etag, weak=True)
    return response


def _may_be_packed(response: Response) -> bool:
    if response.status_code != 200 or response.mimetype not in TYPES or "Content-Encoding" in response.headers:
        return False
    if request.endpoint == "static":
        return True
    access = g.get("access")
    return access is not None and access.to == "public" and not response.is_streamed


@lru_cache(maxsize=KEPT)
def _packed(plain: bytes) -> bytes:
    # No time in the header: the same text is the same bytes.
    return gzip.compress(plain, compresslevel=6, mtime=0)
