"""Corrections become a last layer of their own: clips like them are answered better, the others as before."""

from types import SimpleNamespace

import pytest
import torch

from emotion_hf.data.loader import CORRECTIONS
from emotion_hf.models.spectrogram.modeling_spectrogram import FAR, Corrected, Scatter
from emotion_hf.training.corrections import ORIGINALS, Usual, corrected_layer, rows_heard

SIZE, LABELS, RANK = 30, 3, 4
APART, ELSEWHERE = 4.0, 6.0
TEMPERATURE = 1.5


@pytest.fixture
def world():
    """Draws clips: at home an emotion lies where the usual layer has it, elsewhere in another place."""
    random = torch.Generator().manual_seed(0)
    means = APART * torch.eye(LABELS, SIZE)
    moved = APART * torch.eye(LABELS, SIZE).roll(5, dims=1) + ELSEWHERE * torch.eye(SIZE)[-1]

    def draw(clips: int, *, home: bool) -> tuple[torch.Tensor, torch.Tensor]:
        truth = torch.arange(clips) % LABELS
        return (means if home else moved)[truth] + torch.randn(clips, SIZE, generator=random), truth

    scatter = Scatter(RANK, LABELS, SIZE)
    scatter.means.copy_(means)
    usual = Usual(means.clone(), -means.square().sum(1) / 2, scatter.means, scatter)
    return SimpleNamespace(draw=draw, usual=usual)


def learned(world, clips: int, originals: int = 200) -> Corrected:
    vectors, truth = world.draw(clips, home=False)
    others, _ = world.draw(originals, home=True) if originals else (torch.zeros(0, SIZE), None)
    layer = corrected_layer(vectors[None], truth, others, world.usual, TEMPERATURE)
    corrected = Corrected(LABELS, SIZE)
    for name, value in vars(layer).items():
        getattr(corrected, name).copy_(value)
    return corrected


def answers(world, corrected: Corrected | None, vectors: torch.Tensor) -> torch.Tensor:
    logits = vectors @ world.usual.weight.T + world.usual.bias
    return logits if corrected is None else corrected(vectors, logits, TEMPERATURE)


def accuracy(logits: torch.Tensor, truth: torch.Tensor) -> float:
    return (logits.argmax(1) == truth).float().mean().item()


def test_clips_like_the_corrections_are_answered_better_and_others_as_before(world):
    corrected = learned(world, clips=30)
    elsewhere, truth = world.draw(300, home=False)
    assert accuracy(answers(world, None, elsewhere), truth) < 0.5
    assert accuracy(answers(world, corrected, elsewhere), truth) > 0.7
    home, _ = world.draw(300, home=True)
    before, after = answers(world, None, home), answers(world, corrected, home)
    assert (before.softmax(-1) - after.softmax(-1)).abs().amax(1).quantile(0.99) < 0.02


def test_more_corrections_teach_more(world):
    elsewhere, truth = world.draw(300, home=False)
    few, many = (
        torch.nn.functional.cross_entropy(answers(world, learned(world, clips), elsewhere) / TEMPERATURE, truth)
        for clips in (6, 60)
    )
    none = torch.nn.functional.cross_entropy(answers(world, None, elsewhere) / TEMPERATURE, truth)
    assert many < few < none


def test_without_originals_everything_is_like_the_corrections(world):
    corrected = learned(world, clips=30, originals=0)
    elsewhere, truth = world.draw(300, home=False)
    assert accuracy(answers(world, corrected, elsewhere), truth) > 0.7
    assert corrected.border == -FAR and not corrected.direction.any()


def test_corrections_from_home_are_shared_by_both_layers(world):
    vectors, truth = world.draw(30, home=True)
    layer = corrected_layer(vectors[None], truth, world.draw(200, home=True)[0], world.usual, TEMPERATURE)
    likely = torch.sigmoid(world.draw(300, home=True)[0] @ layer.direction - layer.border)
    assert 0.2 < likely.mean() < 0.8


def test_a_layer_that_learned_nothing_changes_nothing(world):
    vectors, _ = world.draw(20, home=False)
    corrected = Corrected(LABELS, SIZE)
    before, after = answers(world, None, vectors), answers(world, corrected, vectors)
    torch.testing.assert_close(before.log_softmax(-1), after.log_softmax(-1), atol=1e-5, rtol=0)


def test_one_correction_is_no_division_by_zero(world):
    assert all(torch.isfinite(value).all() for value in learned(world, clips=1).state_dict().values())


def test_all_corrections_are_heard_and_few_originals():
    corpora = ["ravdess"] * 600 + [CORRECTIONS] * 7 + ["nemo"] * 600
    rows = rows_heard(corpora, seed=1)
    assert rows[:7] == list(range(600, 607)) and len(set(rows)) == 7 + ORIGINALS
    assert {corpora[row] for row in rows[7:]} == {"ravdess", "nemo"}
    assert rows == rows_heard(corpora, seed=1) != rows_heard(corpora, seed=2)
