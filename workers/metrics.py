"""What a worker counts, for Prometheus. Each kind of worker serves it on METRICS_PORT plus its place in :data:`PLACES`, on
loopback only, so that one setting serves them all on one machine."""

from __future__ import annotations

import structlog
from prometheus_client import Counter, start_http_server

from webapp.settings import Settings

log = structlog.get_logger()

PLACES = ("relay", "inventory", "orders", "tasks")

MOVED = Counter("marketflow_loop_messages_total", "Messages that a loop has worked on.", ["loop"])
FAILED = Counter(
    "marketflow_loop_failures_total", "Steps of a loop that failed and were or will be done again.", ["loop"]
)


def serve(settings: Settings, kind: str) -> None:
    """Serve this process's metrics where METRICS_PORT asks for it. A port that is taken, by a second process of the same
    kind, is said and costs only the metrics."""
    if settings.metrics_port is None:
        return
    port = settings.metrics_port + PLACES.index(kind)
    try:
        start_http_server(port, addr="127.0.0.1")
    except OSError as error:
        log.warning("metrics are not served", port=port, reason=str(error))
    else:
        log.info("metrics served", port=port)
