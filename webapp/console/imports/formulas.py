"""Cells that a spreadsheet would run: written with an apostrophe before them, read back without it.

A cell that begins like that already, apostrophes first, gets one more, so that reading takes away just what writing gave.
"""

from __future__ import annotations

import re

_RUN = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")
_QUOTED = re.compile(r"'+[=+\-@\t\r\n＝＋－＠]")


def quoted(text: str) -> str:
    """The cell as it is safe in a spreadsheet."""
    return "'" + text if _RUN.match(text) else text


def unquoted(text: str) -> str:
    """The cell as it was before :func:`quoted`."""
    return text[1:] if _QUOTED.match(text) else text
