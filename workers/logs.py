"""What a worker says while it works: lines of JSON on stderr, or readable ones on a terminal, ours and the libraries' alike."""

from __future__ import annotations

import logging
import sys

import structlog
from structlog.typing import Processor

LIBRARIES = ("dramatiq", "pika", "confluent_kafka", "sqlalchemy", "alembic", "httpx", "httpcore", "stripe")
"""Loggers that tell of every step; their warnings are enough."""


def set_up() -> None:
    """Send structlog's and the standard library's logs the same way. Safe to call again."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    terminal = sys.stderr.isatty()
    last: list[Processor] = (
        [structlog.dev.ConsoleRenderer()]
        if terminal
        else [structlog.processors.format_exc_info, structlog.processors.JSONRenderer()]
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last], foreign_pre_chain=shared
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    for name in LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    # pika tells of every refused connection on eight levels of its own; we say once that RabbitMQ is away.
    logging.getLogger("pika").setLevel(logging.CRITICAL)
