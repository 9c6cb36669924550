"""What the addresses of shelves and searches may say: words, price bands, and where a page begins."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, StringConstraints

from webapp.shop.facets import PRICES
from webapp.shop.queries import Key
from webapp.web.fields import BIGGEST, plain, refuse

_KEY = re.compile(r"[0-9]{1,19}(-[0-9]{1,19})?")


def _key(text: object) -> Key:
    parts = tuple(int(part) for part in str(text).split("-")) if _KEY.fullmatch(str(text)) else ()
    if not parts or max(parts) > BIGGEST:
        refuse("bad-key", "Use the link to the next page.")
    return parts


def _price(text: str) -> str:
    if text and text not in PRICES:
        refuse("unknown", "Choose one of the price ranges.")
    return text


After = Annotated[Key | None, BeforeValidator(_key)]
Sought = Annotated[str, StringConstraints(max_length=200), AfterValidator(plain)]
Price = Annotated[str, AfterValidator(_price)]


def key_text(key: Key | None) -> str | None:
    """A key as it stands in an address."""
    return "-".join(map(str, key)) if key else None
