"""What an uploaded file is made of: its encoding, its line ends, the sign between its cells. The whole file is looked at
while it arrives, because one wrong byte near its end decides between UTF-8 and Windows-1252."""

from __future__ import annotations

import codecs
from dataclasses import dataclass, field

from webapp.errors import FieldError, Invalid

SAMPLE = 64 * 1024
"""Bytes at the beginning by which a file is judged, encoding apart."""

BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
WORDS = {"utf-8": "UTF-8", "utf-16-le": "UTF-16", "utf-16-be": "UTF-16", "cp1252": "Windows-1252"}
DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs"}

KNOWN_BINARIES = (
    (b"PK\x03\x04", "an Excel workbook or a ZIP archive"), (b"\xd0\xcf\x11\xe0", "an old Excel workbook"), (b"%PDF", "a PDF"),
    (b"\x89PNG", "a picture"), (b"\xff\xd8\xff", "a picture"), (b"GIF8", "a picture"), (b"\x1f\x8b", "a packed file"),
    (b"\x7fELF", "a program"), (b"SQLite format 3", "a database"),
)  # fmt: skip

MOST_ODD = 0.02
"""The share of control characters in the sample above which a file is no text."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a file is written: `start` is where its text begins, after a byte order mark."""

    encoding: str
    start: int
    newline: str
    delimiter: str


@dataclass(slots=True)
class Sniffer:
    """Is fed the file as it arrives, then says its form."""

    size: int = 0
    _head: bytearray = field(default_factory=bytearray)
    _utf8: codecs.IncrementalDecoder | None = field(default_factory=codecs.getincrementaldecoder("utf-8"))

    def feed(self, data: bytes) -> None:
        """The next bytes."""
        self.size += len(data)
        if len(self._head) < SAMPLE:
            self._head += data[: SAMPLE - len(self._head)]
        if self._utf8 is not None:
            try:
                self._utf8.decode(data)
            except UnicodeDecodeError:
                self._utf8 = None

    def form(self) -> Form:
        """The file's form. Raises Invalid for an empty file and for one that is no text."""
        head = bytes(self._head)
        if not head.strip(b"\xef\xbb\xbf\xff\xfe \t\r\n\x00"):
            raise refusal("empty", "This file is empty.")
        encoding, start = self._encoding(head)
        text = head[start:].decode(encoding, "ignore")
        odd = sum(1 for sign in text if sign < " " and sign not in "\t\r\n") / max(len(text), 1)
        if odd > MOST_ODD and len(text) > SAMPLE // 1024:
            raise refusal("binary", "This is no text file. Save the table as CSV and upload that.")
        newline = "\n" if "\n" in text or "\r" not in text else "\r"
        return Form(encoding, start, newline, _delimiter(text, newline))

    def _encoding(self, head: bytes) -> tuple[str, int]:
        for magic, what in KNOWN_BINARIES:
            if head.startswith(magic):
                raise refusal("binary", f"This is {what}, no text file. Save the table as CSV and upload that.")
        for mark, encoding in BOMS:
            if head.startswith(mark):
                if encoding == "utf-8" and not self._is_utf8():
                    raise refusal(
                        "encoding",
                        "This file says that it is UTF-8, but some of its bytes are not. Save it again as UTF-8.",
                    )
                return encoding, len(mark)
        # Text in UTF-16 without a mark: of most letters one of the two bytes is nought, always the same one.
        even, odd = head[0::2].count(0), head[1::2].count(0)
        half = max(len(head) // 2, 1)
        if len(head) >= 4 and odd > half * 0.4 and even < half * 0.1:
            return "utf-16-le", 0
        if len(head) >= 4 and even > half * 0.4 and odd < half * 0.1:
            return "utf-16-be", 0
        return ("utf-8" if self._is_utf8() else "cp1252"), 0

    def _is_utf8(self) -> bool:
        if self._utf8 is None:
            return False
        # A file that ends within a letter is not UTF-8; asking leaves the decoder as it is.
        return not self._utf8.getstate()[0] or self.size <= 0


def refusal(code: str, message: str) -> Invalid:
    """The whole file cannot be accepted."""
    return Invalid(message, FieldError("file", code, message))


def _delimiter(text: str, newline: str) -> str:
    # Only the header counts: descriptions are full of commas and semicolons.
    counts = dict.fromkeys(DELIMITERS, 0)
    quoted = False
    for sign in text:
        if sign == '"':
            quoted = not quoted
        elif not quoted and sign == newline and any(counts.values()):
            break
        elif not quoted and sign in counts:
            counts[sign] += 1
    return max(counts, key=lambda sign: counts[sign])
