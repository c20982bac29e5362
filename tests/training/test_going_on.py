"""What a trained network keeps when it goes on learning."""

import torch
from torch import nn

from emotion_hf.models import EnsembleConfig, EnsembleForAudioClassification
from emotion_hf.training.going_on import keep_what_is_known

MEMBERS = [
    {"backbone": "dictionary", "widths": [6], "standardize": "none", "pooling": "mean", "dropout": 0.0},
    {"backbone": "cnn", "widths": [4, 4], "hidden_size": 4, "dropout": 0.0},
]
HEARD = {"descriptors": ["log_mel"], "descriptor_bins": [12]}


def small_ensemble() -> EnsembleForAudioClassification:
    torch.manual_seed(0)
    return EnsembleForAudioClassification(
        EnsembleConfig(num_labels=3, members=[member | HEARD | {"num_bins": 12} for member in MEMBERS], **HEARD)
    )


def a_step(model: EnsembleForAudioClassification) -> dict[str, torch.Tensor]:
    """Make one step as Trainer does, and return what was there before."""
    before = {name: value.clone() for name, value in model.state_dict().items()}
    optimizer = torch.optim.SGD([one for one in model.parameters() if one.requires_grad], lr=0.1)
    model.train()
    model(5 + torch.randn(4, 40, 1, 12), labels=torch.tensor([0, 1, 2, 0])).loss.backward()
    optimizer.step()
    return before


def test_closed_forms_and_statistics_stay_and_the_rest_learns():
    model = small_ensemble()
    keep_what_is_known(model)
    before = a_step(model)
    changed = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert changed and all(name.startswith("members.1.") for name in changed)
    assert not any("running_" in name for name in changed)
    assert any("classifier" in name for name in changed)


def test_otherwise_both_would_change():
    model = small_ensemble()
    before = a_step(model)
    changed = {name for name, value in model.state_dict().items() if not torch.equal(value, before[name])}
    assert "members.0.classifier.weight" in changed and any("running_mean" in name for name in changed)


def test_normalisation_is_that_of_the_answers():
    model = small_ensemble()
    keep_what_is_known(model)
    features = torch.randn(4, 40, 1, 12)
    with torch.no_grad():
        torch.testing.assert_close(model.train()(features).logits, model.eval()(features).logits)
    assert not any(one.training for one in model.modules() if isinstance(one, nn.BatchNorm2d))
