"""docs/settings.md lists every setting, and nothing else."""

from __future__ import annotations

import re

from webapp.settings import ROOT, Settings


def test_every_setting_is_documented_with_its_default() -> None:
    rows = re.findall(
        r"^\| `([A-Z_]+)` \| (.+?) \| (.+) \|$", (ROOT / "docs" / "settings.md").read_text(), re.MULTILINE
    )
    documented = {name: default for name, default, _ in rows}
    assert set(documented) == {name.upper() for name in Settings.model_fields}
    assert len(rows) == len(documented)
    for name, field in Settings.model_fields.items():
        if field.default is not None:
            said = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
            assert documented[name.upper()] == f"`{said}`", name
