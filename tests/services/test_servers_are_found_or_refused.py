"""`make services` uses the right server, says what is wrong with another one, and ends no process of a stranger."""

import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from services import answers
from tests.processes import free_port

SERVICES = Path(answers.__file__).parent
AMQP_START = bytes.fromhex("01 0000 00000004 000a000a ce")
needs_bash = pytest.mark.skipif(shutil.which("bash") is None, reason="the servers are started by bash")


@contextmanager
def listener(*replies: bytes) -> Iterator[int]:
    """Listen on a free port; answer what each message of a connection brings by the next reply, then close it."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:  # The test is over and has closed the port.
                    return
                # The probe hangs up as soon as it knows enough, which may cut our last words off.
                with connection, suppress(ConnectionError):
                    for reply in replies:
                        connection.recv(1024)
                        connection.sendall(reply)
                    connection.recv(1024)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("scheme", ["postgresql", "amqp", "kafka", "stripe-mock"])
def test_a_port_where_nobody_listens_is_told_apart(scheme: str) -> None:
    assert answers.main([f"{scheme}://127.0.0.1:{free_port()}"]) == answers.NOBODY


@pytest.mark.parametrize("scheme", ["postgresql", "amqp", "kafka", "stripe-mock"])
def test_a_web_server_on_the_port_is_not_taken_for_the_server(scheme: str, capsys: pytest.CaptureFixture[str]) -> None:
    with listener(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        assert answers.main([f"{scheme}://127.0.0.1:{port}"]) == answers.SOMETHING_ELSE
    assert f"127.0.0.1:{port} is taken, but what listens there does not speak {scheme}" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("scheme", "greeting"),
    [
        ("postgresql", b"N"),
        ("postgresql", b"S"),
        ("kafka", bytes.fromhex("0000000a 00001c7b 0000 00000000")),
        ("stripe-mock", b"HTTP/1.1 401 Unauthorized\r\nStripe-Mock-Version: 1\r\n\r\n"),
    ],
)
def test_a_server_is_known_by_its_own_greeting(scheme: str, greeting: bytes) -> None:
    with listener(greeting) as port:
        assert answers.main([f"{scheme}://127.0.0.1:{port}"]) == 0


def test_one_broker_of_several_is_enough() -> None:
    with listener(bytes.fromhex("0000000a 00001c7b 0000 00000000")) as port:
        assert answers.main([f"kafka://127.0.0.1:{free_port()},127.0.0.1:{port}"]) == 0


def test_a_rabbitmq_that_refuses_the_password_is_told_apart(capsys: pytest.CaptureFixture[str]) -> None:
    with listener(AMQP_START) as port:
        assert answers.main([f"amqp://somebody:wrong@127.0.0.1:{port}/%2F"]) == answers.REFUSED
    assert "does not let the user somebody in" in capsys.readouterr().err


@needs_bash
@pytest.mark.parametrize(
    ("server", "setting"), [("postgres", "POSTGRES_PORT"), ("rabbitmq", "RABBITMQ_PORT"), ("kafka", "KAFKA_PORT")]
)
def test_an_occupied_port_is_named_with_the_way_out(server: str, setting: str, tmp_path: Path) -> None:
    with listener(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
        result = tell("up", server, tmp_path, **{setting: str(port)})
    assert result.returncode != 0
    assert result.stdout == ""
    assert f"127.0.0.1:{port} is taken" in result.stderr
    assert f"{setting}={port + 1} make services" in result.stderr


@needs_bash
def test_a_named_server_that_is_away_is_not_replaced_by_one_of_ours(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    result = tell("up", "kafka", tmp_path, KAFKA_BROKERS=address)
    assert result.returncode != 0
    assert f"KAFKA_BROKERS names {address}, and nobody answers there" in result.stderr


@needs_bash
def test_a_named_stripe_mock_that_is_away_is_not_replaced_by_one_of_ours(tmp_path: Path) -> None:
    address = f"127.0.0.1:{free_port()}"
    result = tell("up", "stripe-mock", tmp_path, STRIPE_MOCK=f"http://{address}")
    assert result.returncode != 0
    assert f"STRIPE_MOCK names {address}, and nobody answers there" in result.stderr


@needs_bash
@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are known by /proc, which Linux has")
def test_a_process_that_was_given_the_number_of_an_old_server_is_left_alone(tmp_path: Path) -> None:
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        pid_file = tmp_path / "services" / "postgres.pid"
        pid_file.parent.mkdir()
        pid_file.write_text(f"{stranger.pid}\n1\n5432\n")
        assert tell("pid", "postgres", tmp_path).returncode != 0
        assert tell("stop", "postgres", tmp_path).returncode == 0
        assert stranger.poll() is None
        assert not pid_file.exists()
    finally:
        stranger.kill()
        stranger.communicate()


def tell(word: str, server: str, home: Path, **settings: str) -> subprocess.CompletedProcess[str]:
    """Give a server its word, with no setting but these: the run's own servers must not be found."""
    ours = {"DATABASE_URL", "AMQP_URL", "KAFKA_BROKERS", "POSTGRES_PORT", "RABBITMQ_PORT", "KAFKA_PORT", "STRIPE_MOCK"}
    environment = {name: value for name, value in os.environ.items() if name not in ours}
    environment |= {"MARKET_HOME": str(home), **settings}
    return subprocess.run(
        [str(SERVICES / server), word], env=environment, capture_output=True, text=True, timeout=60, check=False
    )
