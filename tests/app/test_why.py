"""The panel "Why this answer?"."""

import gradio as gr
import pytest

from emotion_hf.app.history import remember
from emotion_hf.app.services import Analysis
from emotion_hf.app.why import WhyPanel, because_html
from emotion_hf.explain import explain
from emotion_hf.prediction import Prediction
from emotion_hf.settings import Settings
from emotion_hf.speaking_style import Trait
from emotion_hf.testing import FakeClassifier, synthetic_voice
from emotion_hf.timeline import Timeline, Window
from tests.app.conftest import open_services

WAVE = synthetic_voice(1.0)


@pytest.fixture
def panel(tmp_path):
    with gr.Blocks():
        return WhyPanel(open_services(Settings(data_dir=tmp_path)), gr.State(()), gr.State(""))


@pytest.fixture
def history(tmp_path):
    analysis = Analysis(WAVE, FakeClassifier().predict([WAVE])[0])
    return remember((), analysis, "clip.wav", tmp_path / "voices", max_age_seconds=60)


def test_the_explanation_has_its_progress_and_a_picture(panel, history):
    shares = []
    html = panel._explain(history[0], shares.append)
    assert "What decided" in html and 'src="data:image/png' in html and shares[-1] == 1.0


def test_it_is_offered_for_short_recordings_with_speech_only(panel, history, tmp_path):
    entry = history[0]
    shown = panel.on_demand.panel
    assert panel.offer(entry)[shown].visible
    silent = remember((), Analysis(WAVE, Prediction()), "silent.wav", tmp_path, max_age_seconds=60)
    timeline = Timeline((Window(0, 4, entry.predicted),), entry.predicted, 9.0)
    long = remember((), Analysis(WAVE, entry.predicted, timeline), "long.wav", tmp_path, max_age_seconds=60)
    assert not any(panel.offer(one)[shown].visible for one in (silent[0], long[0]))


def test_moments_can_be_played_and_traits_are_compared():
    explanation = explain(FakeClassifier(), WAVE)
    html = because_html(explanation, (Trait("pace", "5 syllables per second", "faster than neutral speech"),))
    for moment in explanation.moments:
        assert f'data-seek="{moment.start_seconds:.2f}" data-until="{moment.end_seconds:.2f}"' in html
    assert all(change in html for change in explanation.what_if) and "faster than neutral speech" in html
