"""The ledger of the corrections names the models that were trained on them, for people who delete a correction."""

import json

import pytest
import soundfile

from emotion_hf.data.loader import load_corpora
from emotion_hf.data.splits import Split
from emotion_hf.doctor import DEFAULT_MODEL_DIR
from emotion_hf.feedback import Consent, Correction, FeedbackStore, new_id
from emotion_hf.labels import LABELS
from emotion_hf.prediction import Prediction
from emotion_hf.recipes import recipe_from_mapping
from emotion_hf.run import Run
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


def own_clips(folder, languages):
    (folder / "mine").mkdir(parents=True)
    rows = ["file_name,emotion,speaker,language"]
    for number, language in enumerate(languages):
        soundfile.write(folder / "mine" / f"{number}.wav", synthetic_voice(0.5, seed=number), 16_000)
        rows.append(f"{number}.wav,sad,anna,{language}")
    (folder / "mine" / "metadata.csv").write_text("\n".join(rows) + "\n")
    return {"mine": folder / "mine"}


def test_the_languages_of_the_training_are_recorded_where_a_table_states_them(tmp_path):
    data = own_clips(tmp_path, ["de", "fr", "", "it"])
    write(data, Split("speakers:1", (0, 2), (1,), (3,)), tmp_path / "run")
    made = json.loads((tmp_path / "run" / "run.json").read_text())
    assert made["languages"] == ["de", "fr"]  # the test clips do not count


def test_the_corpora_of_the_model_that_a_training_continues_are_recorded(tmp_path):
    data = own_clips(tmp_path, ["de", "de"])
    recipe = recipe_from_mapping(
        {"name": "more", "model": {"family": "encoder", "checkpoint": str(DEFAULT_MODEL_DIR)}}
    )
    split = Split("speakers:1", (0, 1), (), ())
    (tmp_path / "run").mkdir()
    write_run(TrainedRun(tmp_path / "run", [], {}, split), recipe, load_corpora(data), commit=None, seconds=1.0)
    made = Run.read(tmp_path / "run")
    assert made.earlier_corpora == ["ravdess", "nemo", "selvas"]
    assert made.corpora == ("mine", "ravdess", "nemo", "selvas") and made.seen_corpora == {*made.corpora}
    again = recipe_from_mapping({"name": "third", "model": {"checkpoint": str(tmp_path / "run")}})
    (tmp_path / "third").mkdir()
    write_run(TrainedRun(tmp_path / "third", [], {}, split), again, load_corpora(data), commit=None, seconds=1.0)
    assert Run.read(tmp_path / "third").earlier_corpora == ["mine", "ravdess", "nemo", "selvas"]


def test_a_pretrained_encoder_has_no_earlier_corpora(tmp_path):
    recipe = recipe_from_mapping(
        {"name": "first", "model": {"family": "encoder", "checkpoint": "openai/whisper-base"}}
    )
    (tmp_path / "run").mkdir()
    split = Split("speakers:1", (0,), (), ())
    data = load_corpora(own_clips(tmp_path, ["de"]))
    write_run(TrainedRun(tmp_path / "run", [], {}, split), recipe, data, commit=None, seconds=1.0)
    assert Run.read(tmp_path / "run").corpora == ("mine",)
    assert "earlier_corpora" not in (tmp_path / "run" / "run.json").read_text()
