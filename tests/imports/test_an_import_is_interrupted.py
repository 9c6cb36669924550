"""An import whose worker dies, that somebody stops or discards, that fails, or that grows old."""

from __future__ import annotations

import io

import pytest

from tests.imports.conftest import Desk, Job, Trade, ours, shopify
from webapp.console.imports import commands, intake
from webapp.console.imports import job as leases
from webapp.console.imports import models as m
from webapp.console.imports.applying import Applying
from webapp.console.imports.dry_run import DryRun
from webapp.db import db, execute, fetch, transact
from webapp.errors import Conflict
from webapp.outbox import fresh_cause
from workers import importing


def test_a_worker_that_dies_is_followed_by_another_and_nothing_is_done_twice(
    job: Job, trade: Trade, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.console.imports.dry_run.BATCH_ROWS", 20)
    monkeypatch.setattr("webapp.console.imports.applying.BATCH_ROWS", 20)
    text = ours(*(f"S{n},Thing {n},,,,1,EUR,active,{n % 3}" for n in range(90)))
    with job.app.app_context():
        # Reading: two batches, then the worker is gone with its lease.
        monkeypatch.setattr(importing, "SLICE_SECONDS", 0)
        import_id = job_id = _arrive(job, text)
        row = transact(lambda: leases.claim(import_id, "first"))
        assert row is not None
        worker = DryRun(row)
        assert worker.step()
        assert worker.step()
        assert transact(lambda: leases.claim(import_id, "second")) is None, "it is held"
        _expire(import_id)
        second = transact(lambda: leases.claim(import_id, "second"))
        assert second is not None
        with pytest.raises(leases.Lost):
            worker.step()
        assert [DryRun(second).step() for _ in range(1)] == [True]
        _expire(import_id)
        db.session.remove()
    job.work(job_id)
    assert job.counts(import_id) == {"new": 90}
    assert [row["number"] for row in job.rows(import_id, "new")] == list(range(1, 91))
    with job.app.app_context():
        applying = _taken_up(job, import_id)
        assert applying.step()
        _expire(import_id)
        fourth = transact(lambda: leases.claim(import_id, "fourth"))
        assert fourth is not None
        with pytest.raises(leases.Lost):
            applying.step()
        _expire(import_id)
        db.session.remove()
    job.work(import_id)
    made = job.products()
    assert [made[f"S{n}"]["on_hand"] for n in range(90)] == [n % 3 for n in range(90)]
    assert trade.row("SELECT count(*) AS told FROM events WHERE type = 'PRODUCT_CREATED'")["told"] == 90
    assert trade.row("SELECT count(*) AS moved FROM stock_movements")["moved"] == 60


def test_an_import_can_be_stopped_and_what_it_did_undone(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webapp.console.imports.applying.BATCH_ROWS", 20)
    import_id = job.upload(ours(*(f"S{n},Thing {n},,,,1,EUR,active,1" for n in range(50))))
    with job.app.app_context():
        worker = _taken_up(job, import_id)
        worker.step()
        assert transact(lambda: commands.cancel(job.market_id, import_id, job.actor)) == m.CANCELLED
        with pytest.raises(leases.Lost):
            worker.step()
        db.session.remove()
    assert len(job.products()) == 20
    job.undo(import_id)
    assert job.products() == {}


def test_what_was_stopped_between_a_product_and_its_stock_is_said(
    owner: Desk, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webapp.console.imports.applying.BATCH_ROWS", 20)
    import_id = job.upload(ours(*(f"S{n},Thing {n},,,,1,EUR,active,1" for n in range(50))))
    with job.app.app_context():
        _taken_up(job, import_id).step()
        db.session.remove()
    assert owner.post(f"/console/imports/{import_id}/cancel").status_code == 303
    page = owner.get(f"/console/imports/{import_id}")
    assert "0 of 50 rows are done; of 20 more the product is there, but its stock was not booked." in page
    assert "Upload the file again to do the rest" in page


def test_a_dry_run_that_is_discarded_leaves_nothing(job: Job, trade: Trade) -> None:
    import_id = job.upload(shopify())
    with job.app.app_context():
        assert transact(lambda: commands.cancel(job.market_id, import_id, job.actor)) == m.DISCARDED
        assert fetch("SELECT 1 AS one FROM import_rows UNION ALL SELECT 1 FROM import_pieces") == []
        with pytest.raises(Conflict):
            transact(lambda: commands.cancel(job.market_id, import_id, job.actor))
        db.session.remove()


def test_work_that_fails_for_a_reason_of_its_own_stops_and_says_so(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    import_id = job.upload(shopify())

    def broken(self: Applying) -> bool:
        raise ZeroDivisionError("planted")

    monkeypatch.setattr(Applying, "step", broken)
    with job.app.app_context():
        transact(lambda: commands.apply(job.market_id, import_id, job.actor, False))
        with pytest.raises(ZeroDivisionError):
            importing.work(import_id)
        db.session.remove()
    row = job.row(import_id)
    assert (row["status"], "ZeroDivisionError" in row["problem"]) == (m.CANCELLED, True)


def test_the_timer_asks_for_what_is_due_and_forgets_what_is_old(job: Job, trade: Trade) -> None:
    import_id = job.upload(shopify())
    with job.app.app_context():
        transact(lambda: commands.apply(job.market_id, import_id, job.actor, False))
        execute("DELETE FROM outbox WHERE actor = 'work_on'")
        db.session.commit()
        now = int(fetch("SELECT due_at FROM imports WHERE id = :id", id=import_id)[0]["due_at"])
        assert transact(lambda: commands.ask_due(now - 1)) == 0
        assert transact(lambda: commands.ask_due(now)) == 1
        assert transact(lambda: commands.ask_due(now)) == 0, "asked for once, and then in a while again"
        db.session.remove()
    assert job.work(import_id)["status"] == m.DONE
    with job.app.app_context():
        later = now + 31 * 86_400 * 1_000_000
        assert transact(lambda: commands.forget_old(later)) == 1
        assert transact(lambda: commands.forget_old(later)) == 0
        db.session.remove()
    assert job.row(import_id)["status"] == m.DONE


def _taken_up(job: Job, import_id: int) -> Applying:
    transact(lambda: commands.apply(job.market_id, import_id, job.actor, False))
    row = transact(lambda: leases.claim(import_id, "one that begins"))
    assert row is not None
    return Applying(row)


def _arrive(job: Job, text: str) -> int:
    return intake.take(io.BytesIO(text.encode()), "goods.csv", job.market_id, job.actor, fresh_cause())


def _expire(import_id: int) -> None:
    transact(lambda: execute("UPDATE imports SET held_until = 0 WHERE id = :id", id=import_id))
