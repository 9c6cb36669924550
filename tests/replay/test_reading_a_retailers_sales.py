"""What is a sale, what is not and why, and what an article is called and costs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.replay.sales import IN_STOCK, PRICES, SALES, long_invoice, write
from webapp.orders.models import MOST_LINES
from workers.replay import retailer
from workers.replay.retailer import CANCELLED, NO_CODE, NOT_POSITIVE, TOO_LONG, TOO_MANY, UNREADABLE


@pytest.mark.parametrize("compressed", [True, False])
def test_lines_become_invoices_and_what_is_no_sale_is_counted_by_reason(tmp_path: Path, compressed: bool) -> None:
    sales = retailer.read(write(tmp_path / "sales.csv", SALES, compressed))
    assert (sales.lines, sales.sold) == (12, 8)
    assert sales.skipped == {CANCELLED: 1, NOT_POSITIVE: 2, NO_CODE: 1, TOO_LONG: 0}
    assert [(one.number, one.units) for one in sales.invoices] == [
        ("536365", {"85123A": 10, "71053": 2}),
        ("536366", {"71053": 3, "22633": 1}),
        ("536367", {"85123a": 10, "71053": 5}),
        ("536372", {"22633": 20}),
    ]
    assert [one.email for one in sales.invoices] == [
        "customer-17850@example.invalid", "customer-13047@example.invalid", "customer-guest@example.invalid",
        "customer-12583@example.invalid",
    ]  # fmt: skip


def test_an_article_is_called_what_it_is_mostly_called_and_costs_the_median(tmp_path: Path) -> None:
    articles = retailer.read(write(tmp_path / "sales.csv", SALES)).articles
    assert {code: article.name for code, article in articles.items()} == {
        "85123A": "WHITE LANTERN", "71053": "BLUE MUG", "22633": "HAND WARMER", "85123a": "SMALL LANTERN",
    }  # fmt: skip
    assert {code: article.price_minor(2) for code, article in articles.items()} == PRICES
    assert {code: article.demand * 6 // 10 for code, article in articles.items()} == IN_STOCK


def test_an_article_that_is_never_described_is_called_by_its_code(tmp_path: Path) -> None:
    lines = [("1", "X1", "", "1", "2.00", "")]
    assert retailer.read(write(tmp_path / "sales.csv", lines)).articles["X1"].name == "X1"


def test_an_invoice_of_over_a_thousand_lines_is_skipped_and_one_of_a_thousand_is_not(tmp_path: Path) -> None:
    sales = retailer.read(write(tmp_path / "sales.csv", [*SALES, *long_invoice()]))
    assert sales.skipped[TOO_LONG] == MOST_LINES + 1
    assert (len(sales.invoices), sales.sold) == (4, 8)
    assert sales.articles["L7"].demand == 0
    assert len(retailer.read(write(tmp_path / "just.csv", long_invoice(MOST_LINES))).invoices) == 1


def test_more_of_one_product_than_an_order_takes_is_skipped(tmp_path: Path) -> None:
    lines = [("1", "X1", "THING", "600000", "2.00", ""), ("1", "X1", "THING", "600000", "2.00", "")]
    sales = retailer.read(write(tmp_path / "sales.csv", lines))
    assert (sales.skipped[TOO_MANY], sales.invoices) == (2, [])


@pytest.mark.parametrize(
    ("quantity", "price"), [("six", "2.55"), ("6", "free"), ("1.5", "2.55"), ("", "2.55"), ("6", "NaN"), ("inf", "1")]
)
def test_what_is_not_a_number_is_skipped_as_that(tmp_path: Path, quantity: str, price: str) -> None:
    sales = retailer.read(write(tmp_path / "sales.csv", [("1", "X1", "THING", quantity, price, "")]))
    assert (sales.skipped[UNREADABLE], sales.lines, sales.articles) == (1, 1, {})


def test_a_limit_is_a_number_of_lines(tmp_path: Path) -> None:
    sales = retailer.read(write(tmp_path / "sales.csv", SALES), limit=4)
    assert (sales.lines, sales.sold, len(sales.invoices)) == (4, 4, 2)


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b"\x1f\x8bnot gzip", b"InvoiceNo,StockCode\xff\n", b""])
def test_a_file_that_is_no_table_of_sales_is_refused_with_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sales.csv"
    path.write_bytes(content)
    with pytest.raises(retailer.NotSales, match=r"no column|cannot be read"):
        retailer.read(path)
