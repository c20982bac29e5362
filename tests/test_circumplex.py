"""Emotion as a place."""

import pytest

from emotion_hf.circumplex import PLACES, Place, place
from emotion_hf.labels import LABELS


def test_each_label_has_a_place_of_its_own_inside_the_square():
    assert set(PLACES) == set(LABELS) and len(set(PLACES.values())) == len(LABELS)
    assert all(-1 <= value <= 1 for where in PLACES.values() for value in where)


def test_a_prediction_lies_at_the_weighted_mean():
    assert place({"happy": 0.25, "sad": 0.75}) == pytest.approx((0.25 * 0.76 - 0.75 * 0.63, 0.25 * 0.48 - 0.75 * 0.27))
    assert place({"joy": 1.0}) == Place(0.76, 0.48)


def test_labels_without_a_place_do_not_count():
    assert place({"happy": 0.1, "boredom": 0.9}) == PLACES["happy"]
    assert place({"boredom": 1.0}) is None and place({}) is None
