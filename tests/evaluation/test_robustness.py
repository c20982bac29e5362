"""A loss is what the changed clips cost, paired with the same clips unchanged."""

from pathlib import Path

import numpy as np
import pytest

from emotion_hf.data.loader import load_corpora
from emotion_hf.evaluation.distortions import Distortion
from emotion_hf.evaluation.evaluate import evaluate
from emotion_hf.evaluation.robustness import Distorted, count_trained_on, measure_robustness
from emotion_hf.prediction import Prediction, Verdict
from emotion_hf.testing import tiny_corpus

LABELS = ("neutral", "angry")


class Loudness:
    """Take loud clips for angry, and very soft ones for silence."""

    name, labels = "loudness", LABELS

    def predict(self, waves):
        return [self._answer(float(np.abs(wave).max())) for wave in waves]

    def _answer(self, peak: float) -> Prediction:
        if peak < 0.05:
            return Prediction(verdict=Verdict.NO_SPEECH)
        return Prediction(scores={"neutral": float(peak <= 0.5), "angry": float(peak > 0.5)})


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """A neutral clip with a peak of 0.3 and an angry one of 0.9 of each of five speakers."""
    folder = tiny_corpus(tmp_path_factory.mktemp("ravdess"), speakers=5, seconds=0.5)
    return load_corpora({"ravdess": folder}, labels=list(LABELS))


def test_the_loss_is_the_difference_to_the_unchanged_clips(dataset):
    classifier = Loudness()
    clean = evaluate(classifier, dataset, by=())
    assert clean.ua.value == 1
    changes = {"nothing": 1.0, "3 times louder": 3.0, "10 times softer": 0.1}
    distortions = [Distortion(name, lambda wave, _, gain=gain: gain * wave) for name, gain in changes.items()]
    same, louder, softer = measure_robustness(classifier, dataset, clean, distortions)
    assert [one.name for one in (same, louder, softer)] == list(changes)
    assert (same.ua, same.loss.value, same.loss.low, same.loss.high, same.no_speech) == (1, 0, 0, 0, 0)
    assert (louder.ua, louder.loss.value, louder.no_speech) == (0.5, 0.5, 0)  # all are called angry
    assert (softer.ua, softer.loss.value, softer.no_speech) == (0, 1, 5)  # no speech, or neutral


def test_a_loss_on_one_of_five_speakers_has_a_wide_interval(dataset):
    classifier = Loudness()
    clean = evaluate(classifier, dataset, by=())
    first = [number for number, speaker in enumerate(dataset["speaker"]) if speaker.endswith("01")]
    loud = iter(range(len(dataset)))
    distortion = Distortion("one speaker", lambda wave, _: wave * (5 if next(loud) in first else 1))
    (condition,) = measure_robustness(classifier, dataset, clean, [distortion])
    assert condition.loss.value == pytest.approx(0.1)
    assert condition.loss.low == 0 < 0.2 < condition.loss.high <= 0.5
    four = dataset.filter(lambda speaker: not speaker.endswith("05"), input_columns="speaker")
    louder = Distortion("louder", lambda wave, _: 5 * wave)
    (few,) = measure_robustness(classifier, four, evaluate(classifier, four, by=()), [louder])
    assert few.loss.value == pytest.approx(0.5) and few.loss.low is few.loss.high is None


def test_a_clip_gets_the_same_draw_under_each_distortion_and_in_any_chunk(dataset, monkeypatch):
    classifier = Loudness()
    clean = evaluate(classifier, dataset, by=())
    seen: dict[str, list[float]] = {"one": [], "two": []}

    def note(name):
        return Distortion(name, lambda wave, rng: (seen[name].append(rng.random()), wave)[1])

    steps = []
    measure_robustness(
        classifier, dataset, clean, [note("one"), note("two")], progress=lambda work: steps.extend(work) or work
    )
    assert seen["one"] == seen["two"] and len(set(seen["one"])) == len(dataset) == 10
    assert len(steps) == 2
    whole, seen["one"] = seen["one"], []
    monkeypatch.setattr("emotion_hf.evaluation.robustness.CHUNK", 3)
    measure_robustness(classifier, dataset, clean, [note("one")])
    assert seen["one"] == whole


def test_noise_named_like_the_trainings_is_counted():
    files = [Path("noise/esc10_rain.wav"), Path("noise/esc10_dog.wav"), Path("noise/kitchen.wav")]
    assert count_trained_on(files, "esc10_*") == 2
    assert count_trained_on(files, "noise") == 3
    assert count_trained_on(files, "other") == count_trained_on(files, "") == 0


def test_a_distorted_classifier_changes_the_same_wave_always_in_the_same_way():
    given = []

    class Listener(Loudness):
        def predict(self, waves):
            given.append(waves)
            return super().predict(waves)

    noisy = Distorted(Listener(), Distortion("noise", lambda wave, rng: wave + rng.normal(size=len(wave))))
    assert (noisy.name, noisy.labels) == ("loudness", LABELS)
    one, other = np.zeros(4, np.float32), np.ones(4, np.float32)
    assert [answer.label for answer in noisy.predict([one, other])] == ["angry", "angry"]
    noisy.predict([other, one])
    (first, second), (third, fourth) = given
    assert np.array_equal(first, fourth) and np.array_equal(second, third)
    assert not np.array_equal(first, second - 1)
