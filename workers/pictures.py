"""When pictures of products are made ready: the actor of the imports queue that makes their sizes. Nothing is locked while it
computes; what a killed worker had begun is asked for again by the timer, and of two that made the same one is believed."""

from __future__ import annotations

from collections.abc import Sequence

from webapp.db import db, transact
from webapp.errors import Invalid
from webapp.products import encoding, images


def encode(ids: Sequence[str]) -> None:
    """Make the sizes of these pictures, or say of each that it cannot be read."""
    for image_id in map(int, ids):
        data = images.original(image_id)
        db.session.rollback()
        if data is not None:
            _encode(image_id, data)


def _encode(image_id: int, data: bytes) -> None:
    try:
        made = encoding.encode(data)
    except Invalid as error:
        problem = error.errors[0].message
        transact(lambda: images.refuse(image_id, problem))
        return
    transact(lambda: images.made_ready(image_id, made))
