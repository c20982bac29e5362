"""The temperature that was put in is found again, and a fifth of the clips is not sure."""

import numpy as np
import pytest

from emotion_hf.calibration import fit_not_sure, fit_temperature

WIDE = 0.01, 100.0


def logits_and_truth(clips: int) -> tuple[np.ndarray, np.ndarray]:
    """Return logits and labels drawn with the probabilities that these have at temperature 1."""
    rng = np.random.default_rng(0)
    logits = rng.standard_normal((clips, 4)) * 2
    scores = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    return logits, (scores.cumsum(1) > rng.random((clips, 1))).argmax(1)


@pytest.mark.parametrize(
    ("temperature", "between"),
    [(0.6, (0.25, 32.0)), (1.0, (0.25, 32.0)), (2.5, (0.25, 32.0)), (12.0, (0.25, 32.0)), (70.0, WIDE), (0.02, WIDE)],
)
def test_the_temperature_is_found_again(temperature, between):
    logits, truth = logits_and_truth(20_000)
    assert fit_temperature(logits * temperature, truth, between=between) == pytest.approx(temperature, rel=0.05)


def test_logits_of_labels_that_are_impossible_do_not_break_it():
    logits = np.array([[1.0, 0.0, -np.inf], [0.0, 2.0, -np.inf], [1.0, 0.0, 0.5]] * 5)
    assert np.isfinite(fit_temperature(logits, np.array([0, 1, 2] * 5)))
    logits, truth = logits_and_truth(20_000)
    assert fit_temperature(np.pad(logits, ((0, 0), (0, 1)), constant_values=-np.inf), truth) == pytest.approx(1, 0.05)
    truth[0] = 4  # which no temperature makes possible
    assert fit_temperature(np.pad(logits, ((0, 0), (0, 1)), constant_values=-np.inf), truth) == pytest.approx(1, 0.05)


def test_a_fifth_is_not_sure():
    confidences = np.linspace(0, 1, 1_001)
    assert (confidences < fit_not_sure(confidences)).mean() == pytest.approx(0.2, abs=0.002)


def test_weights_decide_how_much_each_clip_counts():
    logits, truth = logits_and_truth(20_000)
    sure = np.arange(20_000) < 15_000  # three quarters of the clips are of a corpus that is twice as sure
    logits = np.where(sure[:, None], logits, logits / 2)
    alike = np.where(sure, 1 / 15_000, 1 / 5_000)
    by_clips, by_corpora = fit_temperature(logits, truth), fit_temperature(logits, truth, weights=alike)
    assert 0.5 < by_corpora < by_clips < 1
    twice = np.where(sure, 1.0, 0.0)
    assert fit_temperature(logits, truth, weights=twice) == pytest.approx(1, rel=0.05)
    confidences = np.r_[np.zeros(10), np.ones(90)]
    assert fit_not_sure(confidences) == 1
    assert fit_not_sure(confidences, weights=np.r_[np.full(10, 9.0), np.ones(90)]) == 0
