"""The exported page in a real browser: it gives the answers of the recognizer, without a server and a network."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect

from benchmarks.web import CHROMIUM, MILLISECONDS, READY, Server, analysed
from emotion_hf import EmotionRecognizer
from emotion_hf.app.faces import CSS, face_svg
from emotion_hf.app.german import GERMAN
from emotion_hf.audio import SAMPLING_RATE, load_audio
from emotion_hf.doctor import DEFAULT_MODEL_DIR
from emotion_hf.errors import SettingsError
from emotion_hf.export.web import SOURCES, export_web
from emotion_hf.export.web_runtime import CACHE, PACKAGE
from emotion_hf.prediction import Verdict
from emotion_hf.samples import SAMPLES
from emotion_hf.speech import _blocks, speech_segments
from emotion_hf.testing import synthetic_voice
from emotion_hf.timeline import STEP_SECONDS, WINDOW_SECONDS, cut_segments, make_timeline
from tests.app.test_page import browser_that_hears
from tests.export.fake_runtime import keep_runtime
from tests.tiny_twin import save_tiny

TOLERANCE = 0.02

needs_chromium = pytest.mark.skipif(
    shutil.which(CHROMIUM) is None, reason="chromium is missing; Debian has it as a package"
)
needs_runtime = pytest.mark.skipif(
    not (CACHE.expanduser() / PACKAGE).is_file(),
    reason=f"{CACHE / PACKAGE} is missing; .ci/run fetches it if there is a network",
)


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    """A spoken sentence as a WAV file at 16 kHz, which no side has to resample."""
    path = tmp_path_factory.mktemp("clip") / "clip.wav"
    soundfile.write(path, load_audio(SAMPLES[1].path), SAMPLING_RATE)
    return path


@pytest.fixture(scope="module")
def browser(clip):
    with browser_that_hears(clip, MILLISECONDS) as browser:
        yield browser


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web") / "page"
    return export_web(DEFAULT_MODEL_DIR, folder, picture=face_svg, style=CSS)


@pytest.fixture(scope="module")
def offline(browser, exported):
    """The page after its server has gone, and every address that it asked for."""
    served = Server(exported.folder)
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, permissions=["microphone"], locale="en-US", color_scheme="light"
    )
    context.set_default_timeout(MILLISECONDS)
    page = context.new_page()
    page.addresses, page.complaints = [], []
    page.on("request", lambda request: page.addresses.append(request.url))
    page.on("console", lambda message: page.complaints.append(message.text) if message.type == "error" else None)
    page.goto(served.url)
    expect(page.locator("#state")).to_have_text(READY)
    served.stop()
    context.set_offline(True)
    page.reload()
    expect(page.locator("#state")).to_have_text(READY)
    page.url_of_server = served.url
    yield page
    context.close()


@pytest.fixture(scope="module")
def recognizer():
    return EmotionRecognizer.from_pretrained(backend="onnx")


@needs_chromium
@needs_runtime
def test_an_offline_page_gives_the_answers_of_the_recognizer(offline, recognizer, clip):
    scores, text = analysed(offline, clip)
    expected = recognizer(clip)
    assert scores == pytest.approx(dict(expected.scores), abs=TOLERANCE)
    assert max(scores, key=scores.get) == expected.label
    assert ("Not sure" in text) == (expected.verdict is Verdict.NOT_SURE)
    assert all(address.startswith(offline.url_of_server) for address in offline.addresses)
    assert offline.complaints == []


@needs_chromium
@needs_runtime
def test_files_that_come_too_early_are_analysed_later(offline, tmp_path):
    files = [tmp_path / f"{seconds}.wav" for seconds in (2, 3, 4)]
    for seconds, file in enumerate(files, start=2):
        soundfile.write(file, synthetic_voice(float(seconds), seed=seconds), SAMPLING_RATE)
    offline.reload(wait_until="domcontentloaded")  # the model is loaded later
    offline.set_input_files("#file", files[0])
    expect(offline.locator("#answer")).to_contain_text("2 seconds of audio")
    offline.set_input_files("#file", files[1])
    offline.set_input_files("#file", files[2])  # while the other one is analysed
    expect(offline.locator("#answer")).to_contain_text("4 seconds of audio")


@needs_chromium
@needs_runtime
def test_a_recording_of_several_windows_has_the_scores_of_its_timeline(offline, recognizer, tmp_path):
    parts = [load_audio(sample.path) for sample in SAMPLES]
    pause = np.zeros(SAMPLING_RATE, dtype=np.float32)
    wave = np.concatenate([one for part in [*parts, *parts] for one in (part, pause)])
    soundfile.write(tmp_path / "long.wav", wave, SAMPLING_RATE)
    assert 8 < len(wave) / SAMPLING_RATE <= 30
    scores, text = analysed(offline, tmp_path / "long.wav")
    expected = make_timeline(recognizer, load_audio(tmp_path / "long.wav"), centre=False).overall
    assert scores == pytest.approx(dict(expected.scores), abs=TOLERANCE)
    assert "The answer is the mean over the recording" in text


@needs_chromium
@needs_runtime
def test_what_cannot_be_judged_gets_a_sentence(offline, tmp_path):
    voice = synthetic_voice(3.0)
    for name, wave, sentence in (
        ("quiet", 9e-5 * voice / np.abs(voice).max(), "No speech detected"),  # below -80 dBFS
        ("silent", np.zeros(3 * SAMPLING_RATE), "No speech detected"),
        ("noise", 0.1 * np.random.default_rng(1).normal(size=3 * SAMPLING_RATE), "No speech detected"),
        ("short", synthetic_voice(0.1), "The recording is 0.1 s long; record at least 0.3 s."),
        ("long", np.zeros(31 * SAMPLING_RATE), "Only the first 30 seconds of this recording were used."),
    ):
        soundfile.write(tmp_path / f"{name}.wav", wave, SAMPLING_RATE)
        scores, text = analysed(offline, tmp_path / f"{name}.wav")
        assert sentence in text and scores == {}
    (tmp_path / "text.wav").write_text("no sound")
    assert "cannot read this file" in analysed(offline, tmp_path / "text.wav")[1]


@needs_chromium
@needs_runtime
def test_the_keyboard_records_with_the_microphone_and_gets_an_answer(offline):
    record = offline.locator("#record")
    record.press("Enter")
    expect(record).to_have_text("Stop")
    expect(record).to_be_focused()
    expect(offline.locator("#file")).to_be_disabled()
    expect(offline.locator("#clock")).to_have_text("0:03")
    record.press("Enter")
    expect(offline.locator("#details tr[data-label]")).to_have_count(8)
    expect(offline.locator("#answer")).to_contain_text("seconds of audio, analysed in")
    expect(record).to_have_text("Record again")
    expect(record).to_be_focused()


@needs_chromium
@needs_runtime
def test_the_language_can_be_chosen_while_an_answer_is_shown(offline, clip):
    scores, _ = analysed(offline, clip)
    offline.get_by_role("button", name="Deutsch").click()
    label = max(scores, key=scores.get)
    expect(offline.locator("#details tbody tr").first).to_contain_text(GERMAN[label])
    expect(offline.locator("#details .percent").first).to_have_text(re.compile(r"\d,\d\s%"))
    expect(offline.locator("html")).to_have_attribute("lang", "de")
    offline.get_by_role("button", name="English").click()
    expect(offline.locator("#details tbody tr").first).to_contain_text(label)


@needs_chromium
@needs_runtime
def test_nothing_is_wider_than_a_phone(offline):
    for width in (320, 390):
        offline.set_viewport_size({"width": width, "height": 844})
        assert offline.evaluate("document.documentElement.scrollWidth") <= width


@needs_runtime
def test_a_visitor_downloads_less_than_25_megabytes(exported):
    sizes = {path.name: path.stat().st_size for path in exported.folder.iterdir()}
    assert sum(sizes.values()) == exported.bytes <= 25e6
    names = json.loads(re.search(r"FILES = (\[.*?\]);", (exported.folder / "sw.js").read_text())[1])
    assert {*names} == {"./", *sizes} - {"sw.js"}


@needs_runtime
def test_the_page_names_the_licence_of_the_weights_and_those_of_its_parts(exported):
    facts = json.loads((exported.folder / "model.json").read_text())
    assert facts["licence"]["title"] == "CC BY-NC-SA 4.0"
    texts = (exported.folder / "LICENCES.txt").read_text()
    assert all(part in texts for part in ("Attribution-NonCommercial-ShareAlike", "MIT License", "Apache License 2.0"))


@needs_chromium
def test_segments_and_windows_are_those_of_the_timeline(browser):
    served = Server(SOURCES)
    page = browser.new_context().new_page()
    page.goto(f"{served.url}words.js")
    ask = """async ([wave, evidence]) => {
      const {cut, frames, segments} = await import("./windows.js");
      const seconds = wave.length / 16000, found = segments(Float32Array.from(evidence), seconds);
      return [found, cut(found, seconds), Array.from(frames(Float32Array.from(wave)).slice(576, 600))];
    }"""
    rng = np.random.default_rng(3)
    voice = synthetic_voice(7.5)
    quiet = (1e-3 * rng.normal(size=2 * SAMPLING_RATE)).astype(np.float32)
    for wave in (voice, np.concatenate([quiet, voice, quiet[:5_000], voice[:9_000], quiet, voice])):
        evidence = np.concatenate([*_blocks(wave, 1_000)])
        found, windows, frame = page.evaluate(ask, [wave.tolist(), evidence.tolist()])
        expected = speech_segments(wave)
        assert found == [pytest.approx([one.start_seconds, one.end_seconds]) for one in expected]
        cut = cut_segments(expected, len(wave) / SAMPLING_RATE, WINDOW_SECONDS, STEP_SECONDS)
        assert len(cut) > 0
        assert windows == [pytest.approx([one.start_seconds, one.end_seconds]) for one in cut]
        scaled = (wave - wave.mean()) * 10 ** (-30 / 20) / wave.std()
        assert frame == pytest.approx(np.clip(scaled[512 - 64 :][:24], -1, 1).tolist(), abs=1e-5)
    page.context.close()
    served.stop()


def words():
    """Return the German of each text of the page."""
    source = (SOURCES / "german.js").read_text(encoding="utf-8")
    table = re.search(r"GERMAN = ({.*?\n});", source, re.DOTALL)[1]
    return json.loads(re.sub(r",\s*}$", "}", table))


def test_each_text_of_the_page_has_a_german_one():
    sources = "".join(path.read_text(encoding="utf-8") for path in SOURCES.glob("*.js") if path.name != "german.js")
    html = (SOURCES / "index.html").read_text(encoding="utf-8")
    said = {*re.findall(r'(?:say|SoundError|problem)\("([^"]+)"', sources), *re.findall(r"data-say>([^<]+)<", html)}
    said |= {"high", "medium", "low", *(f"expressed {how}" for how in ("strongly", "moderately", "mildly"))}
    assert len(said) > 40
    assert said - words().keys() == set()


def test_the_page_speaks_german_like_the_page_on_a_server():
    shared = words().keys() & GERMAN.keys()
    assert len(shared) > 30
    assert {text: words()[text] for text in shared} == {text: GERMAN[text] for text in shared}
    for text, german in words().items():
        assert sorted(re.findall(r"{(\w+)}", text)) == sorted(re.findall(r"{(\w+)}", german))


def test_no_file_of_the_page_asks_another_server():
    for path in SOURCES.glob("*.*"):
        assert "//" not in re.sub(r"^ *//.*|\s// .*", "", path.read_text(encoding="utf-8"), flags=re.MULTILINE), (
            path.name
        )
    assert "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'" in (SOURCES / "index.html").read_text()


def test_the_workflow_fetches_the_version_that_the_page_needs():
    script = (Path(__file__).parents[2] / ".ci" / "run").read_text()
    assert f"onnxruntime-web@{PACKAGE.removeprefix('onnxruntime-web-').removesuffix('.tgz')}" in script


def test_a_page_of_another_model_shows_its_name_and_states_no_licence_that_it_does_not_have(tmp_path, monkeypatch):
    keep_runtime(tmp_path / "kept", monkeypatch)
    save_tiny(tmp_path / "mine")
    export_web(tmp_path / "mine", tmp_path / "page", picture=face_svg, style=CSS, runtime=tmp_path / "kept")
    assert (tmp_path / "page" / "page.css").read_text() == (SOURCES / "page.css").read_text() + CSS
    facts = json.loads((tmp_path / "page" / "model.json").read_text())
    assert (facts["name"], facts["licence"], facts["labels"]) == ("mine", None, ["neutral", "happy", "sad"])
    assert "The model\n\nNo licence is stated." in (tmp_path / "page" / "LICENCES.txt").read_text()
    (tmp_path / "mine" / "README.md").write_text("---\nlanguage: en\nlicense: cc-by-4.0\n---\n\nlicense: mit\n")
    export_web(tmp_path / "mine", tmp_path / "other", picture=face_svg, style=CSS, runtime=tmp_path / "kept")
    assert json.loads((tmp_path / "other" / "model.json").read_text())["licence"]["title"] == "CC BY 4.0"
    versions = [(tmp_path / name / "sw.js").read_text().splitlines()[0] for name in ("page", "other")]
    assert versions[0] != versions[1]


def test_no_folder_is_overwritten(tmp_path):
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "mine.txt").write_text("mine")
    for place in (tmp_path / "page", tmp_path / "page" / "mine.txt"):
        with pytest.raises(SettingsError, match="exists and is not an empty folder; name a new one"):
            export_web(DEFAULT_MODEL_DIR, place, picture=face_svg, style=CSS)
