"""The demo: two markets with their people, goods and a month of trade, told through the real handlers under a set clock.

The embedded market's demo is made aside, in MARKET_HOME/seeding, and moved into place when it is whole, so that a kill at
any moment leaves either no demo or all of it.
"""

from __future__ import annotations

import os
import secrets
import shutil
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import timedelta
from pathlib import Path

import click
from sqlalchemy import event

from webapp import clock
from webapp.accounts import commands as people
from webapp.accounts import passwords, queries
from webapp.app import create_app
from webapp.db import db, transact
from webapp.demo.catalogue import MARKETS, DemoPerson
from webapp.demo.story import Happening, story
from webapp.settings import Settings, load
from workers import release
from workers.draining import Pump
from workers.providing import ProviderChild
from workers.telling import ACTOR, SHOPPER, open_market, pause_goods, set_thresholds, stock_shelves, tell

DAYS, SEED = 28, 7
BUYER = DemoPerson(SHOPPER, "Sofie Lund", "shopper")
OPERATOR = DemoPerson("operator@demo.market", "Olu Park", "operator")


class AlreadySeeded(Exception):
    """The demo's markets are there already."""


def accounts(config: Settings) -> list[str]:
    """The demo accounts' lines, `role email password`; none where there is no demo."""
    path = _accounts_file(config.home)
    return path.read_text().splitlines() if path.exists() else []


def seed_if_new(config: Settings) -> None:
    """Make the embedded market's demo where MARKET_HOME has no market yet; on PostgreSQL, where the database has none."""
    if config.on_postgresql:
        app = create_app(config)
        with app.app_context():
            release.migrate()
            there = bool(queries.markets())
            db.engine.dispose()
        if not there:
            _seed_aside(config)
        return
    if (config.home / "market.db").exists():
        return
    aside = config.home / "seeding"
    for leftover in (aside, config.home / "provider"):
        shutil.rmtree(leftover, ignore_errors=True)
    aside.mkdir()
    _seed_aside(load(market_home=aside, secret_key=config.signing_key, provider_secret=config.provider_key))
    # The database goes last: while it is not there, the demo counts as not made.
    with (aside / "market.db").open("rb") as database:
        os.fsync(database.fileno())
    for name in ("demo-accounts.txt", "provider", "market.db"):
        (aside / name).replace(config.home / name)
    shutil.rmtree(aside)


def seed(config: Settings, past: bool = True) -> None:
    """Tell the demo into the bound database: people, markets and goods, and the `past` month of trade where no relay is
    running that would hear of it at the wrong time. Needs an app context; raises AlreadySeeded."""
    if queries.markets():
        raise AlreadySeeded("there are markets in this database already; the demo is only made in an empty one")
    passwords_of = _people(config.home)
    pump = Pump() if past else None
    try:
        end = clock.to_datetime(clock.now())
        start = end - timedelta(days=DAYS)
        with clock.set_to(clock.from_datetime(start) - clock.seconds(86_400)) if past else nullcontext():
            ids = {market.slug: open_market(market, passwords_of, pump) for market in MARKETS}
            for market in MARKETS:
                set_thresholds(market, ids[market.slug])
        if pump is None:
            stock_shelves(ids)
        else:
            happenings = list(story(MARKETS, start, end, SEED))
            with _progress(happenings, "Telling the demo's last four weeks") as told:
                tell(told, ids, pump)
            pump.drain()
        for market in MARKETS:
            pause_goods(market, ids[market.slug])
        if pump:
            pump.drain()
    finally:
        if pump:
            pump.close()


def _seed_aside(config: Settings) -> None:
    child = ProviderChild(config) if config.provider_url is None else None
    try:
        address = child.start() if child else config.provider_url
        app = create_app(load(**{**config.without_cards().model_dump(), "provider_url": address}))
        with app.app_context():
            if db.engine.dialect.name == "sqlite":
                # Nothing made aside counts before it is whole, so no commit need reach the disk before the last.
                event.listen(db.engine, "connect", lambda connection, _: connection.execute("PRAGMA synchronous=OFF"))
            release.migrate()
            seed(config)
            db.session.remove()
            if db.engine.dialect.name == "sqlite":
                with db.engine.connect() as connection:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            db.engine.dispose()
    finally:
        if child:
            child.stop()


def _people(home: Path) -> dict[str, int]:
    everybody = [*(person for market in MARKETS for person in market.people), BUYER, OPERATOR]
    words = {person.email: _password() for person in everybody}
    hashes = {email: passwords.hashed(word) for email, word in words.items()}

    def made() -> dict[str, int]:
        return {
            person.email: people.create_person(
                person.email,
                person.name,
                hashes[person.email],
                actor=ACTOR,
                is_operator=person is OPERATOR,
                confirmed=True,
            )
            for person in everybody
        }

    ids = transact(made)
    path = _accounts_file(home)
    path.touch(mode=0o600)
    path.write_text("".join(f"{person.role} {person.email} {words[person.email]}\n" for person in everybody))
    return ids


@contextmanager
def _progress(happenings: Sequence[Happening], label: str) -> Iterator[Iterable[Happening]]:
    if not sys.stderr.isatty():
        click.echo(f"{label} …", err=True)
        yield happenings
        return
    with click.progressbar(happenings, label=label, file=sys.stderr) as bar:
        yield bar


def _password() -> str:
    return "-".join(secrets.token_hex(3) for _ in range(3))


def _accounts_file(home: Path) -> Path:
    return home / "demo-accounts.txt"
