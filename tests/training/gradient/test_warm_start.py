"""What a trained network keeps when its training continues."""

import pytest
import torch
from torch import nn

from emotion_hf.models import SpectrogramConfig, SpectrogramForAudioClassification
from emotion_hf.training.gradient.warm_start import blend, normalize_as_before, weights_of


@pytest.fixture
def model() -> SpectrogramForAudioClassification:
    torch.manual_seed(0)
    config = SpectrogramConfig(
        backbone="cnn", widths=[4, 4], hidden_size=4, num_bins=12, num_labels=3, dropout=0.0, hidden_dropout=0.0
    )
    return SpectrogramForAudioClassification(config)


def changed_by_a_step(model: SpectrogramForAudioClassification) -> set[str]:
    """Make one step as Trainer does, and return the names of what it changed."""
    before = weights_of(model)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    model.train()
    model(5 + torch.randn(4, 40, 1, 12), labels=torch.tensor([0, 1, 2, 0])).loss.backward()
    optimizer.step()
    return {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}


def test_statistics_stay_and_the_weights_are_trained(model):
    normalize_as_before(model)
    changed = changed_by_a_step(model)
    assert "classifier.weight" in changed
    assert not any("running_" in name for name in changed)


def test_otherwise_the_statistics_would_change(model):
    assert any("running_mean" in name for name in changed_by_a_step(model))


def test_training_normalises_as_evaluation_does(model):
    normalize_as_before(model)
    features = torch.randn(4, 40, 1, 12)
    with torch.no_grad():
        torch.testing.assert_close(model.train()(features).logits, model.eval()(features).logits)
    assert not any(one.training for one in model.modules() if isinstance(one, nn.BatchNorm2d))


def test_weights_move_back_by_the_share_that_is_kept(model):
    start = weights_of(model)
    with torch.no_grad():
        model.classifier.bias += 4.0
    blend(model, start, keep=0.25)
    torch.testing.assert_close(model.classifier.bias, start["classifier.bias"] + 3.0)
