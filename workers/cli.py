"""The `market` command: what an operator or a Procfile runs."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click
from flask import Flask

from webapp import clock, outbox, settings
from webapp.accounts import commands as accounts
from webapp.app import create_app
from webapp.db import db, fetch, transact
from workers import explaining

Command = Callable[..., Any]


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def market() -> None:
    """Marketflow: a market in a box. Settings come from the environment; docs/settings.md lists them."""


def with_app(command: Command) -> Command:
    """Give a command the app and its context; what is wrong becomes one line on stderr and exit status 1."""

    @wraps(command)
    def run(*args: Any, **kwargs: Any) -> None:
        try:
            app = create_app()
            with app.app_context():
                status = command(app, *args, **kwargs)
        except explaining.EXPLAINED as error:
            raise click.ClickException(explaining.line(error)) from error
        sys.exit(status or 0)

    return run


@market.command()
@click.argument("email")
@click.option(
    "--market", "market_slug", help="The market that the token is bound to, when the person works for several."
)
@click.option(
    "--scope", "scopes", multiple=True, help="A scope, such as orders:read; all that the role allows when left out."
)
@click.option("--days", default=90, show_default=True, help="Days until it expires.")
@with_app
def token(app: Flask, email: str, market_slug: str | None, scopes: tuple[str, ...], days: int) -> None:
    """Make an API token for EMAIL and print it alone. It is shown this once."""
    click.echo(transact(lambda: accounts.issue_token(email, market_slug, scopes, days)))


@market.command()
@click.option("--drained", is_flag=True, help="Wait until nothing is under way, then check what must hold then, too.")
@click.option("--wait", default=60, show_default=True, help="Seconds to wait for that.")
@with_app
def check(app: Flask, drained: bool, wait: int) -> int:
    """Check every invariant of the market; exit status 1 when one is broken."""
    from workers import checking

    return checking.run(app, drained, wait)


@market.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--market", "market_slug", required=True, help="The market to sell in.")
@click.option("--limit", type=click.IntRange(1), help="Read so many lines at the most.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
@with_app
def replay(app: Flask, file: Path, market_slug: str, limit: int | None, as_json: bool) -> int:
    """Place the sales of a retailer's FILE as orders, and follow each to its end. Safe to run twice."""
    from workers import replay as replaying

    return replaying.run(app, file, market_slug, limit, as_json)


@market.command(name="import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--market", "market_slug", required=True, help="The market to import into.")
@click.option("--dry-run", is_flag=True, help="Only say what would be changed.")
@click.option(
    "--leave-errors", is_flag=True, help="Import the other rows when some have errors; without it nothing is."
)
@with_app
def import_products(app: Flask, file: Path, market_slug: str, dry_run: bool, leave_errors: bool) -> int:
    """Import products from FILE, a CSV as Shopify or this market exports it. Can be undone in the console."""
    from workers import import_file

    return import_file.run(app, file, market_slug, dry_run, leave_errors)


@market.command(name="outbox")
@with_app
def show_outbox(app: Flask) -> None:
    """Show what still has to be sent, per topic and queue, and what was put aside."""
    backlog = outbox.backlog()
    for row in backlog:
        click.echo(f"{row['channel']:<20} {row['waiting']:>8} waiting, oldest {row['oldest_seconds']:.1f} s")
    if not backlog:
        click.echo("Nothing waits to be sent.")
    parked = fetch(
        "SELECT consumer, reason, count(*) AS messages FROM parked WHERE resolved_at IS NULL GROUP BY consumer, reason ORDER BY 3 DESC LIMIT 50"
    )
    for row in parked:
        click.echo(f"parked by {row['consumer']:<10} {row['messages']:>8} × {row['reason']}")


@market.command()
@click.option("--since", required=True, help="An instant such as 2026-11-22T09:00Z; without a zone it is UTC.")
@with_app
def republish(app: Flask, since: str) -> None:
    """Send every event since an instant again, for a broker that has lost what it was given. Consumers absorb the rest."""
    try:
        moment = datetime.fromisoformat(since)
    except ValueError as error:
        raise click.BadParameter(
            f"{since!r} is no instant; write it like 2026-11-22T09:00Z", param_hint="--since"
        ) from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    count = transact(lambda: outbox.republish(clock.from_datetime(moment)))
    click.echo(f"{count} events since {moment.isoformat()} will be sent again.")


@market.command()
@with_app
def seed(app: Flask) -> None:
    """Tell the demo into an empty database: two markets, people, goods, and where no loops run four weeks of trade."""
    from webapp import heartbeats
    from workers import demo
    from workers.timers import TIMERS

    running = any(beat["kind"] == TIMERS and beat["state"] != "unknown" for beat in heartbeats.read())
    db.session.rollback()
    config: settings.Settings = app.extensions["settings"]
    try:
        demo.seed(config, past=not running)
    except demo.AlreadySeeded as error:
        raise click.ClickException(str(error)) from error
    for line in demo.accounts(config):
        click.echo(line)


@market.command()
@with_app
def release(app: Flask) -> None:
    """Migrate the database, and on servers create the topics: before a new version starts."""
    from workers import release as releasing

    releasing.run(app)


@market.command()
@with_app
def relay(app: Flask) -> int:
    """Send what the outbox holds, and run the timers. One relay works at a time; more of them stand by."""
    from workers import servers

    return servers.run_relay(app)


@market.command()
@click.argument("group")
@with_app
def consume(app: Flask, group: str) -> int:
    """Consume events as GROUP, `inventory` or `orders`. More processes share the work."""
    from workers import servers

    return servers.run_consumer(app, group)


@market.command()
@with_app
def tasks(app: Flask) -> int:
    """Work on the payments and notifications queues."""
    from workers import tasks as working

    return working.run(app)


def main() -> None:
    """The entry of the console script."""
    market()


if __name__ == "__main__":
    main()
