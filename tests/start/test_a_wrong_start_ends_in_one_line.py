"""Who starts the market wrongly reads one line: what is the matter, and the way out. No traceback, and no demo told first."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import MarketProcess, free_port
from webapp.settings import ROOT

NOBODY = "postgresql://somebody:secret@127.0.0.1:1/none"
BROKERS = {"KAFKA_BROKERS": "127.0.0.1:1", "AMQP_URL": "amqp://guest:guest@127.0.0.1:1/"}
EMBEDDED = ("-m", "workers.embedded")
MARKET = ("-m", "workers.cli")


def started(home: Path, *command: str, **environment: str) -> tuple[int, str]:
    """The exit status of a command of the market, and all that it said."""
    ours = {**MarketProcess(home).environment, "DEMO": "1", "SECRET_KEY": "", **environment}
    done = subprocess.run(
        [sys.executable, *command], cwd=ROOT, env=ours, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"KAFKA_BROKERS": "127.0.0.1:1"}, "AMQP_URL is not"),
        ({**BROKERS}, "need PostgreSQL"),
        ({**BROKERS, "DATABASE_URL": NOBODY}, "SECRET_KEY is required with brokers"),
        ({**BROKERS, "DATABASE_URL": NOBODY, "SECRET_KEY": "0123456789abcdef" * 4}, "make dev"),
        ({"SECRET_KEY": "too short"}, "SECRET_KEY is too weak"),
        ({"DATABASE_URL": "mysql://127.0.0.1/market"}, "must start with postgresql://"),
        ({"DATABASE_URL": "postgresql://somebody:secret@127.0.0.1:port/none"}, "DATABASE_URL is no address"),
        ({"DATABASE_URL": NOBODY}, "the database does not answer"),
        ({"SMTP_URL": "mail.example"}, "SMTP_URL is no address"),
        ({"PROVIDER_URL": "127.0.0.1:8090"}, "PROVIDER_URL is no address"),
        ({"STRIPE_SECRET_KEY": "sk_test_secret@"}, "STRIPE_PUBLISHABLE_KEY and STRIPE_WEBHOOK_SECRET not"),
        ({"PUBLIC_URL": "market.example"}, "PUBLIC_URL is no address"),
        ({"PORT": "many"}, "PORT"),
        ({"HOST": "192.0.2.1"}, "cannot listen at 192.0.2.1"),
    ],
)
def test_a_wrong_setting_is_named(environment: dict[str, str], says: str, tmp_path: Path) -> None:
    status, said = started(tmp_path, *EMBEDDED, **environment)
    assert status == 2
    assert said.startswith("Marketflow cannot start: ")
    assert says in said
    assert len(said.splitlines()) == 1, said
    assert "secret@" not in said, "a password is nobody's to read"


def test_a_port_in_use_is_said_before_the_demo_is_told(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        status, said = started(tmp_path, *EMBEDDED, PORT=str(port))
    assert status == 2
    assert f"cannot listen at 127.0.0.1:{port} (Address already in use)" in said
    assert len(said.splitlines()) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["lock"], "nothing was told"


def test_a_home_that_is_no_folder_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    for command in (EMBEDDED, (*MARKET, "check")):
        status, said = started(tmp_path, *command, MARKET_HOME=str(file))
        assert status != 0
        assert f"MARKET_HOME={file} cannot be used (File exists)" in said
        assert len(said.splitlines()) == 1


def test_a_home_that_cannot_be_written_to_is_named(tmp_path: Path) -> None:
    status, said = started(tmp_path, *EMBEDDED, MARKET_HOME="/proc/sys")  # Not even root may put a file there.
    assert (status, len(said.splitlines())) == (2, 1)
    assert "nothing can be written there" in said


def test_a_command_without_its_database_says_so(tmp_path: Path) -> None:
    status, said = started(tmp_path, *MARKET, "check", DATABASE_URL=NOBODY)
    assert (status, len(said.splitlines())) == (1, 1)
    assert "the database does not answer as it should" in said


def test_the_key_that_make_dev_keeps_is_pointed_out(tmp_path: Path) -> None:
    (tmp_path / "secret-key").write_text("0123456789abcdef" * 4)
    status, said = started(tmp_path, *MARKET, "check", DATABASE_URL=NOBODY, **BROKERS)
    assert status == 1
    assert f"SECRET_KEY=$(cat {tmp_path}/secret-key)" in said


def test_two_markets_do_not_share_a_home(tmp_path: Path) -> None:
    with MarketProcess(tmp_path / "home") as market:
        market.start()
        status, said = started(market.home, *EMBEDDED, PORT=str(free_port()), DEMO="0")
    assert (status, len(said.splitlines())) == (2, 1)
    assert "another market runs on" in said
