"""The records of a CSV file, one by one from its bytes, in bounded memory, from any record onward.

Python's csv reader does the splitting, strictly; what stands here is where a record begins in the file, and a message that
names the row and the column when one cannot be read.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from webapp.console.imports.sniffing import Form
from webapp.errors import FieldError, Invalid

LONGEST_CELL = 100_000
"""Characters of one cell. The longest description that we keep is a tenth of it; the rest is room for HTML."""

LONGEST_RECORD = 1_000_000
"""Characters of one record, line breaks within quotes included: what is held in memory at a time."""

Bytes = Callable[[int], Iterator[bytes]]
"""Gives a file's bytes from an offset on."""


class Unreadable(Invalid):
    """A file cannot be read any further: what, in which row, and in which column where that is known."""

    def __init__(self, message: str, line: int, column: str = "") -> None:
        where = f"Row {line}, {column}" if column else f"Row {line}"
        super().__init__(
            f"{where}: {message}",
            FieldError(f"rows[{line}].{column}" if column else f"rows[{line}]", "unreadable", message),
        )
        self.line, self.column, self.message = line, column, message


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record begins: the byte, and the number of its first line as a text editor counts."""

    offset: int
    line: int


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its cells, the line it begins in, and where the next one begins."""

    cells: list[str]
    line: int
    following: Place


def records(data: Bytes, form: Form, at: Place, header: Sequence[str] = ()) -> Iterator[Record]:
    """The records from a place on; blank lines are passed over. Raises Unreadable with the row, and with the column by its
    name in `header`."""
    lines = _Lines(data, form, at)
    reader = csv.reader(lines, delimiter=form.delimiter, strict=True)
    while True:
        began = lines.begin()
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise _broken(lines, form, began.line, header, error) from error
        for index, cell in enumerate(cells):
            if len(cell) > LONGEST_CELL:
                raise _too_long(began.line, header, index)
        if any(cell.strip() for cell in cells):
            yield Record(cells, began.line, lines.place)


class _Lines:
    """Lines for the csv reader, which asks for no more than it needs; keeps count of bytes and lines, and the record so far."""

    def __init__(self, data: Bytes, form: Form, at: Place) -> None:
        self.place = at
        self.held: list[str] = []
        self._length = 0
        self._form = form
        self._texts = _decoded(data(at.offset), form.encoding, self)
        self._rest = ""
        self._ended = False

    def begin(self) -> Place:
        """A record begins here."""
        self.held, self._length = [], 0
        return self.place

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._line()
        if not line:
            raise StopIteration
        self.held.append(line)
        self._length += len(line)
        if self._length > LONGEST_RECORD:
            raise csv.Error("record too long")
        self.place = Place(self.place.offset + len(line.encode(self._form.encoding)), self.place.line + 1)
        if self._form.newline == "\r" and line.endswith("\r"):
            return line[:-1] + "\n"
        return line

    def _line(self) -> str:
        pieces = [self._rest]
        length = len(self._rest)
        end = self._rest.find(self._form.newline)
        while end < 0 and not self._ended:
            try:
                piece = next(self._texts)
            except StopIteration:
                self._ended = True
                break
            end = piece.find(self._form.newline)
            if end >= 0:
                end += length
            pieces.append(piece)
            length += len(piece)
            if length > LONGEST_RECORD and end < 0:
                self.held.append("".join(pieces))
                raise csv.Error("record too long")
        whole = "".join(pieces)
        cut = len(whole) if end < 0 else end + 1
        self._rest = whole[cut:]
        return whole[:cut]


def _decoded(pieces: Iterator[bytes], encoding: str, lines: _Lines) -> Iterator[str]:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        for piece in pieces:
            # In small steps, so that what is left over of a line is never copied again and again.
            for start in range(0, len(piece), 16_384):
                yield decoder.decode(piece[start : start + 16_384])
        yield decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise Unreadable(
            "Some bytes near here are no letters. Save the file again as UTF-8.", lines.place.line
        ) from error


def _broken(lines: _Lines, form: Form, line: int, header: Sequence[str], error: csv.Error) -> Unreadable:
    index, length = _where("".join(lines.held), form.delimiter)
    column = _name(header, index)
    said = str(error)
    if "field larger" in said or "too long" in said:
        if length > LONGEST_CELL:
            return _too_long(line, header, index)
        return Unreadable(f"This row is longer than {LONGEST_RECORD:,} characters. Is a quote missing?", line, column)
    if "unexpected end of data" in said:
        return Unreadable("A quote is opened here and never closed.", line, column)
    if "expected after" in said:
        return Unreadable(
            "A quote stands in the middle of a cell. Inside quotes, write each quote twice.", line, column
        )
    return Unreadable(f"This row cannot be read ({said}).", line, column)


def _too_long(line: int, header: Sequence[str], index: int) -> Unreadable:
    return Unreadable(f"This cell is longer than {LONGEST_CELL:,} characters.", line, _name(header, index))


def _where(text: str, delimiter: str) -> tuple[int, int]:
    """Which cell of a broken record the trouble is in, and how long that cell is so far: the first one over the limit, the
    first with something behind its closing quote, or else the last."""
    index, began, at = 0, 0, 0
    while at < len(text):
        if text[at] == '"' and at == began:
            at = _closed(text, at + 1)
            if at < len(text) and text[at] not in (delimiter, "\r", "\n"):
                return index, at - began
            if at < len(text) and text[at] != delimiter:
                break
        else:
            found = text.find(delimiter, at)
            at = len(text) if found < 0 else found
        if at - began > LONGEST_CELL or at >= len(text):
            break
        index, began, at = index + 1, at + 1, at + 1
    return index, at - began


def _closed(text: str, at: int) -> int:
    while True:
        found = text.find('"', at)
        if found < 0:
            return len(text)
        if text[found + 1 : found + 2] != '"':
            return found + 1
        at = found + 2


def _name(header: Sequence[str], index: int) -> str:
    return header[index] if index < len(header) and header[index] else f"column {index + 1}"
