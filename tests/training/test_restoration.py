"""What a restoration learns from pairs of a clip and its changed copy, as part of a training."""

import json

import numpy as np
import pytest
import torch

from emotion_hf.channel import add_noise
from emotion_hf.errors import RecipeError
from emotion_hf.recipes import recipe_from_mapping
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import synthetic_voice, tiny_corpus
from emotion_hf.training import restoration
from emotion_hf.training.finetune import fine_tune

RECIPE = {
    "name": "restored",
    "data": {"split": "speakers:1", "validation": 1},
    "model": {
        "front_end": {
            "features": [
                "log_mel",
                "mfcc",
                "contrast",
                "centroid",
                "rolloff",
                "zcr",
                "rms",
                "voicing",
                "pitch",
                "chroma",
            ],
            "num_mel_bins": 24,
            "num_mfcc": 16,
        },
        "config": {"backbone": "functionals", "standardize": "none", "pooling": "mean", "restored": True},
    },
    "augmentation": {"white_noise_probability": 0.8, "white_noise_snr_db": [0.0, 20.0]},
    "training": {"solver": "discriminant", "shrinkage": 0.3, "epochs": 2},
}


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny_corpus(tmp_path_factory.mktemp("tiny"), speakers=4, clips_per_emotion=2)


@pytest.fixture(scope="module")
def trained(corpus, tmp_path_factory):
    output = tmp_path_factory.mktemp("runs") / "restored"
    fine_tune(recipe_from_mapping(RECIPE), {"ravdess": corpus}, output)
    return output


def test_noise_is_taken_out_of_a_voice_it_never_heard(trained):
    recognizer, voice = EmotionRecognizer.from_pretrained(trained), synthetic_voice(1.5, seed=77)
    noisy = add_noise(voice, np.random.default_rng(0).standard_normal(len(voice)), 5.0)
    clean, changed = (recognizer.extractor(wave)["input_values"].permute(0, 2, 3, 1) for wave in (voice, noisy))
    mask = torch.ones_like(clean[:, 0, 0])
    bands = recognizer.model.restoration.rows["log_mel"]

    def away(features: torch.Tensor) -> float:
        """Return the mean distance from the clean bands in dB, where these are within 40 dB of the loudest."""
        heard = clean[:, :, bands] > clean[:, :, bands].max() - 40
        return float((features[:, :, bands] - clean[:, :, bands]).abs()[heard].mean())

    with torch.inference_mode():
        restored, untouched = (recognizer.model.restored(one, mask) for one in (changed, clean))
    assert away(restored) < 0.7 * away(changed)
    assert away(untouched) < 0.5 * away(changed)


def test_nothing_learns_it_any_further(trained, corpus, tmp_path):
    recipe = recipe_from_mapping(
        {
            "name": "network",
            "data": {"split": "speakers:1", "validation": 0, "max_seconds": 0.6},
            "model": {
                "front_end": {"num_mel_bins": 24},
                "config": {"backbone": "cnn", "widths": [8], "hidden_size": 8, "restored": True},
            },
            "augmentation": {"white_noise_probability": 0.8},
            "training": {"epochs": 1, "batch_size": 8},
        }
    )
    learned = {}

    def learn(trainer, seed, progress):
        restoration.learn_restoration(trainer, seed, progress)
        learned.update({name: value.clone() for name, value in trainer.model.restoration.state_dict().items()})

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("emotion_hf.training.finetune.learn_restoration", learn)
        patch.setattr(restoration, "EPOCHS", 2)
        fine_tune(recipe, {"ravdess": corpus}, tmp_path / "network")
    kept = EmotionRecognizer.from_pretrained(tmp_path / "network").model.restoration
    assert learned and all(torch.equal(value, learned[name]) for name, value in kept.state_dict().items())
    assert learned["last.weight"].any()


def test_the_same_seed_gives_the_same_restoration(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(restoration, "PASSES", 1)
    monkeypatch.setattr(restoration, "EPOCHS", 1)
    recipe = recipe_from_mapping(RECIPE | {"training": {**RECIPE["training"], "epochs": 1}})
    weights = []
    for name in ("one", "two"):
        fine_tune(recipe, {"ravdess": corpus}, tmp_path / name)
        weights.append((tmp_path / name / "model.safetensors").read_bytes())
    assert weights[0] == weights[1]


def test_an_interrupted_one_says_how_far_it_was(corpus, tmp_path, monkeypatch):
    monkeypatch.setattr(restoration, "PASSES", 1)

    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(restoration, "_error", stop)
    with pytest.raises(KeyboardInterrupt):
        fine_tune(recipe_from_mapping(RECIPE), {"ravdess": corpus}, tmp_path / "run")
    lines = [json.loads(line) for line in (tmp_path / "run" / "progress.jsonl").read_text().splitlines()]
    assert lines[-1]["step"] == restoration.PASSES and lines[-1]["steps"] == restoration.PASSES + restoration.EPOCHS


def test_copies_that_are_changed_already_are_refused(corpus, tmp_path):
    recipe = recipe_from_mapping(RECIPE | {"augmentation": {"white_noise_probability": 0.5, "copies": 2}})
    with pytest.raises(RecipeError, match="as they were; set"):
        fine_tune(recipe, {"ravdess": corpus}, tmp_path / "run")


def test_features_without_bands_are_refused(corpus, tmp_path):
    model = {"front_end": {"features": ["mfcc"]}, "config": {"backbone": "cnn", "restored": True}}
    recipe = recipe_from_mapping(RECIPE | {"model": model, "training": {"epochs": 1}})
    with pytest.raises(RecipeError, match="restored=true needs log_mel"):
        fine_tune(recipe, {"ravdess": corpus}, tmp_path / "run")
