"""What can be watched: a kind of thing, how new it is, and how it looks."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.db import as_json
from webapp.errors import NotFound


@dataclass(frozen=True, slots=True)
class LiveState:
    """How a thing looks now: the page's own partial as HTML, or a mapping that becomes JSON. After a `final` state
    nothing will move any more, and a stream of which every topic is final ends."""

    content: str | Mapping[str, Any]
    final: bool = False

    @property
    def text(self) -> str:
        """The content as it travels."""
        return self.content if isinstance(self.content, str) else as_json(dict(self.content))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Topic:
    """One kind of thing that a stream may watch.

    `kind` is its name in `/live?topics=kind:key`. `authorise` turns the key of an address into an id, within a request;
    it raises NotFound for a key that is unknown or not of whoever asks. None: the topic is not open to addresses, only to
    :func:`webapp.live.json_stream`, whose caller has authorised already.

    `versions` answers for many ids in ONE query with something comparable that differs whenever the look may differ; an
    id that is gone is left out. `render` gives the look of one id. Nobody in particular
    asks for it: it must not name `current_user`, and is the same for everyone who may watch the id. `render_many`, where a topic has it,
    gives the looks of many ids at a cost that is not many times one's: what a burst of news needs. Ids that are gone are left out.

    `about` is what :func:`webapp.live.announce` calls these things, `event` the name of the stream's event.
    """

    kind: str
    versions: Callable[[Sequence[int]], Mapping[int, Hashable]]
    render: Callable[[int], LiveState]
    render_many: Callable[[Sequence[int]], Mapping[int, LiveState]] | None = None
    authorise: Callable[[str], int] | None = None
    about: str
    event: str = "state"


def id_in(key: str) -> int:
    """The id that the key of an address says, for `authorise`. Raises NotFound for what no row's id can be."""
    if not key.isascii() or not key.isdecimal() or len(key) > 18:
        raise NotFound("there is nothing to watch here")
    return int(key)
