"""Logistic regression over corpora, against scikit-learn's where the two are the same."""

import doctest

import numpy as np
from sklearn.linear_model import LogisticRegression

from emotion_hf.training.closed_form import logistic
from emotion_hf.training.closed_form.logistic import logistic_regression


def clips(seed=0):
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 3, 400)
    return rng.normal(0, 1, (400, 6)) + 1.5 * np.eye(6)[truth], truth


def test_the_example_of_the_module_holds():
    assert doctest.testmod(logistic).failed == 0


def test_one_corpus_is_scikit_learns_regression():
    vectors, truth = clips()
    ours = logistic_regression(vectors, truth, np.repeat("a", 400), np.ones((400, 3), dtype=bool), penalty=0.05)
    scaled = (vectors - vectors.mean(0)) / vectors.std(0)
    theirs = LogisticRegression(C=1 / (2 * 0.05 * 400), tol=1e-8, max_iter=1000).fit(scaled, truth)
    np.testing.assert_allclose(ours.weight, theirs.coef_, atol=0.02)
    probabilities = np.exp(ours.logits(vectors)) / np.exp(ours.logits(vectors)).sum(1, keepdims=True)
    np.testing.assert_allclose(probabilities, theirs.predict_proba(scaled), atol=0.02)


def test_another_scale_gives_the_same_logits():
    vectors, truth = clips()
    ours = logistic_regression(vectors, truth, np.repeat("a", 400), np.ones((400, 3), dtype=bool), penalty=0.05)
    moved = ours.on_scale(np.full(6, 0.3), np.linspace(0.5, 2, 6))
    np.testing.assert_allclose(moved.logits(vectors), ours.logits(vectors), atol=1e-5)


def test_a_corpus_without_a_label_does_not_teach_that_it_is_rare():
    vectors, truth = clips()
    corpora = np.where(np.arange(400) < 200, "a", "b")
    kept = (corpora == "a") | (truth != 2)  # "b" knows no third emotion
    allowed = np.ones((400, 3), dtype=bool)
    allowed[corpora == "b", 2] = False
    with_masks, without = (
        logistic_regression(vectors[kept], truth[kept], corpora[kept], mask[kept], penalty=0.01)
        for mask in (allowed, np.ones((400, 3), dtype=bool))
    )
    unseen, unseen_truth = clips(seed=1)
    recalls = [(one.logits(unseen).argmax(1) == 2)[unseen_truth == 2].mean() for one in (with_masks, without)]
    assert recalls[0] > recalls[1] + 0.1
