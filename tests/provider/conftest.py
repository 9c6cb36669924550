"""A provider that is a real process, and a receiver that its callbacks reach."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.provider.running import Provider, Receiver


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider as it is without any option."""
    running = Provider(tmp_path / "provider")
    yield running
    running.close()


@pytest.fixture
def faulty(tmp_path: Path) -> Iterator[Provider]:
    """A provider whose fault knobs may be turned."""
    running = Provider(tmp_path / "provider", "--faults")
    yield running
    running.close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver of callbacks."""
    listening = Receiver()
    yield listening
    listening.close()


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """A provider shared by the tests of requests that are refused and must change nothing."""
    running = Provider(tmp_path_factory.mktemp("untouched"))
    yield running
    running.close()
