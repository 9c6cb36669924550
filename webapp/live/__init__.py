"""Pages that move by themselves. `README.md` beside this file says what the author of a page has to write.

:class:`Topic` declares what may be watched, `announce` says in a transaction that something moved, `stream` and
`json_stream` answer with server-sent events, and `init_app` puts it all into an app. One :class:`Hub` per process asks
the database; the streams only wait.
"""

from webapp.live.announcing import announce
from webapp.live.hub import Hub
from webapp.live.routes import end_with, init_app, json_stream, register
from webapp.live.topics import LiveState, Topic, id_in

__all__ = ["Hub", "LiveState", "Topic", "announce", "end_with", "id_in", "init_app", "json_stream", "register"]
