"""The recipe that continues the training of a network, and merged labels; tests/train has complete retrainings."""

import json
from dataclasses import replace

import pytest

from emotion_hf.errors import CheckpointError, RecipeError
from emotion_hf.feedback import Consent, Correction, new_id
from emotion_hf.recognizer import DEFAULT_CHECKPOINT
from emotion_hf.run import Run
from emotion_hf.training.retrain import _own_names, calibration, continued_recipe, steps_on

CONFIG = {
    "model_type": "emotion_spectrogram",
    "backbone": "resnet",
    "widths": [8, 8],
    "dropout": 0.3,
    "num_bins": 80,
    "label_smoothing": 0.1,
    "logit_temperature": 0.979,
    "not_sure_below": 0.444,
    "id2label": {"0": "calm", "1": "sad"},
}
RECIPE = {
    "name": "default",
    "data": {"labels": [], "split": "fold1", "validation": 0.2, "shares": {"nemo": 0.5}},
    "model": {
        "front_end": {"num_mel_bins": 80},
        "config": {"backbone": "resnet", "widths": [8, 8], "label_smoothing": 0.1},  # as an earlier version wrote it
    },
    "augmentation": {"noise": "esc10_*", "noise_probability": 0.3, "noise_snr_db": [5.0, 20.0], "masks": 2},
    "training": {"epochs": 40, "schedule": "plateau"},
    "push_to_hub": "me/emotions",
}
RUN = replace(Run.read(DEFAULT_CHECKPOINT), recipe=RECIPE)


@pytest.fixture
def base(tmp_path):
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    return tmp_path


def test_the_recipe_continues_from_the_network(base):
    recipe, notes = continued_recipe(base, RUN)
    assert recipe.model.checkpoint == str(base)
    assert recipe.model.config == {"backbone": "resnet", "widths": [8, 8], "dropout": 0.3}
    assert (recipe.data.labels, recipe.data.split, recipe.data.validation) == (["calm", "sad"], "fold1", 0)
    training = recipe.training
    assert (training.epochs, training.learning_rate, training.schedule) == (15, 5e-4, "cosine")
    assert training.keep == 0.5
    assert (training.logit_temperature, training.not_sure_below) == (0.979, 0.444)
    changes = recipe.augmentation
    assert (changes.noise, changes.noise_probability) == ("", 0.0)
    assert (changes.white_noise_probability, changes.white_noise_snr_db) == (0.3, [5.0, 20.0])
    assert notes == (
        "The noise recordings esc10_* of its training are not available, so white noise replaces them; to use them, "
        "set augmentation.noise=FOLDER.",
    )
    assert recipe.push_to_hub == ""  # a correction is not published because a model is
    assert RECIPE["training"]["epochs"] == 40


def test_overrides_have_the_last_word(base):
    recipe, notes = continued_recipe(base, RUN, ["training.epochs=3", "augmentation.noise=noise"])
    assert (recipe.training.epochs, recipe.augmentation.noise, recipe.augmentation.noise_probability) == (
        3,
        "noise",
        0.3,
    )
    assert notes == ()
    with pytest.raises(RecipeError, match="A retraining has no validation speakers"):
        continued_recipe(base, RUN, ["data.validation=0.2"])


def test_what_cannot_go_on_is_one_sentence(base, tmp_path):
    with pytest.raises(RecipeError, match="is a baseline, which cannot be retrained"):
        continued_recipe(base, replace(RUN, recipe={"name": "svm", "kind": "svm"}))
    with pytest.raises(CheckpointError, match="is not the folder of a trained network"):
        continued_recipe(tmp_path / "no", RUN)


def test_the_calibration_is_kept(base):
    assert calibration(base) == ["training.logit_temperature=0.979", "training.not_sure_below=0.444"]


def test_corrections_of_merged_labels_have_the_labels_of_the_model():
    one = Correction(new_id(), "bad", None, {}, "", Consent(store=True, train=True))
    merged = {"bad": ["sad", "angry"], "good": "happy"}
    assert _own_names(merged, [one]) == {"bad": ["sad", "angry", "bad"], "good": ["happy"]}
    assert _own_names(merged, [one, replace(one, label="good")])["good"] == ["happy", "good"]
    assert _own_names(["sad"], [one]) == ["sad"]


def test_a_head_in_closed_form_has_no_steps_to_choose():
    assert steps_on("encoder") == ("data.validation=0",)
    assert "training.keep=0.5" in steps_on("spectrogram")
