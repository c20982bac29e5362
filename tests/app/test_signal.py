"""The tab "Signal": its steps without a browser, then in one, on a desktop and on a phone."""

import re
import time

import gradio as gr
import numpy as np
import pytest
import soundfile
from playwright.sync_api import expect

from emotion_hf.app.history import GONE, forget, remember
from emotion_hf.app.plot import Plot, ticks
from emotion_hf.app.services import Analysis
from emotion_hf.app.signal.decision_steps import decision_steps
from emotion_hf.app.signal.step import display, minus, table, tex, text
from emotion_hf.app.tabs.signal import DECISION_ROWS, FRAME_ROWS, STRETCH_SECONDS, Signal
from emotion_hf.app.words import speaking
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.settings import Settings
from emotion_hf.signal_math import Decision, analyse_frame, loudest_voiced_seconds, vocal_tract
from emotion_hf.testing import FakeClassifier, synthetic_voice
from emotion_hf.timeline import Timeline, Window
from tests.app.conftest import open_services
from tests.app.test_page import MILLISECONDS, answered, browser, open_page, open_tab  # noqa: F401
from tests.app.test_page import pytestmark as needs_chromium

WAVE = synthetic_voice(2.0)


class Click:
    """What a click sends."""

    def __init__(self, seconds):
        self.seconds = seconds


@pytest.fixture
def tab(tmp_path):
    with gr.Blocks():
        return Signal(open_services(Settings(data_dir=tmp_path)), gr.State(()), gr.State(""))


def remembered(tab, wave, prediction=None, timeline=None):
    (one,) = FakeClassifier().predict([wave])
    analysis = Analysis(wave, prediction or one, timeline)
    return remember((), analysis, "clip.wav", tab.services.voices, max_age_seconds=60)


def texts(tab, updates):
    return [updates[text] for _, text, _ in tab.rows if text in updates]


def pictures(tab, updates):
    return [updates[picture] for _, _, picture in tab.rows if picture in updates]


def is_visible(tab, updates):
    return [updates[row].visible for row, _, _ in tab.rows]


def id_of(history):
    return history[-1].id if history else ""


def show(tab, history, shown_id=""):
    return tab._open(history, id_of(history), shown_id)


def click_on(tab, history, event):
    return tab._click(history, id_of(history), event)


def slide_to(tab, history, seconds):
    return tab._slide(history, id_of(history), seconds)


def test_without_a_recording_one_sentence_says_what_to_do(tab):
    updates = show(tab, ())
    assert "Record something or choose a file" in updates[tab.notice].value
    assert updates[tab.body].visible is False
    with speaking("de"):
        assert "Nehmen Sie" in show(tab, ())[tab.notice].value


def test_the_loudest_voiced_frame_is_shown_with_its_own_numbers(tab):
    history = remembered(tab, WAVE)
    updates = show(tab, history)
    kept = history[-1].part(0.0)
    frame = analyse_frame(kept, loudest_voiced_seconds(kept))
    tract = vocal_tract(frame.samples)
    shown = texts(tab, updates)
    assert updates[tab.body].visible and updates[tab.shown_id] == history[-1].id
    assert updates[tab.time].value == pytest.approx(frame.middle_seconds, abs=0.006)
    assert updates[tab.time].maximum == 2.0
    assert shown[2].count(f"{frame.energy_in_time:.10g}") == 2  # both sides of Parseval's identity
    assert rf"c_1 = {tex(frame.mfcc[1])}" in shown[5]
    assert f"G = {tex(tract.gain)}" in shown[7]
    formants = pictures(tab, updates)[FRAME_ROWS - 1]
    assert all(f"<td>{one.hertz:.0f}</td><td>{one.bandwidth_hertz:.0f}</td>" in formants for one in tract.formants)
    assert r"\max p" in shown[12] and "= 0.8" in shown[12]
    assert "<h2>" in pictures(tab, updates)[-1]  # the card with the prediction
    assert is_visible(tab, updates) == [True] * (FRAME_ROWS + DECISION_ROWS)
    assert all(re.search(r"\bnan\b|\binf\b", one) is None for one in shown + pictures(tab, updates))


def test_what_is_shown_already_stays(tab):
    history = remembered(tab, WAVE)
    assert list(show(tab, history, history[-1].id)) == [tab.shown_id]


def test_a_click_and_the_slider_choose_a_frame(tab):
    history = remembered(tab, WAVE)
    clicked, slid = click_on(tab, history, Click(1.25)), slide_to(tab, history, 1.25)
    assert clicked[tab.time].value == 1.25
    assert tab.time not in slid  # it stays where the visitor moves it
    assert texts(tab, clicked) == texts(tab, slid) and len(texts(tab, slid)) == FRAME_ROWS
    assert f"t_0 = {1.25 - 0.016:.3f}" in texts(tab, slid)[0]
    assert texts(tab, slid) != texts(tab, slide_to(tab, history, 0.5))


@pytest.mark.parametrize("nonsense", [None, "now", float("nan"), float("inf"), [1]])
def test_what_is_no_time_changes_nothing(tab, nonsense):
    assert list(slide_to(tab, remembered(tab, WAVE), nonsense)) == [tab.shown_id]


@pytest.mark.parametrize("seconds", [-3, 1e12])
def test_a_time_outside_the_recording_gives_its_first_or_last_frame(tab, seconds):
    value = click_on(tab, remembered(tab, WAVE), Click(seconds))[tab.time].value
    assert value == pytest.approx(0.016 if seconds < 0 else 2.0 - 0.016, abs=0.006)


