"""When shoppers come: the rhythm of the week and of the day, in UTC."""

import random
from datetime import datetime, timedelta

WEEKDAYS = (0.7, 0.75, 0.85, 1.0, 1.35, 1.8, 1.1)
"""How busy Monday to Sunday are."""

HOURS = {7: 1, 8: 3, 9: 5, 10: 7, 11: 8, 12: 7, 13: 5, 14: 5, 15: 6, 16: 7, 17: 8, 18: 9, 19: 10, 20: 8, 21: 4, 22: 1}
"""How busy each hour is; in the others the market sleeps."""


def visits(start: datetime, end: datetime, count: int, chance: random.Random) -> list[datetime]:
    """Return that many different instants between start and end, in order, busier as the weeks go by.

    Raises ValueError when the span is too short to hold an open hour.
    """
    hours: list[datetime] = []
    weights: list[float] = []
    hour = start.replace(minute=0, second=0, microsecond=0)
    while hour < end:
        if hour.hour in HOURS and hour >= start:
            grown = 1 + 0.35 * ((hour - start) / (end - start))
            hours.append(hour)
            weights.append(HOURS[hour.hour] * WEEKDAYS[hour.weekday()] * grown)
        hour += timedelta(hours=1)
    if not hours:
        raise ValueError("no hour between start and end in which the market is open")
    found: set[datetime] = set()
    while len(found) < count:
        (hour,) = chance.choices(hours, weights)
        at = hour + timedelta(seconds=chance.randint(0, 3599), milliseconds=chance.randint(0, 999))
        if at < end:
            found.add(at)
    return sorted(found)
