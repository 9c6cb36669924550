"""What the embedded market makes sure of before it begins: that its home and its address are its own."""

from __future__ import annotations

import errno
import fcntl
import socket
import time
from typing import IO

from webapp.settings import Settings, SettingsError

PATIENCE = 8.0
"""Seconds to wait for the address: gunicorn's worker of a market that was killed just now may still be ending."""


def hold_home(settings: Settings) -> IO[str]:
    """Lock MARKET_HOME for this process, as long as the returned file is open. Raises SettingsError where another has it."""
    file = (settings.home / "lock").open("a")
    try:
        # This kind of lock belongs to one process: the workers that it forks do not keep it when it is killed.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise SettingsError(f"another market runs on {settings.home}: end it, or name another MARKET_HOME") from error
    return file


def await_address(settings: Settings) -> None:
    """Return once one can listen at HOST and PORT. Raises SettingsError where that cannot be."""
    end = time.monotonic() + PATIENCE
    while (error := _refusal(settings)) is not None:
        if error.errno != errno.EADDRINUSE or time.monotonic() > end:
            raise SettingsError(
                f"cannot listen at {settings.host}:{settings.port} ({error.strerror}): end what listens there or choose another"
                " PORT, and let HOST be an address of this machine"
            ) from error
        time.sleep(0.1)


def _refusal(settings: Settings) -> OSError | None:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            # As gunicorn does it: connections that a market has left behind, all closed, are in nobody's way.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
            probe.listen(1)
    except OSError as error:
        return error
    return None
