"""Writes docs/saga.md from the subscriptions and the catalogue of events: `python -m workers.sagadoc`. A test keeps it
current."""

from __future__ import annotations

from collections.abc import Iterator

from webapp import events
from webapp.notifications.kinds import kind_of
from webapp.settings import ROOT
from workers.subscriptions import ACTORS, NO_CONSUMER, SUBSCRIPTIONS

HEAD = """# The saga: who tells what, and who reacts

Written by `python -m workers.sagadoc` from `workers/subscriptions.py` and `webapp/events.py`; do not edit it by hand.

```mermaid
flowchart LR
  products([products.events]) --> inventory[inventory]
  orders([orders.events]) --> inventory
  inventory --> inventoryevents([inventory.events])
  inventoryevents --> ordersgroup[orders]
  payments([payments.events]) --> ordersgroup
  ordersgroup --> orders
  ordersgroup -. charge, void, refund .-> paymentsqueue[/payments/] --> payment[payments] --> payments
  ordersgroup -. notify .-> notificationsqueue[/notifications/] --> email[notifications] --> mail((email))
  console([the console, market import]) -. work_on .-> importsqueue[/imports/] --> import[imports] --> products
```
"""


def page() -> str:
    """The page as it should stand."""
    return "\n".join([HEAD, *_groups(), *_queues(), *_catalogue()]) + "\n"


def _groups() -> Iterator[str]:
    yield "## Consumer groups\n\n| Group | Event | Topic | What it does |\n| --- | --- | --- | --- |"
    for group, handlers in SUBSCRIPTIONS.items():
        for kind, command in handlers.items():
            yield f"| {group} | {kind.TYPE} | {kind.TOPIC} | {_first(command.__doc__)} (`{_name(command)}`) |"


def _queues() -> Iterator[str]:
    yield "\n## Queues\n\n| Queue | Actor | What it does |\n| --- | --- | --- |"
    for queue, actors in ACTORS.items():
        for name, actor in actors.items():
            yield f"| {queue} | {name} | {_first(actor.__doc__)} (`{_name(actor)}`) |"


def _catalogue() -> Iterator[str]:
    yield "\n## Events\n\n| Event | Topic | Key | Means | Read by | Email |\n| --- | --- | --- | --- | --- | --- |"
    for kind in events.CATALOGUE.values():
        readers = [group for group, handlers in SUBSCRIPTIONS.items() if kind in handlers]
        read_by = ", ".join(readers) if kind not in NO_CONSUMER else "nobody in the house"
        email = kind_of(kind.TYPE, {"reason": "late_success"}) or ""
        yield f"| {kind.TYPE} | {kind.TOPIC} | {kind.ABOUT} id | {_first(kind.__doc__)} | {read_by} | {email} |"


def _first(docstring: str | None) -> str:
    return " ".join((docstring or "").split("\n\n")[0].split())


def _name(function: object) -> str:
    return f"{function.__module__}.{function.__name__}"  # type: ignore[attr-defined]


if __name__ == "__main__":
    (ROOT / "docs" / "saga.md").write_text(page())
