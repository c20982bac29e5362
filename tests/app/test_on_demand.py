"""A panel that works when asked, without a browser."""

import time
from types import SimpleNamespace

import gradio as gr
import pytest

from emotion_hf.app import on_demand
from emotion_hf.app.history import remember
from emotion_hf.app.on_demand import OnDemand
from emotion_hf.app.services import Analysis
from emotion_hf.errors import AudioError
from emotion_hf.testing import FakeClassifier, synthetic_voice

REQUEST = SimpleNamespace(session_hash="one")


def open_panel(work) -> OnDemand:
    with gr.Blocks():
        return OnDemand("Why this answer?", work, gr.State(()), gr.State(""), elem_id="why")


@pytest.fixture
def history(tmp_path):
    wave = synthetic_voice(1.0)
    return remember((), Analysis(wave, FakeClassifier().predict([wave])[0]), "a.wav", tmp_path, max_age_seconds=60)


def click(panel, history):
    return panel._click(history, history[0].id if history else "", REQUEST)


def endless(entry, progress):
    while True:
        progress(0.5)
        time.sleep(0.001)


def test_the_result_comes_after_its_progress(history):
    panel = open_panel(lambda entry, progress: progress(0.25) or f"<b>{entry.name}</b>")
    first, second, last = click(panel, history)
    assert first[panel.button].value == "Stop" and "0 % done" in first[panel.result]
    assert "25 % done" in second[panel.result]
    assert last[panel.result] == "<b>a.wav</b>" and not last[panel.button].visible


def test_a_second_click_stops_the_work_unless_it_is_a_double_click(history, monkeypatch):
    panel = open_panel(endless)
    steps = click(panel, history)
    next(steps)
    next(steps)
    assert [*click(panel, history)] == [panel._nothing()] and "50 % done" in panel._waiting(0.5, None)[panel.result]
    monkeypatch.setattr(on_demand, "DOUBLE_CLICK_SECONDS", 0)
    (stopped,) = click(panel, history)
    assert stopped[panel.button].value == "Why this answer?" and stopped[panel.button].visible
    assert stopped[panel.result] == "" and [*steps] == [panel._nothing()]


def test_another_recording_ends_it_without_a_word(history):
    panel = open_panel(endless)
    steps = click(panel, history)
    next(steps)
    next(steps)
    panel.jobs.stop("one")
    assert [*steps] == [panel._nothing()]


def test_what_goes_wrong_is_one_sentence(history):
    def fail(entry, progress):
        raise AudioError("There is no sound; record it again.")

    for panel, some, words in ((open_panel(fail), history, "no sound"), (open_panel(fail), (), "no longer kept")):
        *_, last = click(panel, some)
        assert words in last[panel.result] and last[panel.button].value == "Why this answer?"


def test_it_is_hidden_unless_it_can_be_done():
    panel = open_panel(endless)
    assert panel.offer()[panel.panel].visible and not panel.offer(False)[panel.panel].visible
