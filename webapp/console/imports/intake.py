"""How a file gets in: it is looked through once before anything is written, then kept in pieces, a few per transaction, so
that no transaction is open while a slow disk or browser sends the rest."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import BinaryIO

from webapp.accounts import audit
from webapp.accounts.actor import Actor
from webapp.console.imports import columns, commands
from webapp.console.imports.columns import Columns
from webapp.console.imports.records import Place, records
from webapp.console.imports.sniffing import Form, Sniffer, refusal
from webapp.db import execute, transact
from webapp.outbox import Cause

MOST_BYTES = 64 * 1024 * 1024
PIECE_BYTES = 256 * 1024
PIECES_AT_ONCE = 4


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look through a file has told."""

    form: Form
    columns: Columns
    place: Place
    size: int


def look(file: BinaryIO) -> Looked:
    """Look through a file that can be read again from its beginning. Raises Invalid (Unreadable where a row is to blame) for
    what is no table with a header and at least one row."""
    sniffer = Sniffer()
    while data := file.read(PIECE_BYTES):
        sniffer.feed(data)
        if sniffer.size > MOST_BYTES:
            raise refusal(
                "too-large", f"This file is larger than {MOST_BYTES // 1024**2} MiB. Split it and upload its parts."
            )
    form = sniffer.form()

    def data_from(offset: int) -> Iterator[bytes]:
        file.seek(offset)
        while data := file.read(PIECE_BYTES):
            yield data

    found = records(data_from, form, Place(form.start, 1))
    first = next(found, None)
    if first is None:
        raise refusal("empty", "This file is empty.")
    header = columns.header_of(first.cells)
    if next(records(data_from, form, first.following, header), None) is None:
        raise refusal("no-rows", "This file has a header and no rows.")
    return Looked(form, columns.recognised(header), first.following, sniffer.size)


def take(file: BinaryIO, filename: str, market_id: int, actor: Actor, cause: Cause) -> int:
    """Take a file in and let it be read (the dry run); returns the import's id. Nothing of it is kept when the look through
    it raises Invalid. A file whose columns cannot name a product is kept, refused, until somebody says which one is the SKU."""
    looked = look(file)
    name = re.sub(r"[^\w .,()+@-]", "_", filename.replace("\\", "/").rsplit("/", 1)[-1]).strip()[-200:] or "file.csv"
    import_id = transact(lambda: commands.begin(market_id, name, looked.size, actor, cause))
    file.seek(0)
    number = 0
    while data := file.read(PIECE_BYTES * PIECES_AT_ONCE):
        pieces = [data[start : start + PIECE_BYTES] for start in range(0, len(data), PIECE_BYTES)]
        transact(lambda pieces=pieces, number=number: _keep(import_id, number, pieces))  # type: ignore[misc]
        number += len(pieces)

    def taken() -> None:
        commands.arrived(import_id, asdict(looked.form), looked.columns, asdict(looked.place))
        after = {"file": name, "bytes": looked.size}
        audit.record("import.upload", "import", import_id, None, after, market_id, actor=actor)

    transact(taken)
    return import_id


def _keep(import_id: int, first: int, pieces: list[bytes]) -> None:
    for number, data in enumerate(pieces, first):
        execute(
            "INSERT INTO import_pieces (import_id, number, data) VALUES (:import_id, :number, :data)",
            import_id=import_id, number=number, data=data,
        )  # fmt: skip
