"""Counting as far as anybody reads: a page that counted all that there is would cost what there is."""

from __future__ import annotations

MOST_COUNTED = 1_000
"""Nobody reads the difference of more."""


def few(source: str, most: int = MOST_COUNTED) -> str:
    """SQL for the number of rows of `source` (FROM … WHERE …), where one above `most` stands for all that are more."""
    return f"(SELECT count(*) FROM (SELECT 1 AS one {source} LIMIT {most + 1}) AS few)"


def few_text(count: int, most: int = MOST_COUNTED) -> str:
    """What :func:`few` counted, in words: 164, or 1,000+."""
    return f"{most:,}+" if count > most else f"{count:,}"
