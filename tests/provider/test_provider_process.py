"""The process: what it promises survives kill -9, it ends when it is told to, and it leaves nobody waiting."""

import ast
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import httpx
import pytest

from tests.provider.running import PATIENT, ROOT, Provider, at_once, eventually, start_process


def test_a_charge_survives_kill_9_between_taking_and_answering(provider: Provider) -> None:
    hanging = hang(provider, "tok_timeout", 1)
    eventually(lambda: provider.look_up("hang0").status_code == 200)
    provider.kill()
    hanging[0].join(PATIENT)
    provider.start()
    taken = provider.look_up("hang0").json()
    assert taken["status"] == "taken"
    assert provider.charge("hang0", "tok_timeout").json()["id"] == taken["id"]
    assert provider.ledger()["taken"] == 1250


def test_every_answered_charge_survives_kill_9_in_the_middle_of_a_storm(provider: Provider) -> None:
    answered: list[str] = []

    def charge(thread: int) -> None:
        for number in range(10_000):
            key = f"{thread}-{number}"
            try:
                assert provider.charge(key).status_code == 200
            except httpx.TransportError:
                return
            answered.append(key)

    threads = [threading.Thread(target=charge, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    eventually(lambda: len(answered) > 100)
    provider.kill()
    for thread in threads:
        thread.join(PATIENT)
    provider.start()
    kept = {charge["idempotency_key"] for charge in pages(provider)}
    assert len(answered) > 100
    assert set(answered) <= kept
    # Each thread had one call under way at most, so no more can have been taken unanswered.
    assert len(kept) <= len(answered) + 8


def test_sixty_calls_that_hang_hold_up_nobody(provider: Provider) -> None:
    hanging = hang(provider, "tok_timeout", 60)
    eventually(lambda: provider.totals()["charges"] == 60)
    assert [answer.status_code for answer in at_once(50, lambda number: provider.charge(f"k{number}"))] == [200] * 50
    assert all(thread.is_alive() for thread in hanging)
    began = time.monotonic()
    assert provider.terminate() == 0
    assert time.monotonic() - began < 30, "it waits for the calls that hang, which do so for a minute"
    for thread in hanging:
        thread.join(PATIENT)


def test_it_ends_cleanly_at_sigterm_and_sigint(provider: Provider) -> None:
    provider.charge("k")
    assert provider.terminate() == 0
    provider.start()
    provider.process.send_signal(signal.SIGINT)
    assert provider.process.wait(PATIENT) == 0
    provider.start()
    assert provider.ledger()["taken"] == 1250


def test_a_hanging_call_ends_without_an_answer(tmp_path: Path) -> None:
    provider = Provider(tmp_path, "--hang-seconds", "0.3")
    try:
        with pytest.raises(httpx.RemoteProtocolError):
            provider.charge("k", "tok_timeout")
        assert provider.look_up("k").json()["status"] == "taken"
    finally:
        provider.close()


def test_it_ends_with_the_pipe_to_its_parent(tmp_path: Path) -> None:
    provider = Provider(tmp_path, "--exit-with-stdin")
    hanging = hang(provider, "tok_timeout", 1)
    eventually(lambda: provider.totals()["charges"] == 1)
    assert provider.process.stdin is not None
    provider.process.stdin.write("anything")
    provider.process.stdin.close()
    assert provider.process.wait(PATIENT) == 0
    hanging[0].join(PATIENT)
    provider.close()


def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    address = parent.stdout.readline().split()[-1]
    assert httpx.get(f"{address}/healthz").status_code == 200
    parent.kill()
    parent.wait(PATIENT)
    eventually(lambda: not answers(address))
    parent.stdout.close()


PARENT = """
import subprocess, sys, time
child = subprocess.Popen(
    [sys.executable, "-m", "services.provider", "--port", "0", "--home", sys.argv[1], "--exit-with-stdin"],
    stdin=subprocess.PIPE,
)
time.sleep(60)
"""


def test_two_providers_do_not_share_a_ledger(provider: Provider) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "services.provider", "--port", "0", "--home", str(provider.home)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENT,
        check=False,
    )
    assert second.returncode == 2
    assert "another provider" in second.stderr


def test_a_start_right_after_the_end_of_another_waits_for_its_ledger_and_port(provider: Provider) -> None:
    before = provider.process
    threading.Timer(0.5, before.terminate).start()
    provider.start()
    assert before.wait(PATIENT) == 0
    assert before.stdin is not None
    assert before.stdout is not None
    before.stdin.close()
    before.stdout.close()
    assert provider.charge("k").status_code == 200


@pytest.mark.parametrize(
    ("options", "environment", "named"),
    [
        ([], {"PROVIDER_SECRET": "short"}, "PROVIDER_SECRET"),
        (["--port", "70000"], {}, "PROVIDER_PORT"),
        ([], {"PROVIDER_CALLBACK_URL": "nowhere"}, "PROVIDER_CALLBACK_URL"),
        (["--hang-seconds", "-1"], {}, "PROVIDER_HANG_SECONDS"),
    ],
)
def test_unusable_settings_are_named_at_the_start(
    tmp_path: Path, options: list[str], environment: dict[str, str], named: str
) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "services.provider", "--home", str(tmp_path), *options],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", **environment},
        capture_output=True,
        text=True,
        timeout=PATIENT,
        check=False,
    )
    assert (ended.returncode, named in ended.stderr) == (2, True)


