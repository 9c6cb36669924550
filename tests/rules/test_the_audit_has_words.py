"""Every change that the code writes into the audit has words on the page that shows it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from webapp.console.audit_words import ACTIONS, KINDS, OUTSIDE
from webapp.settings import ROOT

WRITERS = {"record", "Change"}


def written() -> Iterator[tuple[str, str, str]]:
    """Where, what and of what kind: the first two arguments of each call that writes an audit row, where they are literal."""
    for path in (p for room in ("webapp", "workers") for p in sorted((ROOT / room).rglob("*.py"))):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or len(node.args) < 3:
                continue
            called = node.func
            if not (
                isinstance(called, ast.Attribute)
                and called.attr in WRITERS
                and getattr(called.value, "id", "") == "audit"
            ):
                continue
            action, kind = node.args[:2]
            if isinstance(action, ast.Constant) and isinstance(kind, ast.Constant):
                yield str(path.relative_to(ROOT)), str(action.value), str(kind.value)


def test_every_action_and_every_kind_of_object_has_words() -> None:
    found = list(written())
    assert len(found) > 40
    for path, action, kind in found:
        if action not in OUTSIDE:
            assert action in ACTIONS, f"{path}: say in webapp/console/audit_words.py what {action} is"
            assert kind in dict(KINDS), f"{path}: say in webapp/console/audit_words.py what a {kind} is"
