"""Recordings of one person, and a voice that answers are adapted to."""

from dataclasses import replace

import gradio as gr
import numpy as np
import pytest

from emotion_hf.app.history import remember
from emotion_hf.app.my_voice import CHOSEN, ORDINARY_SPEECH, UNKNOWN, VoiceChip, VoicePanel
from emotion_hf.app.services import Analysis
from emotion_hf.errors import AudioTooShortError, LabelError
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.settings import Settings
from emotion_hf.testing import synthetic_voice
from emotion_hf.timeline import Timeline, Window
from emotion_hf.voice import no_voice
from tests.app.conftest import open_services

LABELS = ("neutral", "sad")
PREDICTION = Prediction({"neutral": 0.4, "sad": 0.6}, model="adaptable")


class Adaptable:
    """A classifier whose voice halves the odds of sad for each recording that it was learned from."""

    name, labels, can_adapt = "adaptable", LABELS, True
    learned: tuple = ()

    def predict(self, waves):
        return [PREDICTION for _ in waves]

    def learn_voice(self, predictions, emotions=None, *, ordinary=False):
        self.learned = (len(predictions), emotions, ordinary)
        spoken = [prediction for prediction in predictions if prediction.scores]
        return replace(no_voice(2), offset=np.array([0, np.log(2) * len(spoken)]), clips=len(spoken))

    def correct(self, prediction, voice):
        scores = voice.correct(np.array([*prediction.scores.values()]))
        return replace(prediction, scores=dict(zip(LABELS, scores.tolist(), strict=True)))


@pytest.fixture
def panel(tmp_path):
    with gr.Blocks():
        return VoicePanel(open_services(Settings(data_dir=tmp_path), Adaptable()))


@pytest.fixture
def history(panel, tmp_path):
    made = ()
    for name in ("a.wav", "b.wav", "c.wav"):
        analysis = Analysis(synthetic_voice(1.0), PREDICTION)
        made = remember(made, analysis, name, tmp_path / "voices", max_age_seconds=60)
    return made


def ids(history, *numbers):
    return tuple(history[number].id for number in numbers)


def test_recordings_of_one_person_are_scored_together_and_only_they(panel, history):
    first, second, other = panel.score_together(history, ids(history, 0, 1), UNKNOWN)
    assert panel.services.model.learned == (2, None, False)
    assert first.prediction.label == second.prediction.label == "neutral"
    assert first.prediction.scores["sad"] == pytest.approx(0.6 / 4 / (0.6 / 4 + 0.4))
    assert "other recordings of one person: 1" in first.note and first.predicted == PREDICTION
    assert other == history[2]
    with pytest.raises(LabelError, match="at least two"):
        panel.score_together(history, ids(history, 0), UNKNOWN)


def test_a_voice_is_learned_from_ordinary_speech_or_from_chosen_emotions(panel, history):
    voice = panel.learn_from(history, ids(history, 0, 1, 2), ORDINARY_SPEECH)
    assert panel.services.model.learned == (3, None, True) and voice.recordings == 3
    named = (replace(history[0], truth="sad"), replace(history[1], truth="mixed"), history[2])
    assert panel.learn_from(named, ids(history, 0, 1, 2), CHOSEN).recordings == 1
    assert panel.services.model.learned == (1, ["sad"], False)
    with pytest.raises(LabelError, match="Choose the emotion of each marked recording first"):
        panel.learn_from(history, ids(history, 0), CHOSEN)
    with pytest.raises(LabelError, match="Mark the recordings of your voice"):
        panel.learn_from(history, (), UNKNOWN)


def test_later_answers_are_corrected_with_a_note_unless_the_model_is_another(panel, history):
    voice = panel.learn_from(history, ids(history, 0), UNKNOWN)
    entry = panel.corrected(history[2], voice)
    assert entry.prediction.scores["sad"] == pytest.approx(0.3 / 0.7) and "Corrected for your voice" in entry.note
    assert panel.corrected(history[2], None) == history[2]
    other = replace(history[2], predicted=replace(PREDICTION, model="other"))
    assert panel.corrected(other, voice).prediction == other.predicted and panel.corrected(other, voice).note == ""


def test_recordings_without_speech_teach_nothing(panel, history, monkeypatch):
    silence = Prediction(verdict=Verdict.NO_SPEECH, model="adaptable")
    monkeypatch.setattr(Adaptable, "predict", lambda self, waves: [silence for _ in waves])
    with pytest.raises(AudioTooShortError, match="no speech"):
        panel.learn_from(history, ids(history, 0), UNKNOWN)


def test_a_long_recording_keeps_its_own_reference(panel, history):
    voice = panel.learn_from(history, ids(history, 0), UNKNOWN)
    long = replace(history[0], timeline=Timeline((Window(0, 4, PREDICTION),), PREDICTION, 9.0))
    assert panel.corrected(long, voice) == long


def test_the_chip_says_how_many_recordings_and_hides_again(panel, history):
    with gr.Blocks():
        chip = VoiceChip()
    shown = chip.show(panel.learn_from(history, ids(history, 0, 1), UNKNOWN))
    assert shown[chip.active].visible and "(recordings: 2)" in shown[chip.chip]
    assert not chip.show(None)[chip.active].visible


def test_a_model_that_cannot_adapt_has_no_panel(tmp_path):
    with gr.Blocks():
        assert not VoicePanel(open_services(Settings(data_dir=tmp_path))).panel.visible
