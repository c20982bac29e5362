"""The metric of a training epoch is local, and equals the pure functions."""

import numpy as np
import pytest

from emotion_hf.evaluation import metrics
from emotion_hf.evaluation.evaluate_metric import SpeechEmotionMetric


@pytest.fixture
def metric(tmp_path):
    return SpeechEmotionMetric(cache_dir=str(tmp_path))


def test_it_equals_the_pure_functions(metric):
    rng = np.random.default_rng(0)
    scores, truth = rng.dirichlet(np.full(4, 0.5), size=300).astype(np.float32), rng.integers(0, 3, size=300)
    figures = metric.compute(predictions=scores, references=truth)
    predicted = scores.argmax(axis=1)
    assert figures == {
        "ua": metrics.unweighted_average_recall(truth, predicted, 4),
        "wa": metrics.accuracy(truth, predicted),
        "macro_f1": metrics.macro_f1(truth, predicted, 4),
        "ece": pytest.approx(metrics.expected_calibration_error(truth, scores), abs=1e-6),
    }
    assert all(type(value) is float for value in figures.values())


def test_batches_add_up(metric):
    metric.add_batch(predictions=[[0.9, 0.1], [0.2, 0.8]], references=[0, 0])
    metric.add(prediction=[0.3, 0.7], reference=1)
    figures = metric.compute()
    assert (figures["ua"], figures["wa"]) == (0.75, pytest.approx(2 / 3))


def test_it_can_be_computed_again(metric):
    for truth, wa in (([0, 1], 1.0), ([1, 0], 0.0)):
        assert metric.compute(predictions=[[1.0, 0.0], [0.0, 1.0]], references=truth)["wa"] == wa
