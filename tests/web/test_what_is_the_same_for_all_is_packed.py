"""gzip for what is the same for everybody, and for nothing that knows who asks."""

from __future__ import annotations

import gzip

import pytest
from flask import Flask

from tests.people import log_in, settle

TAKES = {"Accept-Encoding": "br, gzip"}


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_pages_for_all_and_files_are_packed(app: Flask) -> None:
    settle(app)
    client = app.test_client()
    sheet = client.get("/").text.partition('rel="stylesheet" href="')[2].partition('"')[0]
    for path in (
        "/",
        "/m/alder-lane",
        "/login",
        sheet,
        "/static/js/form.js?v=1",
        "/static/icons/mark.svg",
        "/robots.txt",
    ):
        plain, packed = client.get(path), client.get(path, headers=TAKES)
        assert "Content-Encoding" not in plain.headers, path
        if len(plain.data) < 1024 or path == "/login":
            assert "Content-Encoding" not in packed.headers, path
            continue
        assert packed.headers["Content-Encoding"] == "gzip", path
        assert gzip.decompress(packed.data) == plain.data, path
        assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2, path
        assert "Accept-Encoding" in plain.headers["Vary"]
        assert "Accept-Encoding" in packed.headers["Vary"]
        for kind in ({}, TAKES):
            if "ETag" in packed.headers:
                again = client.get(path, headers={**kind, "If-None-Match": packed.headers["ETag"]})
                assert (again.status_code, again.data) == (304, b""), path


@pytest.mark.parametrize("settings", ["sqlite"], indirect=True)
def test_what_knows_who_asks_is_not(app: Flask) -> None:
    people = settle(app)
    client = app.test_client()
    log_in(client, people.owner)
    for path in ("/account", "/cart", "/console/products", "/console/orders"):
        answer = client.get(path, headers=TAKES)
        assert answer.status_code == 200, path
        assert len(answer.data) > 1024
        assert "Content-Encoding" not in answer.headers, path
    refused = client.get("/", headers={"Accept-Encoding": "gzip;q=0"})
    assert "Content-Encoding" not in refused.headers
