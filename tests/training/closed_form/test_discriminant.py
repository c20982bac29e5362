"""The closed form against scikit-learn, and over several corpora, speakers and intensities."""

import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis

from emotion_hf.training.closed_form.discriminant import CLIP_AT, Discriminant, discriminant


def one_voice(clips: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the corpus, the speaker and the intensity of each clip."""
    return np.repeat("a", clips), np.repeat("a/somebody", clips), np.repeat("unknown", clips)


def answers(found: Discriminant, vectors: np.ndarray) -> np.ndarray:
    scaled = np.clip((vectors - found.mean) / found.deviation, -CLIP_AT, CLIP_AT)
    return (scaled @ found.weight.T + found.bias).argmax(1)


def test_equals_scikit_learn_on_one_corpus():
    rng = np.random.default_rng(0)
    truth = np.repeat(np.arange(3), 60)
    mixing = rng.normal(size=(6, 6))
    vectors = (rng.normal(size=(180, 6)) + 0.7 * rng.normal(size=(3, 6))[truth]) @ mixing
    found = discriminant(vectors, truth, *one_voice(180), labels=3, shrinkage=0.3)
    scaled = np.clip((vectors - vectors.mean(0)) / vectors.std(0), -CLIP_AT, CLIP_AT)
    # scikit-learn shrinks after standardising within classes, so what both can do is compared without shrinkage
    exact = discriminant(vectors, truth, *one_voice(180), labels=3, shrinkage=0.0)
    peer = LinearDiscriminantAnalysis(solver="lsqr", priors=[1 / 3] * 3).fit(scaled, truth)
    ours, theirs = scaled @ exact.weight.T + exact.bias, scaled @ peer.coef_.T + peer.intercept_
    centred = [logits - logits.mean(1, keepdims=True) for logits in (ours, theirs)]
    np.testing.assert_allclose(*centred, atol=1e-2)
    assert (answers(found, vectors) == truth).mean() > 0.6


def test_another_corpus_in_another_room_helps_and_moves_nothing():
    rng = np.random.default_rng(1)
    centres, mixing = 1.5 * rng.normal(size=(3, 20)), rng.normal(size=(20, 20))

    def draw(labels, count, offset):
        truth = np.repeat(labels, count)
        return (centres[truth] + 2 * rng.normal(size=(len(truth), 20))) @ mixing + offset, truth

    (few, few_truth), (many, many_truth) = draw([0, 1, 2], 8, 0.0), draw([0, 1], 400, 30.0)
    tested, truth = draw([0, 1, 2], 200, 0.0)
    alone = discriminant(few, few_truth, *one_voice(len(few)), labels=3, shrinkage=0.1)
    names = np.repeat(["few", "many"], [len(few), len(many)])
    both = discriminant(
        np.concatenate([few, many]),
        np.concatenate([few_truth, many_truth]),
        names,
        names,
        names,
        labels=3,
        shrinkage=0.1,
    )
    assert (answers(both, tested) == truth).mean() > (answers(alone, tested) == truth).mean() + 0.02
    np.testing.assert_allclose(both.mean, alone.mean)


def test_what_tells_speakers_apart_does_not_tell_emotions_apart():
    """Six voices differ along one direction, more than they show within; an emotion shows there too, a little."""
    rng = np.random.default_rng(2)
    speaker, truth = np.repeat(np.arange(6), 80), np.tile([0, 1], 240)
    voices = 3 * rng.normal(size=6)
    vectors = rng.normal(size=(480, 8))
    vectors[:, 0] += voices[speaker] + truth
    vectors[:, 1] += 0.5 * truth
    names = np.char.add("a/", speaker.astype(str))
    found = discriminant(vectors, truth, np.repeat("a", 480), names, names, labels=2, shrinkage=0.1)
    ignorant = discriminant(vectors, truth, *one_voice(480), labels=2, shrinkage=0.1)
    direction, other = ((one.weight[1] - one.weight[0]) / one.deviation for one in (found, ignorant))
    assert abs(direction[0]) < 0.1 * direction[1] < abs(other[0])


def test_intensity_is_one_direction_with_a_border_for_each_emotion():
    rng = np.random.default_rng(3)
    truth, strong = np.repeat([0, 1, 2], 200), np.tile([False, True], 300)
    strong[truth == 2] = False  # neutral has no strong clips
    vectors = rng.normal(size=(600, 6))
    vectors[:, 0] += 4 * truth + 2.5 * strong
    words = np.where(strong, "strong", "normal")
    names = np.repeat("a", 600)
    found = discriminant(vectors, truth, names, names, words, labels=3, shrinkage=0.1)
    scaled = np.clip((vectors - found.mean) / found.deviation, -CLIP_AT, CLIP_AT)
    logits = scaled @ found.intensity - found.borders[truth]
    assert ((logits > 0) == strong).mean() > 0.85
    assert np.abs(found.intensity[1:]).max() < 0.2 * found.intensity[0]


def test_a_label_without_clips_is_never_predicted():
    vectors = np.random.default_rng(0).normal(size=(40, 3))
    found = discriminant(vectors, np.repeat([0, 2], 20), *one_voice(40), labels=3, shrinkage=0.5)
    assert np.isfinite(found.weight).all() and np.isfinite(found.bias).all()
    assert 1 not in answers(found, 100 * vectors)
