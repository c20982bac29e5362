"""The keyboard's place after the control that was used has disappeared, in a real browser."""

import pytest
from playwright.sync_api import expect

from emotion_hf.app.focus import KEEP_FOCUS, LANDING
from tests.app.test_page import browser_that_hears, pytestmark  # noqa: F401

PAGE = f"""<main>
  <p id="answer" {LANDING}>Happy</p>
  <section>
    <div id="form"><button id="save">Save</button></div>
    <div id="done" hidden><p id="receipt" {LANDING}>Saved</p><button id="delete">Delete</button></div>
  </section>
  <button id="other">Other</button>
</main><script>{KEEP_FOCUS}</script>"""
HIDE = "document.getElementById('form').hidden = true"
SHOW = "document.getElementById('done').hidden = false"


@pytest.fixture(scope="module")
def browser(voice_wav):
    with browser_that_hears(voice_wav) as browser:
        yield browser


@pytest.fixture
def page(browser):
    page = browser.new_page()
    page.set_content(PAGE)
    yield page
    page.close()


def test_the_focus_moves_to_the_nearest_outcome(page):
    page.locator("#save").click()
    page.evaluate(f"{HIDE}; {SHOW}")
    expect(page.locator("#receipt")).to_be_focused()


def test_an_outcome_that_appears_a_moment_later_still_gets_the_focus(page):
    page.locator("#save").click()
    page.evaluate(HIDE)
    expect(page.locator("#answer")).to_be_focused()
    page.evaluate(SHOW)
    expect(page.locator("#receipt")).to_be_focused()


def test_the_focus_stays_where_the_user_has_moved_it(page):
    page.locator("#save").click()
    page.evaluate(HIDE)
    expect(page.locator("#answer")).to_be_focused()
    page.locator("#other").focus()
    page.evaluate(SHOW)
    page.wait_for_timeout(600)
    expect(page.locator("#other")).to_be_focused()


def test_an_outcome_that_is_replaced_keeps_the_focus(page):
    page.locator("#save").click()
    page.evaluate(f"{HIDE}; {SHOW}")
    expect(page.locator("#receipt")).to_be_focused()
    page.evaluate(f"""document.getElementById('receipt').outerHTML = '<p id="deleted" {LANDING}>Deleted</p>'""")
    expect(page.locator("#deleted")).to_be_focused()
