"""The tab "Desk" as people see it: two browsers watch one desk."""

import base64
import re
import time

import pytest
import soundfile
from playwright.sync_api import expect, sync_playwright

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.desk import Desk, listing
from emotion_hf.labels import LABELS
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.settings import Settings
from emotion_hf.testing import synthetic_voice
from tests.app.test_page import CHROMIUM, DROP, MILLISECONDS, open_tab
from tests.app.test_page import pytestmark as needs_chromium

SOON_SECONDS = 2.0
"""Time in which one browser shows what happened in the other."""


class LoudIsAngry:
    """A classifier that takes loud voices for angry ones."""

    name, labels = "loud is angry", LABELS

    def predict(self, waves):
        return [self._answer("angry" if abs(wave).max() > 0.5 else "calm", wave) for wave in waves]

    def _answer(self, label, wave):
        scores = {one: 0.93 if one == label else 0.01 for one in LABELS}
        return Prediction(scores, Verdict.OK, len(wave) / SAMPLING_RATE, self.name)


@pytest.fixture
def visits(open_server, tmp_path):
    """The page with a desk, opened in two browsers that share nothing."""
    options = {"desk": True, "requests_per_minute": 0, "classifier": LoudIsAngry()}
    with open_server(tmp_path / "data", **options) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        pages = []
        for width in (1280, 390):
            page = browser.new_context(viewport={"width": width, "height": 844}, accept_downloads=True).new_page()
            page.set_default_timeout(MILLISECONDS)
            page.errors = []
            page.on("pageerror", lambda error, page=page: page.errors.append(str(error)))
            page.goto(server.url)
            expect(page.locator("#answer h2")).to_be_visible(timeout=MILLISECONDS)
            open_tab(page, "Desk")
            pages.append(page)
        expect.set_options(timeout=MILLISECONDS)
        yield *pages, server
        expect.set_options(timeout=5_000)  # as before
        assert [page.errors for page in pages] == [[], []]
        browser.close()


@pytest.fixture
def recordings(tmp_path):
    """A calm recording, an angry one, and a text."""
    for name, factor in (("calm.wav", 1.0), ("angry.wav", 3.0)):
        soundfile.write(tmp_path / name, factor * synthetic_voice(9.0, seed=1), SAMPLING_RATE)
    (tmp_path / "letter.wav").write_text("Dear diary")
    return [tmp_path / name for name in ("letter.wav", "calm.wav", "angry.wav")]


@needs_chromium
def test_two_people_watch_one_desk(visits, recordings):
    first, second, server = visits
    set_up(first)
    expect(second.locator(".desk-count")).to_have_text("No open alarm · 0 callers")

    first.get_by_label("New caller").fill("Anna <b>")
    first.get_by_role("button", name="Add", exact=True).click()
    expect(first.locator(".desk-name")).to_have_text("Anna <b>")
    expect(second.locator(".desk-name")).to_have_text("Anna <b>")

    second.get_by_label("Find a caller").fill("ann")  # what somebody types stays
    first.set_input_files("#desk-sender input", recordings)  # for nobody
    expect(first.locator("#desk-taking")).to_contain_text("Choose the caller first")
    first.get_by_role("tab", name="Add recordings").click()
    first.get_by_label("Caller: choose one").fill("Anna <b>")
    first.keyboard.press("Enter")
    first.wait_for_timeout(1_200)
    first.set_input_files("#desk-sender input", recordings)
    expect(first.locator(".desk-files li")).to_have_text(
        [re.compile("^letter.wav is text"), re.compile("calm.wav: +calm 93 %"), re.compile("angry.wav: .*Urgent")]
    )
    for page in (first, second):
        expect(page.locator("#desk-tab-button")).to_have_attribute("data-alarms", "1")
        expect(page).to_have_title("(1) Speech emotion recognition")
    more = first.locator(".overflow-menu > button").first
    open_tab(first, "Recognise")
    first.set_viewport_size({"width": 240, "height": 844})  # no room for the tab Desk
    expect(more).to_have_attribute("data-alarms", "1")
    first.set_viewport_size({"width": 1280, "height": 844})
    first.get_by_role("tab", name="Desk").click()
    expect(first.locator("#desk-tab-button")).to_have_attribute("data-alarms", "1")
    expect(more).not_to_have_attribute("data-alarms", "1")
    card = second.locator(".desk-caller.alarm")
    expect(card).to_contain_text("Why urgent: angry from 0:00 to 0:09, 95 %")
    expect(second.get_by_label("Find a caller")).to_have_value("ann")

    second.locator(".desk-name").click()
    expect(second.locator(".desk-who")).to_be_focused()
    second.get_by_label("Note", exact=True).fill("half a sentence")
    first.get_by_role("tab", name="Callers").click()
    first.locator(".desk-name").click()
    expect(first.locator(".desk-calls li")).to_have_count(2)
    plays(first)
    first.get_by_role("button", name="Right alarm").click()
    expect(first.locator(".desk-done")).to_contain_text("acknowledged: right alarm")
    begun = time.monotonic()
    expect(second.locator(".desk-done")).to_contain_text("acknowledged: right alarm")
    expect(second.locator(".desk-caller.alarm")).to_have_count(0)
    assert min(time.monotonic() - begun, *sees_notes(first, second)) < SOON_SECONDS
    expect(second.get_by_label("Note", exact=True)).to_have_value("half a sentence")
    expect(second).to_have_title("Speech emotion recognition")
    assert second.evaluate("document.documentElement.scrollWidth <= innerWidth")

    corrects(first, second)
    drops(first, second, recordings[2])
    removes(first, second, server)


