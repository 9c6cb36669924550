"""What a file says, whatever it is written in; and what cannot be read, by its row and column."""

from __future__ import annotations

import codecs
import io

import pytest

from tests.imports.conftest import ours, shopify
from webapp.console.imports import columns as c
from webapp.console.imports import intake
from webapp.console.imports.formulas import quoted, unquoted
from webapp.console.imports.plain_text import of_html
from webapp.console.imports.records import LONGEST_CELL, Place, Record, records
from webapp.console.imports.rows import Group, Wanted, read
from webapp.errors import Invalid

WORDS = "SKU,Name,Price\nA1,Käse à la crème €,1.50\n"


def all_of(data: bytes, at: Place | None = None) -> list[Record]:
    """Every record below the header."""
    looked = intake.look(io.BytesIO(data))
    return list(records(lambda offset: iter([data[offset:]]), looked.form, at or looked.place, looked.columns.header))


@pytest.mark.parametrize(
    ("data", "encoding", "delimiter"),
    [
        (WORDS.encode(), "utf-8", ","),
        (codecs.BOM_UTF8 + WORDS.encode(), "utf-8", ","),
        (WORDS.encode("utf-16"), "utf-16-le", ","),
        (codecs.BOM_UTF16_BE + WORDS.encode("utf-16-be"), "utf-16-be", ","),
        (WORDS.encode("utf-16-le"), "utf-16-le", ","),
        (WORDS.encode("cp1252"), "cp1252", ","),
        (WORDS.replace(",", ";").encode("cp1252"), "cp1252", ";"),
        (WORDS.replace(",", "\t").encode(), "utf-8", "\t"),
        (WORDS.replace("\n", "\r\n").encode(), "utf-8", ","),
        (WORDS.replace("\n", "\r").encode(), "utf-8", ","),
    ],
)
def test_a_file_is_read_however_it_was_saved(data: bytes, encoding: str, delimiter: str) -> None:
    looked = intake.look(io.BytesIO(data))
    assert (looked.form.encoding, looked.form.delimiter) == (encoding, delimiter)
    assert looked.columns.header == ("SKU", "Name", "Price")
    assert [record.cells for record in all_of(data)] == [["A1", "Käse à la crème €", "1.50"]]


def test_one_wrong_byte_near_the_end_of_a_long_file_decides_its_encoding() -> None:
    long = "SKU,Name\n" + "".join(f"S{n},Thing\n" for n in range(20_000))
    assert intake.look(io.BytesIO((long + "Z,Café\n").encode())).form.encoding == "utf-8"
    assert intake.look(io.BytesIO((long + "Z,Café\n").encode("cp1252"))).form.encoding == "cp1252"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_reading_can_go_on_from_any_record(encoding: str) -> None:
    text = "SKU,Description\n" + "".join(f'S{n},"ä {n}\nsecond line, with ""quotes"""\n\n' for n in range(300))
    data = text.encode(encoding)
    whole = all_of(data)
    assert len(whole) == 300
    assert (whole[0].line, whole[1].line) == (2, 5)
    for index in (0, 1, 7, 298):
        assert all_of(data, whole[index].following)[0] == whole[index + 1]


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\n\n", "empty"),
        (b"SKU,Name,Price\n", "no rows"),
        (b"PK\x03\x04" + bytes(500), "Excel workbook"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), "picture"),
        (bytes(range(256)) * 40, "no text file"),
        (b"SKU,Name,sku\nA,B,C\n", "“sku” is there twice, as column 1 and as column 3"),
        (b",,\n1,2,3\n", "no rows"),
        (codecs.BOM_UTF8 + b"SKU,Name\nA,\xff\xfe\n", "some of its bytes are not"),
        (b'SKU,Name\nA,"never closed\n', "Row 2, Name: A quote is opened here and never closed"),
        (b'SKU,Na"me\n"A"x,B\n', "Row 2, SKU: A quote stands in the middle of a cell"),
    ],
)
def test_what_is_no_table_is_refused_before_anything_is_kept(data: bytes, says: str) -> None:
    with pytest.raises(Invalid) as refused:
        intake.look(io.BytesIO(data))
    assert says in refused.value.detail
    assert refused.value.errors[0].field


@pytest.mark.parametrize(
    ("rest", "says"),
    [
        ('A2,"broken,1\nA3,"B",2\n', "Row 3, Name: A quote stands in the middle of a cell"),
        ('A2,"ok",3\nA3,"open,4\n', "Row 4, Name: A quote is opened here and never closed"),
        ("A2," + "x" * 10_000_000 + ",3\n", "Row 3, Name: This cell is longer than 100,000 characters"),
        ('A2,"' + "x\n" * 5_000_000 + '",3\n', "Row 3, Name: This cell is longer than 100,000 characters"),
        ("A2," + "x" * (LONGEST_CELL + 1) + ",3\n", "Row 3, Name: This cell is longer than 100,000 characters"),
    ],
)
def test_what_cannot_be_read_is_named_by_its_row_and_column(rest: str, says: str) -> None:
    data = ("SKU,Name,Price\nA1,fine,1\n" + rest).encode()
    with pytest.raises(Invalid) as refused:
        all_of(data)
    assert says in refused.value.detail


def test_bytes_that_are_no_letters_in_any_encoding_name_their_row() -> None:
    with pytest.raises(Invalid, match=r"Row .*no letters"):
        all_of(b"SKU,Name\nA,\xe9\nB,\x81\n")


