"""Runs the Procfile's processes under supervisord, which starts each again when it dies: `make dev`.

The `release` line runs first and must succeed. The configuration is written to MARKET_HOME/supervisord.conf, where it
can be read. Names of processes as arguments start only these. Ctrl+C or SIGTERM ends every process, each with fifteen
seconds to finish what it holds.
"""

import fcntl
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

from services.provider.settings import kept_secret

ROOT = Path(__file__).resolve().parent.parent

# The workers promise to end within 10 s of a SIGTERM; supervisord kills what has not after this many seconds.
SECONDS_TO_END = 15


def main() -> int:
    """Releases, then supervises until told to end. Returns the exit status: the release's when that failed, 2 without a start."""
    home = Path(os.environ.get("MARKET_HOME", ROOT / "var")).resolve()
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("a") as lock:
        # The embedded market takes the same one. Two at once would fight over each port and lease, started again for ever.
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            sys.stderr.write(f"Another market runs on {home}: end it, or name another MARKET_HOME.\n")
            return 2
        return start(home)


def start(home: Path) -> int:
    """Releases, then supervises, in a home that is ours alone. Returns the exit status."""
    prepare_environment(home)
    commands = read_procfile(ROOT / "Procfile")
    # With a provider of one's own, the test provider would only stand there.
    idle = {"release"} | ({"provider"} if os.environ.get("PROVIDER_URL") else set())
    wanted = sys.argv[1:] or [name for name in commands if name not in idle]
    if unknown := [name for name in wanted if name not in commands]:
        sys.stderr.write(f"The Procfile has no {', '.join(unknown)}; it has {', '.join(commands)}.\n")
        return 2

    print("release: " + commands["release"], flush=True)
    status = subprocess.run(shlex.split(commands["release"]), cwd=ROOT, check=False).returncode
    if status == 0:
        configuration = home / "supervisord.conf"
        configuration.write_text(configure({name: commands[name] for name in wanted}, home))
        return supervise(configuration)
    sys.stderr.write("The release failed, so nothing was started; its own words above say why.\n")
    return status


def prepare_environment(home: Path) -> None:
    """Gives every process .venv/bin on its PATH and the same secrets, kept in `home` where none are set."""
    os.environ["MARKET_HOME"] = str(home)
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    os.environ["PYTHONUNBUFFERED"] = "1"  # What a process says is shown when it says it.
    # The embedded market keeps its secrets under the same names, so that one MARKET_HOME serves both ways of running.
    for name, file in (("SECRET_KEY", "secret-key"), ("PROVIDER_SECRET", "provider-secret")):
        if not os.environ.get(name):
            os.environ[name] = kept_secret(home / file)


def read_procfile(path: Path) -> dict[str, str]:
    """Returns the command of every process, in the file's order. Raises ValueError for a line without a colon."""
    lines = [line.strip() for line in path.read_text().splitlines()]
    named = [line.partition(":") for line in lines if line and not line.startswith("#")]
    if bad := [name for name, colon, _ in named if not colon]:
        raise ValueError(f"{path} has a line without a name: {bad[0]}")
    return {name.strip(): command.strip() for name, _, command in named}


def configure(commands: dict[str, str], home: Path) -> str:
    """Returns supervisord's configuration for these commands."""
    # supervisord gives a process up after `startretries`; a broker may be away for longer than any small number lasts.
    program = """
[program:{name}]
command={command}
directory={root}
autorestart=true
startsecs=1
startretries=1000000
stopsignal=TERM
stopwaitsecs={seconds}
killasgroup=true
redirect_stderr=true
stdout_logfile=/dev/fd/1
stdout_logfile_maxbytes=0
"""
    daemon = f"""[supervisord]
logfile={escape(home / "supervisord.log")}
pidfile={escape(home / "supervisord.pid")}
childlogdir={escape(home)}
"""
    if os.geteuid() == 0:
        daemon += "user=root\n"  # Saying so is how supervisord knows that it is meant.
    # One group, because supervisord ends all processes of a group at once but groups one after the other.
    daemon += f"\n[group:market]\nprograms={','.join(commands)}\n"
    return daemon + "".join(
        program.format(name=name, command=escape(command), root=escape(ROOT), seconds=SECONDS_TO_END)
        for name, command in commands.items()
    )


def supervise(configuration: Path) -> int:
    """Runs supervisord, shows what it and its processes say, ends it at a signal, and returns its exit status."""
    # It gets a pipe, which its processes can open again, unlike every kind of standard output; and a session of its own,
    # because a closed terminal's SIGHUP would make it start everything again instead of ending it.
    supervisord = subprocess.Popen(
        [sys.executable, "-m", "supervisor.supervisord", "--nodaemon", "--configuration", str(configuration)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: supervisord.terminate())
    try:
        for line in supervisord.stdout or ():
            sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()
    finally:
        supervisord.terminate()
        status = supervisord.wait()
    return status


def escape(text: str | Path) -> str:
    """Returns the text as supervisord's configuration writes it."""
    return str(text).replace("%", "%%")


if __name__ == "__main__":
    sys.exit(main())
