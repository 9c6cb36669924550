"""`make fill ARGS="--market SLUG"`: fill a market, and say how far it is."""

from __future__ import annotations

import sys
import time

import click

from bench.fill import filling, goods
from webapp.app import create_app
from workers import explaining


@click.command(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--market", "market_slug", required=True, help="The market to fill; it must be there.")
@click.option(
    "--products", type=click.IntRange(1, goods.MOST), default=100_000, show_default=True, help="New products."
)
@click.option("--orders", type=click.IntRange(0), default=1_000_000, show_default=True, help="Orders of them.")
@click.option("--days", type=click.IntRange(1), default=365, show_default=True, help="Days that they are spread over.")
@click.option("--beside-others", is_flag=True, help="Fill a market that has orders, too.")
def main(market_slug: str, products: int, orders: int, days: int, beside_others: bool) -> None:
    """Fill a market with products and orders, as many as a large one has, and with all that belongs to them."""
    began = time.monotonic()

    def heard(what: str, there: int, of: int) -> None:
        if sys.stderr.isatty():
            click.echo(
                f"\r\x1b[K{there:,} of {of:,} {what}, {time.monotonic() - began:.0f} s",
                nl=there == of,
                err=True,
            )

    try:
        app = create_app()
        with app.app_context():
            filling.fill(market_slug, products, orders, days, beside_others, heard)
    except explaining.EXPLAINED as error:
        raise click.ClickException(explaining.line(error)) from error
    click.echo(f"{products:,} products and {orders:,} orders in {time.monotonic() - began:.0f} s.")


if __name__ == "__main__":
    main()
