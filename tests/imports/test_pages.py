"""The pages of imports: a file goes in by a form, its dry run is read, applied, stopped and undone by buttons."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.imports.conftest import Desk, Job, Trade, ours, send, shopify
from tests.people import People
from webapp.console.imports import intake, showing
from webapp.db import db, transact
from webapp.inventory import commands as inventory
from webapp.live import LiveState
from webapp.outbox import fresh_cause
from webapp.web.access import declarations


def test_a_file_is_looked_at_applied_and_undone_by_plain_forms(owner: Desk, job: Job, trade: Trade) -> None:
    assert "Import products" in owner.get("/console/imports")
    sent = send(owner, shopify(), "spring <pots>.csv")
    assert sent.status_code == 303
    page = owner.get(sent.location)
    assert "spring _pots_.csv" in page
    assert "Per cent of the file read" in page
    trade.settle()
    page = owner.get(sent.location)
    assert "This would add <b>3</b> products and change <b>0</b> of yours." in page
    assert "Shopify’s product export, UTF-8, commas between cells" in page
    for words in ("Clay pot, Large", "€15.99", "clay-pot-large", "Apply to 3 products"):
        assert words in page, words
    assert "https://pictures.invalid/pot.jpg" in page
    assert 'src="https://pictures.invalid' not in page
    assert job.products() == {}
    assert owner.post(f"{sent.location}/apply").status_code == 303
    job.work(int(sent.location.rsplit("/", 1)[1]))
    page = owner.get(sent.location)
    assert "All of it is done: <b>3</b> new and <b>0</b> changed." in page
    assert "Undo this import" in page
    assert "are deleted, but for those that were ordered" in owner.get(f"{sent.location}/undo")
    assert owner.post(f"{sent.location}/undo").status_code == 303
    job.work(int(sent.location.rsplit("/", 1)[1]))
    assert "3 rows are as they were before." in owner.get(sent.location)
    assert job.products() == {}
    assert "Undone" in owner.get("/console/imports")


def test_a_file_of_errors_alone_is_not_called_the_same(owner: Desk, job: Job) -> None:
    wrong = job.upload(ours("A,Bowl,,,,x,EUR,active,1"))
    page = owner.get(f"/console/imports/{wrong}")
    assert "Nothing of this file can be applied. <b>1</b> row has errors." in page
    assert "different from your market" not in page


@pytest.mark.parametrize(
    ("data", "filename", "status", "says"),
    [
        (b"", "empty.csv", 422, "This file is empty."),
        (b"\x89PNG\r\n\x1a\n" + bytes(999), "x.csv", 422, "This is a picture, no text file."),
        (b"SKU,SKU\na,b\n", "x.csv", 422, "is there twice"),
        (b"SKU,Name\n", "x.csv", 422, "no rows"),
        (b"x", "", 422, "Choose a CSV file."),
    ],
)
def test_what_is_no_table_comes_back_with_the_form(
    owner: Desk, trade: Trade, data: bytes, filename: str, status: int, says: str
) -> None:
    sent = send(owner, data, filename)
    assert (sent.status_code, says in sent.text) == (status, True), sent.text[:3000]
    assert trade.row("SELECT count(*) AS kept FROM imports")["kept"] == 0


def test_a_file_that_is_too_large_is_said_to_be(owner: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MOST_BYTES", 2 * 1024 * 1024)
    sent = send(owner, b"SKU,Name\n" + b"A,B\n" * 600_000)
    assert (sent.status_code, "larger than 2 MiB" in sent.text) == (413, True)
    sent = send(owner, b"SKU,Name\n" + b"A,B\n" * 1_000_000)
    assert (sent.status_code, "larger than 2 MiB" in sent.text) == (413, True)


def test_ten_megabytes_in_one_cell_are_refused_by_row_and_column(owner: Desk, job: Job, trade: Trade) -> None:
    sent = send(owner, ours("A,Thing," + "x" * 10_000_000 + ",,,1,EUR,active,1"))
    assert (sent.status_code, "Row 2, Description: This cell is longer" in sent.text) == (422, True)
    sent = send(owner, ours("A,Thing,,,,1,EUR,active,1", "B,Thing," + "x" * 10_000_000 + ",,,1,EUR,active,1"))
    assert sent.status_code == 303
    trade.settle()
    assert "Row 3, Description: This cell is longer than 100,000 characters." in owner.get(sent.location)
    assert job.products() == {}


def test_the_meaning_of_columns_can_be_changed(owner: Desk, job: Job, trade: Trade) -> None:
    sent = send(owner, "Nr;Ware;Preis;Anzahl\nA1;Schale;3.50;4\n")
    page = owner.get(sent.location)
    assert "No column holds the SKU" in page
    assert 'name="column-1"' in page
    assert "Schale" in page
    chosen = {"column-0": "sku", "column-1": "name", "column-2": "price", "column-3": "stock"}
    owner.post(f"{sent.location}/columns", **{**chosen, "column-3": "name"})
    assert "cannot both be the Name" in owner.get(sent.location)
    owner.post(f"{sent.location}/columns", **chosen)
    trade.settle()
    assert "This would add <b>1</b>" in owner.get(sent.location)
    owner.post(f"{sent.location}/apply")
    job.work(int(sent.location.rsplit("/", 1)[1]))
    assert job.products()["A1"]["on_hand"] == 4


def test_rows_are_read_page_by_page_in_both_directions(owner: Desk, job: Job) -> None:
    import_id = job.upload(ours(*(f"S{n:03},Thing,,,,1,EUR,active,1" for n in range(60))))
    page = owner.get(f"/console/imports/{import_id}")
    assert "S000" in page
    assert "S024" in page
    assert "S025" not in page
    second = owner.get(f"/console/imports/{import_id}?view=new&after=25")
    assert "S025" in second
    assert "S049" in second
    assert f"/console/imports/{import_id}?view=new&amp;before=26" in second
    assert "S024" in owner.get(f"/console/imports/{import_id}?view=new&before=26")


def test_errors_are_shown_with_their_column_and_the_button_says_what_is_left_out(owner: Desk, job: Job) -> None:
    import_id = job.upload(ours("A,Thing,,,,1,EUR,active,1", "B,Thing,,,,x,EUR,active,-4"))
    page = owner.get(f"/console/imports/{import_id}")
    for words in (
        "Apply, and leave out 1 row",
        "<b>Price</b>:",
        "<b>On hand</b>: There cannot be −4".replace("−", "-"),
        "errors.csv",
    ):
        assert words in page, words


def test_nobody_else_sees_or_touches_an_import(owner: Desk, outsider: Desk, job: Job) -> None:
    import_id = job.upload(ours("CANARY-SKU,Canary thing,,,,1,EUR,active,1"), "canary-file.csv")
    for path in ("", "/state", "/undo", "/errors.csv"):
        assert "anary" not in outsider.get(f"/console/imports/{import_id}{path}", 404)
    for path in ("/apply", "/cancel", "/undo", "/columns"):
        assert outsider.post(f"/console/imports/{import_id}{path}").status_code == 404
    assert "anary" not in outsider.get("/console/imports")
    assert "canary-file.csv" in owner.get("/console/imports")
    answer = outsider.client.get(f"/live?topics=import:{import_id}")
    assert answer.status_code == 404


def test_every_route_is_for_who_works_for_the_market(app: Flask) -> None:
    declared = {
        name: access for name, access in declarations(app).items() if name.startswith("console.") and "import" in name
    }
    assert len(declared) >= 8
    assert {access.to for access in declared.values() if access} == {"market"}


def test_what_was_left_is_shown_afterwards(owner: Desk, job: Job, trade: Trade) -> None:
    product_id = trade.product(5, sku="A", name="A", price_minor=100)
    import_id = job.upload(ours("A,A,,,,1,EUR,active,9"))
    with job.app.app_context():
        transact(lambda: inventory.adjust(job.market_id, product_id, -1, "loss", None, "x", fresh_cause()))
        db.session.remove()
    job.apply(import_id)
    page = owner.get(f"/console/imports/{import_id}")
    assert "but 1 row was left" in page
    assert "there were 5 in the dry run, and there are 4 now" in page


def test_a_live_page_is_pushed_what_the_page_shows_and_ends_with_the_work(owner: Desk, job: Job) -> None:
    sent = send(owner, shopify())
    import_id = int(sent.location.rsplit("/", 1)[1])
    assert "data-final" not in owner.get(f"{sent.location}/state")
    with job.app.test_request_context():
        before: LiveState = showing.state(import_id)
        db.session.remove()
    assert not before.final
    job.work(import_id)
    with job.app.test_request_context():
        after = showing.state(import_id)
        db.session.remove()
    assert after.final
    assert "data-final" in after.text
    assert "Apply to 3 products" in owner.get(f"{sent.location}/state")


def test_a_market_cannot_pile_files_up(owner: Desk, people: People, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.console.imports.commands.MOST_OPEN", 2)
    assert [send(owner, shopify()).status_code for _ in range(3)] == [303, 303, 409]
