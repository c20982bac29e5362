"""Multinomial logistic regression over several corpora, with shared weights.

Each corpus has its own bias for each label, and labels that a corpus lacks are left out of the loss of its clips. So a
corpus with more calm clips, or without disgust, does not bias the predictions for other recordings.

Example:
    >>> rng = np.random.default_rng(0)
    >>> truth, corpora = np.tile([0, 1], 50), np.repeat(["a", "b"], 50)
    >>> vectors = np.eye(2)[truth] + rng.normal(0, 0.2, (100, 2)) + (corpora == "b")[:, None]
    >>> found = logistic_regression(vectors, truth, corpora, np.ones((100, 2), dtype=bool), penalty=0.01)
    >>> found.weight.shape
    (2, 2)
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

ROUNDS = 60
BIAS_PENALTY = 1e-3
IMPOSSIBLE = -1e4  # logit of a label that a corpus does not have
LEAST_DEVIATION = 1e-6


@dataclass(frozen=True)
class Linear:
    """A standardisation followed by a linear layer.

    Attributes:
        mean: Subtracted from an embedding ``(size,)``.
        deviation: Standard deviation, which then divides it ``(size,)``.
        weight: Weight of the layer ``(labels, size)``.
        bias: Bias of the layer ``(labels,)``.
    """

    mean: np.ndarray
    deviation: np.ndarray
    weight: np.ndarray
    bias: np.ndarray

    def logits(self, vectors: np.ndarray) -> np.ndarray:
        """Return logits ``(clips, labels)`` of embeddings ``(clips, size)``."""
        return ((vectors - self.mean) / self.deviation) @ self.weight.T + self.bias

    def on_scale(self, mean: np.ndarray, deviation: np.ndarray) -> Linear:
        """Return a layer with the same logits but another standardisation."""
        moved = self.weight @ ((mean - self.mean) / self.deviation)
        return Linear(mean, deviation, self.weight * (deviation / self.deviation), self.bias + moved)


def logistic_regression(
    vectors: np.ndarray, truth: np.ndarray, corpora: np.ndarray, allowed: np.ndarray, *, penalty: float
) -> Linear:
    """Fit the regression; the bias of the layer is the mean of the corpora's biases.

    Args:
        vectors: Embeddings ``(clips, size)``.
        truth: Class numbers ``(clips,)``.
        corpora: Corpus of each clip ``(clips,)``.
        allowed: Labels that the clip's corpus has ``(clips, labels)``.
        penalty: Penalty on the squared weights, relative to the mean log-loss of a clip.
    """
    mean, deviation = vectors.mean(0), np.maximum(vectors.std(0), LEAST_DEVIATION)
    inputs = torch.from_numpy(((vectors - mean) / deviation).astype(np.float32))
    targets, names = torch.from_numpy(truth), np.unique(corpora)
    number = torch.from_numpy(np.searchsorted(names, corpora))
    impossible = torch.from_numpy(np.where(allowed, 0, IMPOSSIBLE).astype(np.float32))
    weight = torch.zeros(allowed.shape[1], inputs.shape[1], requires_grad=True)
    biases = torch.zeros(len(names), allowed.shape[1], requires_grad=True)
    optimizer = torch.optim.LBFGS([weight, biases], max_iter=ROUNDS, history_size=10, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        logits = inputs @ weight.T + biases[number] + impossible
        value = torch.nn.functional.cross_entropy(logits, targets)
        value = value + penalty * weight.square().sum() + BIAS_PENALTY * biases.square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    return Linear(mean, deviation, weight.detach().numpy(), biases.detach().mean(0).numpy())
