"""What each email about an account says: what was asked for, what the link does and how long, what to do if it was not
the reader. Pure, from a letter's row to words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from webapp.accounts import letters
from webapp.db import Row
from webapp.notifications.facts import greeting_name, one_line
from webapp.web.figures import count_text

MOST_ALERTS = 20
"""Products that one email about low stock lists."""


@dataclass(frozen=True, slots=True)
class AccountWords:
    """All texts of one email about an account. `path` is where the button leads, within the market's address."""

    subject: str
    heading: str
    paragraphs: tuple[str, ...]
    button: str
    path: str
    why: str


@dataclass(frozen=True, slots=True)
class _Letter:
    row: Row
    at: datetime
    expires_at: datetime | None

    @property
    def greeting(self) -> str:
        """The reader's first name after a comma, or nothing."""
        first = greeting_name(one_line(self.row["name"] or self.row["person_name"] or "", 120))
        return f", {first}" if first else ""

    @property
    def until(self) -> str:
        """When the link ends, in words."""
        return f"{self.expires_at:%-d %B, %H:%M} UTC" if self.expires_at else ""


def words_for(letter: Row, at: datetime, expires_at: datetime | None) -> AccountWords:
    """The words of the email that this letter asks for."""
    return _WRITERS[letter["kind"]](_Letter(letter, at, expires_at))


def _confirm(letter: _Letter) -> AccountWords:
    return AccountWords(
        subject="Confirm your email address",
        heading=f"Nearly there{letter.greeting}.",
        paragraphs=(
            "Somebody, we hope you, registered at Marketflow with this address. Confirm it with the password that you chose,"
            " and the account is yours.",
            f"The link works once, until {letter.until}. If it was not you, do nothing: without you there will be no account.",
        ),
        button="Confirm this address",
        path=f"/confirm/{letters.PLACE}",
        why="You get this because this address was given for a new account.",
    )


def _exists(letter: _Letter) -> AccountWords:
    return AccountWords(
        subject="You have an account already",
        heading=f"You have an account already{letter.greeting}.",
        paragraphs=(
            "Somebody, perhaps you, has just given this address for an account at Marketflow. It has one, so nothing was changed.",
            "Log in with it. If the password is gone, the log-in page has a link to set a new one. If it was not you, there is nothing to do.",
        ),
        button="Log in",
        path="/login",
        why="You get this because this address was given for a new account.",
    )


def _reset(letter: _Letter) -> AccountWords:
    return AccountWords(
        subject="Set a new password",
        heading=f"A new password{letter.greeting}.",
        paragraphs=(
            "Somebody, we hope you, asked for a new password for your account at Marketflow. Set it here:"
            " everywhere that you are logged in you will be logged out.",
            f"The link works once, until {letter.until}. If it was not you, do nothing: your password stays as it is.",
        ),
        button="Set a new password",
        path=f"/reset/{letters.PLACE}",
        why="You get this because a new password was asked for with this address.",
    )


def _new_email(letter: _Letter) -> AccountWords:
    return AccountWords(
        subject="Confirm your new email address",
        heading=f"Is this your new address{letter.greeting}?",
        paragraphs=(
            "You asked to use this address for your account at Marketflow. Confirm it while you are logged in, and it takes the place of the old one.",
            f"The link works once, until {letter.until}. If it was not you, do nothing: nothing changes.",
        ),
        button="Use this address",
        path=f"/account/email/{letters.PLACE}",
        why="You get this because this address was given for an account.",
    )


def _email_changed(letter: _Letter) -> AccountWords:
    return AccountWords(
        subject="Your account has a new email address",
        heading="Your account has a new address.",
        paragraphs=(
            f"Since {letter.at:%-d %B, %H:%M} UTC your account at Marketflow belongs to another address than this one, confirmed from there.",
            "If that was you, there is nothing to do. If it was not, write to the market that you bought from: this address opens the account no more.",
        ),
        button="Go to Marketflow",
        path="/",
        why="You get this because this was the account's address until now.",
    )


def _password_changed(letter: _Letter) -> AccountWords:
    return AccountWords(
        subject="Your password was changed",
        heading="Your password was changed.",
        paragraphs=(
            f"Your account at Marketflow has a new password since {letter.at:%-d %B, %H:%M} UTC, and every other place was logged out.",
            "If that was you, there is nothing to do. If it was not, set a new one now.",
        ),
        button="It was not me",
        path="/forgot",
        why="You get this because it is your account's address.",
    )


def _invited(letter: _Letter) -> AccountWords:
    market = one_line(letter.row["market_name"] or "a market", 120)
    first = greeting_name(one_line(letter.row["sender"], 120))
    role = "an owner" if letter.row["role"] == "owner" else "staff"
    return AccountWords(
        subject=f"You are invited to work at {market}",
        heading=f"{first or 'Somebody'} invites you to {market}.",
        paragraphs=(
            f"You are asked to keep {market} at Marketflow together with them, as {role}. Take it with the account of this address, or with a new one.",
            f"The link works once, until {letter.until}. If you do not know what this is about, do nothing.",
        ),
        button=f"Work at {market}",
        path=f"/invited/{letters.PLACE}",
        why=f"You get this because an owner of {market} gave this address.",
    )


def _low_stock(letter: _Letter) -> AccountWords:
    alerts = letter.row["alerts"]
    market = one_line(letter.row["market_name"] or "a market", 120)
    first = f"{one_line(alerts[0]['name'], 120)}" if alerts else "Something"
    more = len(alerts) - 1
    subject = f"{first} is low" if more < 1 else f"{first} and {count_text(more)} more are low"
    return AccountWords(
        subject=f"{subject} at {market}",
        heading=f"{subject}.",
        paragraphs=(
            *(_left(alert) for alert in alerts[:MOST_ALERTS]),
            *((f"And {count_text(len(alerts) - MOST_ALERTS)} more.",) if len(alerts) > MOST_ALERTS else ()),
            "You hear of each once: again only when it was filled up and is low anew.",
        ),
        button="Open stock",
        path="/console/stock?view=low"
        if any(alert["available"] > 0 for alert in alerts)
        else "/console/stock?view=out",
        why=f"You get this because you are an owner of {market}.",
    )


def _left(alert: Row) -> str:
    name, sku, left = one_line(alert["name"], 120), one_line(alert["sku"], 64), alert["available"]
    threshold = count_text(alert["threshold"])
    return (
        f"{name} ({sku}): {f'{count_text(left)} left to sell' if left > 0 else 'sold out'}; low begins at {threshold}."
    )


_WRITERS: dict[str, Callable[[_Letter], AccountWords]] = {
    letters.CONFIRM: _confirm,
    letters.EXISTS: _exists,
    letters.RESET: _reset,
    letters.NEW_EMAIL: _new_email,
    letters.EMAIL_CHANGED: _email_changed,
    letters.PASSWORD_CHANGED: _password_changed,
    letters.INVITED: _invited,
    letters.LOW_STOCK: _low_stock,
}

KINDS = tuple(_WRITERS)
"""The kinds of emails about accounts."""