def test_a_secret_is_made_for_its_owner_alone_and_kept(tmp_path: Path) -> None:
    secrets = []
    for _ in range(2):
        process = start_process(["--port", "0", "--home", str(tmp_path)], PROVIDER_SECRET="", PROVIDER_KEY="")
        assert process.stdout is not None
        assert "ready" in process.stdout.readline()
        process.terminate()
        process.communicate(timeout=PATIENT)
        secrets.append((tmp_path / "secret").read_text())
    assert secrets[0] == secrets[1]
    assert len(secrets[0]) == 64
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_it_listens_on_the_loopback_interface_alone(provider: Provider) -> None:
    table = Path("/proc/net/tcp").read_text().splitlines()[1:] + Path("/proc/net/tcp6").read_text().splitlines()[1:]
    listening = [line.split()[1] for line in table if line.split()[3] == "0A"]
    assert [address for address in listening if address.endswith(f":{provider.port:04X}")] == [
        f"0100007F:{provider.port:04X}"
    ]


def test_half_a_request_and_nonsense_hold_up_nobody(provider: Provider) -> None:
    with (
        socket.create_connection(("127.0.0.1", provider.port)) as half,
        socket.create_connection(("127.0.0.1", provider.port)) as nonsense,
    ):
        half.sendall(b"POST /v1/charges HTTP/1.1\r\nContent-Length: 100\r\n\r\n{")
        nonsense.sendall(b"\x00\xff nonsense\r\n\r\n")
        assert b"bad_request" in nonsense.recv(1000)
        assert provider.charge("k").status_code == 200


def test_it_imports_nothing_but_the_standard_library_and_itself() -> None:
    for path in (ROOT / "services" / "provider").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [node.module or ""]
            assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names, path.name
            assert not (isinstance(node, ast.ImportFrom) and node.level > 1), path.name


def hang(provider: Provider, token: str, number: int) -> list[threading.Thread]:
    def charge(index: int) -> None:
        with (
            httpx.Client(timeout=PATIENT, headers=provider.client.headers) as client,
            pytest.raises(httpx.TransportError),
        ):
            client.post(
                provider.url("/v1/charges"),
                json={"amount": 1250, "currency": "EUR", "token": token, "reference": "7"},
                headers={"Idempotency-Key": f"hang{index}"},
            )

    threads = [threading.Thread(target=charge, args=(index,)) for index in range(number)]
    for thread in threads:
        thread.start()
    return threads


def pages(provider: Provider) -> list[dict[str, str]]:
    charges: list[dict[str, str]] = []
    after: int | None = 0
    while after is not None:
        page = provider.get(f"/v1/ledger?after={after}").json()
        charges += page["charges"]
        after = page["next"]
    return charges


def answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=PATIENT).status_code == 200
    except httpx.TransportError:
        return False
