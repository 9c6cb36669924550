"""Order pages that are open: what their streams show and when, held against the log of the orders, and what they cost the server."""

from __future__ import annotations

import os
import re
import selectors
import socket
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from webapp import clock
from webapp.db import db, fetch, rows

OPENED_AT_ONCE = 20
"""Pages that are opened together: people do not all come in the same instant, and a page that finds no room asks again."""

LATEST = 2.0
"""Seconds after which a page must show what the database says."""

BASE_SECONDS = 30.0
"""Within so many seconds after the pages are closed the server must hold what it held before."""

RANKS = {"ORDER_INVENTORY_PENDING": 0, "ORDER_PAYMENT_PENDING": 1, "ORDER_COMPLETED": 2}
STATUSES = {"INVENTORY_PENDING": 0, "PAYMENT_PENDING": 1, "COMPLETED": 2}
_STATUS = re.compile(rb'data-status="([A-Z_]+)"')


@dataclass(frozen=True, slots=True)
class Held:
    """What a server holds: file descriptors and threads of all its processes, without SQLite's files, which a pool keeps."""

    files: int
    threads: int


@dataclass(slots=True)
class Seen:
    """One open page: its order, and when (microseconds UTC) it began to show which status."""

    order_id: int
    connection: socket.socket
    raw: bytes = b""
    shown: list[tuple[int, int]] = field(default_factory=list)

    def heard(self, got: bytes, now: int) -> None:
        """More of the stream has arrived. What a status is, only a whole event says."""
        self.raw += got
        *events, self.raw = self.raw.split(b"\n\n")
        for event in events:
            found = _STATUS.search(event)
            if found:
                self.shown.append((now, STATUSES.get(found[1].decode(), -1)))


@dataclass(frozen=True, slots=True)
class Followed:
    """What came of it: pages, moves of their orders, seconds until a page showed each (median, 99th percentile, most), what was wrong
    in words, and what the server held before, with the pages open, and after they were closed."""

    pages: int
    moves: int
    p50: float
    p99: float
    most: float
    wrong: tuple[str, ...]
    before: Held
    during: Held
    after: Held

    @property
    def good(self) -> bool:
        """Whether every page was right and in time, and the server back at its base."""
        return not self.wrong


def held(pid: int) -> Held:
    """What a process and its children hold."""
    files = threads = 0
    for one in _family(pid):
        with suppress(FileNotFoundError):  # A process or a file that was closed while we looked.
            for file in Path(f"/proc/{one}/fd").iterdir():
                with suppress(FileNotFoundError):
                    files += "market.db" not in os.readlink(file)
            threads += len(os.listdir(f"/proc/{one}/task"))
    return Held(files, threads)


def follow(
    port: int, pid: int, links: Mapping[int, str], begin: Callable[[], object], seconds: float = 60.0
) -> Followed:
    """Open a page for each order (id to link), let the burst `begin`, and read until every page shows an end or the time is over.
    Needs the context of an app on the same database."""
    before = held(pid)
    pages: list[Seen] = []
    with selectors.DefaultSelector() as selector:
        every = list(links.items())
        for first in range(0, len(every), OPENED_AT_ONCE):
            for order_id, link in every[first : first + OPENED_AT_ONCE]:
                pages.append(Seen(order_id, stream(port, link)))
                selector.register(pages[-1].connection, selectors.EVENT_READ, pages[-1])
            _read(selector, 10.0, lambda: all(page.shown for page in pages))
        during = held(pid)
        begin()
        _read(selector, seconds, lambda: all(page.shown and page.shown[-1][1] == 2 for page in pages))
    for page in pages:
        page.connection.close()
    late, wrong = judge(pages)
    after, until = held(pid), time.monotonic() + BASE_SECONDS
    while (after.files > before.files or after.threads > before.threads) and time.monotonic() < until:
        time.sleep(0.2)
        after = held(pid)
    if after.files > before.files or after.threads > before.threads:
        wrong.append(
            f"the server holds {after.files} files and {after.threads} threads, and held {before.files} and {before.threads}"
        )
    return Followed(
        len(pages), len(late), _share(late, 0.5), _share(late, 0.99), max(late, default=0.0), tuple(wrong), before, during, after
    )  # fmt: skip


def judge(pages: Sequence[Seen]) -> tuple[list[float], list[str]]:
    """Seconds until each move of the orders was shown, and what was wrong. Needs an app context."""
    told = fetch(
        f"SELECT e.order_id, e.type, e.at, o.status FROM events e JOIN orders o ON o.id = e.order_id JOIN {rows('asked', id='bigint')}"
        " ON asked.id = e.order_id WHERE e.source = 'orders' ORDER BY e.order_id, e.sequence",
        asked=[{"id": page.order_id} for page in pages],
    )
    db.session.rollback()
    moves: dict[int, list[tuple[int, int]]] = {}
    status: dict[int, str] = {}
    for row in told:
        moves.setdefault(row["order_id"], []).append((row["at"], RANKS.get(row["type"], -1)))
        status[row["order_id"]] = row["status"]
    late: list[float] = []
    wrong: list[str] = []
    for page in pages:
        last = page.shown[-1][1] if page.shown else None
        if last != STATUSES.get(status[page.order_id]):
            wrong.append(f"order {page.order_id} is {status[page.order_id]}, its page shows {last}")
        if any(rank < 0 for _, rank in page.shown) or [rank for _, rank in page.shown] != sorted(
            r for _, r in page.shown
        ):
            wrong.append(f"the page of order {page.order_id} went back: {[rank for _, rank in page.shown]}")
        opened = page.shown[0][0] if page.shown else 0
        for at, rank in moves[page.order_id]:
            shown = next((when for when, what in page.shown if what >= rank), None)
            # What had happened before the page was there, it shows at once.
            seconds = LATEST + 1 if shown is None else (shown - max(at, opened)) / 1_000_000
            late.append(seconds)
            if seconds > LATEST:
                wrong.append(f"the page of order {page.order_id} showed move {rank} {'never' if shown is None else f'after {seconds:.2f} s'}")  # fmt: skip
    return late, wrong


def stream(port: int, link: str) -> socket.socket:
    """A connection on which the page of an order is told of its moves."""
    connection = socket.create_connection(("127.0.0.1", port), timeout=10)
    # HTTP/1.0, so that nothing is chunked or kept open.
    connection.sendall(f"GET /live?topics=order:{link} HTTP/1.0\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
    return connection


def _read(selector: selectors.BaseSelector, seconds: float, done: Callable[[], bool]) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and not done():
        for key, _ in selector.select(0.05):
            page: Seen = key.data
            try:
                got = page.connection.recv(65536)
            except OSError:
                got = b""  # The server cut it off: for its reader an end like any other, and what it shows is judged.
            if got:
                page.heard(got, clock.now())
            else:
                selector.unregister(page.connection)


def _share(late: Sequence[float], share: float) -> float:
    return statistics.quantiles(late, n=100)[round(share * 100) - 1] if len(late) > 1 else max(late, default=0.0)


def _family(pid: int) -> Iterator[int]:
    yield pid
    with suppress(FileNotFoundError):
        for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
            yield from _family(int(child))
