"""The fixtures of every browser test in this folder; each of them is marked `browser`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.fixtures import browser_page, market_process

__all__ = ["browser_page", "market_process"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is here. The first test waits for the demo to be told as well, on a machine that has others to serve."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.browser)
            if item.get_closest_marker("timeout") is None:
                item.add_marker(pytest.mark.timeout(300))
