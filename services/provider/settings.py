"""What the provider is started with: options on the command line, else the environment, else defaults."""

import argparse
import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from .answers import Refused
from .inputs import check_url

SHORTEST_SECRET = 16


class UnusableSettings(Exception):
    """The provider cannot start with these settings; the text says which and why."""


@dataclass(frozen=True)
class Settings:
    """Everything the provider is told at its start. `key` is the clients' bearer key, `secret` signs the callbacks."""

    port: int
    home: Path
    secret: str
    key: str
    callback_url: str | None
    faults: bool
    exit_with_stdin: bool
    hang_seconds: float


def read_settings(arguments: Sequence[str], environment: Mapping[str, str]) -> Settings:
    """The settings of this start; makes `home` and, when none is given, a secret in it. Raises UnusableSettings."""
    given = _parser(environment).parse_args(arguments)
    home = Path(given.home)
    home.mkdir(parents=True, exist_ok=True)
    secret = environment.get("PROVIDER_SECRET") or kept_secret(home / "secret")
    if len(secret) < SHORTEST_SECRET:
        raise UnusableSettings(f"PROVIDER_SECRET must have at least {SHORTEST_SECRET} characters.")
    if not 0 <= given.port <= 65535:
        raise UnusableSettings("PROVIDER_PORT must be a number from 0 to 65535.")
    if given.hang_seconds < 0:
        raise UnusableSettings("PROVIDER_HANG_SECONDS must not be negative.")
    if given.callback_url is not None:
        try:
            check_url(given.callback_url, "PROVIDER_CALLBACK_URL")
        except Refused as refused:
            raise UnusableSettings(f"PROVIDER_CALLBACK_URL: {refused}") from refused
    return Settings(
        port=given.port,
        home=home,
        secret=secret,
        key=environment.get("PROVIDER_KEY") or key_of(secret),
        callback_url=given.callback_url,
        faults=given.faults,
        exit_with_stdin=given.exit_with_stdin,
        hang_seconds=given.hang_seconds,
    )


def key_of(secret: str) -> str:
    """The bearer key when PROVIDER_KEY is not set: derived, so that one secret is all that two processes must share."""
    return hmac.new(secret.encode(), b"provider-key", hashlib.sha256).hexdigest()


def kept_secret(path: Path) -> str:
    """The secret in this file, made at the first start for its owner alone to read."""
    if not path.exists():
        # Whole before it has its name, and never over another: a market may already know that one.
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        with suppress(FileExistsError):
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()


def _parser(environment: Mapping[str, str]) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m services.provider", description="The test payment provider.")
    parser.add_argument(
        "--port", type=int, default=environment.get("PROVIDER_PORT", "8090"), help="0 chooses a free one"
    )
    home = environment.get("PROVIDER_HOME") or Path(environment.get("MARKET_HOME") or "var") / "provider"
    parser.add_argument("--home", default=home, help="the ledger's folder")
    parser.add_argument(
        "--callback-url",
        default=environment.get("PROVIDER_CALLBACK_URL") or None,
        help="where events go when a charge names no callback_url",
    )
    parser.add_argument(
        "--faults",
        action="store_true",
        default=environment.get("PROVIDER_FAULTS") == "1",
        help="offer the fault knobs of test campaigns",
    )
    parser.add_argument(
        "--hang-seconds",
        type=float,
        default=environment.get("PROVIDER_HANG_SECONDS", "60"),
        help="how long an unanswered call is held open",
    )
    parser.add_argument(
        "--exit-with-stdin", action="store_true", help="end when standard input ends, that is, when the parent is gone"
    )
    return parser
