"""`script-src 'self'; style-src 'self'`: what a browser would drop silently is found here."""

import re
from pathlib import Path

import pytest

from webapp.settings import ROOT

PAGES = sorted(
    file for file in (ROOT / "templates").rglob("*.html") if file.parent.name not in ("emails", "notifications")
)
FORBIDDEN = {
    "a style attribute": r"<[a-z][^>]*\sstyle\s*=",
    "a style element": r"<style",
    "a script in the page": r"<script(?![^>]*\ssrc=)",
    "an event attribute": r"<[a-z][^>]*\son[a-z]+\s*=",
    "hx-on": r"\bhx-on\b",
    "a js: value": r"=\s*[\"']js(cript)?:",
    "a trigger filter, which htmx drops so that the request always fires": r"hx-trigger=\"[^\"]*\[",
    "an address on another host": r"(src|href|action)=\"https?://(?!js\.stripe\.com/v3/\")",  # The till's policy lets it in.
}


@pytest.mark.parametrize("page", PAGES, ids=lambda file: str(file.relative_to(ROOT / "templates")))
def test_no_page_has_what_the_policy_forbids(page: Path) -> None:
    """Every template but the emails', which are not pages."""
    text = re.sub(r"\{#.*?#\}", "", page.read_text(), flags=re.DOTALL)
    found = {what: match.group(0) for what, pattern in FORBIDDEN.items() if (match := re.search(pattern, text))}
    assert not found


@pytest.mark.parametrize("script", sorted((ROOT / "static" / "js").glob("*.js")), ids=lambda file: file.name)
def test_scripts_are_short_and_write_no_html(script: Path) -> None:
    """Small, and never a way for text to become markup."""
    text = script.read_text()
    assert len(text.splitlines()) < 100
    assert not re.search(r"innerHTML\s*=|insertAdjacentHTML|document\.write|\beval\(|new Function", text)
