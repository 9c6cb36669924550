"""Where the pictures of goods are. A product names a file under static/art; one that is not there is drawn as a parcel."""

from __future__ import annotations

import re
from functools import cache

from webapp.products.media import MEDIA, picture_src
from webapp.web.look import STATIC, asset

PARCEL = "shop/parcel.svg"

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,80}\.(svg|png|jpg|webp|avif)")


def picture(name: str | None, size: int = 800) -> str:
    """The address of a picture by its name: an owner's own in one of its sizes, or a drawing under static/art."""
    if name and name.startswith(MEDIA):
        return picture_src(name, size)
    return asset(f"art/{name}" if name and _is_there(name) else PARCEL)


@cache
def _is_there(name: str) -> bool:
    return _NAME.fullmatch(name) is not None and ".." not in name and (STATIC / "art" / name).is_file()
