"""The emails as a screen shows them: wide and narrow, light and dark."""

from __future__ import annotations

import itertools
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from webapp.app import create_app
from webapp.notifications import kinds
from webapp.notifications.facts import Facts, Line
from webapp.notifications.render import render
from webapp.settings import load

pytestmark = pytest.mark.browser

AT = datetime(2026, 11, 22, 14, 2, 7, tzinfo=UTC)
MONEY = {"amount_minor": 5400, "currency": "EUR", "whole": False}


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One email of every kind, with a name that does not want to break."""
    app = create_app(
        load(market_home=tmp_path_factory.mktemp("emails"), database_url=None, kafka_brokers=None, amqp_url=None)
    )
    lines = (Line("Speckled breakfast bowl", 2, 2800), Line("Pitcher" * 20, 1, 123_456_789, left=0))
    names = (
        "ORDER_INVENTORY_PENDING",
        "STOCK_RESERVED",
        "PAYMENT_SUCCESS",
        "ORDER_PAYMENT_REJECTED",
        "ORDER_COMPLETED",
    )
    with app.app_context():
        return {
            kind: render(
                Facts(
                    cause_id="cause", kind=kind, at=AT + timedelta(seconds=8), payload=MONEY, order_id=1, market_id=1,
                    market_name="Alder Lane", number=1042, link="link", recipient="ingrid@example.org", name="Ingrid Solberg",
                    currency="EUR", total_minor=123_462_389, address="Møllestien 42, 8000 Aarhus C", card="4242", delivers=True, sent_note="", lines=lines,
                    moments=dict.fromkeys(names, AT),
                )
            ).html
            for kind in kinds.KINDS
        }  # fmt: skip


@pytest.mark.parametrize("kind", kinds.KINDS)
def test_an_email_fits_every_screen_and_keeps_its_contrast(
    browser: Browser, pages: dict[str, str], kind: str, tmp_path: Path
) -> None:
    (tmp_path / "email.html").write_text(pages[kind], encoding="utf-8")
    for width, scheme in itertools.product((720, 360), ("light", "dark")):
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        page.goto((tmp_path / "email.html").as_uri())
        seen: dict[str, Any] = page.evaluate(MEASURE)
        if folder := os.environ.get("SCREENSHOTS"):
            page.screenshot(path=f"{folder}/email-{kind}-{width}-{scheme}.png", full_page=True)
        page.close()
        assert seen["width"] == width, "nothing sticks out"
        assert seen["rows"] == (1 if width == 720 else 5), (
            "the strip lies when there is room, and stands when there is none"
        )
        assert seen["sheet"] == ("rgb(254, 253, 251)" if scheme == "light" else "rgb(30, 28, 25)")
        assert min(seen["contrasts"].values()) >= 4.5, seen["contrasts"]


MEASURE = """() => {
  const luminance = (rgb) => rgb.match(/[\\d.]+/g).slice(0, 3).map(Number)
    .map((v) => (v / 255 <= 0.03928 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (node) => {
    for (; node; node = node.parentElement) {
      const colour = getComputedStyle(node).backgroundColor;
      if (colour !== 'rgba(0, 0, 0, 0)') return colour;
    }
  };
  const contrasts = {};
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const words = texts.currentNode.textContent.trim();
    if (!words) continue;
    const box = texts.currentNode.parentElement;
    const [a, b] = [luminance(getComputedStyle(box).color), luminance(ground(box))].sort((x, y) => y - x);
    contrasts[words] = (a + 0.05) / (b + 0.05);
  }
  return {
    width: document.documentElement.scrollWidth,
    rows: new Set([...document.querySelectorAll('.flow td')].map((cell) => Math.round(cell.getBoundingClientRect().top))).size,
    sheet: getComputedStyle(document.querySelector('.sheet')).backgroundColor,
    contrasts,
  };
}"""
