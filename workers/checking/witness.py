"""The invariant that the payment provider testifies to (10): its own ledger, beside what our orders say is kept."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import httpx

from webapp.db import as_json, rows
from webapp.payments.calls import Testimony
from webapp.payments.gateway import DEFAULT_URL, IN_PROCESS, HttpGateway, NoTestimony, of_tests, stripe_of
from webapp.settings import Settings
from workers.checking.asking import Asking, CannotAsk, Invariant, query

PAGE = 1000
COLUMNS = {"order_id": "bigint", "idempotency_key": "text", "currency": "text", "taken": "bigint", "refunded": "bigint"}


def provider_url(settings: Settings) -> str | None:
    """Where the provider answers: the setting, or what the embedded market that runs on this MARKET_HOME has written down."""
    written = settings.home / "provider.url"
    if settings.provider_url:
        return settings.provider_url
    if settings.with_brokers:
        return DEFAULT_URL
    return written.read_text().strip() or None if written.exists() else None


def testimony(settings: Settings) -> Iterator[Testimony]:
    """The provider's whole ledger: asked of the provider, or read from its file where it is our child and is not running.
    Raises CannotAsk."""
    if settings.takes_cards:
        yield from _of_stripe(settings)
    url = provider_url(settings)
    if url == IN_PROCESS:
        raise CannotAsk("payments are answered in process, and nobody keeps a ledger of them", expected=True)
    ledger = settings.home / "provider" / "ledger.sqlite3"
    if url is not None:
        gateway = of_tests(settings.model_copy(update={"provider_url": url}))
        assert isinstance(gateway, HttpGateway)
        heard = False
        try:
            for charge in gateway.testify():
                heard = True
                yield charge
        except httpx.HTTPError as error:
            # Its file would say everything again that it has said before it fell silent.
            if heard or settings.provider_url or not ledger.exists():
                raise CannotAsk(
                    f"the provider does not answer at {url}: {str(error) or type(error).__name__}", expected=False
                ) from error
        else:
            return
        finally:
            gateway.close()
    if ledger.exists():
        yield from _read(ledger)
    elif not settings.takes_cards:
        raise CannotAsk(f"no provider is set, and {ledger} is not there: nothing was ever paid here", expected=True)


def _of_stripe(settings: Settings) -> Iterator[Testimony]:
    gateway = stripe_of(settings)
    try:
        yield from gateway.testify()
    except NoTestimony as error:
        raise CannotAsk(str(error), expected=False) from error
    finally:
        gateway.close()


def _read(ledger: Path) -> Iterator[Testimony]:
    with closing(sqlite3.connect(f"{ledger.resolve().as_uri()}?mode=ro", uri=True)) as connection:
        for key, reference, amount, currency, taken_at, refunded in connection.execute(
            "SELECT key, reference, amount, currency, taken_at, refunded FROM charges ORDER BY position"
        ):
            number = (reference or "").removeprefix("order-")
            order_id = int(number) if number.isascii() and number.isdigit() else None
            yield Testimony(order_id, key, currency, amount if taken_at is not None else 0, refunded)


_kept_as_ordered = query(
    # What the order says is kept: its total less its refunds once it is paid, else nothing.
    "SELECT 'order ' || o.id || ': ' || o.status || ', ' || (CASE WHEN o.status IN ('COMPLETED', 'REFUNDED') THEN o.total_minor - o.refunded_minor"
    " ELSE 0 END) || ' ' || o.currency || ' kept; the provider has ' || coalesce(w.kept, 0) || ' ' || coalesce(w.currency, '') || ' of it' FROM orders o"
    " LEFT JOIN (SELECT order_id, sum(taken) - sum(refunded) AS kept, min(currency) AS currency FROM witness GROUP BY order_id) w ON w.order_id = o.id"
    " WHERE coalesce(w.kept, 0) <> CASE WHEN o.status IN ('COMPLETED', 'REFUNDED') THEN o.total_minor - o.refunded_minor ELSE 0 END"
    " OR w.kept <> 0 AND w.currency <> o.currency",
    "SELECT 'order ' || order_id || ': charged ' || count(*) || ' times' FROM witness WHERE taken > 0 AND order_id IS NOT NULL"
    " GROUP BY order_id HAVING count(*) > 1",
    "SELECT 'charge ' || w.idempotency_key || ': ' || (w.taken - w.refunded) || ' kept, for no order of ours' FROM witness w"
    " LEFT JOIN orders o ON o.id = w.order_id WHERE o.id IS NULL AND w.taken <> w.refunded",
)


def charged_as_ordered(asking: Asking) -> Iterator[str]:
    """10: the testimony goes into a temporary table, page by page, and is asked about there."""
    return compare(asking, testimony(asking.settings))


def compare(asking: Asking, charges: Iterable[Testimony]) -> Iterator[str]:
    """The rows in which a ledger and our orders differ."""
    asking.run(
        "CREATE TEMPORARY TABLE witness (order_id bigint, idempotency_key text, currency text, taken bigint, refunded bigint)"
    )
    names = ", ".join(COLUMNS)
    coming = iter(charges)
    while page := list(islice(coming, PAGE)):
        records = [
            {
                "order_id": c.order_id,
                "idempotency_key": c.idempotency_key,
                "currency": c.currency,
                "taken": c.taken_minor,
                "refunded": c.refunded_minor,
            }
            for c in page
        ]
        asking.run(
            f"INSERT INTO witness ({names}) SELECT {names} FROM {rows('records', **COLUMNS)}", records=as_json(records)
        )
    asking.run("CREATE INDEX ix_witness ON witness (order_id)")
    yield from _kept_as_ordered(asking)


INVARIANTS = (
    Invariant(10, "By the provider's own ledger: at most one charge per order; charge less refunds is what the order says is kept.",
              charged_as_ordered, drained=True),
)  # fmt: skip
