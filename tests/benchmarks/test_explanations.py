"""The benchmark of explanations."""

import json
from itertools import pairwise

import numpy as np
import pytest

from benchmarks import explanations
from emotion_hf.prediction import Prediction
from emotion_hf.testing import synthetic_voice

WAVE = synthetic_voice(4.0)


class Listens:
    """A classifier for which only the loudness of the middle, from 1 to 3 s, speaks for angry."""

    name, labels = "listens", ("calm", "angry")

    def predict(self, waves):
        shares = [min(0.98, 0.02 + 180 * float(np.mean(np.square(wave[16_000:48_000])))) for wave in waves]
        return [Prediction({"calm": 1 - share, "angry": share}, model=self.name) for share in shares]


def test_random_moments_are_of_equal_length_apart_and_inside_the_speech():
    rng = np.random.default_rng(0)
    for _ in range(20):
        moments = explanations.random_moments(WAVE, rng)
        lengths = [one.end_seconds - one.start_seconds for one in moments]
        assert lengths == pytest.approx([explanations.MOMENT_SECONDS] * 3)
        assert all(one.end_seconds <= other.start_seconds + 1e-9 for one, other in pairwise(moments))
        assert moments[0].start_seconds >= 0 and moments[-1].end_seconds <= 4.1


def test_named_moments_matter_more_than_random_ones_where_they_are_right():
    figures = explanations.measure(Listens(), [WAVE] * 2, np.random.default_rng(0))
    assert figures["clips"] == 2 and figures["larger_share"] == 1
    assert figures["named_log_odds"] > figures["random_log_odds"]


def test_the_page_repeats_the_kept_figures():
    figures = json.loads(explanations.FIGURES.read_text())
    assert explanations.PAGE.read_text() == explanations.page(figures)
    assert figures["named_log_odds"] > figures["random_log_odds"] and figures["larger_share"] > 0.5
