"""What stopped a command, as one line that names the cause and the way out: a traceback tells whoever starts a market nothing."""

from __future__ import annotations

from sqlalchemy.exc import OperationalError, ProgrammingError

from webapp.errors import MarketError
from webapp.settings import SettingsError


class ServerAway(Exception):
    """A server beside the database does not do its part; the message says which, where, and what it said."""


EXPLAINED = (SettingsError, MarketError, ServerAway, OperationalError, ProgrammingError)
"""What a command may end with that is no fault of ours. Anything else is, and keeps its traceback."""


def line(error: Exception) -> str:
    """The sentence for one of EXPLAINED."""
    if isinstance(error, (OperationalError, ProgrammingError)):
        cause = str(error.orig).splitlines()[0]
        return f"the database does not answer as it should: {cause}. Is it running, and did `market release` run?"
    return error.detail if isinstance(error, MarketError) else str(error)
