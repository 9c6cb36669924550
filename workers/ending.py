"""How a worker's process lives and ends: its parts are threads; SIGTERM or SIGINT ends them between two steps, within ten
seconds; a second signal ends everything at once; a part that cannot go on ends the process with status 1."""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping
from types import FrameType

import structlog
from flask import Flask, current_app

log = structlog.get_logger()

ENDS_WITHIN = 9.0
"""Seconds from the signal to the end: less than the ten that supervisors wait before they kill."""

STUCK = 1
_STOP = "stop"


def stops(app: Flask, stop: threading.Event) -> None:
    """Let what works for a long while in this app see that its process is ending: once `stop` is set."""
    app.extensions[_STOP] = stop


def is_near() -> bool:
    """Whether this process has been told to end, so that what is left of a list is better given back. Needs an app context."""
    stop: threading.Event | None = current_app.extensions.get(_STOP)
    return stop is not None and stop.is_set()


def run(parts: Mapping[str, Callable[[], None]], stop: threading.Event, leave: Callable[[], None]) -> int:
    """Run each part in a thread until `stop` is set, by a signal or by a part that ended; then `leave`. Returns the exit
    status: 0 after a signal, 1 when a part ended by itself, which a supervisor answers with a fresh process.

    Call it in the main thread: only there Python hears signals. Does not return when something hangs past the deadline;
    the process ends there and then, and what was under way is done again by the next one.
    """
    heard = _listen()
    failed = threading.Event()
    threads = [
        threading.Thread(target=_guarded, args=(name, part, stop, failed), name=name, daemon=True)
        for name, part in parts.items()
    ]
    for thread in threads:
        thread.start()
    while not stop.wait(0.1):
        if heard:
            stop.set()
    end = time.monotonic() + ENDS_WITHIN
    leaving = threading.Thread(target=_guarded, args=("leave", leave, stop, failed), name="leave", daemon=True)
    for thread in threads:
        thread.join(max(end - time.monotonic(), 0.0))
    if not any(thread.is_alive() for thread in threads):
        leaving.start()
        leaving.join(max(end - time.monotonic(), 0.0))
    hanging = [thread.name for thread in (*threads, leaving) if thread.is_alive()]
    if hanging:
        log.warning("ends although something hangs", parts=hanging)
        _end_now(STUCK)
    return STUCK if failed.is_set() else 0


def _guarded(name: str, part: Callable[[], None], stop: threading.Event, failed: threading.Event) -> None:
    try:
        part()
        if not stop.is_set():
            failed.set()
            log.error("worker ended by itself", part=name)
    except Exception as error:
        failed.set()
        log.exception("worker cannot go on", part=name, reason=str(error))
    finally:
        stop.set()


def _listen() -> list[int]:
    # The handler only notes the signal: setting an event here could wait for a lock that the interrupted code holds.
    signals: list[int] = []

    def heard(number: int, frame: FrameType | None) -> None:
        if signals:
            _end_now(128 + number)
        signals.append(number)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, heard)
    return signals


def _end_now(status: int) -> None:
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)
