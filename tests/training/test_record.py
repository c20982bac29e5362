"""The ledger of the corrections names the models that were trained on them, for people who delete a correction."""

import json

import pytest
import soundfile

from emotion_hf.data.loader import load_corpora
from emotion_hf.data.splits import Split
from emotion_hf.feedback import Consent, Correction, FeedbackStore, new_id
from emotion_hf.labels import LABELS
from emotion_hf.prediction import Prediction
from emotion_hf.testing import synthetic_voice
from emotion_hf.training.record import TrainedRun, write_run


@pytest.fixture
def store(tmp_path):
    """Four corrections, of which three may be trained with."""
    store = FeedbackStore(tmp_path / "feedback")
    for seed, train in enumerate((True, True, True, False)):
        values = {"id": f"{seed:032x}", "label": "sad", "consent": Consent(store=True, train=train)}
        store.add(synthetic_voice(0.5, seed=seed), Correction.of(Prediction(), **values), labels=LABELS)
    return store


def write(data, split, folder):
    folder.mkdir()
    write_run(TrainedRun(folder, [], {}, split), {"name": "tiny"}, load_corpora(data), commit=None, seconds=1.0)


def test_corrections_in_training_and_validation_are_noted_and_tested_ones_are_not(store, tmp_path):
    write({"mine": store.folder}, Split("speakers:1", (0,), (1,), (2,)), tmp_path / "run")
    assert [event["model"] for event in store.ledger.events()] == [str(tmp_path / "run")]
    told = [store.delete(f"{number:032x}") for number in range(4)]
    assert told == [(str(tmp_path / "run"),), (str(tmp_path / "run"),), (), ()]


def test_a_training_without_corrections_notes_nothing(store, tmp_path):
    write({"feedback": store.folder}, Split("speakers:1", (), (), (0, 1, 2)), tmp_path / "run")
    assert not store.ledger.path.exists()


def test_somebodys_own_folder_with_a_table_is_no_folder_of_corrections(tmp_path):
    (tmp_path / "mine" / "audio").mkdir(parents=True)
    soundfile.write(tmp_path / "mine" / "audio" / "1.wav", synthetic_voice(0.5), 16_000)
    row = {"file_name": "audio/1.wav", "emotion": "sad", "id": new_id()}
    (tmp_path / "mine" / "metadata.jsonl").write_text(json.dumps(row) + "\n")
    write({"mine": tmp_path / "mine"}, Split("speakers:1", (0,), (), ()), tmp_path / "run")
    assert sorted(path.name for path in (tmp_path / "mine").iterdir()) == ["audio", "metadata.jsonl"]
