"""A provider that ends in the middle of its testimony has not testified: its file must not be heard on top of what it said."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from services.provider import charges, clock, inputs
from services.provider.ledger import Ledger
from webapp.settings import Settings
from workers.checking import witness
from workers.checking.asking import CannotAsk


class FirstPageOnly(BaseHTTPRequestHandler):
    """Says the first page of a ledger that has another one, and ends without it."""

    def do_GET(self) -> None:
        """Answers one request."""
        page = {"charges": [{"reference": "order-1", "idempotency_key": "key-1", "currency": "EUR", "amount": 500, "taken": "…",
                             "refunded": 0}], "next": 1}  # fmt: skip
        body = json.dumps(page).encode()
        if self.path.endswith("after=0"):
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def test_half_a_testimony_is_none(settings: Settings) -> None:
    embedded = settings.model_copy(update={"provider_url": None, "kafka_brokers": None, "amqp_url": None})
    (embedded.home / "provider").mkdir()
    ledger = Ledger(embedded.home / "provider" / "ledger.sqlite3")
    wish = inputs.ChargeRequest(500, "EUR", "tok_success", "order-1", None, False)
    ledger.write(lambda open_ledger: charges.charge(open_ledger, "key-1", wish, clock.now()))
    ledger.close()
    with HTTPServer(("127.0.0.1", 0), FirstPageOnly) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        (embedded.home / "provider.url").write_text(f"http://127.0.0.1:{server.server_port}")
        with pytest.raises(CannotAsk, match="does not answer") as refused:
            list(witness.testimony(embedded))
        server.shutdown()
    assert not refused.value.expected
