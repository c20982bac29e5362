"""The panel "Why this answer?"."""

import re
from dataclasses import replace

import gradio as gr
import numpy as np
import pytest

from emotion_hf.app.history import remember
from emotion_hf.app.services import Analysis
from emotion_hf.app.why import WhyPanel, because_html
from emotion_hf.app.words import speaking
from emotion_hf.explain import explain
from emotion_hf.prediction import Prediction
from emotion_hf.settings import Settings
from emotion_hf.speaking_style import Trait, speaking_style
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
    pace = Trait("pace", 5.25, ".1f", "{number} syllables per second", "faster than neutral speech")
    html = because_html(explanation, (pace,))
    for moment in explanation.moments:
        assert f'data-seek="{moment.start_seconds:.2f}" data-until="{moment.end_seconds:.2f}"' in html
    assert all(change in html for change in explanation.what_if) and "faster than neutral speech" in html
    assert "5.2 syllables per second" in html


def test_an_explanation_in_german():
    explanation = explain(FakeClassifier(), WAVE)
    explanation = replace(explanation, over_time=np.ones_like(explanation.over_time))
    with speaking("de"):
        html = because_html(explanation, speaking_style(WAVE))
    first = explanation.moments[0]
    assert f"▶ {first.start_seconds:.1f} – {first.end_seconds:.1f} s".replace(".", ",") in html
    assert f'data-seek="{first.start_seconds:.2f}"' in html
    pitch, *_, pace = re.findall(r"<td>([^<]*)</td>", html)[0:8:2]
    assert re.fullmatch(r"\d+ Hz", pitch) and re.fullmatch(r"\d+,\d Silben pro Sekunde", pace)
