"""Lists that are read page by page, newest first: a cursor names the last id that was shown, so that a page neither
repeats nor skips a row when new ones arrive."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BeforeValidator, Field, WithJsonSchema

from webapp.web.fields import BIGGEST, Given, Query, View, WholeText, refuse

T = TypeVar("T")
R = TypeVar("R")

MOST, USUAL = 100, 25

_BEFORE = re.compile(r"before:([1-9][0-9]{0,18})")


def encode(last_id: int) -> str:
    """The cursor after the row with this id. Clients treat it as opaque."""
    return base64.urlsafe_b64encode(f"before:{last_id}".encode()).decode().rstrip("=")


def _decode(cursor: object) -> int:
    text = str(cursor)
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError):
        plain = ""  # What is not base64 or not ASCII is no cursor of ours.
    found = _BEFORE.fullmatch(plain)
    if found is None or int(found[1]) > BIGGEST:
        refuse("bad-cursor", "Use a next_cursor that a list gave you, unchanged.")
    return int(found[1])


Cursor = Annotated[int, BeforeValidator(_decode), WithJsonSchema({"type": "string"})]


class Paging(Query):
    """What every list takes. After reading, `cursor` is the id below which to go on (None: from the newest)."""

    limit: Annotated[WholeText, Field(ge=1, le=MOST)] = USUAL
    cursor: Annotated[Cursor | None, Given] = None


class Page(View, Generic[T]):
    """One page of a list."""

    items: list[T]
    next_cursor: str | None = Field(description="Give it as `cursor` to read on; null at the end.")


def page(found: Sequence[R], limit: int, show: Callable[[R], T]) -> Page[T]:
    """A page of rows or models that were read newest first with LIMIT limit + 1, which tells whether there are more."""
    kept = found[:limit]
    more = len(found) > limit
    return Page[Any](items=[show(row) for row in kept], next_cursor=encode(_id_of(kept[-1])) if more else None)


def _id_of(row: Any) -> int:
    return int(row["id"] if isinstance(row, Mapping) else row.id)
