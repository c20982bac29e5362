"""The panel below the answer, without a browser: three consents, a token for a name, an honest farewell."""

import re
from dataclasses import replace

import gradio as gr
import pytest
import soundfile

from emotion_hf.app.correction import PUBLISH, CorrectionPanel, DeletionForm
from emotion_hf.app.history import remember
from emotion_hf.errors import FeedbackError, LabelError
from emotion_hf.feedback import MIXED, PUBLIC_LICENCE, Consent, note_training
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.settings import Settings
from emotion_hf.testing import FakeClassifier, synthetic_voice
from tests.app.conftest import open_services


@pytest.fixture
def panel(tmp_path):
    with gr.Blocks():
        return CorrectionPanel(open_services(Settings(data_dir=tmp_path)), gr.State(()), gr.State(""))


@pytest.fixture
def history(panel, tmp_path):
    soundfile.write(tmp_path / "clip.wav", synthetic_voice(0.5), 16_000)
    analysis = panel.services.recognise(str(tmp_path / "clip.wav"))
    once = remember((), analysis, "first.wav", panel.services.voices, max_age_seconds=60)
    return remember(once, analysis, "second.wav", panel.services.voices, max_age_seconds=60)


def save(panel, history, number, truth, *consents, session=""):
    return panel._save(history, history[number].id, None, session, truth, *consents)


def test_without_speech_no_prediction_is_offered_for_confirmation(panel):
    speech, silent = FakeClassifier().predict([synthetic_voice(0.5)])[0], Prediction(verdict=Verdict.NO_SPEECH)
    asked, asked_of_silence = (panel.ask(one)[panel.choices] for one in (speech, silent))
    assert "Was the prediction right?" in asked and f"Yes, {speech.label}" in asked
    assert "Is someone speaking?" in asked_of_silence and "Yes" not in asked_of_silence


def test_the_choices_are_the_labels_and_mixed_with_one_tab_stop(panel):
    speech = FakeClassifier().predict([synthetic_voice(0.5)])[0]
    html = panel.ask(speech)[panel.choices]
    labels = re.findall(r'data-label="([^"]+)"', html)
    assert labels[0] == speech.label and labels[-1] == MIXED and sorted(labels[:-1]) == sorted(FakeClassifier().labels)
    assert (html.count('tabindex="0"'), html.count('role="radio"')) == (1, len(labels))


def test_a_choice_is_noted_in_the_session_and_thanked_without_consent(panel, history):
    event = gr.EventData(None, {"label": "sad"})
    chosen = panel._note_choice(history, history[0].id, None, False, event)
    assert [entry.truth for entry in chosen[panel.history]] == ["sad", None] and chosen[panel.truth] == "sad"
    assert "Thank you!" in chosen[panel.thanks] and not chosen[panel.save].interactive
    assert [*panel.services.store.records()] == []
    with pytest.raises(LabelError, match="none of the emotions"):
        panel._note_choice(history, history[0].id, None, False, gr.EventData(None, {"label": "hungry"}))


def test_the_consents_are_three_and_a_session_is_known_by_a_token(panel, history):
    first = save(panel, history, 0, "sad", True, False, True)
    save(panel, history, 1, "calm", True, True, False, session=first[panel.session])
    one, two = panel.services.store.records()
    assert (one.consent, two.consent) == (Consent(True, False, True), Consent(True, True, False))
    assert one.annotator == one.session == two.annotator == two.session
    assert len(one.session) == 32 and one.session != one.id
    assert one.content == two.content  # two answers about one recording


def test_the_recording_that_is_shown_is_saved_and_not_the_newest(panel, history):
    saved = save(panel, history, 0, "sad", True, False, False)
    assert saved[panel.id] == history[0].id and "“first.wav” with the answer “sad”" in saved[panel.receipt]
    with pytest.raises(FeedbackError, match="no longer kept here; record it again"):
        panel._save(history[1:], history[0].id, None, "", "sad", True, False, False)


def test_a_deletion_says_that_a_model_has_learned(panel, history):
    store = panel.services.store
    for number in range(2):
        save(panel, history, number, "sad", True, True, False)
    first, second = store.records()
    note_training(store, [first.id], "/secret/runs/mine")
    deleted = "Deleted. Nothing of this record is left on this server."
    learned = panel._delete(first.id)[panel.receipt]
    assert deleted in learned and "A model was trained on it before" in learned and "secret" not in learned
    assert deleted in (other := panel._delete(second.id)[panel.receipt]) and "trained" not in other


def test_a_failed_deletion_says_that_it_failed(panel, history, monkeypatch):
    saved = save(panel, history, 0, "sad", True, False, False)

    def refuse(id):
        raise FeedbackError("The disk is full; free some space.")

    monkeypatch.setattr(type(panel.services.store), "delete", lambda store, id: refuse(id))
    failed = panel._delete(saved[panel.id])
    assert [*failed] == [panel.receipt]  # the button stays
    assert "<b>The record was not deleted.</b> The disk is full; free some space." in failed[panel.receipt]
    with gr.Blocks():
        form = DeletionForm(panel.services)
    assert form._delete(saved[panel.id]) == (saved[panel.id], failed[panel.receipt])


def test_what_was_deleted_can_be_corrected_anew(panel, history):
    saved = save(panel, history, 1, "sad", True, True, False)
    deleted = panel._delete(saved[panel.id])
    assert deleted[panel.form].visible and deleted[panel.truth] is None and not deleted[panel.delete].visible
    save(panel, history, 1, "calm", True, False, False)
    (record,) = panel.services.store.records()
    assert (record.label, record.consent) == ("calm", Consent(store=True))


def test_where_corrections_are_kept_and_under_which_licence_they_are_published_is_said_before(panel, history):
    first = save(panel, history, 0, "sad", True, False, True)
    assert panel.store.label.key == "Keep this recording and my answer on this server"
    assert panel.publish.label.key == PUBLISH and f"in an open data set under {PUBLIC_LICENCE};" in PUBLISH
    assert "kept on this server, for publication under CC BY 4.0." in first[panel.receipt]

    settings = replace(panel.services.settings, feedback_repo="me/kept")
    with gr.Blocks():
        mirrored = CorrectionPanel(replace(panel.services, settings=settings), gr.State(()), gr.State(""))
    assert mirrored.store.label.endswith(" me/kept")
    second = save(mirrored, history, 1, "sad", True, False, False)
    assert "kept in me/kept, a private data set on the Hugging Face Hub." in second[mirrored.receipt]
