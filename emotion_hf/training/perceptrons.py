"""Small perceptrons beside a discriminant, learned from what was measured for it: what no linear layer can tell.

They hear all passes, in all acoustic conditions alike. Two clips are mixed, as numbers and as labels (mixup, Zhang et
al. 2018), and much is left out at random: a few thousand clips of two dozen voices have more numbers than they can
teach. Each perceptron is learned by itself, from the same batches; it takes a minute or two.

Example:
    >>> learn_perceptrons(model.perceptrons, model.backbone.scale, heard, seed=0, progress=Path("progress.jsonl"))
    ... # doctest: +SKIP
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from emotion_hf.models.spectrogram.modeling_spectrogram import PERCEPTRON_UNITS, Perceptrons
from emotion_hf.models.spectrogram.vectors_spectrogram import ClippedScale
from emotion_hf.training.progress import passes

if TYPE_CHECKING:
    from emotion_hf.training.discriminant import Pass

EPOCHS = 7  # over all passes
BATCH_SIZE = 128
LEARNING_RATE = 3e-3
WEIGHT_DECAY = 0.3
DROPOUT, HIDDEN_DROPOUT = 0.3, 0.5
MIXUP_ALPHA = 0.4
LABEL_SMOOTHING = 0.1
NARROWED = 8.0  # thousands of numbers are divided by it, so that units begin where they are nearly linear
WEIGHT = 12.0  # of their logits, beside a discriminant's, which are some times as large


def learn_perceptrons(
    perceptrons: Perceptrons, scale: ClippedScale, heard: Sequence[Pass], seed: int, progress: Path
) -> None:
    """Set perceptrons, and leave them so: no gradient reaches them afterwards.

    Args:
        perceptrons: Of a model.
        scale: The model's, already fitted.
        heard: What was measured of the training clips.
        seed: Of the first weights, the order, and what is mixed and left out.
        progress: File that says how far it is, as that of a training does.
    """
    labels, size = perceptrons.output.out_features, perceptrons.hidden.in_features
    truth = F.one_hot(torch.from_numpy(np.concatenate([one.truth for one in heard])), labels).float()
    targets = (1 - LABEL_SMOOTHING) * truth + LABEL_SMOOTHING / labels
    places = [(one.vectors, row) for one in heard for row in range(len(one.truth))]
    steps = EPOCHS * -(-len(places) // BATCH_SIZE)
    with torch.random.fork_rng([]):
        torch.manual_seed(seed)
        number = perceptrons.hidden.out_features // PERCEPTRON_UNITS
        hidden, output = nn.Linear(size, perceptrons.hidden.out_features), _Outputs(number, labels)
        weights = [*hidden.parameters(), *output.parameters()]
        optimizer = torch.optim.AdamW(weights, LEARNING_RATE, weight_decay=WEIGHT_DECAY)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, LEARNING_RATE, total_steps=steps + 1)
        mixed_by = torch.distributions.Beta(MIXUP_ALPHA, MIXUP_ALPHA)
        for _ in passes(EPOCHS, progress, "perceptrons"):
            for some in torch.randperm(len(places)).split(BATCH_SIZE):
                vectors = scale(torch.from_numpy(np.stack([places[place][0][places[place][1]] for place in some])))
                share, other = mixed_by.sample(), torch.randperm(len(some))
                vectors = F.dropout(torch.lerp(vectors[other], vectors, share), DROPOUT)
                wanted = torch.lerp(targets[some][other], targets[some], share)
                units = F.dropout(F.gelu(hidden(vectors) / NARROWED), HIDDEN_DROPOUT)
                loss = -(output(units).log_softmax(-1) * wanted[:, None]).sum(-1).mean(0).sum()
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                schedule.step()
    with torch.no_grad():
        perceptrons.hidden.weight.copy_(hidden.weight / NARROWED)
        perceptrons.hidden.bias.copy_(hidden.bias / NARROWED)
        perceptrons.output.weight.copy_(WEIGHT / number * output.weight.flatten(0, 1).T)
        perceptrons.output.bias.copy_(WEIGHT * output.bias.mean(0))
    perceptrons.requires_grad_(False)


class _Outputs(nn.Module):
    """The last layers of so many perceptrons, each behind its own units."""

    def __init__(self, number: int, labels: int):
        super().__init__()
        self.weight = nn.Parameter((2 * torch.rand(number, PERCEPTRON_UNITS, labels) - 1) / PERCEPTRON_UNITS**0.5)
        self.bias = nn.Parameter(torch.zeros(number, labels))

    def forward(self, units: torch.Tensor) -> torch.Tensor:
        """Return logits `(batch, number, labels)` of units `(batch, number * PERCEPTRON_UNITS)`."""
        apart = units.unflatten(1, (len(self.weight), PERCEPTRON_UNITS))
        return torch.einsum("bnu,nul->bnl", apart, self.weight) + self.bias
