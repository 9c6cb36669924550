"""`make dev` begins with secrets that every process agrees on, and never twice on one home."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from services.supervise import ROOT

AGREE = "import sys; from pathlib import Path; from services.supervise import kept_secret; input(); print(kept_secret(Path(sys.argv[1])))"
HOLD = (
    "import fcntl, sys; f = open(sys.argv[1], 'a'); fcntl.lockf(f, fcntl.LOCK_EX); print('held', flush=True); input()"
)
NOBODY = "127.0.0.1:1"
OUR_SERVERS = {
    "DATABASE_URL": f"postgresql://nobody@{NOBODY}/none", "KAFKA_BROKERS": NOBODY, "AMQP_URL": f"amqp://guest:guest@{NOBODY}/",
}  # fmt: skip
"""Addresses where nobody listens: a market that did start here must find none of the run's own servers."""


def test_a_second_start_on_the_same_home_says_so_and_releases_nothing(tmp_path: Path) -> None:
    with python("-c", HOLD, str(tmp_path / "lock")) as first:
        assert first.stdout is not None
        assert first.stdout.readline() == "held\n"
        with python("-m", "services.supervise", MARKET_HOME=str(tmp_path)) as second:
            said, error = second.communicate(timeout=60)
    assert (second.returncode, said) == (2, "")
    assert error == f"Another market runs on {tmp_path}: end it, or name another MARKET_HOME.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["lock"]


def test_starts_at_the_same_instant_agree_on_a_secret(tmp_path: Path) -> None:
    with ExitStack() as stack:
        starts = [stack.enter_context(python("-c", AGREE, str(tmp_path / "secret-key"))) for _ in range(6)]
        for one in starts:
            assert one.stdin is not None
            one.stdin.write("\n")
            one.stdin.flush()
        [agreed] = {one.communicate(timeout=60)[0].strip() for one in starts}
    assert len(agreed) == 64
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600


@contextmanager
def python(*arguments: str, **settings: str) -> "Iterator[subprocess.Popen[str]]":
    """A process of this checkout, ended at the end whatever it does."""
    with subprocess.Popen(
        [sys.executable, *arguments], cwd=ROOT, env={**os.environ, **OUR_SERVERS, **settings}, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()
