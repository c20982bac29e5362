"""The tab "Review" without a browser: what is played, what is kept, what becomes of what was deleted meanwhile."""

from types import SimpleNamespace

import gradio as gr
import pytest
import soundfile

from emotion_hf.app.tabs.review import DONE, Review
from emotion_hf.app.words import speaking
from emotion_hf.feedback import Consent, Correction, new_id
from emotion_hf.labels import LABELS
from emotion_hf.settings import Settings
from emotion_hf.testing import synthetic_voice
from tests.app.conftest import open_services

ALLOWED = Consent(store=True, train=True)


@pytest.fixture
def tab(tmp_path):
    services = open_services(Settings(data_dir=tmp_path))
    with gr.Blocks():
        return Review(services)


def add(tab, seed, label, consent=ALLOWED, **values):
    wave = synthetic_voice(0.5 + seed / 100, seed=seed)
    prediction = tab.services.classifier.predict([wave])[0]
    correction = Correction.of(prediction, id=new_id(), label=label, consent=consent, **values)
    return tab.store.add(wave, correction, labels=LABELS)


def press(tab, label, updates):
    """Press the button of ``label`` in the state that ``updates`` left."""
    event = SimpleNamespace(target=tab.buttons[label])
    return tab._choose("ben", updates[tab.shown], event)


def test_a_copy_with_a_random_name_is_played_and_removed(tab):
    record = add(tab, 0, "sad")
    shown = tab._start("ben")[tab.shown]
    assert soundfile.info(shown.copy).duration == 0.5
    assert shown.copy.stem != record.id
    assert shown.copy.parent == tab.services.voices
    updates = press(tab, "calm", {tab.shown: shown})
    assert not shown.copy.exists()
    assert updates[tab.player] == DONE


def test_each_browser_gets_a_token_and_keeps_it(tab):
    first, second = (tab._start("")[tab.reviewer] for _ in range(2))
    assert len(first) == len(second) == 32 and first != second
    assert tab._start(first)[tab.reviewer] == first


def test_an_answer_is_kept_and_the_outcome_says_what_others_said(tab):
    record = add(tab, 0, "sad", annotator="<b>")
    outcome = press(tab, "calm", tab._start("ben"))[tab.outcome]
    review = list(tab.store.records())[-1]
    assert (review.label, review.annotator, review.review_of) == ("calm", "ben", record.id)
    said = (" calm</td>", f" {record.prediction}</td>", " sad</td>")
    positions = [outcome.index(words) for words in said]
    assert positions == sorted(positions)
    assert "<b>" not in outcome


def test_what_nobody_may_use_is_not_played(tab):
    add(tab, 0, "sad", consent=Consent(store=True))
    assert tab._start("ben")[tab.player] == DONE
    add(tab, 1, "sad", consent=Consent(store=True, publish=True))
    assert tab._start("ben")[tab.shown] is not None


def test_what_was_deleted_meanwhile_is_said_and_the_next_one_comes(tab):
    records = [add(tab, seed, "sad") for seed in range(2)]
    updates = tab._start("ben")
    first, second = sorted(records, key=lambda record: record != updates[tab.shown].record)
    tab.store.delete(first.id)
    updates = press(tab, "calm", updates)
    assert "has been deleted in the meantime" in updates[tab.outcome]
    assert updates[tab.shown].record == second
    (tab.store.folder / second.file_name).unlink()
    assert tab._start("ben")[tab.player] == DONE


def test_an_answer_can_be_taken_back(tab):
    record = add(tab, 0, "sad")
    updates = press(tab, "calm", tab._start("ben"))
    updates = tab._undo("ben", updates[tab.shown], updates[tab.last])
    assert updates[tab.shown].record == record
    assert list(tab.store.records()) == [record]


def test_a_review_in_german(tab):
    add(tab, 0, "sad")
    with speaking("de"):
        updates = tab._start("ben")
        outcome = press(tab, "calm", updates)[tab.outcome]
    assert "Noch zu prüfen: 1" in updates[tab.player]
    assert " ruhig</td>" in outcome and " traurig</td>" in outcome and "bei 0 von 1 (κ 0,00)" in outcome
