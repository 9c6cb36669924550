"""Sending events to the market: late successes taken when due, callbacks repeated until the market says 2xx."""

import http.client
import json
import logging
import queue
import sqlite3
import threading
import time
from urllib.parse import urlsplit

from . import charges, clock, events
from .faults import Faults
from .ledger import Ledger, LedgerClosed

SENDERS = 4
PATIENCE = 5.0
"""Seconds that the market has for its answer to a callback."""

log = logging.getLogger(__name__)


class Callbacks:
    """One thread that watches what is due, and a few that send it, so that a hanging receiver delays no late success."""

    def __init__(self, ledger: Ledger, secret: str, faults: Faults) -> None:
        self._ledger = ledger
        self._secret = secret
        self._faults = faults
        self._wake = threading.Event()
        self._sending: set[str] = set()
        self._sending_lock = threading.Lock()
        self._outgoing: queue.Queue[sqlite3.Row] = queue.Queue()

    def start(self) -> None:
        """Starts the threads; what an earlier run left undone is done first."""
        threading.Thread(target=self._watch, name="callbacks", daemon=True).start()
        for number in range(SENDERS):
            threading.Thread(target=self._send_for_ever, name=f"callbacks-{number}", daemon=True).start()

    def wake(self) -> None:
        """Tells the watching thread that something new may be due."""
        self._wake.set()

    def _watch(self) -> None:
        while True:
            try:
                self._wake.clear()
                wait = self._pass()
            except LedgerClosed:
                return
            except sqlite3.Error:
                # A full disk heals; what is due stays due.
                log.exception("The ledger could not be asked for what is due.")
                wait = 1.0
            self._wake.wait(wait)

    def _pass(self) -> float | None:
        now = clock.now()
        with self._sending_lock:
            sending = set(self._sending)
        with self._ledger.read() as ledger:
            late = ledger.execute("SELECT 1 FROM charges WHERE late_at <= ?", (now,)).fetchone()
        if late:
            self._ledger.write(lambda ledger: charges.take_late(ledger, now))
        with self._ledger.read() as ledger:
            waiting = [event for event in events.due(ledger, now) if event["id"] not in sending]
            sending.update(event["id"] for event in waiting)
            next_time = events.next_time(ledger, sending)
        with self._sending_lock:
            self._sending.update(event["id"] for event in waiting)
        for event in waiting:
            self._outgoing.put(event)
        return None if next_time is None else max(0.0, next_time - clock.now())

    def _send_for_ever(self) -> None:
        while True:
            event = self._outgoing.get()
            try:
                self._deliver(event)
            except LedgerClosed:
                return
            except sqlite3.Error:
                log.exception("The outcome of callback %s could not be written; it will be sent again.", event["id"])
                # It is still due, and without a pause it would be sent as fast as the market can answer.
                time.sleep(1.0)
            finally:
                with self._sending_lock:
                    self._sending.discard(event["id"])
                self._wake.set()

    def _deliver(self, event: sqlite3.Row) -> None:
        disturbance = self._faults.disturb_callback()
        disturbance.pause()
        body = events.encode(disturbance.change(json.loads(event["body"])))
        error: str | None = None
        for _ in range(disturbance.copies):
            signature = events.sign(disturbance.secret(self._secret), body, clock.now())
            error = send(event["url"], body, signature)
        now = clock.now()
        if error is None:
            self._ledger.write(lambda ledger: events.delivered(ledger, event["id"], now))
        else:
            self._ledger.write(lambda ledger: events.failed(ledger, event["id"], error, now))


def send(url: str, body: bytes, signature: str | None) -> str | None:
    """Posts a callback; None when the receiver answered 2xx, else what went wrong. Redirects are not followed."""
    parts = urlsplit(url)
    connect = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = connect(parts.hostname or "", parts.port, timeout=PATIENCE)
    headers = {"Content-Type": "application/json"}
    if signature is not None:
        headers["Provider-Signature"] = signature
    try:
        connection.request("POST", parts._replace(scheme="", netloc="", fragment="").geturl() or "/", body, headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        return f"{type(error).__name__}: {error}"[:200]
    finally:
        connection.close()
    return None if 200 <= status < 300 else f"status {status}"
