"""Engineered features: names, groups, level, silence, and what is known of a made voice."""

import numpy as np
import pytest
import torch

from emotion_hf.baselines.features import VERSION, EngineeredFeatures
from emotion_hf.models.spectrogram.frontend_spectrogram import FrontEnd
from emotion_hf.testing import synthetic_voice

RATE = 16_000


@pytest.fixture(scope="module")
def features():
    return EngineeredFeatures()


def table(features, wave) -> dict[str, float]:
    return dict(zip(features.names, features([wave])[0].tolist(), strict=True))


def test_every_number_has_a_name_and_a_group(features):
    assert len(features.names) == len(set(features.names)) == len(features.groups) == 923
    assert set(features.groups) == {
        *("mfcc", "delta", "delta2", "mel", "chroma", "contrast", "zcr", "spectral", "rms", "pitch", "quality"),
        "rhythm",
    }
    group_of = dict(zip(features.names, features.groups, strict=True))
    assert group_of["jitter"] == group_of["shimmer"] == group_of["hnr_mean"] == "quality"
    assert group_of["log_mel_delta_3_p95"] == "delta" and group_of["mfcc_1_with_2"] == "mfcc"


def test_the_values_are_those_of_this_version(features):
    """Whoever changes them raises VERSION, so that no kept features and no fitted baseline are taken for new ones."""
    expected = {
        **{"pitch_mean": 5.397, "pitch_step_p95": 0.116, "hnr_mean": 15.477, "jitter": 0.0036483, "shimmer": 0.089561},
        **{"voicing_mean": 0.75804, "mfcc_1_mean": 68.811, "mfcc_2_with_5": 0.55313, "log_mel_20_curvature": -6.4033},
        **{"log_mel_delta2_20_p95": 1.5866, "mfcc_delta_3_skewness": 0.96639, "contrast_3_mean": 21.488},
        **{"rolloff_mean": 3394.7, "centroid_slope": -278.83, "chroma_4_mean": 0.38938, "zcr_mean": 0.17064},
        **{"rms_deviation": 7.8571, "peaks": 0.054422},
    }
    found = table(features, synthetic_voice(1.5))
    assert VERSION == 1 and {name: found[name] for name in expected} == pytest.approx(expected, rel=0.01)


def test_a_voice_is_measured_completely(features):
    values = features([synthetic_voice(1.5), synthetic_voice(2.0, seed=1)])
    assert values.shape == (2, 923) and values.dtype == np.float32 and np.isfinite(values).all()


def test_level_and_silence_around_the_voice_do_not_count(features):
    voice = synthetic_voice(1.5)
    loud, quiet = features([voice, 0.01 * voice])
    np.testing.assert_allclose(quiet, loud, rtol=1e-3, atol=2e-3)
    offset = table(features, voice + 0.1)
    assert [offset[name] for name in ("jitter", "shimmer")] == pytest.approx(
        [table(features, voice)[name] for name in ("jitter", "shimmer")], rel=0.02
    )
    pause = 0.0001 * np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    plain, padded = table(features, voice), table(features, np.concatenate([pause, voice, pause]))
    for name in ("pitch_mean", "mfcc_1_mean", "log_mel_10_deviation", "hnr_mean", "rms_slope", "voiced_share"):
        assert padded[name] == pytest.approx(plain[name], rel=0.05, abs=0.1), name


def test_means_are_those_of_the_front_end(features):
    voice = synthetic_voice(1.5)
    front_end = FrontEnd(features=["rms", "mfcc"], num_mel_bins=40, num_mfcc=20)
    rms, *mfcc = front_end(torch.from_numpy(voice)[None], torch.tensor([len(voice)]))[0][0, 0].numpy()
    loud = np.stack(mfcc)[:, rms > -30.0]
    found = table(features, voice)
    assert [found[f"mfcc_{number}_mean"] for number in range(20)] == pytest.approx(loud.mean(axis=1), abs=1e-3)
    assert found["mfcc_2_with_5"] == pytest.approx(np.corrcoef(loud)[2, 5], abs=1e-4)


def test_pitch_is_in_semitones_and_its_slope_has_a_sign(features):
    time = np.arange(RATE) / RATE
    phase = 2 * np.pi * np.cumsum(100 * 2**time) / RATE  # from 100 Hz up an octave
    rising = table(features, sum(np.sin(number * phase) / number for number in range(1, 20)).astype(np.float32))
    assert rising["pitch_mean"] == pytest.approx(6.0, abs=0.3) and rising["pitch_slope"] == pytest.approx(6.0, abs=0.5)
    assert rising["voiced_share"] > 0.9 and rising["jitter"] < 0.01 and rising["hnr_mean"] > 10


@pytest.mark.parametrize("wave", [np.zeros(RATE), 1e-3 * np.eye(1, RATE // 3)[0]], ids=["silence", "click"])
def test_what_cannot_be_measured_is_nan_and_never_an_error(features, wave):
    found = table(features, wave.astype(np.float32))
    assert np.isnan([found["pitch_mean"], found["jitter"], found["hnr_mean"]]).all()
    assert not np.isinf(list(found.values())).any()
