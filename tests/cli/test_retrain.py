"""Retraining from corrections: what is refused before it, and what is left of it; the whole way is in test_story."""

import re
import shutil

import pytest
import soundfile
import torch

from emotion_hf.cli.retrain import main
from emotion_hf.feedback import Consent, Correction, FeedbackStore, new_id
from emotion_hf.prediction import Prediction
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.run import Run
from emotion_hf.training.finetune import fine_tune
from emotion_hf.training.retrain import make_plan
from emotion_hf.versions import UNEXPECTED, Versions
from tests.training.conftest import AT_HOME, HUM_HZ, IN_THE_OFFICE, QUICK, train_on_voices, voice, write_voices

LABELS = tuple(AT_HOME)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A corpus of five speakers, `mine`, and a network that was trained on it, `base`."""
    folder = tmp_path_factory.mktemp("retraining")
    write_voices(folder / "mine", [f"speaker{number}" for number in range(5)], 5)
    train_on_voices(folder / "mine", folder / "base")
    return folder


@pytest.fixture
def keep(tmp_path):
    """Keep corrections of voices in the office, three of each emotion and session."""
    store = FeedbackStore(tmp_path / "feedback")

    def keep(sessions, label_of=lambda label: label, consent=True):
        for number, session in enumerate(sessions):
            for place, label in enumerate(LABELS * 3):
                wave = voice(1000 + 10 * number + place, IN_THE_OFFICE[label], HUM_HZ)
                consents = Consent(store=True, train=consent)
                id = f"{10 * number + place:032x}"  # decides the order of the clips, and so what is learned
                values = {"id": id, "label": label_of(label), "consent": consents, "session": session}
                store.add(wave, Correction.of(Prediction(), **values), labels=LABELS)
        return store

    return keep


@pytest.fixture(autouse=True)
def no_intervals_of_figures(monkeypatch):
    """They take half of the time, and the gate does not ask for them."""
    monkeypatch.setattr("emotion_hf.evaluation.metrics.bootstrap_interval", lambda *_, **__: (0.0, 1.0))
    monkeypatch.setattr("gc.collect", lambda: 0)


def retrain(folder, tmp_path, *more, data=True, epochs=6):
    arguments = ["--base", str(folder / "base"), "--feedback", str(tmp_path / "feedback")]
    arguments += ["--data", f"mine={folder / 'mine'}"] if data else []
    return main(
        [*arguments, "--output", str(tmp_path / "models" / "retrained-1"), *more, *QUICK, f"training.epochs={epochs}"]
    )


def test_five_corrections_are_enough_and_without_originals_nothing_is_promoted(folder, keep, tmp_path, capsys):
    store = keep(["one voice"])
    for record in list(store.records())[5:]:
        store.delete(record.id)
    assert retrain(folder, tmp_path, "--promote", data=False) == 0
    out = capsys.readouterr().out
    assert "5 corrections are few: they may fix what was corrected" in out
    assert "Without the original recordings (--data) the model may get worse on them" in out
    assert "cannot be divided into training and test, so single recordings are held out" in out
    assert "A loss cannot be measured" in out
    assert not Versions(tmp_path / "models").all()[0].is_promotable


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("consent", "There are 0 corrections to learn from; a retraining needs at least 5. Saved recordings: "),
        ("base", "run.json"),
        ("output", "is not empty; name another --output."),
        ("validation", "A retraining has no validation speakers"),
    ],
)
def test_a_mistake_is_one_sentence_before_the_training(folder, keep, tmp_path, capsys, change, words):
    keep(["one", "two"], consent=change != "consent")
    more = ["data.validation=0.5"] if change == "validation" else []
    if change == "base":
        shutil.copytree(folder / "base", tmp_path / "base")
        (tmp_path / "base" / "run.json").unlink()
        folder = tmp_path
    if change == "output":
        (tmp_path / "models" / "retrained-1").mkdir(parents=True)
        (tmp_path / "models" / "retrained-1" / "mine.txt").write_text("not to be lost")
    assert retrain(folder, tmp_path, *more, data=change != "base") == 1
    err = capsys.readouterr().err
    assert words in err and "Traceback" not in err
    assert change != "output" or (tmp_path / "models" / "retrained-1" / "mine.txt").is_file()


def test_the_progress_of_measuring_is_shown(folder, keep, tmp_path, monkeypatch):
    keep(["one", "two"])
    said = []
    monkeypatch.setattr("emotion_hf.versions.Attempt.say", lambda self, sentence="", share=0.0: said.append(sentence))
    retrain(folder, tmp_path, epochs=1)
    measuring = [sentence for sentence in said if sentence.startswith("Measuring")]
    assert measuring[0] == "Measuring the current model …" and "Measuring the new model …" in measuring
    timed = [sentence for sentence in measuring if not sentence.endswith("…")]
    assert timed and all(re.fullmatch(r"Measuring .+; about \d+:\d\d left\.", sentence) for sentence in timed)


def test_deleting_corrections_during_the_training_removes_the_model(folder, keep, tmp_path, capsys, monkeypatch):
    store = keep(["one", "two"])

    def train_while_somebody_deletes(*arguments, **options):
        run = fine_tune(*arguments, **options)
        for record in list(store.records()):
            store.delete(record.id)
        return run

    monkeypatch.setattr("emotion_hf.training.finetune.fine_tune", train_while_somebody_deletes)
    assert retrain(folder, tmp_path) == 1
    assert "Corrections deleted during the training: " in capsys.readouterr().err
    assert not (tmp_path / "models" / "retrained-1").exists()
    assert store.ledger.events()[-1]["records"] == []  # nobody is told of a model that is gone


def test_a_correction_that_is_an_original_recording_is_left_out(folder, keep):
    store = keep(["one", "two"])
    wave, _ = soundfile.read(folder / "mine" / "calm" / "speaker0" / "00.wav", dtype="float32")
    consent = Consent(store=True, train=True)
    store.add(wave, Correction.of(Prediction(), id=new_id(), label="happy", consent=consent), labels=LABELS)
    plan = make_plan(folder / "base", Run.read(folder / "base"), store, {"mine": folder / "mine"})
    assert "Corrections left out because they are about original recordings: 1." in plan.notes
    assert len(plan.learned) + len(plan.held_out) == 18
    assert not set(plan.learned) & {*plan.held_out, *plan.split.test}


def test_an_error_of_the_program_leaves_nothing_half_done(folder, keep, tmp_path, monkeypatch):
    keep(["one", "two"])
    monkeypatch.setattr("emotion_hf.training.retrain.still_there", lambda plan: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        retrain(folder, tmp_path, epochs=1)
    assert not (tmp_path / "models" / "retrained-1").exists()
    made = Versions(tmp_path / "models").last_made()
    assert (made.state, made.sentence) == ("failed", UNEXPECTED)


def test_half_of_the_old_weights_stays(folder, keep, tmp_path):
    keep(["one", "two", "three", "four"])
    models = {}
    for share in ("0", "0.5"):
        assert retrain(folder, tmp_path, f"training.keep={share}", epochs=2) == 0
        models[share] = EmotionRecognizer.from_pretrained(tmp_path / "models" / "retrained-1").model.state_dict()
        shutil.rmtree(tmp_path / "models")
    start = EmotionRecognizer.from_pretrained(folder / "base").model.state_dict()["classifier.weight"]
    whole, half = (models[share]["classifier.weight"] for share in ("0", "0.5"))
    assert not torch.equal(start, whole)
    torch.testing.assert_close(half, (start + whole) / 2)
