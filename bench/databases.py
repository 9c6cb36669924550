"""Databases that are made for one purpose on a PostgreSQL server, and dropped after it."""

from __future__ import annotations

import psycopg


def drop(server: str, name: str) -> None:
    """Drop a database of the server whose address this is, whoever of ours is still connected to it.

    DROP DATABASE … WITH (FORCE) fails while an autovacuum worker is in it, which is nobody's that we may end; without FORCE the server
    ends that worker itself.
    """
    with psycopg.connect(server, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND usename = current_user",
            (name,),
        )
        admin.execute(f"DROP DATABASE {name}")
