"""Folds by speaker, settings chosen on them, calibrated probabilities, and every kind once."""

import numpy as np
import pytest
from joblib import parallel_config
from sklearn.metrics import balanced_accuracy_score
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from emotion_hf.baselines.estimators import KINDS, calibrated, fit, fit_estimator, make_folds
from emotion_hf.errors import SplitError

LABELS, SPEAKERS = 3, 6
RNG = np.random.default_rng(0)
TRUTH = np.tile(np.arange(LABELS), 40)
SPEAKER = np.repeat(np.arange(SPEAKERS), 20)
CENTRES = 1.2 * RNG.standard_normal((LABELS, 8))
FEATURES = (CENTRES[TRUTH] + RNG.standard_normal((120, 8))).astype(np.float32)[:, None]  # clips without copies
FIRST = {
    "svm": {"kernel__gamma": 0.05},
    "logistic_regression": {"C": 0.1},
    "random_forest": {"n_estimators": 30},
    "mlp": {"hidden_layer_sizes": (32,), "learning_rate_init": 0.01},
    "gradient_boosting": {"max_iter": 15},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("labels", [2, 3])
def test_every_kind_learns_and_answers_with_probabilities(kind, labels):
    rows = np.isin(TRUTH, range(labels))
    features = FEATURES[rows].copy()
    features[3, :, 2] = np.nan  # could not be measured
    features[:, :, 7] = np.nan  # nor this in any clip
    estimator = fit_estimator(kind, FIRST[kind], features, TRUTH[rows], num_labels=4, seed=0)
    scores = estimator.probabilities(features[:, 0])
    assert scores.shape == (rows.sum(), 4) and np.allclose(scores.sum(axis=1), 1)
    assert (scores[:, labels:] == 0).all()  # never seen
    assert balanced_accuracy_score(TRUTH[rows], scores.argmax(axis=1)) > 0.8
    again = fit_estimator(kind, FIRST[kind], features, TRUTH[rows], num_labels=4, seed=0)
    np.testing.assert_array_equal(again.probabilities(features[:, 0]), scores)


@pytest.mark.parametrize(("gamma", "kernel"), [(None, {"kernel": "linear"}), (0.05, {"kernel": "rbf", "gamma": 0.05})])
def test_the_svm_is_scikit_learns_one_against_the_rest(gamma, kernel):
    settings = {"kernel__gamma": gamma, "onevsrestclassifier__estimator__C": 0.5}
    found = fit_estimator("svm", settings, FEATURES, TRUTH, num_labels=3, seed=0).logits(FEATURES[:20, 0] + 0.1)
    reference = make_pipeline(
        StandardScaler(), OneVsRestClassifier(SVC(C=0.5, class_weight="balanced", tol=1e-6, **kernel))
    )
    expected = reference.fit(FEATURES[:, 0], TRUTH).decision_function(FEATURES[:20, 0] + 0.1)
    np.testing.assert_allclose(found, expected, atol=0.01)


def test_no_speaker_is_on_both_sides_of_a_fold():
    folds = make_folds(TRUTH, SPEAKER, seed=0)
    assert len(folds) == 5 and sorted(np.concatenate([held for _, held in folds])) == list(range(120))
    for trained, held_out in folds:
        assert not set(SPEAKER[trained]) & set(SPEAKER[held_out])
    plain = make_folds(TRUTH, None, seed=0)
    assert all(np.bincount(TRUTH[held_out]).tolist() == [8, 8, 8] for _, held_out in plain)


@pytest.mark.parametrize(
    ("truth", "groups", "words"),
    [
        ([0, 1, 0, 1], [7, 7, 7, 7], "one speaker"),
        ([0, 0, 1], None, "one training clip"),
        ([0, 0, 1, 1], [1, 1, 2, 2], "one emotion is left"),
    ],
)
def test_what_cannot_be_folded_is_one_sentence(truth, groups, words):
    with pytest.raises(SplitError, match=words):
        make_folds(np.array(truth), None if groups is None else np.array(groups), seed=0)


def test_settings_are_chosen_and_every_clip_is_scored_by_a_model_not_trained_on_its_speaker():
    # A feature that names the speaker, and each speaker has a favourite label: it helps only on seen speakers.
    favourite = np.where(RNG.random(120) < 0.7, SPEAKER % LABELS, TRUTH)
    leak = 5 * np.eye(SPEAKERS)[SPEAKER]
    features = np.concatenate([RNG.standard_normal((120, 2)), leak], axis=1)[:, None]
    folds = make_folds(favourite, SPEAKER, seed=0)
    unseen = fit("logistic_regression", features, favourite, folds, num_labels=LABELS, seed=0)
    seen = fit("logistic_regression", features, favourite, make_folds(favourite, None, 0), num_labels=LABELS, seed=0)
    ua = [balanced_accuracy_score(favourite, one.scores.argmax(axis=1)) for one in (unseen, seen)]
    assert ua[0] < 0.45 < 0.6 < ua[1]
    tried = {each["settings"]["C"]: each["ua"] for each in unseen.tried}
    assert list(tried) == KINDS["logistic_regression"].grid["C"]
    assert tried[unseen.settings["C"]] == max(tried.values()) == pytest.approx(ua[0])


def test_copies_are_learned_from_and_not_judged():
    nonsense = 100 * RNG.standard_normal((120, 2, 8))
    copies = np.concatenate([FEATURES, FEATURES + 0.5, FEATURES - 0.5], axis=1)
    folds = make_folds(TRUTH, SPEAKER, seed=0)
    plain, changed, spoiled = (
        fit("logistic_regression", features, TRUTH, folds, num_labels=LABELS, seed=0)
        for features in (FEATURES, copies, np.concatenate([FEATURES, nonsense], axis=1))
    )
    ua = [balanced_accuracy_score(TRUTH, one.scores.argmax(axis=1)) for one in (plain, changed, spoiled)]
    assert ua[1] == pytest.approx(ua[0], abs=0.05) and ua[2] < ua[0] - 0.1
    (scaler,) = (one.estimator.pipeline["standardize"] for one in (changed,))
    assert scaler.n_samples_seen_ == 360 and plain.scores.shape == changed.scores.shape == (120, 3)


def test_several_fits_at_once_find_the_same(monkeypatch):
    monkeypatch.setitem(KINDS["logistic_regression"].grid, "C", [0.01, 0.1])
    folds = make_folds(TRUTH, SPEAKER, seed=0)
    steps = []
    with parallel_config(backend="threading"):  # processes take seconds to start
        one, two = (
            fit("logistic_regression", FEATURES, TRUTH, folds, num_labels=LABELS, seed=0, jobs=jobs, progress=progress)
            for jobs, progress in ((1, lambda fits, total: steps.append(total) or fits), (2, lambda fits, **_: fits))
        )
    np.testing.assert_allclose(one.scores, two.scores, atol=1e-12)
    assert steps == [10] and one.settings == two.settings


def test_a_label_that_a_fold_never_saw_has_no_probability():
    logits = np.array([[1.0, 0.0, -np.inf], [0.0, 2.0, -np.inf]])
    assert calibrated(logits, 1.0)[:, 2].tolist() == [0, 0]
