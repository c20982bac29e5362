"""Augmentation: each entry does what it says, and nothing when it is off."""

import random

import numpy as np
import pytest
import soundfile
import torch

from emotion_hf.data.augment import Augmenter, noise_files
from emotion_hf.errors import RecipeError
from emotion_hf.recipes import AugmentationRecipe
from emotion_hf.testing import synthetic_voice

RATE = 16_000
VOICE = synthetic_voice(1.0)


@pytest.fixture(autouse=True)
def _seeded():
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


def rms(wave: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(wave, dtype=np.float64))))


def augmenter(**entries) -> Augmenter:
    return Augmenter(AugmentationRecipe(**entries), RATE)


def test_nothing_is_changed_by_default():
    plain = augmenter()
    features, mask = torch.randn(2, 1, 40, 50), torch.ones(2, 50)
    targets = torch.eye(2)
    assert np.array_equal(plain.wave(VOICE), VOICE)
    assert torch.equal(plain.features(features, mask), features)
    waves, same = plain.mix([VOICE, -VOICE], targets)
    assert waves[1] is not None and np.array_equal(waves[1], -VOICE) and torch.equal(same, targets)


def test_gain_stays_within_its_bounds():
    changed = [20 * np.log10(rms(augmenter(gain_db=12.0).wave(VOICE)) / rms(VOICE)) for _ in range(30)]
    assert -12.01 <= min(changed) < -3 and 3 < max(changed) <= 12.01


def test_background_noise_has_the_wanted_ratio(tmp_path):
    noise = np.random.default_rng(0).standard_normal(3 * RATE) * 0.1
    soundfile.write(tmp_path / "hiss.wav", noise, RATE)
    loud = augmenter(noise=str(tmp_path), noise_probability=1.0, noise_snr_db=[10.0, 10.0])
    added = loud.wave(VOICE) - VOICE
    assert 20 * np.log10(rms(VOICE) / rms(added)) == pytest.approx(10.0, abs=0.3)


@pytest.mark.parametrize(("factor", "seconds"), [(0.8, 1.25), (1.25, 0.8)])
def test_speed_changes_length_and_pitch_together(factor, seconds):
    tone = np.sin(2 * np.pi * 1_000 * np.arange(RATE) / RATE).astype(np.float32)
    changed = augmenter(speeds=[factor]).wave(tone)
    assert len(changed) == pytest.approx(seconds * RATE, abs=1)
    peak = np.argmax(np.abs(np.fft.rfft(changed))) * RATE / len(changed)
    assert peak == pytest.approx(1_000 * factor, rel=0.01)


def test_mixup_mixes_waves_of_equal_level_and_their_targets():
    mixer = augmenter(mixup_alpha=0.4, mixup_probability=1.0)
    waves, targets = mixer.mix([VOICE, 100 * VOICE[:8_000], np.zeros(500, np.float32)], torch.eye(3))
    assert torch.allclose(targets.sum(1), torch.ones(3)) and (targets > 0).sum() > 3
    assert all(np.isfinite(wave).all() for wave in waves)
    assert max(rms(wave) for wave in waves) < 3


def test_masks_cover_bins_and_frames_up_to_their_widths():
    features, mask = torch.randn(4, 1, 40, 60) + 5, torch.ones(4, 60)
    bands = augmenter(frequency_mask_bins=8, masks=1).features(features.clone(), mask) != features
    spans = augmenter(time_mask_frames=20, masks=1).features(features.clone(), mask) != features
    widths = bands.all(3).sum(2).flatten()
    lengths = spans.all(2).sum(2).flatten()
    assert 0 < widths.max() <= 8 and 0 < lengths.max() <= 20
    assert len(set(widths.tolist())) > 1  # each clip gets its own


def test_frequency_warp_moves_a_ridge_within_its_strength():
    features, mask = torch.zeros(64, 1, 80, 4), torch.ones(64, 4)
    features[:, :, 40] = 1.0
    ridges = augmenter(frequency_warp=0.1).features(features, mask)[:, 0, :, 0].argmax(1)
    assert 36 <= ridges.min() < 39 and 41 < ridges.max() <= 45


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"noise_probability": 0.5}, "needs augmentation.noise"),
        ({"noise_probability": 0.5, "noise": "no/such"}, "no sound file"),
        ({"noise_probability": 0.5, "noise": ".", "noise_snr_db": [5.0]}, "lowest and the highest"),
        ({"noise_probability": 0.5, "noise": ".", "noise_snr_db": [9.0, 5.0]}, "lowest and the highest"),
        ({"speeds": [0.0]}, "from 0.25 to 4"),
    ],
)
def test_what_cannot_be_done_is_said(entries, words):
    with pytest.raises(RecipeError, match=words):
        augmenter(**entries)


def test_noise_may_be_a_pattern_of_sound_files(tmp_path):
    for name in ("rain_1.wav", "rain_2.wav", "wind.wav"):
        soundfile.write(tmp_path / name, np.zeros(8_000), RATE)
    assert len(noise_files(str(tmp_path))) == 3
    assert len(noise_files(str(tmp_path / "rain_*"))) == 2
    (tmp_path / "rain_3.wav").write_text("no sound")
    with pytest.raises(RecipeError, match=r"rain_3\.wav is text"):
        noise_files(str(tmp_path / "rain_*"))
