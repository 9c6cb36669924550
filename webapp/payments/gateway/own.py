"""The gateway to a provider that speaks as services/provider does: charges, voids and refunds by idempotency key."""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Iterator, Sequence

import httpx

from webapp.payments.answers import meaning, trouble
from webapp.payments.calls import Ask, Call, Outcome, Said, Testimony
from webapp.payments.gateway.crew import SIDE_BY_SIDE, Crew
from webapp.payments.gateway.exchange import exchange


class HttpGateway:
    """The provider behind an address, over connections that are kept alive. `timeout` is in seconds, for one call."""

    def __init__(self, url: str, secret: str, callback_url: str, timeout: float) -> None:
        self._callback_url = callback_url
        self._timeout = timeout
        self._client = httpx.Client(
            base_url=url.rstrip("/"),
            headers={"Authorization": f"Bearer {_key_of(secret)}"},
            timeout=timeout,
            # The threads are the limit. A call must never wait for a connection and take that for the provider's silence.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=SIDE_BY_SIDE, keepalive_expiry=30),
            trust_env=False,
        )
        self._crew = Crew(self._make)

    def run(self, calls: Sequence[Call]) -> Iterator[list[Outcome]]:
        """Make the calls side by side, in groups as they come."""
        return self._crew.run(calls)

    def testify(self) -> Iterator[Testimony]:
        """The provider's whole ledger, charge by charge, as the independent witness. Raises httpx.HTTPError."""
        after: int | None = 0
        while after is not None:
            answer = self._client.get("/v1/ledger", params={"after": after}, timeout=30.0)
            answer.raise_for_status()
            page = answer.json()
            for charge in page["charges"]:
                yield Testimony(
                    order_id=_order_id(charge["reference"]),
                    idempotency_key=charge["idempotency_key"],
                    currency=charge["currency"],
                    taken_minor=charge["amount"] if charge["taken"] else 0,
                    refunded_minor=charge["refunded"] or 0,
                )
            after = page["next"]

    def close(self) -> None:
        """Let the connections go. Calls under way end by themselves."""
        self._crew.close()
        self._client.close()

    def _make(self, call: Call) -> Outcome:
        began = time.monotonic()
        try:
            answer, raw = exchange(self._client, self._request(call), self._timeout)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return trouble(call, Said.UNAVAILABLE, f"could not connect: {type(error).__name__}", began)
        except httpx.TimeoutException:
            return trouble(call, Said.UNKNOWN, "timeout", began)
        except httpx.HTTPError as error:
            return trouble(call, Said.UNKNOWN, f"broken connection: {type(error).__name__}", began)
        return meaning(call, answer.status_code, raw, began)

    def _request(self, call: Call) -> httpx.Request:
        key = {"Idempotency-Key": call.idempotency_key}
        match call.ask:
            case Ask.CHARGE:
                body = {
                    "amount": call.amount_minor, "currency": call.currency, "token": call.token,
                    "reference": f"order-{call.order_id}", "callback_url": self._callback_url,
                }  # fmt: skip
                return self._client.build_request("POST", "/v1/charges", json=body, headers=key)
            case Ask.LOOK_UP:
                return self._client.build_request(
                    "GET", "/v1/charges", params={"idempotency_key": call.idempotency_key}
                )
            case Ask.VOID:
                body = {"idempotency_key": call.idempotency_key, "reference": f"order-{call.order_id}"}
                return self._client.build_request("POST", "/v1/voids", json=body)
            case Ask.REFUND:
                body = {"charge": call.charge_id, "amount": call.amount_minor}
                return self._client.build_request("POST", "/v1/refunds", json=body, headers=key)


def _key_of(secret: str) -> str:
    # The provider derives its clients' key in the same way, so that one secret is all that the two must share.
    return hmac.new(secret.encode(), b"provider-key", hashlib.sha256).hexdigest()


def _order_id(reference: str | None) -> int | None:
    number = (reference or "").removeprefix("order-")
    return int(number) if number.isascii() and number.isdigit() else None
