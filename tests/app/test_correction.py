"""The panel below the answer, without a browser: three consents, a token for a name, an honest farewell."""

from dataclasses import replace

import gradio as gr
import pytest
import soundfile

from emotion_hf.app.correction import DELETED, LEARNED, CorrectionPanel
from emotion_hf.app.history import remember
from emotion_hf.feedback import Consent, note_training
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.settings import Settings
from emotion_hf.testing import FakeClassifier, synthetic_voice
from tests.app.conftest import open_services


@pytest.fixture
def panel(tmp_path):
    with gr.Blocks():
        return CorrectionPanel(open_services(Settings(data_dir=tmp_path)), gr.State(()))


@pytest.fixture
def history(panel, tmp_path):
    soundfile.write(tmp_path / "clip.wav", synthetic_voice(0.5), 16_000)
    analysis = panel.services.recognise(str(tmp_path / "clip.wav"))
    once = remember((), analysis, panel.services.voices, max_age_seconds=60)
    return remember(once, analysis, panel.services.voices, max_age_seconds=60)


def test_without_speech_no_prediction_is_offered_for_confirmation(panel):
    speech, silent = FakeClassifier().predict([synthetic_voice(0.5)])[0], Prediction(verdict=Verdict.NO_SPEECH)
    asked, asked_of_silence = (panel.ask(one)[panel.truth] for one in (speech, silent))
    assert "Was the prediction right?" in asked.label and asked.choices[0][0].startswith("Yes, ")
    assert "Is someone speaking?" in asked_of_silence.label and "Yes" not in asked_of_silence.choices[0][0]


def test_the_consents_are_three_and_a_session_is_known_by_a_token(panel, history):
    first = panel._save(history[:1], None, "", "sad", True, False, True)
    panel._save(history, None, first[panel.session], "calm", True, True, False)
    one, two = panel.services.store.records()
    assert (one.consent, two.consent) == (Consent(True, False, True), Consent(True, True, False))
    assert one.annotator == one.session == two.annotator == two.session
    assert len(one.session) == 32 and one.session != one.id
    assert one.content == two.content  # two answers about one recording


def test_a_deletion_says_that_a_model_has_learned(panel, history):
    store = panel.services.store
    for entry in history:
        panel._save((entry,), None, "", "sad", True, True, False)
    first, second = store.records()
    note_training(store, [first.id], "/secret/runs/mine")
    assert panel._delete(first.id)[panel.receipt] == f'<p role="status">{DELETED} on this server. {LEARNED}</p>'
    assert panel._delete(second.id)[panel.receipt] == f'<p role="status">{DELETED} on this server.</p>'


def test_what_was_deleted_can_be_corrected_anew(panel, history):
    saved = panel._save(history, None, "", "sad", True, True, False)
    deleted = panel._delete(saved[panel.id])
    assert deleted[panel.form].visible and deleted[panel.truth] is None and not deleted[panel.delete].visible
    panel._save(history, None, "", "calm", True, False, False)
    (record,) = panel.services.store.records()
    assert (record.label, record.consent) == ("calm", Consent(store=True))


def test_where_corrections_are_kept_and_under_which_licence_they_are_published_is_said_before(panel, history):
    first = panel._save(history[:1], None, "", "sad", True, False, True)
    assert panel.store.label == "Keep this recording and my answer on this server"
    assert "in an open data set under CC BY 4.0" in panel.publish.label
    assert "kept on this server, for publication under CC BY 4.0." in first[panel.receipt]

    settings = replace(panel.services.settings, feedback_repo="me/kept")
    with gr.Blocks():
        mirrored = CorrectionPanel(replace(panel.services, settings=settings), gr.State(()))
    where = "in me/kept, a private data set on the Hugging Face Hub"
    assert mirrored.store.label == f"Keep this recording and my answer {where}"
    second = mirrored._save(history[1:], None, "", "sad", True, False, False)
    assert f"<b>Thank you, saved</b>: kept {where}.</p>" in second[mirrored.receipt]
    outcome = mirrored._delete(second[mirrored.id])[mirrored.receipt]
    assert outcome == f'<p role="status">{DELETED} {where}.</p>'
