"""The embedded market's provider ends when the market does, also one that hears nothing any more."""

from __future__ import annotations

import signal
from pathlib import Path

import httpx
import pytest

from webapp.settings import load
from workers import providing


def test_a_provider_that_hears_nothing_is_killed_and_its_ledger_serves_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(providing, "ENDS_WITHIN", 0.2)
    settings = load(market_home=tmp_path, database_url=None, kafka_brokers=None, amqp_url=None)
    child = providing.ProviderChild(settings)
    address = child.start()
    assert child._process is not None
    child._process.send_signal(signal.SIGSTOP)
    child.stop()
    assert child._process.returncode == -signal.SIGKILL
    with pytest.raises(httpx.ConnectError):
        httpx.get(address)
    following = providing.ProviderChild(settings)
    try:
        assert httpx.get(following.start()).status_code < 500
    finally:
        following.stop()
