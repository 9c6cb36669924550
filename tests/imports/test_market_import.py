"""`market import` as a command: what it prints, how it exits, and that a kill leaves nothing half done for good."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask import Flask

from tests.imports.conftest import Job, Trade, ours, shopify
from webapp.db import db
from webapp.settings import ROOT, Settings
from workers import import_file, importing


class Command:
    """The command on a market's database, as a process."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        given = settings.model_dump(exclude_none=True)
        plain = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        self.environment = {**plain, **{name.upper(): str(value) for name, value in given.items()}, "DEMO": "0"}
        self.folder = folder

    def start(self, text: str | bytes, *options: str, slug: str = "alder-lane") -> subprocess.Popen[str]:
        """Begin to import a file."""
        file = self.folder / "goods.csv"
        file.write_bytes(text.encode() if isinstance(text, str) else text)
        return subprocess.Popen(
            [sys.executable, "-m", "workers.cli", "import", str(file), "--market", slug, *options], cwd=ROOT, env=self.environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip

    def run(self, text: str | bytes, *options: str, slug: str = "alder-lane") -> tuple[int, str, str]:
        """Import a file: the exit status, what was printed, and what was said on standard error."""
        process = self.start(text, *options, slug=slug)
        out, err = process.communicate(timeout=90)
        return process.returncode, out, err


@pytest.fixture
def command(settings: Settings, tmp_path: Path) -> Command:
    """The command."""
    return Command(settings, tmp_path)


def test_a_long_file_is_read_for_as_long_as_it_moves(
    app: Flask, job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "SLICE_SECONDS", 0.0)  # One batch, and then it is looked at.
    monkeypatch.setattr(import_file, "PATIENCE_SECONDS", 0.1)
    file = tmp_path / "goods.csv"
    file.write_text(ours(*(f"S-{n},Thing {n},,,,1.00,EUR,active,0" for n in range(2_600))))
    with app.app_context():
        assert import_file.run(app, file, "alder-lane", dry=True, leave_errors=False) == 0
        db.session.remove()


def test_a_file_is_looked_at_and_imported(command: Command, job: Job, trade: Trade) -> None:
    status, out, err = command.run(shopify(), "--dry-run")
    assert (status, err) == (0, "")
    assert "3  would be made" in out
    assert job.products() == {}
    assert trade.row("SELECT count(*) AS kept FROM import_rows")["kept"] == 0
    status, out, err = command.run(shopify())
    assert (status, err) == (0, ""), err
    assert "can be undone as a whole" in out
    assert job.products()["clay-pot-large"]["on_hand"] == 3
    assert {row["actor"] for row in trade.audited("product.create")} == {"import"}
    status, out, err = command.run(shopify())
    assert (status, "Nothing is different" in out) == (0, True), err


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            ours("A,Thing,,,,1,EUR,active,1", 'B,"Thing,,,,1,EUR,active,1'),
            "Row 3, Name: A quote is opened here and never closed",
        ),
        (
            ours("A,Thing,,,,1,EUR,active,1", 'B,Thing,,,,"1,5",EUR,active,1'),
            "row 3, Price: Write the price with a point",
        ),
        ("Name,Price\nThing,1\n", "No column holds the SKU"),
        (b"\x89PNG\r\n\x1a\n" + bytes(400), "This is a picture"),
    ],
)
def test_a_bad_file_changes_nothing_and_exits_with_1(command: Command, job: Job, text: str | bytes, says: str) -> None:
    status, _, err = command.run(text)
    assert (status, says in err, "Traceback" in err) == (1, True, False), err
    assert job.products() == {}


def test_an_unknown_market_is_said(command: Command, job: Job) -> None:
    assert command.run(shopify(), slug="nowhere")[::2] == (1, "Error: there is no market 'nowhere'\n")


def test_the_other_rows_go_in_when_that_is_asked_for(command: Command, job: Job) -> None:
    text = ours("A,Thing,,,,1,EUR,active,1", "B,Thing,,,,x,EUR,active,1")
    assert command.run(text, "--leave-errors")[0] == 0
    assert list(job.products()) == ["A"]


def test_a_kill_in_the_middle_is_followed_by_the_rest(command: Command, app: Flask, job: Job, trade: Trade) -> None:
    text = ours(*(f"S{n},Thing {n},,,,1,EUR,active,{n % 4}" for n in range(3000)))
    process = command.start(text)
    wanted = "SELECT count(*) AS made FROM products"
    end = time.monotonic() + 60
    while trade.row(wanted)["made"] == 0 and time.monotonic() < end:
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert trade.row(wanted)["made"] > 0
    with app.app_context():
        from webapp.db import execute, transact

        transact(lambda: execute("UPDATE imports SET held_until = 0"))  # What twenty seconds of waiting would do.
    import_id = trade.row("SELECT id FROM imports")["id"]
    assert job.work(import_id)["status"] == "done"
    made = job.products()
    assert [made[f"S{n}"]["on_hand"] for n in range(3000)] == [n % 4 for n in range(3000)]
    assert trade.row("SELECT count(*) AS moved FROM stock_movements")["moved"] == 2250
    assert len(trade.audited("product.create")) == 3000
