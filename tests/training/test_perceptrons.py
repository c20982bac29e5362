"""Perceptrons beside a discriminant: what they learn, what stays as it was, and who else hears them."""

import numpy as np
import pytest
import torch

from emotion_hf.adaptation import adapt
from emotion_hf.errors import RecipeError
from emotion_hf.models.spectrogram.modeling_spectrogram import PERCEPTRON_UNITS, Perceptrons, Scatter
from emotion_hf.models.spectrogram.vectors_spectrogram import ClippedScale
from emotion_hf.recipes import recipe_from_mapping
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.testing import synthetic_voice, tiny_corpus
from emotion_hf.training.corrections import Usual, corrected_layer
from emotion_hf.training.discriminant import Pass, discriminant
from emotion_hf.training.finetune import fine_tune
from emotion_hf.training.perceptrons import WEIGHT, learn_perceptrons
from tests.training.test_conditions import RECIPE

SIZE = 200


def crossed(clips: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return clips of two emotions that no line divides: in all numbers high or low, or in every other one."""
    random = np.random.default_rng(seed)
    sides = random.integers(0, 2, (clips, 2))
    vectors = np.tile(2 * sides - 1, SIZE // 2) + random.normal(size=(clips, SIZE))
    return vectors.astype(np.float32), sides.sum(1) % 2


def learned(tmp_path, seed: int = 0, clips: int = 4000) -> Perceptrons:
    vectors, truth = crossed(clips, seed=1)
    half = clips // 2
    heard = [
        Pass(number, 0, [*range(half)], vectors[part], truth[part])
        for number, part in enumerate((slice(0, half), slice(half, clips)))
    ]
    perceptrons = Perceptrons(2, labels=2, size=SIZE)
    learn_perceptrons(perceptrons, ClippedScale(SIZE), heard, seed, tmp_path / "progress.jsonl")
    return perceptrons


def test_what_no_line_divides_is_learned(tmp_path):
    names, (vectors, truth) = np.repeat("a", 4000), crossed(500, seed=2)
    linear = discriminant(*crossed(4000, seed=1), names, names, names, labels=2, shrinkage=0.1)
    scaled = (vectors - linear.mean) / linear.deviation
    assert ((scaled @ linear.weight.T + linear.bias).argmax(1) == truth).mean() < 0.65
    perceptrons = learned(tmp_path)
    with torch.inference_mode():
        found = perceptrons(torch.from_numpy(vectors))
    assert (found.argmax(1).numpy() == truth).mean() > 0.95
    assert (found / WEIGHT).softmax(1).amax(1).mean() < 0.95  # smoothed labels: never quite certain


def test_the_seed_decides_and_nothing_else_does(tmp_path):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first = learned(tmp_path, seed=3, clips=400)
    torch.manual_seed(6)
    again, other = learned(tmp_path, seed=3, clips=400), learned(tmp_path, seed=4, clips=400)
    torch.testing.assert_close(first.state_dict(), again.state_dict(), atol=0, rtol=0)
    assert not torch.equal(first.hidden.weight, other.hidden.weight)
    torch.manual_seed(5)
    Perceptrons(2, labels=2, size=SIZE)
    drawn = torch.get_rng_state()
    torch.set_rng_state(before)
    learned(tmp_path, seed=3, clips=400)
    assert torch.equal(torch.get_rng_state(), drawn)  # others draw as if nothing had been learned
    assert not any(weight.requires_grad for weight in first.parameters())


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    corpus = tiny_corpus(tmp_path_factory.mktemp("tiny"), speakers=4, clips_per_emotion=2)
    config = RECIPE["model"]["config"] | {"perceptrons": 2}
    recipe = recipe_from_mapping(RECIPE | {"model": RECIPE["model"] | {"config": config}})
    run = fine_tune(recipe, {"ravdess": corpus}, tmp_path_factory.mktemp("runs") / "perceptrons")
    return EmotionRecognizer.from_pretrained(run.folder)


def heard(recognizer: EmotionRecognizer, wave: np.ndarray) -> dict[str, torch.Tensor]:
    return recognizer.extractor(wave, return_tensors="pt")


def test_a_training_keeps_them_and_they_are_added(trained):
    model, inputs = trained.model, heard(trained, synthetic_voice(1.5))
    assert model.perceptrons.hidden.out_features == 2 * PERCEPTRON_UNITS
    with torch.inference_mode():
        vectors = model.last_vectors(inputs["input_values"], inputs["attention_mask"])
        layers = model.conditions(vectors, model.classifier(vectors))
        wanted = (layers + model.perceptrons(vectors)) / model.config.logit_temperature
        torch.testing.assert_close(model(**inputs).logits, wanted)
        assert model.perceptrons(vectors).std() > 0.1


def test_an_adapted_model_hears_the_voice_as_the_usual_one(trained):
    waves = [synthetic_voice(1.5, 300.0, seed=seed) for seed in range(4)]
    known = adapt(trained, waves)
    inputs = heard(trained, waves[0])
    with torch.inference_mode():
        vectors = trained.model.last_vectors(inputs["input_values"], inputs["attention_mask"])
        moved = (known.model.scatter.means - trained.model.scatter.means).mean(0)
        torch.testing.assert_close(
            known.model.perceptrons(vectors), trained.model.perceptrons(vectors - moved), atol=1e-3, rtol=1e-3
        )
    assert moved.abs().max() > 0


def test_corrections_begin_from_what_they_answer_too():
    """Clips that the perceptrons already answer as they were corrected change the layer less."""
    random = torch.Generator().manual_seed(0)
    vectors, truth = torch.randn(1, 20, SIZE, generator=random), torch.arange(20) % 2
    scatter = Scatter(1, 2, SIZE)
    layer = torch.zeros(2, SIZE), torch.zeros(2), scatter.means, scatter
    known = lambda clips: 8.0 * torch.nn.functional.one_hot(truth[: len(clips)], 2)  # noqa: E731
    without, helped = (
        corrected_layer(vectors, truth, vectors[0], Usual(*layer, beside), temperature=1.0) for beside in (None, known)
    )
    assert helped.weight.norm() < 0.2 * without.weight.norm()


def test_gradients_do_not_learn_them(tmp_path):
    content = {"name": "cnn", "model": {"config": {"backbone": "cnn", "perceptrons": 3}}}
    corpus = tiny_corpus(tmp_path / "tiny", speakers=3, clips_per_emotion=1)
    with pytest.raises(RecipeError, match="perceptrons is for"):
        fine_tune(recipe_from_mapping(content), {"ravdess": corpus}, tmp_path / "run")
