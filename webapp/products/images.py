"""What an owner does with a product's pictures, and what a worker makes of them. The first that is ready is the product's
face, kept on its row so that a shelf of a thousand products needs no second look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from webapp import clock, live, outbox
from webapp.db import Row, execute, fetch, locked, rows
from webapp.errors import Conflict, NotFound
from webapp.products import batches
from webapp.products.encoding import Encoded
from webapp.products.models import READY, REFUSED, WAITING

MOST_PICTURES = 20
ASK_AGAIN_SECONDS = 10.0
ABOUT = "product-pictures"
"""What live pages of a product's pictures are told of."""


@dataclass(frozen=True, slots=True)
class NewPicture:
    """A file that was looked at: its name as it came, its bytes, its width and height in pixels."""

    filename: str
    data: bytes
    width: int
    height: int


def add(market_id: int, product_id: int, new: Sequence[NewPicture]) -> list[int]:
    """Put pictures behind those that are there, and ask for them to be made ready; returns their ids.

    Raises NotFound for a foreign or deleted product, Conflict when it has too many.
    """
    there = _locked(market_id, product_id)
    if len(there) + len(new) > MOST_PICTURES:
        raise Conflict(
            f"a product has {MOST_PICTURES} pictures at most, and this one has {len(there)}", kind="too-many-pictures"
        )
    now = clock.now()
    position = max((row["position"] for row in there), default=0)
    ids = []
    for offset, picture in enumerate(new, 1):
        # Bytes cannot travel in the JSON of a set; a form has few files.
        [made] = fetch(
            "INSERT INTO product_images (market_id, product_id, position, filename, status, original, width, height, due_at, created_at, updated_at)"
            " VALUES (:market_id, :product_id, :position, :filename, :status, :original, :width, :height, :due, :now, :now) RETURNING id",
            market_id=market_id, product_id=product_id, position=position + offset, filename=picture.filename[:200], status=WAITING,
            original=picture.data, width=picture.width, height=picture.height, due=now + clock.seconds(ASK_AGAIN_SECONDS), now=now,
        )  # fmt: skip
        ids.append(int(made["id"]))
    outbox.ask(outbox.IMPORTS, "encode", ids, now)
    live.announce(ABOUT, [product_id])
    return ids


def copy(product_id: int, copied_id: int, market_id: int) -> None:
    """Give a product the pictures of another of the market, those that are ready. Raises NotFound for a foreign or deleted one."""
    _locked(market_id, product_id)
    execute(
        "INSERT INTO product_images (market_id, product_id, position, filename, alt, status, hash, width, height, created_at, updated_at)"
        " SELECT :market_id, :copied_id, position, filename, alt, status, hash, width, height, :now, :now FROM product_images"
        " WHERE product_id = :id AND status = :ready ORDER BY position",
        market_id=market_id, copied_id=copied_id, now=clock.now(), id=product_id, ready=READY,
    )  # fmt: skip
    # A picture is known by its place, which no two of a product share.
    execute(
        "INSERT INTO product_image_files (image_id, size, kind, hash, data) SELECT c.id, f.size, f.kind, f.hash, f.data"
        " FROM product_images c JOIN product_images o ON o.product_id = :id AND o.position = c.position AND o.status = :ready"
        " JOIN product_image_files f ON f.image_id = o.id WHERE c.product_id = :copied_id",
        copied_id=copied_id,
        id=product_id,
        ready=READY,
    )
    _show_first(copied_id)


def describe(market_id: int, product_id: int, image_id: int, alt: str) -> tuple[Row, Row]:
    """Say what is to be seen on a picture, for who cannot see it; returns it before and after. Raises NotFound."""
    before = _one(_locked(market_id, product_id), image_id)
    execute(
        "UPDATE product_images SET alt = :alt, updated_at = :now WHERE id = :id", alt=alt, now=clock.now(), id=image_id
    )
    return before, {**before, "alt": alt}


