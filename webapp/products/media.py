"""Where pictures of products and markets' logos are found. An address names the fingerprint of what it shows, so it shows the same for ever."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from webapp.db import fetch
from webapp.errors import NotFound
from webapp.products.encoding import KINDS, SIZES
from webapp.web.access import public
from webapp.web.look import asset
from webapp.web.security import FOR_EVER

bp = Blueprint("media", __name__)

MEDIA = "media/"
"""What the name of an owner's picture begins with; any other names a drawing under static/art."""


@bp.get("/media/<fingerprint>-<int:size>.<kind>")
@public
def media(fingerprint: str, size: int, kind: str) -> Response:
    """A picture in one size and kind."""
    if size not in SIZES or kind not in KINDS or len(fingerprint) != 64 or not fingerprint.isalnum():
        raise NotFound("there is no such picture")
    found = fetch(
        "SELECT data FROM product_image_files WHERE hash = :hash AND size = :size AND kind = :kind"
        " UNION ALL SELECT data FROM market_logo_files WHERE hash = :hash AND size = :size AND kind = :kind LIMIT 1",
        hash=fingerprint, size=size, kind=kind,
    )  # fmt: skip
    if not found:
        raise NotFound("there is no such picture (any more)")
    answer = make_response(bytes(found[0]["data"]))
    answer.content_type = KINDS[kind]
    answer.headers["Cache-Control"] = FOR_EVER
    # Letters show it as well, and mail is read on other people's pages.
    answer.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    answer.set_etag(f"{fingerprint}-{size}-{kind}")
    answer.make_conditional(request.environ)
    return answer


@bp.app_template_global()
def picture_src(name: str | None, size: int = SIZES[0], kind: str = "webp") -> str:
    """The address of a product's picture by its name (see :func:`webapp.products.queries.picture_sql`); empty for none."""
    if not name:
        return ""
    return f"/{name}-{size}.{kind}" if name.startswith(MEDIA) else asset(f"art/{name}")


@bp.app_template_global()
def picture_set(name: str | None, width: int = 0, height: int = 0) -> str:
    """All sizes of a product's picture, as a browser wants to choose among them (`srcset`); empty for a drawing. What is shown is
    a square of it: where width and height of the largest are known, the shorter side counts."""
    if not name or not name.startswith(MEDIA):
        return ""
    short, long = sorted((width, height)) if width and height else (SIZES[-1], SIZES[-1])
    return ", ".join(f"{picture_src(name, size)} {min(size, long) * short // long}w" for size in SIZES)
