"""Corrections from start to end, with a tiny network: from the page to a better model, to the Hub, and back."""

import hashlib
import json

import pytest

from benchmarks.corrections import Story, tell
from benchmarks.corrections_page import document
from emotion_hf.feedback import FeedbackStore
from tests.training.conftest import QUICK, train_on_voices, write_voices


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Figures of the benchmark with a tiny network that is corrected on recordings of an office, and its folder."""
    folder = tmp_path_factory.mktemp("story")
    write_voices(folder / "mine", [f"speaker{number}" for number in range(5)], 5, seconds=1.0)
    train_on_voices(folder / "mine", folder / "base", "augmentation.white_noise_probability=0.5")
    write_voices(folder / "office", ["anna", "ben", "cleo", "dan", "eve", "finn"], 4, office=True, seconds=1.0)
    originals, shifted = {"mine": folder / "mine"}, ("office", folder / "office")
    overrides = (*QUICK, "training.epochs=36", "training.keep=0")
    return tell(Story(folder / "base", originals, shifted, lambda wave: wave, 48, overrides, folder)), folder


def test_corrections_help_uncorrected_voices_and_the_original_test_gets_no_worse(told):
    figures, _ = told
    assert (figures["corrected"]["clips"], figures["corrected"]["voices"]) == (48, 4)
    assert figures["held_out"]["count"] == 24
    assert figures["held_out"]["new_ua"] >= figures["held_out"]["old_ua"] + 0.1
    assert figures["retrained"]["promoted"] and figures["reached"]
    assert [one["count"] for one in figures["retrained"]["findings"]] == [12, 12, 30, 30]  # a voice, and two speakers


def test_the_version_lists_its_training_data_without_publishing_ids(told):
    _, folder = told
    store, version = FeedbackStore(folder / "data" / "feedback"), folder / "data" / "models" / "retrained-1"
    records = list(store.records())
    data = json.loads((version / "manifest.json").read_text())["data"]
    sessions = {
        part: {one.session for one in records if _sha(one.id) in data[part]} for part in ("held_out", "corrections")
    }
    assert [len(sessions[part]) for part in ("held_out", "corrections")] == [1, 3]
    assert sessions["held_out"].isdisjoint(sessions["corrections"])
    (event,) = store.ledger.events()
    assert (event["model"], event["records"]) == (str(version), data["corrections"])
    run = json.loads((version / "run.json").read_text())
    assert run["data"]["train"]["clips_by_corpus"] == {"mine": 45, "feedback": 36}
    assert run["recipe"]["data"]["split"] == "speakers:2"  # for the next retraining
    written = "".join((version / name).read_text() for name in ("manifest.json", "run.json", "gate/gate.html"))
    assert not any(record.id in written for record in records)
    assert not (version / "trainer").exists()


def test_the_running_page_uses_the_new_version_until_the_rollback(told):
    figures, _ = told
    assert figures["promoted"]["page_answers_with"] == "retrained-1"
    assert figures["promoted"]["largest_difference"] < 1e-5
    assert figures["taken_back"] == {"page_answers_with": "base", "largest_difference": 0.0}


def test_a_process_without_this_package_has_model_and_scores_from_the_hub(told):
    shared = told[0]["shared"]
    needed = {"README.md", "LICENSE", "config.json", "model.safetensors", "preprocessor_config.json"}
    assert needed | {"modeling_spectrogram.py", "backbone_cnn.py"} <= set(shared["model_files"])
    assert shared["largest_difference"] < 1e-5
    assert shared["published_corrections"] == 48
    assert shared["space_variables"] == {"EMOTION_HF_MODEL": "me/emotions", "EMOTION_HF_FEEDBACK_REPO": "me/kept"}
    assert shared["space_files"] > 100


def test_shuffled_labels_on_the_same_clips_are_refused(told):
    shuffled = told[0]["shuffled"]
    assert not shuffled["promoted"] and shuffled["sentence"].startswith("The gate says no.")
    assert any("evidence is not enough: 12 test clips are too few" in sentence for sentence in shuffled["advice"])


def test_its_page_has_the_results(told):
    text = document({"mine": told[0] | {"command": "python -m benchmarks.corrections", "date": "2026-01-01"}})
    assert "**All requirements are met.**" in text and "48 clips of 4 voices" in text
    assert "| uncorrected voices | 24 clips, 2 voices |" in text


def _sha(text):
    return hashlib.sha256(text.encode()).hexdigest()
