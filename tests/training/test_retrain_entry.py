"""Retraining from corrections: a better model may answer, one that learned from shuffled labels may not."""

import hashlib
import json
import shutil

import numpy as np
import pytest
import soundfile

from emotion_hf.app.services import Services
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.feedback import Consent, Correction, FeedbackStore, new_id
from emotion_hf.prediction import Prediction
from emotion_hf.recipes import recipe_from_mapping
from emotion_hf.settings import Settings
from emotion_hf.testing import synthetic_voice
from emotion_hf.training.finetune import fine_tune
from emotion_hf.training.retrain import make_plan
from emotion_hf.versions import Versions
from tests.training.conftest import TINY
from train.retrain_from_feedback import main

AT_HOME = {"calm": 700, "happy": 1500, "angry": 3000}
IN_THE_OFFICE = {"calm": 3000, "happy": 7000, "angry": 5000}
"""A tone of so many Hz goes with each emotion; in the office, beside a hum, it is another one than in the training."""
HUM_HZ = 2200
LABELS = tuple(AT_HOME)
QUICK = ("training.learning_rate=0.02", "training.epochs=6", "training.batch_size=8")


def voice(seed, *tones_hz):
    wave, time = synthetic_voice(0.4, seed=seed), np.arange(round(0.4 * SAMPLING_RATE)) / SAMPLING_RATE
    return (wave + sum(0.3 * np.sin(2 * np.pi * hz * time) for hz in tones_hz)).astype(np.float32) / 2


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A corpus of five speakers, `mine`, and a network that was trained on it, `base`."""
    folder = tmp_path_factory.mktemp("retraining")
    for speaker in range(5):
        for label in LABELS:
            place = folder / "mine" / label / f"speaker{speaker}"
            place.mkdir(parents=True)
            for clip in range(5):
                wave = voice(10 * speaker + clip, AT_HOME[label])
                soundfile.write(place / f"{speaker}{clip}.wav", wave, SAMPLING_RATE)
    overrides = ("data.split=speakers:2", f"data.labels=[{', '.join(LABELS)}]", "data.validation=0")
    fine_tune(recipe_from_mapping(TINY, [*overrides, *QUICK]), {"mine": folder / "mine"}, folder / "base")
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


def test_a_better_model_may_answer_and_the_running_page_notices(folder, keep, tmp_path, capsys):
    store = keep([f"s{number}" for number in range(12)])
    settings = Settings(data_dir=tmp_path, model=str(folder / "base"))
    services = Services.open(settings)
    assert services.classifier.name == "base"
    assert retrain(folder, tmp_path, "--promote", epochs=12) == 0
    out = capsys.readouterr().out
    assert "108 corrections can make it better for voices like these; on the 32 or so" in out
    assert "The new model may answer: it is better on corrections and not worse elsewhere." in out
    assert services.classifier.name == "retrained-1"

    (version,) = Versions(tmp_path / "models").all()
    gate, data = version.manifest["gate"], version.manifest["data"]
    assert gate["promoted"] and gate["proved"]
    assert [one["count"] for one in gate["findings"]] == [36, 36, 30, 30]  # four sessions and two speakers, twice
    assert gate["findings"][0]["new_ua"] > gate["findings"][0]["old_ua"] + 0.2
    held_out = {one.session for one in store.records() if _sha(one.id) in data["held_out"]}
    learned = {one.session for one in store.records() if _sha(one.id) in data["corrections"]}
    assert (len(held_out), len(learned), held_out & learned) == (4, 8, set())
    (event,) = store.ledger.events()
    assert (event["model"], event["records"]) == (str(version.folder), data["corrections"])
    run = json.loads((version.folder / "run.json").read_text())
    assert run["data"]["train"]["clips_by_corpus"] == {"mine": 45, "feedback": 72}
    assert run["recipe"]["data"]["split"] == "speakers:2"  # for the next retraining
    text = (version.folder / "manifest.json").read_text() + (version.folder / "gate" / "gate.html").read_text()
    assert not any(record.id in text for record in store.records())
    assert not (version.folder / "trainer").exists()


def test_shuffled_labels_are_refused_by_the_gate(folder, keep, tmp_path, capsys):
    rng = np.random.default_rng(0)
    keep(["s0", "s1", "s2", "s3", "s4", "s5"], label_of=lambda _: LABELS[rng.integers(3)])
    assert retrain(folder, tmp_path, "--promote") == 0
    assert "The old model goes on answering." in capsys.readouterr().out
    versions = Versions(tmp_path / "models")
    (version,) = versions.all()
    assert not version.is_promotable and versions.current() is None


def test_five_are_enough_to_begin_and_without_the_original_recordings_nothing_is_promoted(
    folder, keep, tmp_path, capsys
):
    store = keep(["one voice"])
    for record in list(store.records())[5:]:
        store.delete(record.id)
    assert retrain(folder, tmp_path, "--promote", data=False) == 0
    out = capsys.readouterr().out
    assert "5 corrections are few: they may fix what was corrected" in out
    assert "Without the original recordings (--data) nothing keeps it from forgetting" in out
    assert "All voices of the corrections are on one side, so recordings are held out instead" in out
    assert "What it forgot is not known" in out
    assert not Versions(tmp_path / "models").all()[0].is_promotable


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("consent", "There are 0 corrections to learn from; a retraining needs at least 5."),
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


def test_what_is_taken_back_meanwhile_leaves_no_model(folder, keep, tmp_path, capsys, monkeypatch):
    store = keep(["one", "two"])

    def train_while_somebody_deletes(*arguments, **options):
        run = fine_tune(*arguments, **options)
        for record in list(store.records()):
            store.delete(record.id)
        return run

    monkeypatch.setattr("emotion_hf.training.finetune.fine_tune", train_while_somebody_deletes)
    assert retrain(folder, tmp_path) == 1
    assert "were deleted meanwhile, so the new model is removed; start again." in capsys.readouterr().err
    assert not (tmp_path / "models" / "retrained-1").exists()
    assert store.ledger.events()[-1]["records"] == []  # nobody is told of a model that is gone


def test_a_correction_that_is_an_original_recording_is_left_out(folder, keep):
    store = keep(["one", "two"])
    wave, _ = soundfile.read(folder / "mine" / "calm" / "speaker0" / "00.wav", dtype="float32")
    consent = Consent(store=True, train=True)
    store.add(wave, Correction.of(Prediction(), id=new_id(), label="happy", consent=consent), labels=LABELS)
    run = json.loads((folder / "base" / "run.json").read_text())
    plan = make_plan(folder / "base", run, store.folder, {"mine": folder / "mine"})
    assert "1 corrections are of original recordings; they are left out." in plan.notes
    assert len(plan.learned) + len(plan.held_out) == 18
    assert not set(plan.learned) & {*plan.held_out, *plan.split.test}


def _sha(text):
    return hashlib.sha256(text.encode()).hexdigest()
