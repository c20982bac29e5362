"""Each metric equals scikit-learn's where it has one, and a figure worked out by hand where it has none."""

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    brier_score_loss,
    f1_score,
    log_loss,
    precision_score,
    recall_score,
    roc_auc_score,
)
from sklearn.metrics import confusion_matrix as sklearn_confusion_matrix

from emotion_hf.evaluation import metrics

LABELS = 5
NEVER = 3  # a label that no clip has


def answers(seed: int, *, clips: int = 200, unanswered: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw truth without the label NEVER, scores that know something of it, and their first label or -1."""
    rng = np.random.default_rng(seed)
    truth = rng.choice([label for label in range(LABELS) if label != NEVER], size=clips, p=[0.1, 0.2, 0.3, 0.4])
    logits = rng.standard_normal((clips, LABELS))
    logits[np.arange(clips), truth] += 1
    scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    predicted = scores.argmax(axis=1)
    predicted[rng.permutation(clips)[:unanswered]] = -1
    return truth, scores, predicted


@pytest.mark.parametrize("unanswered", [0, 30])
@pytest.mark.parametrize("seed", range(3))
def test_counting_figures_equal_scikit_learns(seed, unanswered):
    truth, _, predicted = answers(seed, unanswered=unanswered)
    there = sorted(set(truth) | set(predicted) - {-1})
    occurring = sorted(set(truth))
    assert metrics.accuracy(truth, predicted) == pytest.approx(accuracy_score(truth, predicted))
    expected_recalls = recall_score(truth, predicted, labels=occurring, average=None)
    np.testing.assert_allclose(metrics.recalls(truth, predicted, LABELS)[occurring], expected_recalls)
    assert metrics.unweighted_average_recall(truth, predicted, LABELS) == pytest.approx(expected_recalls.mean())
    answered = sorted(set(predicted) - {-1})
    expected_precisions = precision_score(truth, predicted, labels=answered, average=None)
    np.testing.assert_allclose(metrics.precisions(truth, predicted, LABELS)[answered], expected_precisions)
    expected_f1 = f1_score(truth, predicted, labels=there, average=None)
    np.testing.assert_allclose(metrics.f1_scores(truth, predicted, LABELS)[there], expected_f1)
    assert metrics.macro_f1(truth, predicted, LABELS) == pytest.approx(expected_f1.mean())
    np.testing.assert_array_equal(
        metrics.confusion_matrix(truth, predicted, LABELS),
        sklearn_confusion_matrix(truth, predicted, labels=range(LABELS)),
    )


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
def test_ua_is_balanced_accuracy():
    truth, _, predicted = answers(7)
    expected = balanced_accuracy_score(truth, predicted)
    assert metrics.unweighted_average_recall(truth, predicted, LABELS) == pytest.approx(expected)


def test_a_label_that_never_occurs_has_no_recall_and_weighs_nothing():
    truth, _, predicted = answers(0)
    assert NEVER in predicted
    recalls = metrics.recalls(truth, predicted, LABELS)
    assert np.flatnonzero(np.isnan(recalls)).tolist() == [NEVER]
    assert metrics.unweighted_average_recall(truth, predicted, LABELS) == pytest.approx(np.nanmean(recalls))


def test_what_does_not_exist_is_not_a_number():
    truth, predicted = np.array([0, 0, 1]), np.array([0, 2, 0])
    np.testing.assert_array_equal(metrics.precisions(truth, predicted, 4), [0.5, np.nan, 0, np.nan])
    np.testing.assert_array_equal(metrics.f1_scores(truth, predicted, 4), [0.5, 0, 0, np.nan])


def test_figures_worked_out_by_hand():
    truth, predicted = np.array([0, 0, 0, 0, 1, 1]), np.array([0, 0, 0, 1, 1, -1])
    assert metrics.accuracy(truth, predicted) == pytest.approx(4 / 6)
    assert metrics.unweighted_average_recall(truth, predicted, 3) == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert metrics.macro_f1(truth, predicted, 3) == pytest.approx((2 * 3 / (4 + 3) + 2 * 1 / (2 + 2)) / 2)
    assert metrics.confusion_matrix(truth, predicted, 3).tolist() == [[3, 1, 0], [0, 1, 0], [0, 0, 0]]


def test_a_perfect_and_a_hopeless_answer():
    truth = np.arange(LABELS)
    assert metrics.unweighted_average_recall(truth, truth, LABELS) == metrics.macro_f1(truth, truth, LABELS) == 1
    wrong = np.full(LABELS, -1)
    assert metrics.unweighted_average_recall(truth, wrong, LABELS) == metrics.macro_f1(truth, wrong, LABELS) == 0


@pytest.mark.parametrize("seed", range(3))
def test_probability_figures_equal_scikit_learns(seed):
    truth, scores, _ = answers(seed)
    expected_loss = log_loss(truth, scores, labels=range(LABELS))
    assert metrics.negative_log_likelihood(truth, scores) == pytest.approx(expected_loss)
    expected_brier = brier_score_loss(truth, scores, labels=range(LABELS), scale_by_half=False)
    assert metrics.brier_score(truth, scores) == pytest.approx(expected_brier)


def test_a_probability_of_zero_does_not_make_the_loss_infinite():
    loss = metrics.negative_log_likelihood(np.array([1]), np.array([[1.0, 0.0]]))
    assert loss == pytest.approx(-np.log(1e-12))


@pytest.mark.parametrize("decimals", [1, 6])
@pytest.mark.parametrize("seed", range(3))
def test_the_area_under_the_roc_curve_equals_scikit_learns(seed, decimals):
    rng = np.random.default_rng(seed)
    positive = rng.random(200) < 0.3
    scores = np.round(rng.random(200) + 0.3 * positive, decimals)  # with one decimal, many are equal
    area = metrics.area_under_roc(positive, scores)
    assert 0.6 < area < 0.9 and area == pytest.approx(roc_auc_score(positive, scores))


def test_the_area_by_hand_and_where_there_is_none():
    positive = np.array([True, True, False, False])
    assert metrics.area_under_roc(positive, np.array([0.9, 0.4, 0.4, 0.1])) == 3.5 / 4
    assert metrics.area_under_roc(positive, np.array([0.1, 0.2, 0.3, 0.4])) == 0
    for kind in (np.ones(3, bool), np.zeros(3, bool)):
        assert np.isnan(metrics.area_under_roc(kind, np.arange(3.0)))


CONFIDENCES = np.array([0.62, 0.68, 0.95, 0.91, 0.99, 1.0])
RIGHT = np.array([True, False, True, True, False, True])


def sure_answers() -> tuple[np.ndarray, np.ndarray]:
    """Two clips in the bin from 0.6 to 0.7, one of them right, and four in the last bin, three of them right."""
    return np.where(RIGHT, 0, 1), np.stack([CONFIDENCES, 1 - CONFIDENCES], axis=1)


def test_the_calibration_curve_of_an_example_by_hand():
    curve = metrics.calibration_curve(*sure_answers())
    np.testing.assert_allclose(curve, [(2 / 6, 0.5, 0.65), (4 / 6, 0.75, 0.9625)])


def test_the_calibration_error_of_an_example_by_hand():
    expected = 2 / 6 * (0.65 - 0.5) + 4 / 6 * (0.9625 - 0.75)
    assert metrics.expected_calibration_error(*sure_answers()) == pytest.approx(expected)
    in_one_bin = abs(CONFIDENCES.mean() - RIGHT.mean())
    assert metrics.expected_calibration_error(*sure_answers(), bins=1) == pytest.approx(in_one_bin)


def test_the_curve_covers_every_clip_once():
    truth, scores, predicted = answers(1)
    shares, right, sure = np.array(metrics.calibration_curve(truth, scores)).T
    assert shares.sum() == pytest.approx(1)
    assert shares @ right == pytest.approx(metrics.accuracy(truth, predicted))
    assert shares @ sure == pytest.approx(scores.max(axis=1).mean())
    assert (np.diff(sure) > 0).all()


def test_a_calibrated_model_has_about_the_error_that_is_stated():
    rng = np.random.default_rng(0)
    errors = []
    for _ in range(20):
        scores = rng.dirichlet(np.full(8, 0.3), size=240)
        truth = np.array([rng.choice(8, p=row) for row in scores])
        errors.append(metrics.expected_calibration_error(truth, scores))
    assert np.mean(errors) == pytest.approx(0.06, abs=0.015)


def share_of(right: np.ndarray):
    return lambda rows: float(right[rows].mean())


def width(interval: tuple[float, float]) -> float:
    return interval[1] - interval[0]


def test_the_interval_contains_the_figure_and_is_the_same_each_time():
    right, speakers = np.arange(120) % 3 > 0, [f"speaker {row % 5}" for row in range(120)]
    low, high = metrics.bootstrap_interval(share_of(right), speakers, resamples=300)
    assert 0.5 < low < 2 / 3 < high < 0.85
    assert metrics.bootstrap_interval(share_of(right), speakers, resamples=300) == (low, high)


def test_the_interval_of_independent_clips_has_the_textbooks_width():
    right = np.arange(400) % 2 == 0
    interval = metrics.bootstrap_interval(share_of(right), [str(row) for row in range(400)], resamples=1000)
    assert width(interval) == pytest.approx(2 * 1.96 * np.sqrt(0.25 / 400), rel=0.1)


def test_the_interval_is_wider_when_speakers_disagree():
    speakers = np.repeat(["a", "b", "c", "d"], 50)
    alike = np.arange(200) % 2 == 0  # half of each speaker's clips are right
    split = np.arange(200) < 100  # all of two speakers' clips, and none of the others'
    of_alike = metrics.bootstrap_interval(share_of(alike), speakers, resamples=500)
    of_split = metrics.bootstrap_interval(share_of(split), speakers, resamples=500)
    assert width(of_alike) < 0.25
    assert width(of_split) > 0.7
    single = metrics.bootstrap_interval(share_of(alike), [str(row) for row in range(200)], resamples=500)
    assert width(single) < 0.2


def test_the_interval_of_a_calibrated_models_error_contains_it():
    rng = np.random.default_rng(3)
    speakers = [f"speaker {row % 4}" for row in range(240)]
    for _ in range(10):
        scores = rng.dirichlet(np.full(8, 0.3), size=240)
        truth = np.array([rng.choice(8, p=row) for row in scores])
        error = metrics.expected_calibration_error(truth, scores)
        low, high = metrics.bootstrap_interval(
            lambda rows, truth=truth, scores=scores: metrics.expected_calibration_error(truth[rows], scores[rows]),
            speakers,
            resamples=100,
        )
        assert 0 <= low < error < high


def test_the_interval_stays_where_figures_lie():
    assert metrics.bootstrap_interval(share_of(np.ones(8, bool)), ["a", "b"] * 4, resamples=50) == (1.0, 1.0)
    low, high = metrics.bootstrap_interval(share_of(np.arange(8) > 0), list("aabbccdd"), resamples=200)
    assert 0 <= low < 7 / 8 <= high <= 1


def test_draws_without_the_figure_are_left_out():
    positive, scores = np.array([True, True, False, False]), np.array([0.9, 0.8, 0.2, 0.1])
    interval = metrics.bootstrap_interval(  # a draw of one speaker alone has clips of one kind only
        lambda rows: metrics.area_under_roc(positive[rows], scores[rows]), list("aabb"), resamples=50
    )
    assert interval == (1.0, 1.0)


def test_no_difference_at_all_is_chance():
    speakers = list("aabbccdd")
    assert metrics.bootstrap_difference(lambda rows: 0.0, speakers, resamples=50) == (0, 0, 1)


def test_a_difference_on_every_speaker_is_none():
    better = np.tile([0, 1, 1, 1, 0, 1, 1, 1], 12)  # minus worse: two thirds of the clips, whoever speaks
    speakers = np.repeat(list("abcdef"), 16)
    low, high, p = metrics.bootstrap_difference(share_of(better), speakers, resamples=400)
    assert 0.5 < low < 0.75 < high < 1 and p == pytest.approx(2 / 401)
    assert metrics.bootstrap_difference(share_of(-better), speakers, resamples=400)[2] == p


def test_a_difference_on_one_of_four_speakers_may_be_chance():
    better = np.repeat([1, 0, 0, 0], 25)
    low, high, p = metrics.bootstrap_difference(share_of(better), np.repeat(list("abcd"), 25), resamples=400)
    assert low <= 0 < 0.25 < high and p > 0.2
    single = metrics.bootstrap_difference(share_of(better), [str(row) for row in range(100)], resamples=400)
    assert single[0] > 0.1 and single[2] < 0.01  # as if 100 people had spoken


def test_equally_good_models_are_seldom_told_apart():
    rng, speakers, found = np.random.default_rng(0), np.repeat(list("abcd"), 60), 0
    for _ in range(100):
        suits = np.clip(0.65 + rng.normal(0, 0.03, size=(2, 4)), 0, 1)  # each model suits each speaker differently
        hard = rng.random((4, 60))  # to both
        draws = [np.where(rng.random((4, 60)) < 0.7, hard, rng.random((4, 60))) < one[:, None] for one in suits]
        difference = (draws[0].astype(float) - draws[1]).ravel()
        found += metrics.bootstrap_difference(share_of(difference), speakers, resamples=200)[2] < 0.05
    assert found <= 6


@pytest.mark.parametrize(("first", "second"), [(0, 0), (3, 3), (10, 2), (1, 14), (40, 25)])
def test_mcnemar_is_the_binomial_test(first, second):
    expected = binomtest(first, first + second).pvalue if first + second else 1
    assert metrics.mcnemar(first, second) == pytest.approx(expected)


def test_diarisation_errors_by_hand():
    truth = np.array([0, 1, 1, 1, 1, 2, 2, 2, 0, 2])
    found = np.array([0, 2, 2, 2, 1, 1, 1, 0, 1, 1])
    assert metrics.diarisation_errors(truth, found) == (1 / 8, 1 / 8, 1 / 8)


def test_diarisation_ignores_what_the_speakers_are_called():
    truth = np.random.default_rng(0).integers(0, 3, 200)
    swapped = np.array([0, 2, 1])[truth]
    assert metrics.diarisation_errors(truth, swapped) == metrics.diarisation_errors(truth, truth) == (0, 0, 0)
    one_found = metrics.diarisation_errors(truth, np.minimum(truth, 1))
    assert one_found[2] == pytest.approx(min(np.sum(truth == 1), np.sum(truth == 2)) / np.sum(truth > 0))


def test_diarisation_without_speech_has_no_error_rate():
    assert np.isnan(metrics.diarisation_errors(np.zeros(4, int), np.ones(4, int))).all()
    assert metrics.diarisation_errors(np.ones(4, int), np.zeros(4, int)) == (1, 0, 0)


def test_a_collar_leaves_out_the_frames_beside_each_change():
    truth = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2, 2])
    kept = metrics.away_from_changes(truth, 2)
    assert np.flatnonzero(kept).tolist() == [0, 9]
    assert metrics.away_from_changes(truth, 0).all() and metrics.away_from_changes(np.ones(5), 3).all()


def test_holms_correction_by_hand():
    assert metrics.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert metrics.holm([0.6, 0.001, 0.7]) == pytest.approx([1, 0.003, 1])
    assert metrics.holm([0.04]) == [0.04] and metrics.holm([]) == []
