"""The rules of STYLE.md that a machine can keep."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from webapp.db import db
from webapp.settings import ROOT
from webapp.web.api import IdConverter

SOURCES = [path for room in ("webapp", "workers", "services") for path in sorted((ROOT / room).rglob("*.py"))]
FORBIDDEN_NAMES = {"utils.py", "helpers.py", "common.py", "constants.py"}


def relative(path: Path) -> str:
    """A path as a test's name."""
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_a_module_says_what_it_is_and_so_does_all_that_is_public_in_it(path: Path) -> None:
    tree = ast.parse(path.read_text())
    if not tree.body:
        return
    assert ast.get_docstring(tree), f"{relative(path)} has no docstring"
    for node in tree.body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
            assert ast.get_docstring(node), f"{relative(path)}: {node.name} has no docstring"


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_a_module_has_a_name_of_its_own_and_fits_on_a_few_screens(path: Path) -> None:
    assert path.name not in FORBIDDEN_NAMES
    assert len(path.read_text().splitlines()) <= 300, f"{relative(path)} wants to be two rooms"


def test_only_the_settings_read_the_environment() -> None:
    readers = [
        relative(path)
        for path in SOURCES
        if path.is_relative_to(ROOT / "webapp")
        and path.name != "settings.py"
        and re.search(r"\bos\.environ|\bgetenv\b", path.read_text())
    ]
    assert readers == []


def test_a_list_of_ids_is_asked_for_with_among() -> None:
    read_anew = re.compile(r"IN \(SELECT \w+ FROM \{rows\(|JOIN \{rows\('\w+', \w+='\w+'\)\}")
    assert [relative(path) for path in SOURCES if read_anew.search(path.read_text())] == []


def test_only_edges_commit() -> None:
    committers = [
        relative(path)
        for path in SOURCES
        if path.is_relative_to(ROOT / "webapp") and path.name != "db.py" and ".commit()" in path.read_text()
    ]
    assert committers == []


def test_no_address_takes_an_id_that_no_column_holds(app: Flask) -> None:
    loose = [
        f"{rule.rule}: {name}"
        for rule in app.url_map.iter_rules()
        for name, converter in rule._converters.items()
        if name.endswith("_id") and not isinstance(converter, IdConverter)
    ]
    assert loose == [], "an id of 20 digits would be an error of ours: say <id:…>"


def test_the_models_and_the_migrations_say_the_same(app: Flask) -> None:
    with app.app_context():
        have = sa.inspect(db.engine)
        for table in db.metadata.tables.values():
            columns = {column["name"]: column for column in have.get_columns(table.name)}
            assert set(columns) == set(table.columns.keys()), table.name
            for column in table.columns:
                assert columns[column.name]["nullable"] == bool(column.nullable), f"{table.name}.{column.name}"
            indexes = {index["name"] for index in have.get_indexes(table.name)}
            assert {index.name for index in table.indexes} <= indexes, table.name


def test_every_feature_names_where_it_lives_and_what_shows_it() -> None:
    rows = [
        line.split(" | ")
        for line in (ROOT / "docs" / "features.md").read_text().splitlines()
        if re.match(r"\| \d", line)
    ]
    assert len(rows) > 50
    for row in rows:
        for path in (row[2], row[3].removesuffix(" |")):
            assert (ROOT / path).exists(), f"docs/features.md: {path} is not there"
