"""The provider's time: seconds since 1970 in the ledger, RFC 3339 in UTC in answers."""

import time
from datetime import UTC, datetime


def now() -> float:
    """The present time, in seconds since 1970."""
    return time.time()


def as_text(seconds: float | None) -> str | None:
    """`seconds` as RFC 3339 with milliseconds and Z; None stays None."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
