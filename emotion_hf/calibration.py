"""Calibrate a model: the temperature of its logits, and the confidence below which it is "not sure".

Example:
    >>> fit_not_sure(np.array([0.0, 0.25, 0.5, 0.75, 1.0, 1.0]))
    0.25
"""

from __future__ import annotations

import numpy as np

NOT_SURE_SHARE = 0.2
STEPS = 701
LEAST_PROBABILITY = 1e-12


def fit_temperature(
    logits: np.ndarray,
    truth: np.ndarray,
    *,
    weights: np.ndarray | None = None,
    between: tuple[float, float] = (0.25, 32.0),
) -> float:
    """Return the temperature with the lowest negative log-likelihood (Guo et al. 2017), by search.

    Args:
        logits: `(clips, labels)` at temperature 1; minus infinity for an impossible label.
        truth: Class numbers `(clips,)`.
        weights: Weight of each clip `(clips,)`; equal weights if not given.
        between: The lowest and the highest temperature.
    """
    temperatures, rows = np.geomspace(*between, STEPS), np.arange(len(truth))
    logits = np.asarray(logits, dtype=np.float64)
    below = logits - logits.max(axis=-1, keepdims=True)  # exp of it cannot overflow, at any temperature
    scaled = (below / temperature for temperature in temperatures)
    log_p = (one[rows, truth] - np.log(np.exp(one).sum(axis=-1)) for one in scaled)
    losses = [-np.average(np.maximum(one, np.log(LEAST_PROBABILITY)), weights=weights) for one in log_p]
    return float(temperatures[np.argmin(losses)])


def fit_not_sure(confidences: np.ndarray, *, weights: np.ndarray | None = None) -> float:
    """Return the confidence below which a fifth of the clips `(clips,)` lie, weighted if there are weights."""
    return float(np.quantile(confidences, NOT_SURE_SHARE, weights=weights, method="inverted_cdf"))
