"""Importance of groups of features: the loss of accuracy when a group's values are shuffled among the clips.

Every clip is scored by a model not trained on its speaker, so the loss applies to unseen speakers. The columns of a
group are shuffled together (Breiman 2001, by groups): features within a group are similar, so a single one of them
would seem unimportant.

Example:
    >>> rng = np.random.default_rng(0)
    >>> truth = np.repeat([0, 1], 50)
    >>> features = np.stack([truth + 0.1 * rng.standard_normal(100), rng.standard_normal(100)], axis=1)
    >>> folds = make_folds(truth, groups=None, seed=0)
    >>> data, options = (features[:, None], truth, folds, ["pitch", "rms"]), {"num_labels": 2, "seed": 0}
    >>> lost = group_importance("logistic_regression", {"C": 0.1}, *data, **options)
    >>> lost["pitch"].drop > 0.3, abs(lost["rms"].drop) < 0.05
    (True, True)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.metrics import balanced_accuracy_score

from emotion_hf.baselines.estimators import Fold, fit_estimator, make_folds  # noqa: F401  make_folds: the example

REPEATS = 5


@dataclass(frozen=True)
class Importance:
    """Importance of one group of features.

    Attributes:
        drop: Mean loss of UA when the group is shuffled.
        deviation: Standard deviation of the loss over the shuffles.
        features: Number of features in the group.
    """

    drop: float
    deviation: float
    features: int


def group_importance(
    kind: str,
    settings: Mapping[str, Any],
    features: np.ndarray,
    truth: np.ndarray,
    folds: Sequence[Fold],
    groups: Sequence[str],
    *,
    num_labels: int,
    seed: int,
    repeats: int = REPEATS,
    progress: Callable[..., Iterable] = lambda folds, **_: folds,
) -> dict[str, Importance]:
    """Return each group's importance, the largest first.

    Args:
        kind: Name in `emotion_hf.baselines.estimators.KINDS`.
        settings: Settings of the estimator.
        features: `(clips, copies, features)`, as for `fit`.
        truth: Label number of each clip.
        folds: (trained, held out) pairs of row numbers.
        groups: Group of each feature.
        num_labels: Number of labels.
        seed: Seed of the estimator and the shuffles.
        repeats: Number of shuffles of each group.
        progress: Wraps the folds, for a progress bar.
    """
    rng = np.random.default_rng(seed)
    columns = {group: np.flatnonzero(np.array(groups) == group) for group in dict.fromkeys(groups)}
    whole = np.zeros(len(truth), dtype=int)
    shuffled = {group: np.zeros((repeats, len(truth)), dtype=int) for group in columns}
    for trained, held_out in progress(folds):
        estimator = fit_estimator(kind, settings, features[trained], truth[trained], num_labels=num_labels, seed=seed)
        unchanged = features[held_out, 0]
        whole[held_out] = estimator.logits(unchanged).argmax(axis=1)
        for group, numbers in columns.items():
            for repeat in range(repeats):
                changed = unchanged.copy()
                changed[:, numbers] = rng.permutation(unchanged[:, numbers])
                shuffled[group][repeat, held_out] = estimator.logits(changed).argmax(axis=1)
    ua = balanced_accuracy_score(truth, whole)
    losses = {
        group: np.array([ua - balanced_accuracy_score(truth, each) for each in answers])
        for group, answers in shuffled.items()
    }
    found = {
        group: Importance(float(lost.mean()), float(lost.std()), len(columns[group])) for group, lost in losses.items()
    }
    return dict(sorted(found.items(), key=lambda item: -item[1].drop))
