"""Promise 22 on real servers: what a live page shows is the order's status. How soon (within two seconds) `make bench` measures: a
stopwatch in a test would measure the machine."""

from __future__ import annotations

from contextlib import closing

import pytest
from flask import Flask

from tests.live import orders
from tests.live.serving import Reader, Readers, Server, until
from webapp.db import Row, db, fetch, transact
from webapp.settings import Settings


def streams_of(server: Server) -> int:
    """How many streams a test opens: threads keep forty at most."""
    return 200 if server.on_postgresql else 40


def watch(readers: Readers, placed: list[Row]) -> list[Reader]:
    """A stream for each order, each showing the present state."""
    opened = [readers.open(f"/live?topics=page:{row['link']}") for row in placed]
    until(lambda: all(reader.shows("INVENTORY_PENDING") for reader in opened))
    return opened


def show(readers: list[Reader], text: str) -> None:
    """Wait until every page shows it."""
    until(lambda: all(reader.shows(text) for reader in readers))


def test_many_pages_follow_their_orders_and_leave_nothing_behind(server: Server, readers: Readers) -> None:
    def follow() -> None:
        placed = orders.place(streams_of(server))
        ids = [row["id"] for row in placed]
        opened = watch(readers, placed)
        # Two workers with a pool of ten, five more in a rush, and the one that listens; and this test's own.
        assert connections() <= 2 * 16 + 2
        transact(lambda: orders.to_payment(ids))
        show(opened, "PAYMENT_PENDING")
        transact(lambda: orders.complete(ids))
        show(opened, "COMPLETED")
        until(lambda: all(reader.closed for reader in opened))
        assert all(reader.events[-1] == ("end", "{}") for reader in opened)

    # The first round fills the pools of threads and connections, which stay; the second must not add to them.
    follow()
    settled = "marketflow_live_streams 0.0"
    until(lambda: all(settled in server.get("/metrics").text for _ in range(6)))
    files, threads = held(server)
    follow()
    until(
        lambda: held(server)[0] <= files + 2 and held(server)[1] <= threads + 2,
        said=lambda: f"{held(server)}, before {files, threads}\n{server.said()}",
    )


def test_pages_follow_when_nothing_is_announced(server: Server, readers: Readers) -> None:
    placed = orders.place(streams_of(server))
    opened = watch(readers, placed)
    transact(lambda: orders.complete_silently([row["id"] for row in placed]))
    show(opened, "COMPLETED")


def test_an_announced_change_is_shown_without_the_look_of_each_second(settings: Settings, app: Flask) -> None:
    with app.app_context(), closing(Server(settings, LOOK_EVERY="3600")) as server, closing(Readers(server)) as readers:
        # The first one has the hub look at everything, and then no more for an hour.
        watch(readers, orders.place(1))
        for row in orders.place(7):
            [opened] = watch(readers, [row])
            # The server's own change: embedded, that is how nearly all are made.
            assert server.get(f"/test/to-payment/{row['id']}").text == "moved"
            show([opened], "PAYMENT_PENDING")


def test_a_page_that_comes_back_shows_what_it_missed(server: Server, readers: Readers) -> None:
    [row] = orders.place(1)
    [opened] = watch(readers, [row])
    readers.leave([opened])
    transact(lambda: orders.to_payment([row["id"]]))
    again = readers.open(f"/live?topics=page:{row['link']}")
    until(lambda: again.shows("PAYMENT_PENDING"))
    assert len(again.events) == 1


def test_a_page_opened_on_a_final_state_is_told_so_and_closed(server: Server, readers: Readers) -> None:
    [row] = orders.place(1)
    transact(lambda: orders.complete_silently([row["id"]]))
    opened = readers.open(f"/live?topics=page:{row['link']}")
    until(lambda: opened.closed)
    assert opened.events == [
        ("state", '<p id="order" data-final\n   data-status="COMPLETED">COMPLETED</p>'),
        ("end", "{}"),
    ]


def test_the_servers_end_is_not_held_up_by_streams(server: Server, readers: Readers) -> None:
    opened = watch(readers, orders.place(30))
    server.terminate()
    assert server.process.returncode == 0
    until(lambda: all(reader.closed for reader in opened))
    assert all(reader.events[-1][0] == "state" for reader in opened), "no page may believe that its order is settled"


@pytest.mark.parametrize("settings", [pytest.param("postgresql", marks=pytest.mark.server)], indirect=True)
def test_pages_follow_after_postgresql_has_dropped_every_connection(server: Server, readers: Readers) -> None:
    placed = orders.place(5)
    opened = watch(readers, placed)
    until(lambda: listening() >= 1)
    db.session.remove()
    fetch(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    db.session.remove()
    transact(lambda: orders.to_payment([row["id"] for row in placed]))
    show(opened, "PAYMENT_PENDING")
    until(lambda: listening() >= 1)


def held(server: Server) -> tuple[int, int]:
    """File descriptors and threads of the web processes, without the database's pool, which may grow a little."""
    files, threads = server.held()
    return files - connections(), threads


def connections() -> int:
    """How many the database has of this test's market; 0 on SQLite."""
    return len(_activity())


def listening() -> int:
    """How many web processes listen."""
    return sum(row["application_name"] == "marketflow live" for row in _activity())


def _activity() -> list[Row]:
    if db.engine.dialect.name == "sqlite":
        return []
    found = fetch("SELECT application_name FROM pg_stat_activity WHERE datname = current_database()")
    db.session.rollback()
    return found
