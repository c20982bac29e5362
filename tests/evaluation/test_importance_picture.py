"""The picture of which groups of features matter."""

import pytest

from emotion_hf.baselines.importance import Importance
from emotion_hf.evaluation.importance_picture import importance_picture


def test_bars_are_the_drops_with_the_first_at_the_top():
    drops = {"delta": (0.15, 240), "pitch": (0.04, 16), "zcr": (-0.01, 4)}
    found = {group: Importance(drop, 0.01, features) for group, (drop, features) in drops.items()}
    (axes,) = importance_picture(found).axes
    assert [bar.get_width() for bar in axes.patches] == pytest.approx([0.15, 0.04, -0.01])
    assert [tick.get_text() for tick in axes.get_yticklabels()] == ["delta (240)", "pitch (16)", "zcr (4)"]
    assert axes.yaxis_inverted() and "UA" in axes.get_xlabel()
