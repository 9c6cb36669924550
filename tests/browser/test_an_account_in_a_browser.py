"""An account from its first letter to its end, in Chromium and through the mailbox: wide and light with scripts, narrow and
dark, and without scripts."""

from __future__ import annotations

import os
import re
import time
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fixtures import BrowserPage, Opener

EACH = pytest.mark.parametrize(
    ("width", "theme", "scripts"), [(1280, "light", True), (360, "dark", True), (360, "light", False)]
)
WORDS, OTHERS = "a walk in the wet grass", "eleven small blue kettles"
PATIENCE = 60.0


def newest_letter(page: Page, subject: str, to: str) -> str:
    """The path behind the button of the newest letter with this subject to an address, once the mailbox has it."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        page.goto("/mailbox")
        row = page.locator("tr, li").filter(has_text=subject).filter(has_text=to).first
        if row.count():
            row.get_by_role("link").first.click()
            found = re.findall(r"^(https?://\S+)$", page.locator("pre").inner_text(), re.MULTILINE)
            return str(urlsplit(found[-1]).path)
        time.sleep(0.2)
    raise AssertionError(f"no letter “{subject}” to {to}")


def look(seen: BrowserPage, name: str, scripts: bool) -> None:
    """Nothing may be wrong with the page that is open; SCREENSHOTS names a folder to keep what it looks like."""
    if not scripts:
        return  # What looks is itself a script.
    if folder := os.environ.get("SCREENSHOTS"):
        assert seen.page.viewport_size
        seen.page.screenshot(path=f"{folder}/{name}-{seen.page.viewport_size['width']}.png", full_page=True)
    # A page that came back with a refusal is one more line in the browser's console, and meant.
    seen.troubles[:] = [trouble for trouble in seen.troubles if not re.search("status of (404|422|403)", trouble)]
    seen.assert_sound()


def open_account(seen: BrowserPage, email: str) -> None:
    """Register, confirm by the letter, and be logged in."""
    page = seen.page
    page.goto("/register")
    page.get_by_label("Name").fill("Ada Lovelace")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(WORDS)
    page.get_by_role("button", name="Open the account").click()
    expect(page.get_by_role("heading", name="Look into your inbox")).to_be_visible()
    page.goto(newest_letter(page, "Confirm your email address", email))
    page.get_by_label("Password").fill(WORDS)
    page.get_by_role("button", name="Confirm and log in").click()
    expect(page.get_by_text("Your address is confirmed")).to_be_visible()


@EACH
def test_an_account_is_opened_kept_and_erased(browser_page: Opener, width: int, theme: str, scripts: bool) -> None:
    seen, email = browser_page(width, theme, scripts), f"ada-{width}-{theme}@example.com"
    page = seen.page
    page.goto("/login")
    look(seen, "login", scripts)
    page.get_by_role("link", name="Open an account").click()
    expect(page.get_by_label("Name")).to_be_visible()
    look(seen, "register", scripts)
    page.get_by_label("Email").fill("ada")
    page.get_by_label("Password").fill("password1234")
    page.get_by_role("button", name="Open the account").click()
    expect(page.get_by_label("Email")).to_have_attribute("aria-invalid", "true")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill("password1234")
    page.get_by_role("button", name="Open the account").click()
    expect(page.get_by_label("Email")).not_to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("one of the first that somebody would try")).to_be_visible()
    look(seen, "register-refused", scripts)
    open_account(seen, email)
    page.goto("/account")
    look(seen, "account", scripts)
    page.get_by_role("link", name="Settings").click()
    expect(page.get_by_label("Street and number")).to_be_visible()
    look(seen, "settings", scripts)
    page.get_by_label("Street and number").fill("Møllestien 42")
    page.get_by_role("button", name="Save the address").click()
    expect(page.get_by_label("Postcode")).to_have_attribute("aria-invalid", "true")
    look(seen, "settings-refused", scripts)
    page.get_by_label("Postcode").fill("8000")
    page.get_by_label("City").fill("Aarhus C")
    page.get_by_role("button", name="Save the address").click()
    expect(page.get_by_text("Address saved")).to_be_visible()
    page.get_by_label("Password until now").fill(WORDS)
    page.get_by_label("New password").fill(OTHERS)
    page.get_by_role("button", name="Change the password").click()
    expect(page.get_by_text("Password changed")).to_be_visible()
    page.goto("/account/data")
    look(seen, "data", scripts)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download my data").click()
    assert email in download.value.path().read_text()
    page.get_by_label("Your password").fill(OTHERS)
    page.get_by_role("button", name="Erase my data").click()
    expect(page.get_by_text("Your account is gone")).to_be_visible()


@EACH
def test_a_forgotten_password_and_a_new_address(browser_page: Opener, width: int, theme: str, scripts: bool) -> None:
    seen, email = browser_page(width, theme, scripts), f"grace-{width}-{theme}@example.com"
    page = seen.page
    open_account(seen, email)
    elsewhere = browser_page(width, theme, scripts)
    elsewhere.page.goto("/login")
    elsewhere.page.get_by_role("link", name="Forgotten the password?").click()
    expect(elsewhere.page.get_by_role("button", name="Send me the link")).to_be_visible()
    look(elsewhere, "forgot", scripts)
    elsewhere.page.get_by_label("Email").fill(email)
    elsewhere.page.get_by_role("button", name="Send me the link").click()
    expect(elsewhere.page.get_by_role("heading", name="Look into your inbox")).to_be_visible()
    look(elsewhere, "sent", scripts)
    link = newest_letter(elsewhere.page, "Set a new password", email)
    look(elsewhere, "letter", scripts)
    elsewhere.page.goto(link)
    look(elsewhere, "reset", scripts)
    elsewhere.page.get_by_label("New password").fill(OTHERS)
    elsewhere.page.get_by_role("button", name="Set the password").click()
    expect(elsewhere.page.get_by_text("Your password is set")).to_be_visible()
    elsewhere.page.goto(link)
    look(elsewhere, "link-ended", scripts)
    page.goto("/account/settings")
    expect(page.get_by_role("heading", name="Log in")).to_be_visible()
    page.get_by_label("Email").fill(email)
    page.get_by_label("Password").fill(OTHERS)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Settings")).to_be_visible()
    page.get_by_label("New email").fill(f"new-{email}")
    page.locator("#email-password").fill(OTHERS)
    page.get_by_role("button", name="Change the email").click()
    expect(page.get_by_role("heading", name="Look into your inbox")).to_be_visible()
    link = newest_letter(page, "Confirm your new email address", f"new-{email}")
    page.goto(link)
    look(seen, "change-email", scripts)
    page.get_by_role("button", name="Use this address").click()
    expect(page.get_by_text(f"Your address is new-{email} now")).to_be_visible()
    third = browser_page(width, theme, scripts)
    third.page.goto("/login")
    third.page.get_by_label("Email").fill(f"new-{email}")
    third.page.get_by_label("Password").fill(OTHERS)
    third.page.get_by_role("button", name="Log in").click()
    third.page.wait_for_url(lambda url: "/login" not in url)
    page.goto("/account/sessions")
    look(seen, "sessions", scripts)
    page.get_by_role("button", name="Log out everywhere else").click()
    expect(page.get_by_text("Logged out in 1 other place")).to_be_visible()
    third.page.goto("/account/settings")
    expect(third.page.get_by_role("heading", name="Log in")).to_be_visible()


@EACH
def test_an_owner_invites_somebody_who_joins_and_leaves(
    browser_page: Opener, width: int, theme: str, scripts: bool
) -> None:
    owner, email = browser_page(width, theme, scripts), f"nils-{width}-{theme}@example.com"
    owner.log_in()
    page = owner.page
    page.goto("/console/people")
    page.get_by_label("Email").fill(email)
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_role("list").filter(has_text=email)).to_be_visible()
    look(owner, "people", scripts)
    newcomer = browser_page(width, theme, scripts)
    newcomer.page.goto(newest_letter(newcomer.page, "You are invited", email))
    look(newcomer, "invited", scripts)
    newcomer.page.get_by_label("Name").fill("Nils Holgersson")
    newcomer.page.get_by_label("Password").fill(WORDS)
    newcomer.page.get_by_role("button", name="Open an account and join").click()
    expect(newcomer.page).to_have_url(re.compile(r"/console/"))
    page.goto("/console/people")
    page.get_by_role("link", name="Deactivate Nils Holgersson…").click()
    expect(page.get_by_role("button", name="Deactivate Nils Holgersson")).to_be_visible()
    look(owner, "people-deactivate", scripts)
    page.get_by_role("button", name="Deactivate Nils Holgersson").click()
    expect(page.get_by_role("button", name="Let Nils Holgersson back in").first).to_be_visible()
    look(owner, "people-ended", scripts)
    newcomer.page.goto("/console/stock")
    expect(newcomer.page.get_by_text("not yours to open")).to_be_visible()
