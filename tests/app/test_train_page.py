"""Train from the page, as people do it: a real browser, a page that dies on the way, and a model that answers."""

import json
import os
import shutil
import zipfile

import pytest
from playwright.sync_api import expect, sync_playwright

from emotion_hf.app.answering import AnsweringModel
from emotion_hf.app.services import load_model
from emotion_hf.settings import Settings
from emotion_hf.testing import FakeClassifier, tiny_corpus
from emotion_hf.versions import Versions
from tests.app.conftest import start_page
from tests.app.test_page import open_tab
from tests.tiny_encoder import save_network

CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
MILLISECONDS = 180_000  # a busy machine with two cores may take long

RECIPE = """
model: {front_end: {num_mel_bins: 16}, config: {backbone: cnn, widths: [4], hidden_size: 4}}
training: {epochs: 2, batch_size: 8}
"""

pytestmark = pytest.mark.skipif(
    shutil.which(CHROMIUM) is None, reason="chromium is missing; Debian has it as a package"
)


@pytest.fixture(scope="module")
def visit():
    """Open a page at a width in pixels."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        def visit(url, width=1280):
            context = browser.new_context(viewport={"width": width, "height": 844})
            context.set_default_timeout(MILLISECONDS)
            expect.set_options(timeout=MILLISECONDS)
            page = context.new_page()
            page.goto(url)
            expect(page.locator("#answer h2")).to_be_visible()
            return page

        yield visit
        browser.close()


@pytest.fixture(scope="module")
def corpus_zip(tmp_path_factory):
    """A tiny corpus as a zip file."""
    folder = tmp_path_factory.mktemp("corpus")
    tiny_corpus(folder / "tiny", speakers=4)
    with zipfile.ZipFile(folder / "tiny.zip", "w") as file:
        for path in sorted((folder / "tiny").rglob("*.wav")):
            file.write(path, path.relative_to(folder / "tiny"))
    return folder / "tiny.zip"


def load(settings):
    """Return what loads a trained model, and a fake one instead of the one that ships."""
    return lambda chosen: load_model(settings, chosen) if chosen.source else FakeClassifier()


def test_a_training_outlives_its_page_and_its_model_answers(visit, open_server, corpus_zip, tmp_path):
    data = tmp_path / "data"
    (data / "recipes").mkdir(parents=True)
    (data / "recipes" / "tiny.yaml").write_text(RECIPE)
    with start_page(tmp_path, data, "tests/app/fake_app.py", TRAINING="yes") as (server, process):
        page = visit(server.url)
        page.get_by_role("tab", name="Train").click()
        expect(page.locator("#train-active")).to_contain_text("is the active model")  # the page has loaded
        page.locator("#train-estimate").click()
        expect(page.locator("#train-forecast [role=alert]")).to_contain_text("Choose recordings first")
        expect(page.locator("#train-start")).to_be_hidden()
        with page.expect_file_chooser() as chooser:
            page.get_by_role("button", name="Upload a zip file").click()
        chooser.value.set_files(corpus_zip)
        expect(page.locator("#train-chosen")).to_contain_text("8 emotions, 4 speakers, 32 clips, from file names")
        page.locator("#train-recipe input").click()
        page.get_by_role("option", name="tiny", exact=True).click()
        page.locator("#train-estimate").click()
        forecast = page.locator("#train-forecast table")
        expect(forecast).to_contain_text("32 clips, 0.01 hours")
        expect(forecast).to_contain_text("The licence of the new model is CC BY-NC-SA 4.0, because of ravdess.")
        page.locator("#train-start").click()
        expect(page.locator("#train-job")).to_contain_text("tiny-ravdess: running")
        process.kill()
        page.context.close()

    (job,) = [json.loads(path.read_text()) for path in (data / "jobs").glob("*.json")]
    os.kill(job["pid"], 0)  # it goes on without its page
    settings = Settings(data_dir=data)
    answering = AnsweringModel(Versions(settings.models_dir), load(settings), "")
    with open_server(data, classifier=answering, training=True) as server:
        page = visit(server.url, width=390)
        open_tab(page, "Train")
        expect(page.locator("#train-job")).to_contain_text("tiny-ravdess: done")
        expect(page.locator("#train-view .recalls tbody tr")).to_have_count(8)
        expect(page.locator("#train-view .confusion tbody tr")).to_have_count(8)
        expect(page.locator("#train-active")).to_contain_text("fake is the active model.")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.locator("#train-use").click()
        expect(page.locator("#train-active")).to_contain_text("tiny-ravdess is the active model.")
        expect(page.locator("#train-use")).to_be_disabled()
        expect(page.locator(".page-foot")).to_contain_text("tiny-ravdess")
        expect(page.locator("#train-view .curves svg")).to_have_count(2)
        page.get_by_role("button", name="Log").click()
        expect(page.locator("#train-log")).to_contain_text("epoch 2/2")
        page.locator("#train-remove").click()
        expect(page.locator("#train-job")).to_be_hidden()
        assert (data / "runs" / "tiny-ravdess" / "run.json").is_file()  # the model stays
        page.context.close()


def test_two_models_side_by_side_analyse_the_same_recording(visit, open_server, voice_wav, tmp_path):
    settings = Settings(data_dir=tmp_path)
    labels = {"LABEL_0": "happy", "LABEL_1": "sad"}
    save_network(settings.runs_dir / "tiny", list(labels))
    (settings.runs_dir / "tiny" / "run.json").write_text("{}")
    answering = AnsweringModel(Versions(settings.models_dir), load(settings), "")
    with open_server(tmp_path, classifier=answering, retraining=True) as server:
        page = visit(server.url, width=390)
        open_tab(page, "Models")
        expect(page.locator("#compare-sides thead th").first).to_contain_text("default")
        page.get_by_text("tiny (trained here)").click()
        expect(page.locator("#compare-sides thead th").nth(1)).to_contain_text("tiny")
        page.locator("#compare-use").click()
        expect(page.locator("#compare-problem")).to_contain_text("The model's labels have no meaning")
        page.locator("#compare-names textarea").fill("LABEL_0=happy\nLABEL_1=sad")
        page.locator("#compare-rename").click()
        expect(page.locator("#compare-labels td")).to_have_text(["happy", "sad"])
        page.locator("#models .your-voice [aria-label='Upload file']").click()
        page.set_input_files("#models .your-voice input[type=file]", voice_wav)
        expect(page.locator("#compare-answers .answer")).to_have_count(2)
        expect(page.locator("#compare-answers")).to_contain_text("model: tiny")
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.locator("#compare-use").click()
        expect(page.locator(".page-foot")).to_contain_text("tiny")
        page.context.close()
    assert Versions(settings.models_dir).current().labels == tuple(labels.items())
