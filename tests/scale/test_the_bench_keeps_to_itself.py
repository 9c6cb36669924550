"""`make bench` reaches nobody outside: what would send emails or ask for cards is left out of the environment it was called in."""

from __future__ import annotations

import pytest

from bench.__main__ import keep_to_ourselves
from webapp.settings import load


def test_a_mail_server_and_cards_of_the_environment_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"SMTP_URL": "smtp://mail.example:25", "STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_PUBLISHABLE_KEY": "pk_test_1",
             "STRIPE_WEBHOOK_SECRET": "whsec_1", "HOST": "127.0.0.2"}  # fmt: skip
    environment = dict(given)
    keep_to_ourselves(environment)
    assert environment == {"HOST": "127.0.0.2"}
    for name in given:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    measured = load(database_url=None, kafka_brokers=None, amqp_url=None)
    assert (measured.host, measured.smtp_url, measured.takes_cards) == ("127.0.0.2", None, False)
