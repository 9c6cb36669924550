"""How sums, counts, times and durations are written on a page: pure functions from values to words.

Times are aware datetimes. They are written in UTC, and static/js/times.js rewrites them in the reader's own zone;
without JavaScript the full text in the title says "UTC".
"""

from datetime import UTC, datetime, timedelta

# The signs that English readers expect before the amount; every other currency is written with its code.
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£", "JPY": "¥", "INR": "₹"}
# Currencies whose minor unit is not a hundredth (ISO 4217).
DIGITS = {"JPY": 0, "KRW": 0, "ISK": 0, "CLP": 0, "VND": 0, "BHD": 3, "KWD": 3, "TND": 3, "JOD": 3, "OMR": 3}


def money_text(minor: int, currency: str) -> str:
    """Return an amount given in minor units as a reader writes it: ``12170, "EUR"`` is ``€121.70``."""
    digits = DIGITS.get(currency, 2)
    whole, rest = divmod(abs(minor), 10**digits)
    amount = f"{whole:,}" + (f".{rest:0{digits}d}" if digits else "")
    sign = "−" if minor < 0 else ""
    mark = SIGNS.get(currency)
    return f"{sign}{mark}{amount}" if mark else f"{sign}{amount}\u00a0{currency}"


def count_text(count: int) -> str:
    """Return a count with its thousands set apart and a real minus: ``1,042``, ``−3``."""
    return f"{count:,}".replace("-", "−")


def change_text(delta: int) -> str:
    """Return a change with its sign always shown: ``+24``, ``−1``, ``0``."""
    return f"+{delta:,}" if delta > 0 else count_text(delta)


def clock_text(at: datetime, precision: str = "s") -> str:
    """Return the time of day; precision is ``min`` (14:02), ``s`` (14:02:07) or ``ms`` (14:02:07.102)."""
    here = at.astimezone(UTC)
    if precision == "min":
        return here.strftime("%H:%M")
    if precision == "ms":
        return here.strftime("%H:%M:%S.") + f"{here.microsecond // 1000:03d}"
    return here.strftime("%H:%M:%S")


def short_time_text(at: datetime, now: datetime) -> str:
    """Return the shortest unambiguous time for a table: 14:02 today, Fri within a week, 12 Nov, or 12 Nov 2025."""
    here, today = at.astimezone(UTC), now.astimezone(UTC)
    days = (today.date() - here.date()).days
    if days == 0:
        return here.strftime("%H:%M")
    if 0 < days < 7:
        return here.strftime("%a")
    return f"{here.day} {here:%b}" if here.year == today.year else f"{here.day} {here:%b %Y}"


def long_time_text(at: datetime) -> str:
    """Return the full time for a title or a sentence: ``Sunday 22 November 2026, 14:02``."""
    here = at.astimezone(UTC)
    return f"{here:%A} {here.day} {here:%B %Y, %H:%M}"


def dated_text(at: datetime) -> str:
    """Return the day and the time beside a name: ``22 Nov 2026, 14:02``. The browser says ``today at 14:02`` where it is so."""
    here = at.astimezone(UTC)
    return f"{here.day} {here:%b %Y, %H:%M}"


def exact_time_text(at: datetime) -> str:
    """Return the full time to the second with its zone, for the tooltip of every shorter form."""
    here = at.astimezone(UTC)
    return f"{here.day} {here:%B %Y, %H:%M:%S} UTC"


def machine_time(at: datetime) -> str:
    """Return RFC 3339 in UTC with milliseconds, for ``<time datetime>``."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def span_text(span: timedelta | float) -> str:
    """Return a duration as a person would say it, with its unit: 0.18 s, 9.3 s, 40 s, 14 min, 2 h, 3 d.

    A number is taken as seconds.
    """
    seconds = span.total_seconds() if isinstance(span, timedelta) else float(span)
    seconds = max(0.0, seconds)
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds // 60:.0f} min"
    if seconds < 86400 * 2:
        return f"{seconds // 3600:.0f} h"
    return f"{seconds // 86400:.0f} d"


def wait_text(seconds: int) -> str:
    """Return how long somebody has to wait, rounded up: 1 second, 41 seconds, 2 minutes."""
    count, unit = (seconds, "second") if seconds < 60 else (-(-seconds // 60), "minute")
    return f"{count:,} {unit}{'' if count == 1 else 's'}"


def age_text(at: datetime, now: datetime) -> str:
    """Return how long ago something was, in whole units: 4 s, 2 min, 3 h, 5 d."""
    seconds = max(0.0, (now - at).total_seconds())
    return f"{seconds:.0f} s" if seconds < 60 else span_text(seconds)


def initials(name: str) -> str:
    """Return one or two capital letters for a person's round mark; an email gives its first letter."""
    words = name.split("@")[0].split()
    if not words:
        return "?"
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()
