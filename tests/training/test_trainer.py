"""Which clips an epoch draws."""

import numpy as np
import pytest

from emotion_hf.training.trainer import ShareSampler


def test_shares_draw_anew_each_epoch_and_all_of_the_rest():
    sampler = ShareSampler(["a"] * 10 + ["b"] * 20, {"b": 0.25}, seed=0)
    drawn = []
    for epoch in (0, 1):
        sampler.set_epoch(epoch)
        drawn.append(list(sampler))
    assert len(sampler) == 15
    for rows in drawn:
        assert len(set(rows)) == 15 and set(range(10)) <= set(rows)
    assert set(drawn[0]) != set(drawn[1])
    sampler.set_epoch(0)
    assert list(sampler) == drawn[0]
    assert np.mean(np.array(drawn[0]) < 10) == pytest.approx(10 / 15)
