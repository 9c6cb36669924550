"""The only room that calls a payment provider. What answers and callbacks mean is read beside each gateway.

`run` makes a batch of calls side by side and yields what came of them in groups as the answers come, so that a slow call
holds up nobody else. Only words of `calls.py` leave this room. Nothing here touches the database.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from flask import Flask, current_app

from webapp.errors import Unauthorised
from webapp.payments.calls import Call, Heard, NoTestimony, Outcome, Said, Testimony
from webapp.payments.gateway.in_process import InProcessGateway
from webapp.payments.gateway.own import HttpGateway
from webapp.payments.means import CARD, TEST
from webapp.settings import Settings, SettingsError

if TYPE_CHECKING:
    from webapp.payments.gateway.by_stripe import StripeGateway

__all__ = ["ByMethod", "Gateway", "HttpGateway", "InProcessGateway", "NoTestimony", "Testimony", "chosen_by", "current", "of_app",
           "of_tests", "stripe_of", "told_by_stripe"]  # fmt: skip

IN_PROCESS = "inprocess:"
DEFAULT_URL = "http://127.0.0.1:8090"


class Gateway(Protocol):
    """A provider of payments."""

    def run(self, calls: Sequence[Call]) -> Iterator[list[Outcome]]:
        """Make the calls and yield their outcomes, each exactly once, in groups as they come. Trouble is an outcome."""
        ...

    def close(self) -> None:
        """Let connections and threads go."""
        ...


def current() -> Gateway:
    """The gateway of the current app's settings, one for all its threads."""
    return of_app(current_app)


def of_app(app: Flask) -> Gateway:
    """The gateway that an app's settings choose. Raises SettingsError when they name no provider."""
    gateway: Gateway | None = app.extensions.get("payment_gateway")
    if gateway is None:
        # Two threads may make one each at the same moment; setdefault lets one of them win, and the other is idle.
        gateway = app.extensions.setdefault("payment_gateway", chosen_by(app.extensions["settings"]))
    return gateway


def chosen_by(settings: Settings) -> Gateway:
    """A new gateway for the settings. Raises SettingsError when they name no provider."""
    if settings.takes_cards:
        return ByMethod({CARD: stripe_of(settings), TEST: of_tests(settings)})
    gateway = of_tests(settings)
    if gateway is None:
        raise SettingsError(
            "PROVIDER_URL is not set: give the provider's address, or `inprocess:` to answer without one"
        )
    return gateway


def stripe_of(settings: Settings) -> StripeGateway:
    """A gateway to Stripe alone, for settings that take cards."""
    # Its library takes a third of a second to import, which a market without it need not wait for.
    from webapp.payments.gateway.by_stripe import StripeGateway

    assert settings.stripe_secret_key is not None
    base = settings.stripe_api_base.rstrip("/")
    return StripeGateway(settings.stripe_secret_key, base, f"{settings.base_url}/o/", settings.payment_timeout)


def told_by_stripe(signature: str | None, body: bytes, settings: Settings) -> Heard | None:
    """What an event of Stripe's says; None when it is about nothing of ours. Raises Unauthorised for a signature that does not
    hold or is older than five minutes, MarketError (400) for an event that makes no sense."""
    from webapp.payments.gateway import stripe_words

    if not stripe_words.is_signed(signature, body, settings.stripe_webhook_secret):
        raise Unauthorised("the signature does not hold", kind="bad-signature")
    return stripe_words.event_means(body)


def of_tests(settings: Settings) -> HttpGateway | InProcessGateway | None:
    """A gateway to the test provider alone; None where the settings name none."""
    url = settings.provider_url or (DEFAULT_URL if settings.with_brokers else None)
    if url is None:
        return None
    if url == IN_PROCESS:
        return InProcessGateway()
    return HttpGateway(url, settings.provider_key, f"{settings.base_url}/payments/callback", settings.payment_timeout)


class ByMethod:
    """Each payment at the provider that its order was placed for: changing the settings moves no payment to another's."""

    def __init__(self, gateways: Mapping[str, Gateway | None]) -> None:
        self._gateways = gateways

    def run(self, calls: Sequence[Call]) -> Iterator[list[Outcome]]:
        """The groups of one provider after those of the other: in one house nearly all are of one."""
        for method in sorted({call.method for call in calls}):
            own = [call for call in calls if call.method == method]
            gateway = self._gateways.get(method)
            if gateway is None:
                yield [_away(call) for call in own]
            else:
                yield from gateway.run(own)

    def close(self) -> None:
        """Let all of them go."""
        for gateway in self._gateways.values():
            if gateway is not None:
                gateway.close()


def _away(call: Call) -> Outcome:
    said = f'{{"trouble": "no provider is set for payments by {call.method}"}}'
    return Outcome(call, Said.UNAVAILABLE, said, reason="no provider is set for it")
