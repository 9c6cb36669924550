"""The files that a real Shopify exported, where they lie beside the checkout. They are nobody's to pass on, so they are not
part of this project; everything that they showed is tested in the same format by the other tests."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.imports.conftest import Job
from webapp.settings import ROOT

DATA = ROOT.parent / "shared" / "data"
FILES = [path for name in ("apparel.csv", "home-and-garden.csv") if (path := DATA / name).is_file()]

if FILES:

    @pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
    def test_a_real_export_goes_in_whole_and_again_changes_nothing(job: Job, path: Path) -> None:
        text = path.read_bytes()
        import_id = job.upload(text, path.name)
        counts = job.counts(import_id)
        assert set(counts) == {"new"}, job.said(import_id)
        job.apply(import_id)
        made = job.products()
        assert len(made) == counts["new"]
        assert not [product for product in made.values() if "<" in product["description"] or product["on_hand"] is None]
        if path.stem == "apparel":
            assert made["classic-varsity-top-medium"]["name"] == "Classic Varsity Top, Medium"
            assert sum(product["on_hand"] for product in made.values()) == 22
        else:
            assert (made["clay-plant-pot-large"]["price_minor"], made["clay-plant-pot-large"]["on_hand"]) == (1599, 3)
            assert made["clay-plant-pot-large"]["description"] == "Classic blown clay pot for plants"
        assert job.counts(job.upload(text, path.name)) == {"skipped": counts["new"]}
        job.undo(import_id)
        assert job.products() == {}
