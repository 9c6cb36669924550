"""`make services` on a bad day: killed half-way, with leftovers of another day, or on a machine that lacks something."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.processes import free_port
from tests.services.test_servers_are_found_or_refused import SERVICES, listener, needs_bash, tell

pytestmark = [
    needs_bash,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="processes are known by /proc, which Linux has"),
]
STUB = "NAME=postgres TITLE=PostgreSQL PORT=5432 URL=here OUR_URL=here SETTINGS='DATABASE_URL POSTGRES_PORT'; . services/server.sh;"
"""A server that is none, for what `server.sh` does with every one; its words are functions that the script defines after this."""


def test_a_home_that_is_named_relatively_is_the_callers(tmp_path: Path) -> None:
    for script in ("up", "down"):
        subprocess.run(
            [str(SERVICES / script), {"up": "chromium", "down": "postgres"}[script]], cwd=tmp_path, check=True, capture_output=True,
            timeout=60, env={**os.environ, "MARKET_HOME": f"home of {script}", "CHROMIUM": sys.executable},
        )  # fmt: skip
    assert (tmp_path / "home of up" / "services" / "up.lock").exists()
    assert not list(SERVICES.glob("home of *"))


def test_down_looks_for_servers_in_the_home_that_is_named(tmp_path: Path) -> None:
    pid_file = tmp_path / "home" / "services" / "postgres.pid"
    pid_file.parent.mkdir(parents=True)
    pid_file.write_text("1\n1\n5432\n")
    subprocess.run([str(SERVICES / "down"), "postgres"], cwd=tmp_path, env={**os.environ, "MARKET_HOME": "home"}, check=True, timeout=60)  # fmt: skip
    assert not pid_file.exists()


def test_a_server_that_ended_before_it_was_looked_at_is_not_taken_for_running(tmp_path: Path) -> None:
    ended = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, check=True)
    pid_file = tmp_path / "services" / "postgres.pid"
    pid_file.parent.mkdir()
    pid_file.write_text(f"{int(ended.stdout)}\n\n5432\n")
    assert tell("pid", "postgres", tmp_path).returncode != 0
    assert tell("stop", "postgres", tmp_path).returncode == 0


def test_another_server_that_refuses_us_is_not_waited_for_because_ours_runs(tmp_path: Path) -> None:
    ours = subprocess.Popen(["sleep", "100"])
    try:
        started = Path(f"/proc/{ours.pid}/stat").read_text().rpartition(")")[2].split()[19]
        (tmp_path / "services").mkdir()
        (tmp_path / "services" / "postgres.pid").write_text(f"{ours.pid}\n{started}\n5432\n")
        with listener(b"HTTP/1.1 400 Bad Request\r\n\r\n") as port:
            result = tell("up", "postgres", tmp_path, DATABASE_URL=f"postgresql://a:b@127.0.0.1:{port}/c")
    finally:
        ours.kill()
        ours.wait()
    assert result.returncode != 0
    assert f"PostgreSQL cannot be used: 127.0.0.1:{port} is taken" in result.stderr


def test_an_address_of_another_kind_is_refused_by_its_kind(tmp_path: Path) -> None:
    result = tell("up", "rabbitmq", tmp_path, AMQP_URL=f"amqps://127.0.0.1:{free_port()}/")
    assert result.returncode != 0
    assert "nothing of the kind amqps:// can be asked here" in result.stderr
    assert "Traceback" not in result.stderr


def test_a_port_that_leaves_none_for_the_port_mapper_is_refused(tmp_path: Path, tools: Path) -> None:
    said = prepare("rabbitmq", tmp_path, tools, RABBITMQ_PORT="40000")
    assert said.returncode != 0
    assert "Choose a port up to 35535" in said.stderr


def test_a_server_that_starts_without_the_engine_of_yesterday_is_stopped_without_it(
    tmp_path: Path, tools: Path
) -> None:
    (tools / "docker").write_text("#!/bin/sh\nexit 1\n")
    mark = tmp_path / "services" / "postgres.compose"
    mark.parent.mkdir()
    mark.touch()
    said = script("start() { echo started; }; stop() { echo stopped; }; bring_up; serve stop", tmp_path, tools)
    assert said.stdout.split() == ["started", "stopped"]


def test_a_machine_without_ps_is_given_it(tmp_path: Path, tools: Path) -> None:
    for name in ("bash", "dirname", "realpath", "python3", "cat", "mkdir"):
        (tools / name).symlink_to(str(shutil.which(name)))
    said = script("packages() { echo postgresql; }; answers() { return 1; }; lacks", tmp_path, tools, PATH=str(tools))
    assert said.stdout.split() == ["procps", "postgresql"]


@pytest.mark.parametrize("ending", [signal.SIGTERM, signal.SIGINT, None])
def test_what_keeps_servers_from_starting_goes_with_the_installation_however_that_ends(
    tmp_path: Path, tools: Path, ending: signal.Signals | None
) -> None:
    policy = tmp_path / "policy-rc.d"
    # apt-get says that it is at work, finishes what it has begun whatever comes, and starts a server where nothing forbids it.
    (tools / "apt-get").write_text(
        f"#!/bin/sh\ntrap '' INT TERM\ntouch '{tmp_path}/at-work'\nsleep 1\n[ -x '{policy}' ] || touch '{tmp_path}/started'\n"
        f"touch '{tmp_path}/ended'\n"
    )
    (tools / "apt-get").chmod(0o755)
    running = subprocess.Popen(
        ["bash", "-c", f"{STUB} POLICY='{policy}' CLUSTER='{tmp_path}/createcluster.d/ours.conf'; install_packages anything"],
        cwd=SERVICES.parent, env=environment(tmp_path, tools), start_new_session=True, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    if ending:
        until = time.monotonic() + 20
        while not (tmp_path / "at-work").exists():
            assert time.monotonic() < until
            time.sleep(0.02)
        # As a terminal does it: everybody hears of it.
        os.killpg(running.pid, ending)
    running.wait(20)
    until = time.monotonic() + 20
    while not (tmp_path / "ended").exists() or policy.exists() or (tmp_path / "createcluster.d" / "ours.conf").exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    assert not (tmp_path / "started").exists()


def test_a_policy_that_was_there_before_stays_and_a_leftover_of_ours_goes(tmp_path: Path, tools: Path) -> None:
    (tools / "apt-get").write_text("#!/bin/sh\n")
    (tools / "apt-get").chmod(0o755)
    policy = tmp_path / "policy-rc.d"
    install = f"POLICY='{policy}' CLUSTER='{tmp_path}/createcluster.d/ours.conf'; install_packages anything"
    policy.write_text("#!/bin/sh\nexit 101\n")
    script(install, tmp_path, tools)
    assert policy.read_text() == "#!/bin/sh\nexit 101\n"
    script(f"POLICY='{policy}' CLUSTER='{tmp_path}/createcluster.d/ours.conf'; rm '{policy}'; stop_servers_from_starting", tmp_path, tools)  # fmt: skip
    assert policy.exists()
    script(install, tmp_path, tools)
    assert not policy.exists()


def test_data_of_a_postgresql_that_is_gone_is_said_to_be_so(tmp_path: Path, tools: Path) -> None:
    data = tmp_path / "services" / "postgres" / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("6\n")
    without = [folder for folder in os.environ["PATH"].split(os.pathsep) if not (Path(folder) / "postgres").exists()]
    said = prepare("postgres", tmp_path, tools, PATH=os.pathsep.join([str(tools), *without]))
    assert said.returncode != 0
    assert "is of PostgreSQL 6, which is not installed" in said.stderr


@pytest.fixture
def tools(tmp_path: Path) -> Path:
    """A folder of programs that come before the machine's own: nobody is root, and sudo only runs what it is given."""
    folder = tmp_path / "tools"
    folder.mkdir()
    (folder / "id").write_text("#!/bin/sh\necho 1000\n")
    (folder / "sudo").write_text('#!/bin/sh\n[ "$1" != -n ] || exit 0\nexec "$@"\n')
    for name in ("id", "sudo"):
        (folder / name).chmod(0o755)
    return folder


def environment(home: Path, tools: Path) -> dict[str, str]:
    return {"MARKET_HOME": str(home), "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "HOME": str(home)}


def script(words: str, home: Path, tools: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Run what a server's file would, with the stub for the server."""
    return subprocess.run(
        [str(shutil.which("bash")), "-c", f"{STUB} {words}"], cwd=SERVICES.parent, env={**environment(home, tools), **more},
        capture_output=True, text=True, timeout=60, check=True,
    )  # fmt: skip


def prepare(server: str, home: Path, tools: Path, **more: str) -> subprocess.CompletedProcess[str]:
    """Let a server prepare its folder, and do nothing else."""
    words = (SERVICES / server).read_text().replace('"$(dirname "$0")/server.sh"', "services/server.sh")
    return subprocess.run(
        [str(shutil.which("bash")), "-c", words.replace('serve "$@"', "prepare")], cwd=SERVICES.parent,
        env={**environment(home, tools), **more}, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
