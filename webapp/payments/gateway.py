"""The only file that calls a payment provider. What its answers and callbacks mean is read in `answers.py`.

`run` makes a batch of calls side by side and yields what came of them in groups as the answers come, so that a slow call
holds up nobody else. Only words of `calls.py` leave this file. Nothing here touches the database.
"""

from __future__ import annotations

import hashlib
import hmac
import queue
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

import httpx
from flask import Flask, current_app

from webapp.payments.answers import meaning, trouble
from webapp.payments.calls import Ask, Call, Outcome, Said
from webapp.settings import Settings, SettingsError

IN_PROCESS = "inprocess:"
DEFAULT_URL = "http://127.0.0.1:8090"
SIDE_BY_SIDE = 64
"""Calls under way at once in one process. Each that hangs costs a waiting thread and no more."""

GATHERING = 0.05
"""Seconds for which answers are gathered into one group, and so into one transaction."""

LARGEST_ANSWER = 64 * 1024


class Gateway(Protocol):
    """A provider of payments."""

    def run(self, calls: Sequence[Call]) -> Iterator[list[Outcome]]:
        """Make the calls and yield their outcomes, each exactly once, in groups as they come. Trouble is an outcome."""
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
    url = settings.provider_url or (DEFAULT_URL if settings.with_brokers else None)
    if url is None:
        raise SettingsError(
            "PROVIDER_URL is not set: give the provider's address, or `inprocess:` to answer without one"
        )
    if url == IN_PROCESS:
        return InProcessGateway()
    return HttpGateway(url, settings.provider_key, f"{settings.base_url}/payments/callback", settings.payment_timeout)


class InProcessGateway:
    """Answers at once, by the token alone: for benchmarks. It remembers nothing and calls nobody back."""

    DECLINES: Mapping[str, str] = {
        "tok_declined": "card_declined",
        "tok_insufficient_funds": "insufficient_funds",
        "tok_late_success": "card_declined",
    }
    SILENT = frozenset({"tok_timeout"})
    UNAVAILABLE_TWICE = frozenset({"tok_unavailable_twice"})

    def run(self, calls: Sequence[Call]) -> Iterator[list[Outcome]]:
        """All outcomes in one group."""
        if calls:
            yield [self._answer(call) for call in calls]

    def _answer(self, call: Call) -> Outcome:
        if call.ask is Ask.REFUND:
            return Outcome(call, Said.REFUNDED, "{}", provider_id=f"re_{call.idempotency_key}")
        if call.ask is Ask.VOID:
            return Outcome(call, Said.VOIDED, "{}")
        if call.token in self.UNAVAILABLE_TWICE and call.number <= 2:
            return Outcome(call, Said.UNAVAILABLE, "{}", reason="unavailable")
        if call.token in self.SILENT and call.ask is Ask.CHARGE:
            return Outcome(call, Said.UNKNOWN, "{}", reason="timeout")
        if call.token in self.DECLINES:
            return Outcome(call, Said.DECLINED, "{}", reason=self.DECLINES[call.token])
        return Outcome(
            call,
            Said.TAKEN,
            "{}",
            provider_id=f"ch_{call.idempotency_key}",
            amount_minor=call.amount_minor,
            currency=call.currency,
        )


@dataclass(frozen=True, slots=True)
class Testimony:
    """What the provider's own ledger says of one charge: the order it was for, what was taken and given back."""

    order_id: int | None
    idempotency_key: str
    currency: str | None
    taken_minor: int
    refunded_minor: int


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
        self._pool = ThreadPoolExecutor(SIDE_BY_SIDE, thread_name_prefix="provider")

    def run(self, calls: Sequence[Call]) -> Iterator[list[Outcome]]:
        """Make the calls side by side; a group is what came within 50 ms of its first answer."""
        answers: queue.SimpleQueue[Outcome | BaseException] = queue.SimpleQueue()
        for call in calls:
            self._pool.submit(self._make_into, answers, call)
        left = len(calls)
        while left:
            group = [_outcome_of(answers.get())]
            end = time.monotonic() + GATHERING
            while len(group) < left and (wait := end - time.monotonic()) > 0:
                try:
                    group.append(_outcome_of(answers.get(timeout=wait)))
                except queue.Empty:
                    break
            left -= len(group)
            yield group

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
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._client.close()

    def _make_into(self, answers: queue.SimpleQueue[Outcome | BaseException], call: Call) -> None:
        try:
            answers.put(self._make(call))
        except BaseException as error:
            # Raised again where the batch is waited for: no outcome may be lost in a thread.
            answers.put(error)
            raise

    def _make(self, call: Call) -> Outcome:
        began = time.monotonic()
        try:
            status, raw = self._exchange(self._request(call), began)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            return trouble(call, Said.UNAVAILABLE, f"could not connect: {type(error).__name__}", began)
        except httpx.TimeoutException:
            return trouble(call, Said.UNKNOWN, "timeout", began)
        except httpx.HTTPError as error:
            return trouble(call, Said.UNKNOWN, f"broken connection: {type(error).__name__}", began)
        return meaning(call, status, raw, began)

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

    def _exchange(self, request: httpx.Request, began: float) -> tuple[int, bytes]:
        # httpx bounds each read, not their sum: a provider that trickles must not hold a thread for longer than the rest.
        answer = self._client.send(request, stream=True)
        try:
            raw = b""
            for piece in answer.iter_raw():
                raw += piece
                if len(raw) > LARGEST_ANSWER:
                    raise httpx.RemoteProtocolError("the answer is too large")
                if time.monotonic() - began > self._timeout:
                    raise httpx.ReadTimeout("the answer took too long")
            return answer.status_code, raw
        finally:
            answer.close()


def _key_of(secret: str) -> str:
    # The provider derives its clients' key in the same way, so that one secret is all that the two must share.
    return hmac.new(secret.encode(), b"provider-key", hashlib.sha256).hexdigest()


def _outcome_of(answer: Outcome | BaseException) -> Outcome:
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _order_id(reference: str | None) -> int | None:
    number = (reference or "").removeprefix("order-")
    return int(number) if number.isascii() and number.isdigit() else None