def move(market_id: int, product_id: int, image_id: int, place: int) -> tuple[int, int]:
    """Put a picture at a place, 1 being the first, as near as there are pictures; returns its place before and after.
    Raises NotFound."""
    there = list(_locked(market_id, product_id))
    picture = _one(there, image_id)
    before = there.index(picture) + 1
    there.remove(picture)
    there.insert(max(place, 1) - 1, picture)
    execute(
        f"UPDATE product_images SET position = v.position, updated_at = :now FROM {rows('v', id='bigint', position='bigint')}"
        " WHERE product_images.id = v.id",
        v=[{"id": row["id"], "position": number} for number, row in enumerate(there, 1)],
        now=clock.now(),
    )
    _show_first(product_id)
    return before, there.index(picture) + 1


def remove(market_id: int, product_id: int, image_id: int) -> Row:
    """Take a picture away for good; returns it as it was. Raises NotFound."""
    before = _one(_locked(market_id, product_id), image_id)
    execute("DELETE FROM product_image_files WHERE image_id = :id", id=image_id)
    execute("DELETE FROM product_images WHERE id = :id", id=image_id)
    _show_first(product_id)
    return before


def original(image_id: int) -> bytes | None:
    """The file of a picture that waits; None when somebody was faster, or it was removed."""
    found = fetch(
        "SELECT original FROM product_images WHERE id = :id AND status = :waiting", id=image_id, waiting=WAITING
    )
    return bytes(found[0]["original"]) if found else None


def made_ready(image_id: int, encoded: Encoded) -> None:
    """Show a picture in its sizes. Nothing happens to one that is not waiting (any more)."""
    # The product's row first, as everybody locks them: it is written below, and an owner who holds it may want the picture.
    fetch(
        f"SELECT id FROM products WHERE id = (SELECT product_id FROM product_images WHERE id = :id) {locked()}",
        id=image_id,
    )
    found = _settled(
        image_id, "status = :status, hash = :hash, width = :width, height = :height",
        status=READY, hash=encoded.hash, width=encoded.width, height=encoded.height,
    )  # fmt: skip
    if not found:
        return
    for file in encoded.files:
        execute(
            "INSERT INTO product_image_files (image_id, size, kind, hash, data) VALUES (:id, :size, :kind, :hash, :data)",
            id=image_id, size=file.size, kind=file.kind, hash=encoded.hash, data=file.data,
        )  # fmt: skip
    _show_first(found[0]["product_id"])


def refuse(image_id: int, problem: str) -> None:
    """Say of a waiting picture that it cannot be read."""
    found = _settled(image_id, "status = :status, problem = :problem", status=REFUSED, problem=problem[:300])
    live.announce(ABOUT, [row["product_id"] for row in found])


def ask_due(now: int) -> int:
    """Ask again for the pictures that no worker took up; returns how many."""
    due = fetch(
        "UPDATE product_images SET due_at = :later WHERE due_at <= :now RETURNING id",
        later=now + clock.seconds(ASK_AGAIN_SECONDS),
        now=now,
    )
    outbox.ask(outbox.IMPORTS, "encode", sorted(row["id"] for row in due), now)
    return len(due)


def _settled(image_id: int, assignments: str, **parameters: Any) -> list[Row]:
    return fetch(
        f"UPDATE product_images SET {assignments}, original = NULL, due_at = NULL, updated_at = :now"
        " WHERE id = :id AND status = :waiting RETURNING product_id",
        id=image_id, waiting=WAITING, now=clock.now(), **parameters,
    )  # fmt: skip


def _show_first(product_id: int) -> None:
    # Its version stays: a form that somebody has open is not older for a picture.
    execute(
        "UPDATE products SET image = (SELECT hash FROM product_images WHERE product_id = :id AND status = :ready"
        " ORDER BY position, id LIMIT 1) WHERE id = :id",
        id=product_id,
        ready=READY,
    )
    live.announce(ABOUT, [product_id])


def _locked(market_id: int, product_id: int) -> list[Row]:
    # The product's row stands for the order of its pictures.
    if product_id not in batches.lock(market_id, [product_id]):
        raise NotFound("there is no such product in this market")
    return _of(product_id)


def _of(product_id: int) -> list[Row]:
    return fetch(
        "SELECT id, position, filename, alt, status, hash FROM product_images WHERE product_id = :id"
        f" ORDER BY position, id {locked()}",
        id=product_id,
    )


def _one(there: Sequence[Row], image_id: int) -> Row:
    found = [row for row in there if row["id"] == image_id]
    if not found:
        raise NotFound("this product has no such picture")
    return found[0]
