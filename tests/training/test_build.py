"""Recipe to model, and calibration."""

from pathlib import Path

import numpy as np
import pytest
import torch

from emotion_hf.errors import CheckpointError, RecipeError
from emotion_hf.labels import LABELS
from emotion_hf.recipes import load_recipe, recipe_from_mapping
from emotion_hf.testing import synthetic_voice
from emotion_hf.training import build

RECIPES = Path(__file__).parents[2] / "train" / "recipes"
PARAMETERS = {  # recipe → labels and parameters, as in the projects that the networks come from
    "mfcc_cnn": (8, 256_520),
    "resnet": (8, 191_416),
    "transformer": (8, 298_568),
    "bilstm": (8, 191_176),
    "mlp": (8, 6_892_168),
}
SHAPES = {  # recipe → bins and frames of three seconds
    "mfcc_cnn": (80, 130),
    "cnn": (128, 128),
    "resnet": (64, 94),
    "transformer": (64, 94),
    "bilstm": (64, 94),
    "mlp": (75, 174),
    "cnn_bilstm_attention": (120, 174),
}


def recipe(**model):
    return recipe_from_mapping({"name": "test", "model": model})


def test_the_model_fits_its_front_end():
    described = recipe(
        front_end={"num_mel_bins": 32, "features": ["log_mel", "log_mel_delta"]},
        config={"backbone": "cnn", "widths": [4, 8]},
    )
    extractor = build.build_extractor(described)
    model = build.build_model(described, extractor, ("happy", "sad"), class_weights=[1.0, 2.0])
    assert model(**extractor(np.ones(8_000, np.float32))).logits.shape == (1, 2)
    assert model.config.id2label == {0: "happy", 1: "sad"} and model.config.class_weights == [1.0, 2.0]


@pytest.mark.parametrize("name", PARAMETERS)
def test_a_recipe_has_as_many_parameters_as_published(name):
    labels, parameters = PARAMETERS[name]
    described = load_recipe(RECIPES / f"{name}.yaml")
    model = build.build_model(described, build.build_extractor(described), LABELS[:labels])
    assert len(described.data.labels or LABELS) == labels and model.num_parameters() == parameters


def test_mfcc_cnn_has_195_077_parameters_with_five_emotions():
    described = load_recipe(RECIPES / "mfcc_cnn.yaml")
    model = build.build_model(described, build.build_extractor(described), LABELS[:5])
    assert model.num_parameters() == 195_077


def test_the_perceptron_has_13_134_inputs():
    described = load_recipe(RECIPES / "mlp.yaml")
    model = build.build_model(described, build.build_extractor(described), LABELS)
    assert model.backbone.layers[0].in_features == 13_134


@pytest.mark.parametrize("name", SHAPES)
def test_a_recipe_has_the_stated_input_for_three_seconds(name):
    described = load_recipe(RECIPES / f"{name}.yaml")
    assert described.data.max_seconds == 3.0
    features = build.build_extractor(described)(synthetic_voice(3.0))["input_values"]
    assert features.permute(0, 2, 3, 1).shape == (1, 1, *SHAPES[name]) and torch.isfinite(features).all()


