"""The test tokens and what the provider does with each."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Conduct:
    """How a charge with a token goes."""

    last4: str
    declines_because: str | None = None
    late_success_after: float | None = None
    """Seconds after which a declined charge is taken all the same."""
    unavailable_times: int = 0
    """How many calls of a key are answered 503 before one is carried out."""
    answers: bool = True
    """False when the call that takes the money is never answered."""


TOKENS = {
    "tok_success": Conduct("4242"),
    "tok_declined": Conduct("0002", declines_because="card_declined"),
    "tok_insufficient_funds": Conduct("9995", declines_because="insufficient_funds"),
    "tok_timeout": Conduct("4408", answers=False),
    "tok_unavailable_twice": Conduct("4503", unavailable_times=2),
    "tok_late_success": Conduct("4403", declines_because="card_declined", late_success_after=3.0),
}
