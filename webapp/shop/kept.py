"""What many ask for in the same seconds and what takes long to count: kept for a moment in each process, but only of a large
market. A small one is counted anew for everybody; how many are left of a thing is never read from here when it is ordered."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence

from flask import current_app

from webapp.db import Row

SECONDS = 4.0
LARGE = 5_000
"""Things for sale from which counting them takes long enough to be felt (a tenth of a second)."""


def for_a_moment(name: Hashable, read: Callable[[], list[Row]], things: Callable[[Sequence[Row]], int]) -> list[Row]:
    """What `read` gives, or what it gave a moment ago where `things` says that it counts many."""
    kept: dict[Hashable, tuple[float, list[Row]]] = current_app.extensions.setdefault("kept for a moment", {})
    now = time.monotonic()  # A span within this process, not an instant that anyone could set.
    until, rows = kept.get(name, (0.0, []))
    if now < until:
        return rows
    rows = read()
    if things(rows) >= LARGE:
        kept[name] = (time.monotonic() + SECONDS, rows)
    else:
        kept.pop(name, None)
    return rows
