"""Last layers for acoustic conditions: what they learn from, which of them answers, and what changes them later."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from emotion_hf.adaptation import adapt
from emotion_hf.channel import add_noise, telephone
from emotion_hf.data.augment import Augmenter
from emotion_hf.errors import RecipeError
from emotion_hf.models.spectrogram.modeling_spectrogram import Conditions
from emotion_hf.recipes import AugmentationRecipe, recipe_from_mapping
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import synthetic_voice, tiny_corpus
from emotion_hf.training.conditions import NONE, of_condition
from emotion_hf.training.finetune import fine_tune
from tests.training.test_discriminant import FUNCTIONALS

RECIPE = {
    "name": "conditions",
    "data": {"split": "speakers:1", "validation": 1},
    "model": FUNCTIONALS
    | {"config": FUNCTIONALS["config"] | {"conditions": ["noise", "telephone"], "scatter_rank": 10}},
    "training": {"solver": "discriminant", "epochs": 2},
}


def in_noise(wave: np.ndarray) -> np.ndarray:
    return add_noise(wave, np.random.default_rng(0).standard_normal(len(wave)), 10.0)


@pytest.fixture(scope="module")
def corpus(tmp_path_factory):
    return tiny_corpus(tmp_path_factory.mktemp("tiny"), speakers=4, clips_per_emotion=2)


@pytest.fixture(scope="module")
def trained(corpus, tmp_path_factory):
    output = tmp_path_factory.mktemp("runs") / "conditions"
    fine_tune(recipe_from_mapping(RECIPE), {"ravdess": corpus}, output)
    return EmotionRecognizer.from_pretrained(output)


def vectors_of(recognizer: EmotionRecognizer, waves) -> torch.Tensor:
    with torch.inference_mode():
        heard = [recognizer.extractor(wave) for wave in waves]
        return torch.cat([recognizer.model.last_vectors(one["input_values"], one["attention_mask"]) for one in heard])


def test_each_clip_of_a_condition_is_in_it():
    voice = synthetic_voice(1.5)
    telephone_only, none, noise = (
        Augmenter(
            replace(of_condition(AugmentationRecipe(noise_tilt_db=4), name), white_noise_probability=often), 16_000
        )
        for name, often in (("telephone", 0.0), (NONE, 0.0), ("noise", 1.0))
    )
    np.testing.assert_array_equal(none.wave(voice), voice)
    np.testing.assert_allclose(telephone_only.wave(voice), telephone(voice), atol=1e-6)
    ratio = 10 * np.log10(np.mean(voice**2) / np.mean((noise.wave(voice) - voice) ** 2))
    assert 2 < ratio < 19


def test_recorded_noise_is_used_where_there_is_some():
    with_noise = of_condition(AugmentationRecipe(noise="DIR"), "noise")
    assert with_noise.noise_probability > 0 and with_noise.white_noise_probability < 1
    assert of_condition(AugmentationRecipe(), "noise").noise_probability == 0
    base = AugmentationRecipe(noise="DIR", noise_probability=0.3, telephone_probability=0.3, codec_probability=0.1)
    none = of_condition(base, NONE)
    assert not (none.noise_probability or none.white_noise_probability or none.telephone_probability)
    assert none.codec_probability == 0.1


def test_layers_answer_by_their_shares():
    conditions = Conditions(2, labels=3, size=4)
    rng = torch.Generator().manual_seed(0)
    for value in conditions.buffers():
        value.copy_(torch.randn(value.shape, generator=rng))
    vectors, logits = torch.randn(5, 4, generator=rng), torch.randn(5, 3, generator=rng)
    shares = conditions.shares(vectors)
    torch.testing.assert_close(shares.sum(1), torch.ones(5))
    wanted = shares[:, :1] * logits
    for number in range(2):
        wanted += shares[:, number + 1, None] * (vectors @ conditions.weight[number].T + conditions.bias[number])
    torch.testing.assert_close(conditions(vectors, logits), wanted)


def test_the_condition_of_a_strange_voice_is_found(trained):
    voices = [synthetic_voice(1.5, pitch, seed=70) for pitch in (110.0, 150.0, 210.0)]
    for number, change in enumerate((lambda wave: wave, in_noise, telephone)):
        shares = trained.model.conditions.shares(vectors_of(trained, map(change, voices)))
        assert (shares.argmax(1) == number).all()


def test_the_layer_of_some_clips_is_that_of_their_condition(trained):
    noisy = vectors_of(trained, [in_noise(synthetic_voice(1.5, seed=seed)) for seed in range(3)])
    weight, bias, means = trained.model.layer_for(noisy)
    with torch.inference_mode():
        own, asked = noisy @ weight.T + bias, trained.model.conditions(noisy, trained.model.classifier(noisy))
    torch.testing.assert_close(own, asked, atol=0.05 * float(asked.std()), rtol=0.05)
    far = (means - trained.model.scatter.means).norm()
    assert (means - trained.model.conditions.means[0]).norm() < 0.1 * far


def test_to_adapt_moves_all_layers_alike(trained):
    waves = [synthetic_voice(1.5, seed=seed) for seed in range(4)]
    known = adapt(trained, waves, ["sad", "sad", "happy", "angry"])
    moved = known.model.scatter.means - trained.model.scatter.means
    others = known.model.conditions.means - trained.model.conditions.means
    torch.testing.assert_close(others, moved.expand_as(others), atol=1e-4, rtol=1e-4)
    change = known.model.classifier.weight - trained.model.classifier.weight
    assert change.abs().max() > 0
    torch.testing.assert_close(
        known.model.conditions.weight - trained.model.conditions.weight, change.expand(2, -1, -1), atol=1e-4, rtol=1e-4
    )


@pytest.mark.parametrize(
    ("config", "augmentation", "said"),
    [
        ({"conditions": ["rain"]}, {}, "names 'rain'; choose from noise, telephone"),
        ({"conditions": ["noise"]}, {"copies": 2}, "augmentation.copies=1"),
    ],
)
def test_what_cannot_be_used_is_said(corpus, tmp_path, config, augmentation, said):
    model = RECIPE["model"] | {"config": RECIPE["model"]["config"] | config}
    with pytest.raises(RecipeError, match=said):
        fine_tune(
            recipe_from_mapping(RECIPE | {"model": model, "augmentation": augmentation}), {"ravdess": corpus}, tmp_path
        )
