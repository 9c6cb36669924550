"""gunicorn's settings on servers: `gunicorn -c webapp/gunicorn.py 'webapp.app:create_app()'` (the Procfile's web line).

Workers are gevent's: a live page's stream costs a greenlet, and psycopg lets others run while it waits. Embedded, where
SQLite would block them all, workers/embedded.py serves with threads instead. Nothing here or in the app speaks to Kafka.
"""

from typing import Any

from webapp.settings import SettingsError, load

try:
    _settings = load()
except SettingsError as error:
    raise SystemExit(f"Marketflow cannot start: {error}") from error

bind = f"{_settings.host}:{_settings.port}"
workers = 2
worker_class = "gevent"
worker_connections = 4200
"""Connections of one worker: the live pages that it keeps (webapp/live/hub.py), and enough for requests beside them."""

backlog = 1024
timeout = 60
graceful_timeout = 8
"""Seconds for what is under way after SIGTERM. A worker that is killed then has lost nothing: transactions roll back."""

keepalive = 15
proc_name = "marketflow-web"
accesslog = None
errorlog = "-"
loglevel = "info"
control_socket_disable = True


def post_worker_init(worker: Any) -> None:
    """Let the live pages' streams end when the worker is told to stop: each would hold it up until it is killed."""
    # Only here: gevent patches a worker when it starts, and what waits must be imported after that.
    from webapp import live

    live.end_with(worker.wsgi, lambda: not worker.alive)
