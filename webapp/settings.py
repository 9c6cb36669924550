"""Every setting, read once from the environment. No other module reads it (a test keeps that so)."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
"""The checkout that the market runs from: templates, static files and migrations live under it."""

WEAK_SECRET_LENGTH = 32

ADDRESSES = {
    "DATABASE_URL": ("postgresql", "postgres"),
    "AMQP_URL": ("amqp", "amqps"),
    "SMTP_URL": ("smtp",),
    "PROVIDER_URL": ("http", "https"),
    "PUBLIC_URL": ("http", "https"),
    "STRIPE_API_BASE": ("https", "http"),
}
"""The settings that are addresses, and the schemes that each may have."""


class SettingsError(Exception):
    """A setting is missing or contradicts another; the message names it and the way out."""


class Settings(BaseSettings):
    """The market's settings. Each field's name in capitals is its environment variable; docs/settings.md lists them."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, env_ignore_empty=True)

    market_home: Path = Field(Path("var"), description="Where data lives: the database, keys, demo accounts, logs.")
    host: str = Field("127.0.0.1", description="The address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="The port to listen on.")
    secret_key: str | None = Field(
        None, description="Signs cookies. Made into MARKET_HOME without brokers, else required, 32 characters or more."
    )
    database_url: str | None = Field(None, description="postgresql://…; absent: SQLite in MARKET_HOME.")
    kafka_brokers: str | None = Field(None, description="host:port[,…]; together with AMQP_URL, or neither.")
    amqp_url: str | None = Field(None, description="amqp://…; together with KAFKA_BROKERS, or neither.")
    smtp_url: str | None = Field(
        None, description="smtp://[user:password@]host:port[?tls=1]; absent: emails go to the mailbox page only."
    )
    smtp_from: str = Field(
        "Marketflow <orders@marketflow.example>",
        description="The sender of every email; an order's comes from this address in its market's name.",
    )
    provider_url: str | None = Field(
        None,
        description="The payment provider's address; `inprocess:` answers without a network, for benchmarks; absent:"
        " without brokers a child process, with brokers http://127.0.0.1:8090.",
    )
    provider_secret: str | None = Field(None, description="Shared with the provider; signs its callbacks.")
    stripe_secret_key: str | None = Field(
        None, description="Takes real cards by Stripe: sk_… or rk_…; together with the next two, or none of them."
    )
    stripe_publishable_key: str | None = Field(None, description="pk_…, of the same mode: what the card field needs.")
    stripe_webhook_secret: str | None = Field(
        None, description="whsec_…: signs what Stripe tells PUBLIC_URL/payments/stripe."
    )
    stripe_api_base: str = Field(
        "https://api.stripe.com", description="Where Stripe answers; another address for tests against stripe-mock."
    )
    public_url: str | None = Field(None, description="What shoppers type; absent: http://HOST:PORT.")
    metrics_port: int | None = Field(
        None,
        ge=0,
        le=65535,
        description="Workers serve Prometheus metrics if set: the relay here, inventory, orders and tasks on the next three ports.",
    )
    api_rate: int = Field(1000, ge=1, description="Requests a second that one API token may make.")
    login_rate: int = Field(
        20, ge=1, description="Failed log-ins a quarter of an hour from one address or for one email."
    )
    order_rate: int = Field(
        60,
        ge=1,
        description="Orders a quarter of an hour through the pages from one address, for one email or by one account.",
    )
    batch_size: int = Field(500, ge=1, le=5000, description="Messages that a consumer or the relay takes at once.")
    payment_timeout: float = Field(2.0, gt=0, description="Seconds we wait for the provider's answer to one call.")
    payment_overdue: float = Field(18.0, gt=0, description="Seconds after which an undecided payment is voided.")
    demo: bool | None = Field(
        None,
        description="Seed the demo at the first embedded start and show its hints; absent: without brokers yes, with brokers no.",
    )
    development: bool = Field(False, description="Serve /styleguide.")

    @model_validator(mode="before")
    @classmethod
    def _be_patient_with_banks(cls, given: Any) -> Any:
        # A bank takes longer than a test provider on this machine.
        if isinstance(given, dict) and given.get("stripe_secret_key"):
            return {"payment_timeout": 8.0, "payment_overdue": 60.0, **given}
        return given

    @model_validator(mode="after")
    def _fit_together(self) -> Settings:
        if (self.kafka_brokers is None) != (self.amqp_url is None):
            given, missing = ("KAFKA_BROKERS", "AMQP_URL") if self.kafka_brokers else ("AMQP_URL", "KAFKA_BROKERS")
            raise ValueError(f"{given} is set but {missing} is not: set both (servers) or neither (embedded)")
        if self.kafka_brokers and not self.on_postgresql:
            raise ValueError("KAFKA_BROKERS and AMQP_URL need PostgreSQL: set DATABASE_URL=postgresql://… as well")
        if self.database_url and not self.on_postgresql:
            raise ValueError("DATABASE_URL must start with postgresql://; leave it out to use SQLite in MARKET_HOME")
        if self.kafka_brokers and not self.secret_key:
            kept = self.market_home.expanduser() / "secret-key"
            way = f"SECRET_KEY=$(cat {kept})" if kept.exists() else "make one with `openssl rand -hex 32`"
            raise ValueError(f"SECRET_KEY is required with brokers, the same for every process: {way}")
        if self.secret_key and (len(self.secret_key) < WEAK_SECRET_LENGTH or len(set(self.secret_key)) < 10):
            raise ValueError(
                "SECRET_KEY is too weak: use 32 random characters or more, `openssl rand -hex 32` makes one"
            )
        _refuse_half_of_stripe(self)
        for name, schemes in ADDRESSES.items():
            _refuse_no_address(name, getattr(self, name.lower()), schemes)
        return self

    @property
    def on_postgresql(self) -> bool:
        """Whether the database is PostgreSQL; else it is SQLite."""
        return self.database_url is not None and self.database_url.startswith(("postgresql://", "postgres://"))

    @property
    def with_brokers(self) -> bool:
        """Whether events travel by Kafka and RabbitMQ; else by the database alone."""
        return self.kafka_brokers is not None

    @property
    def takes_cards(self) -> bool:
        """Whether orders are paid by card at Stripe; else with the test provider's tokens."""
        return self.stripe_secret_key is not None

    def without_cards(self) -> Settings:
        """The same house with the test provider's tokens alone: for demos and replays, which must move no real money."""
        names = ("stripe_secret_key", "stripe_publishable_key", "stripe_webhook_secret")
        return self.model_copy(update=dict.fromkeys(names))

    @property
    def stripe_is_live(self) -> bool:
        """Whether real money moves: Stripe's keys say so themselves."""
        return "_live_" in (self.stripe_secret_key or "")

    @property
    def sqlalchemy_url(self) -> str:
        """DATABASE_URL with the driver we use, or the SQLite file in MARKET_HOME."""
        if self.database_url is None:
            return f"sqlite:///{self.home / 'market.db'}"
        return "postgresql+psycopg://" + self.database_url.split("://", 1)[1]

    @property
    def shows_demo(self) -> bool:
        """Whether this is a demo: seeded at the first start, with hints such as the test cards."""
        return not self.with_brokers if self.demo is None else self.demo

    @cached_property
    def home(self) -> Path:
        """MARKET_HOME, absolute and made if it was not there. Raises SettingsError where that cannot be."""
        home = self.market_home.expanduser().resolve()
        try:
            home.mkdir(parents=True, exist_ok=True)
            reason = None if os.access(home, os.W_OK | os.X_OK) else "nothing can be written there"
        except OSError as error:
            reason = error.strerror
        if reason:
            raise SettingsError(f"MARKET_HOME={home} cannot be used ({reason}): name a folder of your own")
        return home

    @property
    def base_url(self) -> str:
        """Where links in emails and callbacks lead."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    @cached_property
    def signing_key(self) -> str:
        """SECRET_KEY, or the one kept in MARKET_HOME, made at the first start."""
        return self.secret_key or _kept_secret(self.home / "secret-key")

    @cached_property
    def provider_key(self) -> str:
        """The secret shared with the payment provider."""
        return self.provider_secret or _kept_secret(self.home / "provider-secret")


def load(**overrides: object) -> Settings:
    """The settings of this process. Raises SettingsError with a sentence that names the setting and the way out."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = []
        for problem in error.errors():
            name = ".".join(str(part) for part in problem["loc"]).upper()
            lines.append(f"{name}: {problem['msg']}" if name else problem["msg"].removeprefix("Value error, "))
        raise SettingsError("\n".join(lines)) from error


def _refuse_half_of_stripe(settings: Settings) -> None:
    # A value is never repeated: these are keys.
    keys = {
        "STRIPE_SECRET_KEY": (settings.stripe_secret_key, ("sk_", "rk_")),
        "STRIPE_PUBLISHABLE_KEY": (settings.stripe_publishable_key, ("pk_",)),
        "STRIPE_WEBHOOK_SECRET": (settings.stripe_webhook_secret, ("whsec_",)),
    }
    given = [name for name, (value, _) in keys.items() if value]
    missing = [name for name in keys if name not in given]
    if given and missing:
        raise ValueError(
            f"{given[0]} is set but {' and '.join(missing)} not: set all three to take cards, or none of them"
        )
    for name, (value, forms) in keys.items():
        if value and not value.startswith(forms):
            raise ValueError(
                f"{name} is none: it begins with {' or '.join(forms)}; see Developers in Stripe's dashboard"
            )
    if ("_live_" in (settings.stripe_publishable_key or "")) != settings.stripe_is_live:
        raise ValueError(
            "STRIPE_SECRET_KEY and STRIPE_PUBLISHABLE_KEY are of two modes: take both live, or both for tests"
        )
    base = urlsplit(settings.stripe_api_base)
    if settings.takes_cards and base.scheme == "http" and base.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise ValueError("STRIPE_API_BASE must be https://… where it leaves this machine: the secret key goes there")
    if settings.stripe_is_live and not settings.base_url.startswith("https://"):
        raise ValueError(
            "STRIPE_SECRET_KEY is a live one, which needs PUBLIC_URL=https://…: cards are typed into that page"
        )


def _refuse_no_address(name: str, value: str | None, schemes: tuple[str, ...]) -> None:
    if value is None or (name == "PROVIDER_URL" and value == "inprocess:"):
        return
    # The value itself is not repeated: most of these carry a password.
    try:
        parts = urlsplit(value)
        # PostgreSQL's driver finds a server without a host: by a socket, or by the parameters after the question mark.
        fits = parts.scheme in schemes and parts.port != 0 and bool(parts.hostname or name == "DATABASE_URL")
    except ValueError:
        fits = False
    if not fits:
        raise ValueError(
            f"{name} is no address: write it like {schemes[0]}://host:port; docs/settings.md shows its form"
        )


def _kept_secret(path: Path) -> str:
    # The file is written aside and linked into place, so that two processes that start together agree on one key and
    # neither ever reads half of it.
    if not path.exists():
        aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
        aside.touch(mode=0o600)
        aside.write_text(secrets.token_hex(32), encoding="ascii")
        with suppress(FileExistsError):
            os.link(aside, path)
        aside.unlink()
    return path.read_text(encoding="ascii").strip()
