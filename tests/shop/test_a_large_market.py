"""A market of very many things is counted once for all who look in the same seconds; a small one for everybody anew."""

from __future__ import annotations

import pytest

from tests.console.conftest import Trade
from tests.shop.conftest import Shopper, words
from webapp.shop import kept


def asked(trade: Trade, shopper: Shopper, path: str) -> int:
    """How many statements a page takes."""
    with trade.counted() as statements:
        shopper.get(path)
    return len([one for one in statements if one.startswith("SELECT")])


def test_what_many_ask_for_is_counted_once_in_a_moment(
    trade: Trade, shopper: Shopper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept, "LARGE", 3)
    for _ in range(3):
        trade.product(stock=1, category="Table")
    paths = ("/m/alder-lane", "/m/alder-lane/table?there=1")
    first = [asked(trade, shopper, path) for path in paths]
    assert first == [3, 2], "a category is counted with its market"
    assert [asked(trade, shopper, path) for path in paths] == [2, 2]
    trade.product(stock=1, category="Table", name="New")
    page = words(shopper.get("/m/alder-lane"))
    assert "New" in page, "what is on the shelf is read anew"
    assert "Everything 3" in page, "how many it is, a moment later"
    monkeypatch.setattr("webapp.shop.kept.time.monotonic", lambda: 1e12)
    assert "Everything 4" in words(shopper.get("/m/alder-lane"))


def test_a_small_market_is_counted_anew(trade: Trade, shopper: Shopper) -> None:
    trade.product(stock=1)
    assert asked(trade, shopper, "/m/alder-lane") == asked(trade, shopper, "/m/alder-lane") == 3
