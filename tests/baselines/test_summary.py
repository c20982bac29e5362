"""Statistics over frames, against numpy and scipy."""

import numpy as np
import pytest
from scipy import stats

from emotion_hf.baselines.summary import CHANGE, COURSE, LEVEL, SHAPE, correlations, summarize

FRAMES = np.random.default_rng(0).gamma(2.0, size=(3, 200))


def test_names_say_bin_and_statistic():
    found = summarize("mfcc", FRAMES, LEVEL | COURSE)
    assert list(found)[:4] == ["mfcc_0_mean", "mfcc_1_mean", "mfcc_2_mean", "mfcc_0_deviation"] and len(found) == 12
    assert list(summarize("rms", FRAMES[:1], LEVEL)) == ["rms_mean", "rms_deviation"]


def test_values_are_those_of_numpy_and_scipy():
    found = summarize("x", FRAMES[:1], LEVEL | COURSE | CHANGE | SHAPE)
    one = FRAMES[0]
    line = np.polynomial.Polynomial.fit(np.linspace(-1, 1, len(one)), one, 1).convert()
    parabola = np.polynomial.Polynomial.fit(np.linspace(-1, 1, len(one)), one, 2).convert()
    expected = {
        "x_mean": one.mean(),
        "x_deviation": one.std(),
        "x_slope": line.coef[1],
        "x_curvature": parabola.coef[2],
        "x_p5": np.percentile(one, 5),
        "x_p95": np.percentile(one, 95),
        "x_skewness": stats.skew(one),
        "x_kurtosis": stats.kurtosis(one, fisher=False),
        "x_p50": np.median(one),
    }
    assert {name: found[name] for name in expected} == pytest.approx(expected)


def test_correlations_are_those_of_numpy():
    table = np.corrcoef(FRAMES)
    np.testing.assert_allclose(correlations(FRAMES), [table[0, 1], table[0, 2], table[1, 2]], atol=1e-12)


def test_too_few_frames_are_not_summarized():
    assert np.isnan(list(summarize("x", FRAMES[:, :4], LEVEL | COURSE | SHAPE).values())).all()
    assert np.isnan(correlations(FRAMES[:, :0])).all()


def test_what_does_not_move_has_no_shape_and_no_correlation():
    still = np.ones((2, 10))
    found = summarize("x", still, LEVEL | SHAPE)
    assert found["x_0_deviation"] == found["x_0_skewness"] == 0 and correlations(still).tolist() == [0.0]