def sees_notes(first, second):
    """Return how long each of two notes takes from one browser to the other: a busy machine may delay one."""
    for number in (1, 2):
        first.get_by_label("Note", exact=True).fill(f"Note {number}")
        first.get_by_role("button", name="Add the note").click()
        expect(first.locator(".desk-done")).to_contain_text(f"Note {number}")
        begun = time.monotonic()
        expect(second.locator(".desk-done")).to_contain_text(f"Note {number}")
        yield time.monotonic() - begun


def set_up(page):
    expect(page.get_by_text("Only analyse callers.")).to_be_visible()
    page.get_by_label("Purpose").fill("Crisis line")
    page.get_by_label("Place").fill("Zurich")
    page.get_by_label("Recordings with one channel").first.click()
    page.get_by_role("option", name="only the caller speaks").click()
    page.get_by_role("button", name="Open the desk").click()
    expect(page.get_by_text("Read the terms, and tick")).to_be_visible()
    page.get_by_label("I have read this").check()
    page.get_by_role("button", name="Open the desk").click()
    expect(page.get_by_text("Not urgent does not mean safe.").first).to_be_visible()


def plays(page):
    """Play the stretch that decided, from the desk's own route."""
    page.locator("#desk-call .desk-why .desk-play").click()
    page.wait_for_function("document.querySelector('.desk-player audio').duration > 8")
    assert page.evaluate("document.querySelector('.desk-player audio').src").endswith("/desk/recordings/2")
    page.locator(".desk-close").click()


def corrects(first, second):
    first.get_by_label("Correct the emotion").click()
    first.get_by_role("option", name="fearful").click()
    first.get_by_role("button", name="Save the correction").click()
    expect(first.locator("#desk-call .desk-emotion")).to_contain_text("fearful corrected")
    expect(second.locator("#desk-call .desk-emotion")).to_contain_text("fearful corrected")


def drops(first, second, angry):
    """Drop a recording on the card of a caller who is not open."""
    second.locator("#desk-close").click()
    second.get_by_label("Find a caller").fill("")
    second.get_by_label("New caller").fill("Ben")
    second.get_by_role("button", name="Add", exact=True).click()
    content = {"name": "call.wav", "content": base64.b64encode(angry.read_bytes()).decode()}
    first.locator(".desk-caller", has_text="Ben").evaluate(DROP, content)
    for page in (first, second):
        expect(page.locator(".desk-caller").first).to_contain_text(re.compile("Ben.*Urgent"))  # the most urgent


def removes(first, second, server):
    desk = Desk.open(Settings(data_dir=server.data_dir))
    ben, anna = (row.caller for row in listing.overview(desk).rows)
    first.get_by_role("button", name="This caller").click()
    with first.expect_download() as download:
        first.get_by_role("link", name="Export everything").click()
    assert download.value.suggested_filename.startswith("Anna")
    download.value.path()  # it has arrived
    is_gone = (not list((server.data_dir / "desk" / "exports").glob("*")) or time.sleep(0.1) for _ in range(100))
    assert any(is_gone)
    first.get_by_role("button", name="Remove this caller").click()
    expect(first.get_by_text("Remove Anna <b>? This deletes 2 calls")).to_be_visible()
    first.get_by_role("button", name="Delete everything").click()
    for page in (first, second):
        expect(page.locator(".desk-name")).to_have_text(["Ben"])
    expect(first.locator("#desk-panel")).to_be_hidden()
    assert len(list((server.data_dir / "desk" / "audio").rglob("*.flac"))) == 1
    assert list((server.data_dir / "feedback").rglob("*.flac")) == []
    assert listing.history(desk, listing.Filter(caller_id=anna.id)).total == 0 and ben.name == "Ben"
    desk.close()