def test_a_recording_that_is_gone_is_one_sentence(tab):
    history = remembered(tab, WAVE)
    forget(history)
    for updates in (show(tab, history), slide_to(tab, history, 1.0), slide_to(tab, (), 1.0)):
        assert GONE in updates[tab.notice].value and updates[tab.body].visible is False
        assert updates[tab.shown_id] == ""


@pytest.mark.parametrize("wave", [np.zeros(16_000, np.float32), np.zeros(100, np.float32)])
def test_silence_has_no_formants_and_no_decision(tab, wave):
    updates = show(tab, remembered(tab, wave))
    shown = texts(tab, updates)
    assert "not voiced" in shown[0] and "no formants" in shown[10] and "no speech" in shown[11]
    assert is_visible(tab, updates)[-DECISION_ROWS:] == [True, False, False]
    assert all(re.search(r"\bnan\b|\binf\b", one) is None for one in shown + pictures(tab, updates))


def test_of_a_long_recording_a_stretch_around_the_frame_is_shown(tab):
    wave = np.tile(WAVE, 10)
    (one,) = FakeClassifier().predict([wave])
    timeline = Timeline((Window(0, 20, one),), one, 20.0)
    history = remembered(tab, wave, one, timeline)
    opened = show(tab, history)
    assert f'data-from="0.000" data-to="{STRETCH_SECONDS:.3f}"' in pictures(tab, opened)[0]
    assert "the recording is long" in texts(tab, opened)[FRAME_ROWS]
    updates = click_on(tab, history, Click(15.0))
    assert 'data-from="11.000" data-to="19.000"' in pictures(tab, updates)[0]
    assert updates[tab.time].value == 15.0
    assert 'data-from="12.000" data-to="20.000"' in pictures(tab, click_on(tab, history, Click(19.9)))[0]


def test_labels_of_a_model_are_escaped(tab):
    prediction = Prediction({"<b>": 0.9, "$$x$$": 0.1}, duration_seconds=2.0, model="other")
    updates = show(tab, remembered(tab, WAVE, prediction))
    assert "&lt;b&gt;" in pictures(tab, updates)[12] and "<b>$" not in "".join(pictures(tab, updates))
    assert "$$x$$" not in "".join(texts(tab, updates))


def test_the_rule_names_the_threshold_if_it_is_known():
    prediction = Prediction({"calm": 0.4, "sad": 0.35, "angry": 0.25}, Verdict.NOT_SURE, 2.0, "demo")
    logits = np.log([0.4, 0.35, 0.25])
    known, unknown = (
        decision_steps(Decision(tuple(prediction.scores), logits, np.ones(3), threshold), prediction)[-1]
        for threshold in (0.5, None)
    )
    assert r"\max p = 0.400 < \theta = 0.500" in known.text and r"0.050 \le 0.15" in known.text
    assert r"\theta =" not in unknown.text and "Not sure" in unknown.picture


def test_no_event_is_an_endpoint(tmp_path):
    with gr.Blocks() as page, gr.Tab("Signal") as opened:
        Signal(open_services(Settings(data_dir=tmp_path)), gr.State(()), gr.State("")).show_on(opened.select)
    assert page.get_api_info()["named_endpoints"] == {}


def test_numbers_and_formulas():
    assert [tex(one) for one in (1.5, -0.00001234, 123456.0)] == ["1.5", r"-1.234\cdot10^{-5}", r"1.235\cdot10^{5}"]
    assert (minus(2.0), minus(-2.0)) == ("- 2", "- (-2)")
    assert text("A", "b", display("x", "y"), level=3) == "### A\n\nb\n\n$$x$$\n\n$$y$$"
    assert "<caption>a &lt; b</caption>" in table("a < b", ["", "c"], [["d", "1"]])


def test_axes_have_round_numbers_and_hold_curves_inside():
    assert ticks(0, 8) == [0, 2, 4, 6, 8]
    assert ticks(-1.05, 1.05) == [-1.0, -0.5, 0.0, 0.5, 1.0]
    plot = Plot((0, 1), (0, 1), "x", "y")
    assert plot.line([-9, 9], [-9, 9]) == plot.line([0, 1], [0, 1])
    assert 'height="0.0"' in plot.bars([0.5], [0.0], 0.1)


@needs_chromium
@pytest.mark.parametrize("width", [1280, 390])
def test_formulas_and_formants_are_seen_in_a_browser(open_page, width, tmp_path):  # noqa: F811
    soundfile.write(tmp_path / f"voice-{width}.wav", synthetic_voice(2.5, seed=width), 16_000)
    page = open_page(width)
    open_tab(page, "Signal")
    expect(page.locator("#signal")).to_contain_text("Record something or choose a file")
    open_tab(page, "Recognise")
    page.set_input_files("#recorder input[type=file]", tmp_path / f"voice-{width}.wav")
    answered(page)
    open_tab(page, "Signal")
    expect(page.locator("#signal .katex-display").nth(20)).to_be_visible(timeout=MILLISECONDS)
    assert page.locator("#signal .katex-error").count() == 0
    formants = page.locator("#signal .numbers", has_text="Formants of this frame").locator("tbody tr")
    assert 90 < float(formants.first.locator("td").nth(3).inner_text()) < 8000
    assert page.evaluate("document.documentElement.scrollWidth") == width
    before = page.locator("#signal-time input[type=range]").input_value()
    page.locator("#signal svg[data-from]").first.click(position={"x": 120, "y": 60})
    deadline = time.monotonic() + MILLISECONDS / 1000
    slider = page.locator("#signal-time input[type=range]")
    while slider.input_value() == before and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    assert slider.input_value() != before
    assert page.refused == []
    assert [url for url in page.requested if not url.startswith((page.url.rstrip("/"), "data:", "blob:"))] == []
