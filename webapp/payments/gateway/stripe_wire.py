"""How Stripe's library reaches the network here: over httpx, bounded as a whole, and never again by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import stripe

from webapp.payments.gateway.crew import SIDE_BY_SIDE
from webapp.payments.gateway.exchange import LARGEST_ANSWER, exchange

NEAR = frozenset({"127.0.0.1", "localhost", "::1"})
"""Hosts of this machine: no proxy stands before them."""

BEFORE_SENDING = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
"""What httpx raises while nothing has been sent yet."""


class Wire(stripe.HTTPClient):
    """The library's door to the network. One answer may take so many `seconds` and so many bytes; a trouble is raised as the
    library's own APIConnectionError, with httpx's as its cause."""

    name = "httpx"

    def __init__(self, base: str, seconds: float, most: int = LARGEST_ANSWER) -> None:
        super().__init__()
        self._seconds = seconds
        self._most = most
        self._client = httpx.Client(
            timeout=seconds,
            # The threads are the limit: no call waits for a connection.
            limits=httpx.Limits(max_connections=None, max_keepalive_connections=SIDE_BY_SIDE, keepalive_expiry=30),
            trust_env=urlsplit(base).hostname not in NEAR,
        )

    def request(
        self, method: str, url: str, headers: Mapping[str, str] | None, post_data: Any = None, **_usage: object
    ) -> tuple[str, int, Mapping[str, str]]:
        """Make one request; returns body, status and headers. Raises stripe.APIConnectionError."""
        request = self._client.build_request(method, url, headers=headers, content=post_data)
        try:
            answer, raw = exchange(self._client, request, self._seconds, self._most)
        except httpx.HTTPError as error:
            raise stripe.APIConnectionError(f"{type(error).__name__}: {error}") from error  # type: ignore[no-untyped-call]
        return raw.decode("utf-8", "replace"), answer.status_code, answer.headers

    def close(self) -> None:
        """Let the connections go."""
        self._client.close()
