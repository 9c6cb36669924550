"""`make bench`: measure, and print the figures with their ratios. ARGS="--only pages" measures a part."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import MutableMapping
from dataclasses import asdict
from typing import Any

import click

from bench import comparing, live, saga
from bench.open_pages import Followed

PARTS = ("saga", "pages", "live")

LEFT_OUT = ("SMTP_URL", "STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET")
"""Settings that are not measured with: an email would leave, or a card be asked, for each of ten thousand orders."""


@click.command(context_settings={"help_option_names": ["-h", "--help"], "show_default": True})
@click.option("--only", type=click.Choice(PARTS), multiple=True, help="Measure this part; may be given again.")
@click.option("--full", is_flag=True, help="Pages of 100,000 products and 1,000,000 orders: the filling takes minutes.")
@click.option("--orders", default=10_000, help="saga: orders to complete in each run.")
@click.option("--products", default=1_000, help="saga: products that they are spread over.")
@click.option("--limit-seconds", default=6, help="saga: how long the plain SQL runs.")
@click.option("--times", default=5, help="pages: how often each is asked for; the median counts.")
@click.option("--open-pages", default=live.PAGES, help="live: order pages that are open on the servers.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(
    only: tuple[str, ...],
    full: bool,
    orders: int,
    products: int,
    limit_seconds: int,
    times: int,
    open_pages: int,
    as_json: bool,
) -> None:
    """Measure what the market does on this machine: orders through the whole saga, the pages of a large market beside those of a small
    one, and open order pages that follow a burst. Exit status 1 when a page was wrong, late, or asked more of a large market."""
    parts = only or PARTS
    keep_to_ourselves(os.environ)
    script = saga.limit_script(os.environ)
    if "saga" in parts and not saga.can_run(script) and "LIMIT_SCRIPT" in os.environ:
        click.echo(f"LIMIT_SCRIPT is {script}, which is no executable file: plain SQL is not measured.", err=True)
    figures: dict[str, Any] = {}
    failed = False
    if "saga" in parts:
        figures["saga"] = saga.run(orders, products, limit_seconds)
        if not as_json:
            _say_saga(figures["saga"])
    if "pages" in parts:
        compared = comparing.run(comparing.FULL if full else comparing.MODEST, times, _progress)
        figures["pages"] = comparing.as_figures(compared)
        failed = failed or not compared.fixed
        if not as_json:
            click.echo("\n".join(comparing.table(compared)))
    if "live" in parts:
        followed = live.run(open_pages)
        figures["live"] = {name: {**asdict(one), "good": one.good} for name, one in followed.items()}
        failed = failed or not all(one.good for one in followed.values())
        if not as_json:
            _say_live(followed)
    if as_json:
        click.echo(json.dumps(figures))
    sys.exit(1 if failed else 0)


def keep_to_ourselves(environment: MutableMapping[str, str]) -> None:
    """Take out of an environment what would make a market that is only measured reach somebody."""
    for name in LEFT_OUT:
        environment.pop(name, None)


def _say_saga(figures: dict[str, float | None]) -> None:
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


def _say_live(followed: dict[str, Followed]) -> None:
    for name, one in followed.items():
        click.echo(
            f"{name:<10} {one.pages} open pages, {one.moves:,} moves shown after {one.p50:.2f} s (p50), {one.p99:.2f} s (p99),"
            f" {one.most:.2f} s (most); files {one.before.files} → {one.during.files} → {one.after.files},"
            f" threads {one.before.threads} → {one.during.threads} → {one.after.threads}; {'good' if one.good else 'WRONG'}"
        )
        for what in one.wrong[:10]:
            click.echo(f"           {what}")
    if "servers" not in followed:
        click.echo("servers    no pages opened: DATABASE_URL, KAFKA_BROKERS and AMQP_URL are not set")


def _progress(words: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{words}", nl=False, err=True)


if __name__ == "__main__":
    main()
