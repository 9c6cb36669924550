"""`make bench`: measure, and print the figures with their ratios."""

from __future__ import annotations

import json

import click

from bench import saga


@click.command()
@click.option("--orders", default=10_000, show_default=True, help="Orders to complete in each run.")
@click.option("--products", default=1_000, show_default=True, help="Products that they are spread over.")
@click.option("--limit-seconds", default=6, show_default=True, help="How long the plain SQL runs.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(orders: int, products: int, limit_seconds: int, as_json: bool) -> None:
    """Completed orders a second through the whole saga: embedded, and on the servers whose addresses are set."""
    figures = saga.run(orders, products, limit_seconds)
    if as_json:
        click.echo(json.dumps(figures))
        return
    limit = figures.get("limit")
    for name, figure in figures.items():
        ratio = f"  {figure / limit:6.1%} of plain SQL" if figure and limit and name != "limit" else ""
        click.echo(
            f"{name:<10} {figure:>10,.0f} orders/s{ratio}"
            if figure
            else f"{name:<10} not measured: no limit script (LIMIT_SCRIPT)"
        )
    if "servers" not in figures:
        click.echo(
            "servers    not measured: DATABASE_URL, KAFKA_BROKERS and AMQP_URL are not set (make services prints them)"
        )


if __name__ == "__main__":
    main()
