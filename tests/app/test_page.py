"""The page as people see it: a real browser records, uploads, reads, corrects, deletes."""

import base64
import json
import re
import shutil
from contextlib import contextmanager, suppress

import av
import numpy as np
import pytest
import soundfile
from playwright.sync_api import TimeoutError, expect, sync_playwright

from emotion_hf.feedback import Consent, Correction, FeedbackStore, new_id
from emotion_hf.labels import LABELS
from emotion_hf.prediction import Prediction
from emotion_hf.testing import synthetic_voice
from emotion_hf.versions import Versions, seal

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
HEADINGS = re.compile("|".join((*LABELS, "not sure")), re.IGNORECASE)
MILLISECONDS = 120_000  # a busy machine with two cores may take long

pytestmark = pytest.mark.skipif(
    shutil.which(CHROMIUM) is None, reason="chromium is missing; Debian has it as a package"
)

DROP = """(zone, {name, content}) => {
  const bytes = Uint8Array.from(atob(content), character => character.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, {type: "audio/flac"}));
  for (const type of ["dragenter", "dragover", "drop"])
    zone.dispatchEvent(new DragEvent(type, {dataTransfer: transfer, bubbles: true, cancelable: true}));
}"""


@contextmanager
def browser_that_hears(recording, milliseconds=MILLISECONDS):
    """Open Chromium with a microphone that repeats a recording; what is expected may take this long."""
    options = [
        "--no-sandbox",
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-audio-capture={recording}",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=options)
        expect.set_options(timeout=milliseconds)
        yield browser
        expect.set_options(timeout=5_000)  # as before
        browser.close()


@pytest.fixture(scope="module")
def browser(voice_wav):
    """Chromium, whose microphone repeats ``voice_wav``."""
    with browser_that_hears(voice_wav) as browser:
        yield browser


@pytest.fixture
def open_page(browser, server):
    """Open the page in a session of its own, at a width in pixels."""
    contexts = []

    def open_page(width):
        context = browser.new_context(viewport={"width": width, "height": 844}, permissions=["microphone"])
        contexts.append(context)
        context.set_default_timeout(MILLISECONDS)
        page = context.new_page()
        page.requested, page.refused = [], []
        page.on("request", lambda request: page.requested.append(request.url))
        page.on("response", lambda answer: page.refused.append(answer.url) if answer.status >= 400 else None)
        page.goto(server.url)
        expect(page.locator("#answer h2")).to_have_text(
            "Speak to see a prediction", use_inner_text=True, timeout=MILLISECONDS
        )
        return page

    yield open_page
    for context in contexts:
        context.close()


def answered(page):
    """Wait for the answer, and return what it says."""
    heading = page.locator("#answer h2")
    expect(heading).to_have_text(HEADINGS, timeout=MILLISECONDS)
    return heading.inner_text()


def open_tab(page, name):
    """Open a tab; Gradio moves those that do not fit into a menu, and may do so late."""
    tab = page.get_by_role("tab", name=name)
    menu = page.locator(".overflow-menu").first  # the desk has tabs of its own
    for _ in range(6):
        with suppress(TimeoutError):
            if tab.count():
                return tab.click(timeout=MILLISECONDS / 6)
            menu.locator("> button").click(timeout=MILLISECONDS / 6)
            return page.locator(".overflow-dropdown button", has_text=name).click(timeout=MILLISECONDS / 6)
    raise AssertionError(f"The tab {name} cannot be opened.")


def focus_is_in(page, selector):
    """Wait until the focus is there, because the control that had it has disappeared."""
    page.wait_for_function(f"document.activeElement.closest('{selector}') !== null")


def rows(server):
    metadata = server.feedback / "metadata.jsonl"
    return [json.loads(line) for line in metadata.read_text().splitlines()] if metadata.exists() else []


def test_record_read_correct_and_delete(open_page, server):
    page = open_page(1280)
    page.get_by_role("button", name="Record", exact=True).click()
    page.wait_for_timeout(3_000)
    page.get_by_role("button", name="Stop").click()
    answered(page)
    certain_or_not = re.compile(r"Confidence: (high|medium|low), \d+\s%|Closest:\s+[a-z]+\s\d+\s%")
    expect(page.locator("#answer")).to_contain_text(certain_or_not)  # a recording starts anywhere in the voice
    expect(page.locator("#scores tbody tr")).to_have_count(8)
    expect(page.locator("#sound svg polygon")).to_be_visible()
    expect(page.get_by_alt_text("Log-mel spectrogram")).to_be_visible()

    before = rows(server)
    page.get_by_role("radio", name="surprised").click()
    save = page.locator("#save")
    expect(save).to_have_text("Tick the first box to save")
    expect(save).to_be_disabled()
    page.get_by_label("Keep this recording").check()
    page.get_by_label("Train models").check()
    expect(save).to_have_text("Save my answer")
    save.click()
    receipt = page.locator("#receipt code").inner_text()
    focus_is_in(page, "#receipt")
    (row,) = [row for row in rows(server) if row not in before]
    assert (row["id"], row["label"], list(row["scores"])) == (receipt, "surprised", list(LABELS))
    assert row["consent"] == {"store": True, "train": True, "publish": False}
    assert row["annotator"] == row["session"] != ""
    recording = server.feedback / row["file_name"]
    assert soundfile.info(recording).samplerate == 16_000
    assert 2 < soundfile.info(recording).duration < 6

    page.locator("#delete").click()
    expect(page.locator("#receipt")).to_contain_text("Deleted")
    focus_is_in(page, "#receipt")
    assert rows(server) == before
    assert not recording.exists()

    page.get_by_role("radio", name="calm").click()  # another answer
    page.get_by_label("Keep this recording").check()
    save.click()
    expect(page.locator("#receipt")).to_contain_text("Thank you, saved")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Link to delete the record").click()
    again = opened.value
    expect(again.locator("#deletion-id textarea, #deletion-id input")).to_have_value(rows(server)[-1]["id"])
    again.set_viewport_size({"width": 390, "height": 844})
    again.reload()
    expect(again.locator("#deletion")).to_be_in_viewport()
    assert len(rows(server)) == len(before) + 1  # looking at the link deletes nothing
    assert page.refused == []  # the guard lets through all that recording and saving need
    assert [url for url in page.requested if "process_recording" in url] == []
    again.locator("#deletion").click()
    expect(again.locator("#deletion-outcome")).to_contain_text("Deleted")
    assert rows(server) == before


def test_drop_a_file_on_a_phone_and_replay_it(open_page, server, tmp_path):
    soundfile.write(tmp_path / "clip.flac", synthetic_voice(2.0, f0_hz=220), 16_000)
    content = base64.b64encode((tmp_path / "clip.flac").read_bytes()).decode()
    kept, others = rows(server), set(server.voices())
    page = open_page(390)
    page.locator("body").evaluate(DROP, {"name": "clip.flac", "content": content})
    answered(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390  # nothing sticks out
    expect(page.locator("#history li")).to_have_count(1)
    expect(page.locator("#history time")).to_have_text(re.compile(r"^\d?\d:\d\d( [AP]M)?$"))  # the visitor's own time
    expect(page.locator("#answer h2")).to_be_in_viewport()  # without scrolling
    player = page.locator("#sound audio")
    seconds = player.evaluate("player => player.play().then(() => player.duration)")
    assert seconds == pytest.approx(2.0, abs=0.01)

    (tmp_path / "notes.wav").write_text(f"this is not sound of {tmp_path.name}")  # Gradio keeps equal uploads once
    page.set_input_files("#recorder input[type=file]", tmp_path / "notes.wav")
    expect(page.locator("#answer [role=alert]")).to_contain_text("is text, not audio")
    own = set(server.voices()) - others
    assert sorted(path.name for path in own if path.stem in ("clip", "notes")) == ["clip.flac", "notes.wav"]
    assert len(own) == 3  # the two uploads, and the replay of the one with a prediction
    page.locator("#clear").click()
    expect(page.locator("#history")).to_have_text("Nothing yet.")
    expect(page.locator("#answer h2")).to_have_text("Speak to see a prediction", use_inner_text=True)
    assert set(server.voices()) == others
    assert rows(server) == kept
    assert [url for url in page.requested if not url.startswith((server.url, "data:", "blob:"))] == []
    assert page.refused == []


def test_a_long_recording_has_bands_that_seek_and_can_be_corrected(open_page, server, tmp_path):
    pause = np.zeros(3 * 16_000, np.float32)
    parts = [synthetic_voice(4.0, f0_hz=pitch, seed=seed) for seed, pitch in enumerate((120, 260, 160))]
    soundfile.write(
        tmp_path / "long.flac", np.concatenate([part for voice in parts for part in (voice, pause)]), 16_000
    )
    before, page = rows(server), open_page(1280)
    page.set_input_files("#recorder input[type=file]", tmp_path / "long.flac")
    expect(page.locator("#answer .long")).to_contain_text("Share of the speaking time", timeout=MILLISECONDS)
    expect(page.locator("#stop")).to_be_hidden()
    expect(page.locator("#correction")).to_be_hidden()  # one emotion for all of it would be wrong
    band = page.locator(".band:not(.no-speech)").last
    start = float(band.get_attribute("data-start"))
    assert 8 < start < 16
    page.locator("#sound audio").evaluate("one => one.onseeking = () => { window.sought = one.currentTime; }")
    band.click()
    expect(band).to_have_attribute("aria-selected", "true")
    page.wait_for_function(f"Math.abs(window.sought - {start}) < 0.2")
    expect(band).to_have_attribute("aria-current", "true")
    expect(page.locator("#truth")).to_contain_text(re.compile(r"0:\d\d to 0:\d\d: Was the prediction right"))
    page.wait_for_function("document.querySelector('#sound audio').paused")  # at the end of the band
    page.get_by_text("All parts as a list").click()
    page.locator("[data-band='0']").click()
    expect(page.locator(".band").first).to_have_attribute("aria-selected", "true")
    band.click()

    page.keyboard.press("Home")  # one tab stop for all bands; the arrows move
    focused = page.evaluate("document.activeElement.dataset.number")
    page.keyboard.press("ArrowRight")
    assert (focused, page.evaluate("document.activeElement.dataset.number")) == ("0", "1")
    assert page.locator('.band[tabindex="0"]').count() == 1

    page.get_by_role("radio", name="surprised").click()
    page.get_by_label("Keep this recording").check()
    page.locator("#save").click()
    receipt = page.locator("#receipt code").inner_text()
    (row,) = [row for row in rows(server) if row not in before]
    assert (row["id"], row["label"]) == (receipt, "surprised")
    assert soundfile.info(server.feedback / row["file_name"]).duration < 8  # that band, not all 21 s
    page.locator("#delete").click()
    expect(page.locator("#receipt")).to_contain_text("Deleted")
    with page.expect_download() as download:
        page.get_by_role("link", name="subtitles").click()
    assert " --> " in download.value.path().read_text()
    page.locator("#clear").click()
    expect(page.locator("#history")).to_have_text("Nothing yet.")
    expect(page.locator("#sound .sound")).to_have_count(0)


def test_a_sample_is_answered_and_an_earlier_recording_is_opened_and_corrected_by_keyboard(open_page):
    page = open_page(320)
    expect(page.get_by_text("The parcel is on the table")).to_be_visible()
    names = ("Slow", "High")
    for count, name in enumerate(names, start=1):
        page.get_by_role("button", name=name, exact=True).evaluate("button => button.click()")
        expect(page.locator("#history li")).to_have_count(count, timeout=MILLISECONDS)
        page.wait_for_timeout(
            500
        )  # Gradio ignores a click until the event before has ended, just after its last update
    answered(page)
    expect(page.get_by_text("The parcel is on the table")).to_be_hidden()
    assert page.evaluate("document.documentElement.scrollWidth") == 320
    newest, oldest = page.locator("#history [data-open]").all()
    assert newest.get_attribute("aria-current") == "true"
    oldest.click()
    expect(page.locator("#history [data-open]").last).to_have_attribute("aria-current", "true")
    expect(page.locator("#sound audio")).to_have_attribute("aria-label", "slow.ogg")

    radios = page.get_by_role("radio")
    assert page.locator('#truth [role=radio][tabindex="0"]').count() == 1
    radios.first.focus()
    page.keyboard.press("ArrowRight")
    chosen = radios.nth(1)
    expect(chosen).to_be_focused()
    expect(chosen).to_have_attribute("aria-checked", "true")
    expect(page.locator("#thanks")).to_contain_text("Thank you!")
    expect(page.locator("#history .truth")).to_have_count(1)
    expect(chosen).to_be_focused()


@pytest.mark.parametrize(
    ("refusal", "title"),
    [("NotAllowedError", "The microphone is not allowed"), ("NotFoundError", "No microphone was found")],
)
def test_a_microphone_that_is_refused_or_missing_is_explained(open_page, refusal, title):
    page = open_page(390)
    page.evaluate(
        "name => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', name)); }", refusal
    )
    page.get_by_role("button", name="Record", exact=True).click()
    expect(page.get_by_role("alert").filter(has_text=title)).to_be_visible()
    expect(page.get_by_role("button", name="Record", exact=True)).to_be_visible()


def test_the_page_speaks_german_by_choice_and_stays_german(open_page, voice_wav):
    page = open_page(1280)
    page.get_by_role("button", name="Deutsch").click()
    expect(page.locator("#answer h2")).to_have_text("Sprechen Sie, um eine Vorhersage zu sehen", use_inner_text=True)
    expect(page.get_by_role("tab", name="Erkennen")).to_be_visible()
    page.set_input_files("#recorder input[type=file]", voice_wav)
    expect(page.locator(".confidence")).to_contain_text("Sicherheit:", timeout=MILLISECONDS)
    expect(page.locator("#truth")).to_contain_text("War die Vorhersage richtig?")
    page.get_by_role("radio", name="überrascht").click()
    expect(page.get_by_label("Diese Aufnahme und meine Antwort auf diesem Server aufbewahren")).to_be_visible()
    page.reload()
    expect(page.get_by_role("button", name="Aufnehmen", exact=True)).to_be_visible()


def test_the_reason_is_given_with_moments_that_play(open_page, voice_wav):
    page = open_page(390)
    page.set_input_files("#recorder input[type=file]", voice_wav)
    button = page.locator("#why .on-demand")
    button.click()
    expect(button).to_have_text("Stop")
    page.wait_for_timeout(600)  # a click before is taken for a double click
    button.click()
    expect(button).to_have_text("Why this answer?")
    expect(page.locator("#why progress")).to_have_count(0)
    button.click()
    expect(page.locator(".because")).to_contain_text("Compared with neutral speech", timeout=2 * MILLISECONDS)
    focus_is_in(page, ".because")
    moment = page.locator(".because [data-seek]").first
    start = float(moment.get_attribute("data-seek"))
    moment.click()
    page.wait_for_function(f"document.querySelector('#sound audio').currentTime >= {start}")
    page.get_by_role("button", name="Emotion as a place").click()
    expect(page.locator(".place svg")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_an_analysis_can_be_stopped(open_page, tmp_path):
    voice = np.tile(synthetic_voice(20.0), 9)
    soundfile.write(tmp_path / "three-minutes.flac", voice, 16_000)
    page = open_page(390)
    page.set_input_files("#recorder input[type=file]", tmp_path / "three-minutes.flac")
    expect(page.locator("#answer progress")).to_be_visible(timeout=MILLISECONDS)
    page.locator("#stop").click()
    expect(page.locator("#answer [role=alert]")).to_contain_text("The analysis was stopped", timeout=MILLISECONDS)
    expect(page.locator("#stop")).to_be_hidden()


def test_with_accounts_the_browser_asks_once_and_the_page_works(browser, open_server, tmp_path, voice_wav):
    with open_server(tmp_path, auth="ada:dear voice", review=True) as server:
        context = browser.new_context(http_credentials={"username": "ada", "password": "dear voice"})
        context.set_default_timeout(MILLISECONDS)
        page = context.new_page()
        page.goto(server.url)
        page.set_input_files("#recorder input[type=file]", voice_wav)
        answered(page)
        player = page.locator("#sound audio")
        assert player.evaluate("player => player.play().then(() => player.duration)") == pytest.approx(3.0, abs=0.01)
        page.get_by_role("tab", name="Review").click()
        page.get_by_role("button", name="Start").click()
        expect(page.locator("#review-player")).to_contain_text("Nothing left to review")
        context.close()


def test_a_page_in_another_sites_frame_is_not_shown(browser, server, open_server, tmp_path):
    context = browser.new_context()
    page = context.new_page()
    page.goto(f"{server.url}/robots.txt")
    for frames, shown in (("", False), (server.url, True)):
        with open_server(tmp_path, allowed_frames=frames) as other:
            page.evaluate(
                "url => new Promise(done => { const frame = document.createElement('iframe'); frame.onload = done;"
                " frame.src = url; document.body.replaceChildren(frame); })",
                f"{other.url}/robots.txt",
            )
            (frame,) = page.main_frame.child_frames
            assert ("User-agent" in frame.content()) is shown
    context.close()


def test_a_recording_that_a_browser_calls_video_is_accepted(open_page, tmp_path):
    with av.open(tmp_path / "clip.webm", "w") as output:
        sound = output.add_stream("libopus", rate=16_000, layout="mono")
        frame = av.AudioFrame.from_ndarray(synthetic_voice(2.0)[None], format="flt", layout="mono")
        frame.sample_rate = 16_000
        for one in (frame, None):
            output.mux(sound.encode(one))
    page = open_page(390)
    page.set_input_files("#recorder input[type=file]", tmp_path / "clip.webm")
    answered(page)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose a file").click()
    assert "video/*" in chooser.value.element.get_attribute("accept")


def test_a_bad_file_gets_one_polite_sentence_in_place_of_an_answer(open_page, tmp_path):
    (tmp_path / "notes.wav").write_text("this is not sound")
    page = open_page(1280)
    page.set_input_files("#recorder input[type=file]", tmp_path / "notes.wav")
    problem = page.locator("#answer [role=alert]")
    expect(problem).to_contain_text("The recording is text, not audio;")
    assert "/" not in problem.inner_text()
    expect(page.locator("#correction")).to_be_hidden()
    expect(page.locator("#history li")).to_have_count(0)


def test_review_by_keyboard_and_blind(open_page, server):
    store = FeedbackStore(server.feedback)
    answers = ({"happy": 0.5, "calm": 0.5}, {"happy": 0.9, "calm": 0.1})
    consent = Consent(store=True, train=True)
    unsure, sure = (
        store.add(
            synthetic_voice(0.5 + number / 10, seed=number),
            Correction.of(Prediction(answer, model="rival"), id=new_id(), label="sad", consent=consent),
            labels=LABELS,
        )
        for number, answer in enumerate(answers)
    )
    page = open_page(390)
    open_tab(page, "Review")
    page.get_by_role("button", name="Start").click()
    player = page.locator("#review audio")
    expect(player).to_be_visible()
    page.wait_for_function("document.querySelector('#review audio').duration == 0.5")  # the uncertain one
    shown = page.content()
    assert unsure.id not in shown and "rival" not in shown
    expect(page.locator("#review-outcome")).to_be_hidden()

    first_source = player.get_attribute("src")
    page.keyboard.press(" ")
    page.wait_for_function("document.querySelector('#review audio').played.length > 0")
    page.keyboard.press("4")
    expect(page.locator("#review-outcome td")).to_have_text(["sad", "happy", "sad"])
    expect(page.locator("#review-outcome p")).to_contain_text(
        "the model on 0 of 1 (κ 0.00), and with the first opinion on"
    )
    expect(player).not_to_have_attribute("src", first_source)
    page.keyboard.press("0")
    expect(page.locator("#review-player")).to_contain_text("Nothing left to review")
    reviews = [row for row in rows(server) if row["review_of"]]
    assert [(row["review_of"], row["label"]) for row in reviews] == [(unsure.id, "sad"), (sure.id, "mixed")]
    assert {row["annotator"] for row in reviews} == {reviews[0]["annotator"]} != {""}
    assert page.evaluate("document.documentElement.scrollWidth") == 390

    page.locator("#review-undo").click()
    expect(player).to_be_visible()
    assert [row["label"] for row in rows(server) if row["review_of"]] == ["sad"]
    for record in (unsure, sure):
        store.delete(record.id)


def test_the_tab_of_models_on_a_phone(open_page, server):
    versions = Versions(server.data_dir / "models")
    folder = versions.next_folder()
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    names = ("held-out corrections in noise", "original test in noise")
    figures = {"count": 240, "old_ua": 0.645, "new_ua": 0.433, "newly_right": 3, "newly_wrong": 54, "passed": False}
    figures["difference"] = {"value": -0.212, "low": -0.27, "high": -0.15}
    gate = {"promoted": False, "sentence": "It forgot.", "findings": [{"clips": name} | figures for name in names]}
    seal(folder, parent="default", recipe={}, data={}, gate=gate)
    page = open_page(390)
    open_tab(page, "Models")
    expect(page.locator("#models-status")).to_contain_text("No correction is saved yet.")
    expect(page.locator("#models-verdict td")).to_have_text(["0.645", "0.433", "−21.2−27.0 to −15.0", "no"] * 2)
    expect(page.locator("#models-promote")).to_be_disabled()
    page.locator("#models-start").click()
    expect(
        page.get_by_text("There are 0 corrections to learn from; a retraining needs at least 5.").last
    ).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    shutil.rmtree(versions.folder)