def test_the_waveform_family_takes_samples():
    described = recipe(family="waveform", config={"scales": [9, 33], "widths": [8]})
    extractor = build.build_extractor(described)
    model = build.build_model(described, extractor, ("happy", "sad"))
    inputs = extractor([np.ones(8_000, np.float32)] * 2, sampling_rate=16_000, return_tensors="pt")
    assert model(**inputs).logits.shape == (2, 2) and model.config.widths == [8]


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({"front_end": {"mels": 64}}, "Unknown key model.front_end.mels; .*num_mel_bins"),
        ({"front_end": {"features": ["plp"]}}, "log_mel, mfcc"),
        ({"config": {"layers": 3}}, "Unknown key model.config.layers; .*backbone"),
        ({"config": {"backbone": "vgg"}}, "bilstm, cnn"),
        ({"config": {"dropout": "much"}}, "dropout is 'much'; it must be a number"),
        ({"config": {"dropout": 1.0}}, "below 1"),
        ({"config": {"label_smoothing": 0.1}}, "Unknown key"),
        ({"config": {"backbone": "transformer", "hidden_size": 30}}, "divisible"),
        ({"config": {"backbone": "mlp"}}, "needs num_frames"),
        ({"config": {"num_frames": 0}}, "num_frames must be at least 1"),
        ({"family": "waveform", "config": {"backbone": "cnn"}}, "Unknown key model.config.backbone; .*scales"),
        ({"family": "waveform", "front_end": {"hop_length": 160}}, "Unknown key model.front_end.hop_length"),
        ({"family": "waveform", "config": {"scales": [0]}}, "scales must be at least 1"),
        ({"config": {"widths": []}}, "at least one"),
        ({"config": {"widths": [0, 8]}}, "at least 1"),
        ({"config": {"widths": ["a"]}}, "widths"),
        ({"config": {"hidden_size": 0}}, "at least 1"),
        ({"front_end": {"hop_length": 0}}, "at least 1"),
        ({"front_end": {"hop_length": 160.0}}, "hop_length is 160.0; it must be a whole number"),
        ({"front_end": {"max_hz": 9000}}, "from 0 to 8000"),
        ({"front_end": {"amplitude": "loud"}}, "level, min_max, as_recorded"),
        ({"front_end": {"top_db": -1}}, "above 0"),
        ({"front_end": {"num_mel_bins": 0}}, "at least 1"),
        ({"config": {"logit_temperature": 2.0}}, "Unknown key"),
    ],
)
def test_a_wrong_model_is_one_sentence_that_names_the_right_ones(model, words):
    described = recipe(**model)
    with pytest.raises(RecipeError, match=words) as caught:
        build.build_model(described, build.build_extractor(described), ("happy", "sad"))
    assert "\n" not in str(caught.value)


def test_the_training_of_a_model_with_the_same_recipe_continues(tmp_path):
    model = {"front_end": {"num_mel_bins": 16}, "config": {"backbone": "cnn", "widths": [4]}}
    extractor = build.build_extractor(recipe(**model))
    trained = build.build_model(recipe(**model), extractor, ("happy", "sad"))
    trained.standardize.mean.fill_(-40.0)
    for part in (trained, extractor):
        part.save_pretrained(tmp_path)
    again = build.build_model(recipe(**model, checkpoint=str(tmp_path)), extractor, ("happy", "sad"))
    for name, weight in again.state_dict().items():
        assert torch.equal(weight, trained.state_dict()[name])
    for changed, labels, words in (
        ({}, ("happy", "angry"), "has the labels happy, sad"),
        ({"front_end": {"num_mel_bins": 12}}, ("happy", "sad"), "takes other features"),
        ({"config": {"backbone": "cnn", "widths": [8]}}, ("happy", "sad"), "is another network"),
    ):
        described = recipe(**model | changed, checkpoint=str(tmp_path))
        with pytest.raises(CheckpointError, match=words):
            build.build_model(described, build.build_extractor(described), labels)


def test_standardization_is_the_mean_and_deviation_of_the_clips_frames():
    described = recipe(front_end={"num_mel_bins": 16}, config={"widths": [4], "blocks": 1})
    model = build.build_model(described, build.build_extractor(described), ("happy", "sad"))
    features, mask = 3 * torch.randn(4, 1, 16, 30) - 40, torch.ones(4, 30)
    mask[1, 12:] = 0
    features = features * mask[:, None, None]
    build.fit_standardization(model, [{"input_values": features.permute(0, 3, 1, 2), "attention_mask": mask}])
    frames = features[:, 0].transpose(1, 2)[mask.bool()]
    torch.testing.assert_close(model.standardize.mean[0, :, 0], frames.mean(0))
    torch.testing.assert_close(model.standardize.deviation[0, :, 0], frames.std(0, correction=0))


def test_class_weights_are_inverse_to_frequency():
    emotions = ["sad"] * 6 + ["happy"] * 3 + ["angry"]
    weights = build.balanced_class_weights(emotions, ["sad", "angry", "happy"])
    assert weights == pytest.approx([10 / 18, 10 / 3, 10 / 9])
    with pytest.raises(RecipeError, match="'calm'"):
        build.balanced_class_weights(emotions, ["angry", "calm"])
