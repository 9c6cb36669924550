"""When the demo's orders leave: whatever was bought by two in the afternoon goes at four, the rest in the morning."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta

from webapp.demo.story.happenings import DemoOrder, DemoParcels

LAST_ORDERS, AFTERNOON, MORNING = timedelta(hours=14), timedelta(hours=16), timedelta(hours=32)
"""Until when an order goes on its own day, when that is, and when the others go; all since its midnight UTC."""

NOTES = (
    "With the parcel post; it takes two or three days.",
    "By bicycle, between five and seven.",
    "With the parcel post, number PX 4471 {:04d} 9.",
)


def parcels(sold: Sequence[DemoOrder], end: datetime) -> list[DemoParcels]:
    """The parcels of each day before `end` for orders of one market, oldest first; those of the last day wait to be sent."""
    leaving: defaultdict[datetime, list[DemoOrder]] = defaultdict(list)
    for order in sold:
        midnight = order.at.replace(hour=0, minute=0, second=0, microsecond=0)
        leaving[midnight + (AFTERNOON if order.at - midnight < LAST_ORDERS else MORNING)].append(order)
    times = sorted(at for at in leaving if at < end - timedelta(hours=8))
    return [
        DemoParcels(at, leaving[at][0].market_slug, tuple(order.key for order in leaving[at]), NOTES[number % len(NOTES)].format(number * 137))
        for number, at in enumerate(times)
    ]  # fmt: skip