def wanted_of(text: str, currency: str = "EUR") -> list[Wanted]:
    """What each row of a file asks for."""
    looked = intake.look(io.BytesIO(text.encode()))
    group = Group()
    return [read(record.cells, looked.columns, group, currency) for record in all_of(text.encode())]


def test_shopifys_variants_are_products_with_their_option_in_the_name() -> None:
    small, large, picture, lamp = wanted_of(shopify())
    assert small.sku == "clay-pot-small"
    assert small.fields == {
        "name": "Clay pot, Small", "description": "Thrown & fired.\n\n• Round", "maker": "Kiln", "category": "Garden", "price_minor": 999,
        "status": "active", "stock": 1,
    }  # fmt: skip
    assert "https://pictures.invalid/pot.jpg" in small.note
    assert (large.sku, large.fields["name"], large.fields["price_minor"], large.fields["stock"]) == (
        "clay-pot-large",
        "Clay pot, Large",
        1599,
        3,
    )
    assert large.fields["description"] == small.fields["description"]
    assert picture.only_picture
    assert (lamp.sku, lamp.fields["name"], lamp.fields["status"]) == ("LAMP-1", "Copper lamp", "draft")
    assert not any(wanted.problems for wanted in (small, large, picture, lamp))


@pytest.mark.parametrize(
    ("line", "column", "says"),
    [
        (",Thing,,,,1,EUR,active,1", "SKU", "missing"),
        ("X" * 65 + ",Thing,,,,1,EUR,active,1", "SKU", "At most 64"),
        ("A,Thi\0ng,,,,1,EUR,active,1", "Name", "control characters"),
        ("A," + "N" * 201 + ",,,,1,EUR,active,1", "Name", "At most 200"),
        ("A,Thing," + "D" * 10_001 + ",,,1,EUR,active,1", "Description", "At most 10000"),
        ('A,Thing,,,,"12,50",EUR,active,1', "Price", "“12.50” instead of “12,50”"),
        ('A,Thing,,,,"1.234,50",EUR,active,1', "Price", "“1234.50” instead of “1.234,50”"),
        ("A,Thing,,,,€5,EUR,active,1", "Price", "with a point"),
        ("A,Thing,,,,1.005,EUR,active,1", "Price", "2 decimals"),
        ("A,Thing,,,,0,EUR,active,1", "Price", "more than zero"),
        ("A,Thing,,,,-1,EUR,active,1", "Price", "with a point"),
        ("A,Thing,,,,1,USD,active,1", "Currency", "sells in EUR"),
        ("A,Thing,,,,1,EUR,sold,1", "Status", "draft, active or archived"),
        ("A,Thing,,,,1,EUR,active,-3", "On hand", "-3"),
        ("A,Thing,,,,1,EUR,active,1.5", "On hand", "whole number"),
        ("A,Thing,,,,1,EUR,active,٣", "On hand", "whole number"),
        ("A,Thing,,,,1,EUR,active,9999999999999", "On hand", "at most"),
        ("A,Thing,,,,1", "", "6 cells, the header has 9"),
        ("A,Thing,with, a comma,,,1,EUR,active,1", "", "10 cells, the header has 9"),
    ],
)
def test_a_cell_that_cannot_be_is_named_by_its_column(line: str, column: str, says: str) -> None:
    [wanted] = wanted_of(ours(line))
    [problem] = wanted.problems
    assert (problem.column, says in problem.message) == (column, True), problem


def test_a_variant_without_its_products_first_row_is_an_error() -> None:
    [wanted] = wanted_of(shopify([{"Handle": "lost", "Option1 Value": "Large", "Variant Price": "2"}]))
    assert [problem.column for problem in wanted.problems] == ["Title"]


def test_columns_are_recognised_and_can_be_said() -> None:
    header = c.header_of(["Artikel", "Bezeichnung", "Preis"])
    assert c.recognised(header).meaning == {}
    with pytest.raises(Invalid, match="No column holds the SKU"):
        c.check(c.recognised(header))
    assert c.mapped(header, ["sku", "name", ""]).meaning == {"sku": 0, "name": 1}
    with pytest.raises(Invalid, match="cannot both be the Name"):
        c.mapped(header, ["sku", "name", "name"])
    with pytest.raises(Invalid, match="cannot mean"):
        c.mapped(header, ["nonsense"])


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("plain & simple", "plain & simple"),
        ("<p>One</p>\n<p>Two&nbsp;&lt;3</p>", "One\n\nTwo <3"),
        ("a<br>b<BR/>c", "a\nb\nc"),
        ("<style>p{}</style><p onclick='x()'>Text<script>alert('<p>')</script></p>", "Text"),
        ("<ul><li>one<li>two</ul>", "• one\n• two"),
        ("broken <b>bold</i> <p", "broken bold <p"),
        ("<img src=x onerror=alert(1)>", ""),
        ("&lt;script&gt;alert(1)&lt;/script&gt;", "<script>alert(1)</script>"),
    ],
)
def test_html_becomes_plain_text(html: str, text: str) -> None:
    assert of_html(html) == text


@pytest.mark.parametrize(
    "text", ["=1+1", "+x", "-x", "@x", "\tx", "\rx", "'=x", "''-x", "'quoted'", "", "'", "plain", "a=b", "＝x"]
)
def test_formulas_are_quoted_and_read_back(text: str) -> None:
    assert quoted(text)[:1] not in set("=+-@\t\r＝")
    assert unquoted(quoted(text)) == text
