"""The tab "Models" without a browser: what counts for a retraining, what the gate says, who may answer."""

import gradio as gr
import pytest

from emotion_hf.app.answering import AnsweringModel
from emotion_hf.app.retraining_panel import NO_VERSION, RetrainingPanel
from emotion_hf.app.words import speaking
from emotion_hf.feedback import Consent, Correction, new_id
from emotion_hf.labels import LABELS
from emotion_hf.prediction import Prediction
from emotion_hf.settings import Settings
from emotion_hf.testing import FakeClassifier, synthetic_voice
from emotion_hf.versions import Versions, seal
from tests.app.conftest import open_services

FINDING = {
    "clips": "original test",
    "count": 240,
    "old_ua": 0.645,
    "new_ua": 0.633,
    "difference": {"value": -0.012, "low": -0.061, "high": 0.038},
    "newly_right": 9,
    "newly_wrong": 12,
    "passed": True,
}


def load(chosen):
    """Return a fake model that is called as the folder."""
    classifier = FakeClassifier()
    classifier.name = chosen.source.rpartition("/")[2] or "ships"
    return classifier


@pytest.fixture
def tab(tmp_path):
    settings = Settings(data_dir=tmp_path, retraining=True)
    answering = AnsweringModel(Versions(settings.models_dir), load, "")
    with gr.Blocks():
        return RetrainingPanel(open_services(settings, answering))


def make(tab, number, promoted=True):
    folder = tab.services.versions.folder / f"retrained-{number}"
    folder.mkdir(parents=True)
    (folder / "model.safetensors").write_bytes(b"weights")
    advice = [] if promoted else ["Collect about 90 more <i>corrections</i>."]
    gate = {"promoted": promoted, "sentence": "It <b>gains</b>.", "advice": advice, "findings": [FINDING]}
    return seal(folder, parent="ships", recipe={}, data={}, gate=gate).name


def add(tab, seed, train=True):
    values = {"id": new_id(), "label": "sad", "consent": Consent(store=True, train=train)}
    wave = synthetic_voice(0.5, seed=seed)
    tab.services.store.add(wave, Correction.of(Prediction(), **values), labels=LABELS)


def test_it_says_who_answers_which_corrections_count_and_why_the_others_do_not(tab):
    shown = tab.show()
    assert "<b>ships</b> is the active model. No correction is saved yet." in shown[tab.status]
    assert "There are 0 corrections to learn from; a retraining needs at least 5." in shown[tab.status]
    assert "EMOTION_HF_RETRAINING_DATA" in shown[tab.status]
    assert shown[tab.verdict] == NO_VERSION
    assert not shown[tab.chosen].visible and not shown[tab.rollback].visible and not shown[tab.stop].visible
    for seed in range(7):
        add(tab, seed, train=seed > 3)
    store = tab.services.store
    for record in list(store.records())[4:6]:
        store.add_review(record.reviewed(label="angry", annotator="anna"), labels=LABELS)
    status = tab.show()[tab.status]
    assert "Corrected recordings: 7. Usable for a training: 1, of which 1 are new since the last one." in status
    reasons = "4 without consent to training; 2 whose opinions are tied or mixed (another opinion may decide)"
    assert f"Not counted: {reasons}." in status
    assert "There is 1 correction to learn from; a retraining needs at least 5." in status


def test_all_that_count_are_said_without_reasons(tab):
    for seed in range(5):
        add(tab, seed)
    status = tab.show()[tab.status]
    assert "Corrected recordings: 5. Usable for a training: 5, of which 5 are new" in status
    assert "5 corrections are few" in status and "Not counted" not in status


def test_with_too_few_corrections_no_process_starts(tab):
    with pytest.raises(ValueError, match=r"There are 0 corrections to learn from; a retraining needs at least 5\."):
        tab._start(None)
    assert tab.retraining.progress().state == "idle"


def test_a_version_is_promoted_and_taken_back(tab):
    for number in (1, 2):
        make(tab, number)
    shown = tab.show()
    assert shown[tab.chosen].choices == [("retrained-2", "retrained-2"), ("retrained-1", "retrained-1")]
    assert shown[tab.chosen].value == "retrained-2" and shown[tab.promote].interactive
    shown = tab._promote("retrained-1")
    assert "<b>retrained-1</b> is the active model." in shown[tab.status]
    assert shown[tab.chosen].choices[1] == ("retrained-1, active", "retrained-1")
    assert not shown[tab.promote].interactive and shown[tab.rollback].visible
    assert "<b>ships</b> is the active model." in tab._rollback("retrained-1")[tab.status]


def test_the_verdict_has_the_figures_and_what_the_gate_refused_cannot_be_chosen(tab):
    make(tab, 1, promoted=False)
    shown = tab.show()
    assert "It &lt;b&gt;gains&lt;/b&gt;." in shown[tab.verdict]
    assert "<p>Collect about 90 more &lt;i&gt;corrections&lt;/i&gt;.</p>" in shown[tab.verdict]
    assert "<small>240 clips, newly right 9, newly wrong 12</small>" in shown[tab.verdict]
    change = "<td>−1.2<small>−6.1 to 3.8</small></td>"
    assert f"<td>0.645</td><td>0.633</td>{change}<td>yes</td>" in shown[tab.verdict]
    assert "download" not in shown[tab.verdict]
    page = tab.services.versions.folder / "retrained-1" / "gate" / "gate.html"
    page.parent.mkdir()
    page.write_text("<h1>Whole</h1>")
    link = 'href="data:text/html;base64,PGgxPldob2xlPC9oMT4=" download="gate-retrained-1.html"'
    assert link in tab.show()[tab.verdict]
    assert "emotion-hf models promote --force" in shown[tab.verdict]
    assert not shown[tab.promote].interactive
    with pytest.raises(ValueError, match="retrained-1 must not be promoted"):  # also for who asks the server himself
        tab._promote("retrained-1")


def test_a_verdict_in_german(tab):
    make(tab, 1, promoted=False)
    add(tab, 0, train=False)
    with speaking("de"):
        shown = tab.show()
    assert "Korrigierte Aufnahmen: 1. Für ein Training zählen 0, davon neu seit dem letzten: 0." in shown[tab.status]
    assert "Nicht gezählt: 1 ohne Einwilligung zum Training." in shown[tab.status]
    assert "Zum Lernen gibt es 0 Korrekturen; ein Training braucht mindestens 5." in shown[tab.status]
    assert "<small>240 Clips, neu richtig: 9, neu falsch: 12</small>" in shown[tab.verdict]
    change = "<td>−1,2<small>−6,1 bis 3,8</small></td>"
    assert f"<td>0,645</td><td>0,633</td>{change}<td>ja</td>" in shown[tab.verdict]
    assert "ursprünglicher Test<small>" in shown[tab.verdict]
