"""Importance is measured on unseen speakers."""

import numpy as np
import pytest

from emotion_hf.baselines.estimators import make_folds
from emotion_hf.baselines.importance import group_importance

RNG = np.random.default_rng(0)
TRUTH = np.tile([0, 1, 2], 60)
SPEAKER = np.repeat(np.arange(6), 30)
TELLING = np.eye(3)[TRUTH] + 0.3 * RNG.standard_normal((180, 3))
NOISE = RNG.standard_normal((180, 4))
FEATURES = np.concatenate([TELLING[:, :2], NOISE, TELLING[:, 2:]], axis=1)[:, None]
GROUPS = ("pitch", "pitch", *["mel"] * 4, "pitch")


@pytest.fixture(scope="module")
def found():
    folds = make_folds(TRUTH, SPEAKER, seed=0)
    return group_importance(
        "logistic_regression", {"C": 1.0}, FEATURES, TRUTH, folds, GROUPS, num_labels=3, seed=0, repeats=8
    )


def test_a_group_that_tells_loses_all_when_shuffled_and_one_of_noise_loses_nothing(found):
    assert list(found) == ["pitch", "mel"]
    # Shuffled together, columns keep what they say about each other, so the answer is one by chance: UA 1/3.
    assert found["pitch"].drop == pytest.approx(1.0 - 1 / 3, abs=0.08)
    assert found["mel"].drop == pytest.approx(0.0, abs=0.02)
    assert 0 < found["pitch"].deviation < 0.06 and (found["pitch"].features, found["mel"].features) == (3, 4)


def test_the_same_seed_finds_the_same(found):
    folds = make_folds(TRUTH, SPEAKER, seed=0)
    again = group_importance(
        "logistic_regression", {"C": 1.0}, FEATURES, TRUTH, folds, GROUPS, num_labels=3, seed=0, repeats=8
    )
    assert again == found
