"""Facts to an email: subject, HTML with its styles on the elements, and the same in plain text."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache

import css_inline
from flask import current_app
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from webapp.accounts import theme
from webapp.notifications.account_words import AccountWords
from webapp.notifications.facts import Facts, Look, one_line
from webapp.notifications.words import words_for
from webapp.products.media import picture_src
from webapp.settings import ROOT, Settings
from webapp.web.figures import count_text, money_text

LONGEST_SUBJECT = 200
MOST_LINES = 50
"""Lines of an order that an email lists; an order of a thousand lines is better read on its page."""

LOGO_HEIGHT, LOGO_WIDEST = 40, 132
"""How large a logo is shown, in pixels."""

HOUSE = Look()


@dataclass(frozen=True, slots=True)
class Rendered:
    """An email as it will be sent."""

    subject: str
    html: str
    text: str


def render(facts: Facts, path: str | None = None) -> Rendered:
    """Write the email of these facts; its link leads to the order's page at the market's public address, or to `path` there."""
    settings: Settings = current_app.extensions["settings"]
    words = words_for(facts)
    context: dict[str, object] = {
        "facts": facts,
        "sign": facts.market_name,
        "words": words,
        "lines": facts.lines[:MOST_LINES],
        "more_lines": max(0, len(facts.lines) - MOST_LINES),
        "order_url": settings.base_url + (path or f"/o/{facts.link}"),
        "base_url": settings.base_url,
    }
    return _rendered("letter", words.subject, context, facts.look)


def render_account(words: AccountWords, market_name: str | None = None, look: Look = HOUSE) -> Rendered:
    """Write an email about an account, in the name and the look of a market or of the house."""
    settings: Settings = current_app.extensions["settings"]
    sign = one_line(market_name, 120) if market_name else "Marketflow"
    context = {"words": words, "sign": sign, "url": settings.base_url + words.path}
    return _rendered("account", words.subject, context, look)


def _rendered(template: str, subject: str, context: dict[str, object], look: Look) -> Rendered:
    # Colours that were read as colours: nothing else of a theme gets into the style sheets.
    colours = theme.readable(look.theme)
    light, dark = ((colours["accent"][side], colours["on_accent"][side]) if colours else None for side in (0, 1))
    shown = {
        **context,
        "logo": _logo(look),
        "screen_css": _stylesheet("screen") + (_DARK_BUTTON % dark if dark else ""),
    }
    html = _templates().get_template(f"{template}.html").render(shown)
    text = _templates().get_template(f"{template}.txt").render(shown)
    return Rendered(one_line(subject, LONGEST_SUBJECT), _inliner(light).inline(html), text)


def _logo(look: Look) -> dict[str, object] | None:
    # Mail programs know neither object-fit nor a largest width: the size that it is shown in stands on it.
    if not (look.logo and look.logo_width and look.logo_height):
        return None
    settings: Settings = current_app.extensions["settings"]
    scale = min(1, LOGO_HEIGHT / look.logo_height, LOGO_WIDEST / look.logo_width)
    width, height = (max(1, round(side * scale)) for side in (look.logo_width, look.logo_height))
    return {"src": settings.base_url + picture_src(look.logo, kind="jpg"), "width": width, "height": height}


@cache
def _templates() -> Environment:
    # Not the pages' environment: what its context processors ask (who is logged in, which cart) has no answer here.
    templates = Environment(
        loader=FileSystemLoader(ROOT / "templates" / "emails"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        keep_trailing_newline=True,
        auto_reload=current_app.debug,
    )
    templates.filters.update(count_text=count_text, money_text=money_text)
    return templates


_BUTTON = ".go { background: %s; color: %s; }\n"
_DARK_BUTTON = "@media (prefers-color-scheme: dark) { .go { background: %s !important; color: %s !important; } }\n"
"""A market's colours are its buttons'; the thread and what tells a state stay what they are everywhere."""


@lru_cache(maxsize=64)
def _inliner(button: tuple[str, str] | None) -> css_inline.CSSInliner:
    # Mail programs ignore or strip style sheets, so the light styles go onto the elements; only what depends on the
    # reader's screen (dark, narrow) stays a sheet, for those programs that read it.
    return css_inline.CSSInliner(
        inline_style_tags=False, keep_style_tags=True, load_remote_stylesheets=False,
        extra_css=_stylesheet("letter") + (_BUTTON % button if button else ""),
    )  # fmt: skip


@cache
def _stylesheet(name: str) -> str:
    return (ROOT / "static" / "css" / "emails" / f"{name}.css").read_text(encoding="utf-8")
