"""Starts the provider and ends it: at SIGTERM, at SIGINT or, with --exit-with-stdin, when its parent is gone."""

import errno
import fcntl
import logging
import os
import signal
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

from .api import Api
from .callbacks import Callbacks
from .faults import Faults
from .ledger import Ledger
from .server import Server
from .settings import Settings, UnusableSettings, read_settings

T = TypeVar("T")

PATIENCE = 15.0
"""Seconds to wait for the ledger and the port: the provider of a market that was killed just now may still be ending."""


def main() -> int:
    """Runs until told to stop; returns the exit status: 0 after a clean end, 2 when it cannot start."""
    logging.basicConfig(format="provider: %(levelname)s %(message)s", level=logging.INFO)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    try:
        settings = read_settings(sys.argv[1:], os.environ)
        # The lock lives as long as the file is open, so it is held by a name until the end.
        lock = _patiently(lambda: _lock(settings.home / "lock"), errno.EAGAIN)
        ledger = Ledger(settings.home / "ledger.sqlite3")
        server = _patiently(lambda: _serve(settings, ledger), errno.EADDRINUSE)
    except (UnusableSettings, OSError, sqlite3.Error) as error:
        print(f"The provider cannot start: {error}", file=sys.stderr)
        return 2
    if settings.exit_with_stdin:
        threading.Thread(target=_stop_with_stdin, args=(stop,), daemon=True).start()
    print(f"Provider is ready at http://127.0.0.1:{server.server_port}", flush=True)
    stop.wait()
    server.stop(patience=1.0)
    ledger.close()
    lock.close()
    return 0


def _serve(settings: Settings, ledger: Ledger) -> Server:
    faults = Faults(settings.faults, settings.hang_seconds)
    sender = Callbacks(ledger, settings.secret, faults)
    api = Api(ledger, sender, faults, settings.key, settings.secret, settings.callback_url)
    server = Server(settings.port, api)
    sender.start()
    threading.Thread(target=server.serve_forever, args=(0.1,), name="accept", daemon=True).start()
    return server


def _lock(path: Path) -> IO[str]:
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        file.close()
        raise OSError(errno.EAGAIN, f"another provider uses {path.parent}") from error
    return file


def _patiently(attempt: Callable[[], T], passing: int) -> T:
    end = time.monotonic() + PATIENCE
    while True:
        try:
            return attempt()
        except OSError as error:
            if error.errno != passing or time.monotonic() > end:
                raise
            time.sleep(0.05)


def _stop_with_stdin(stop: threading.Event) -> None:
    # Whatever comes is thrown away; only the end of it counts, and it comes even when the parent was killed with -9.
    while os.read(0, 4096):
        pass
    stop.set()


if __name__ == "__main__":
    status = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # Everything is closed. Threads that wait on a receiver's answer or a silent client must not delay the end.
    os._exit(status)
