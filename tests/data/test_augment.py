"""Augmentation: each entry does what it says, and nothing when it is off."""

import random

import numpy as np
import pytest
import soundfile
import torch

from emotion_hf.data.augment import Augmenter
from emotion_hf.data.augment_waves import load_noises
from emotion_hf.errors import RecipeError
from emotion_hf.recipes import AugmentationRecipe
from emotion_hf.testing import synthetic_voice

RATE = 16_000
VOICE = synthetic_voice(1.0)
TONE = np.sin(2 * np.pi * 1_000 * np.arange(RATE) / RATE).astype(np.float32)


@pytest.fixture(autouse=True)
def _seeded():
    random.seed(0)
    np.random.seed(0)
    torch.manual_seed(0)


def rms(wave: np.ndarray) -> float:
    return float(np.sqrt(np.mean(np.square(wave, dtype=np.float64))))


def peak_hz(wave: np.ndarray) -> float:
    return float(np.argmax(np.abs(np.fft.rfft(wave * np.hanning(len(wave)))))) * RATE / len(wave)


def band_level(wave: np.ndarray, low_hz: float, high_hz: float) -> float:
    """Return the mean power of a band in dB."""
    power = np.abs(np.fft.rfft(wave)) ** 2
    hertz = np.fft.rfftfreq(len(wave), 1 / RATE)
    return float(10 * np.log10(power[(hertz >= low_hz) & (hertz < high_hz)].mean() + 1e-20))


def spectrum(wave: np.ndarray) -> np.ndarray:
    """Return the magnitudes of frames, which do not feel a codec's delay of a few samples."""
    frames = wave[: len(wave) // 512 * 512].reshape(-1, 512)
    return np.abs(np.fft.rfft(frames * np.hanning(512), axis=1)).ravel()


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
    changed = augmenter(speeds=[factor]).wave(TONE)
    assert len(changed) == pytest.approx(seconds * RATE, abs=1)
    assert peak_hz(changed) == pytest.approx(1_000 * factor, rel=0.01)


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


def test_masked_parts_take_their_bins_mean():
    """Rows of descriptors have units of their own, so one value cannot stand for all."""
    levels = torch.tensor([-400.0, 0.1, 3_000.0, 12.0])[None, None, :, None]
    features, mask = levels + torch.rand(6, 1, 4, 60), torch.ones(6, 60)
    changed = augmenter(time_mask_frames=30, masks=1).features(features.clone(), mask)
    mean = features.mean(dim=(0, 3), keepdim=True).expand_as(features)
    assert torch.allclose(changed[changed != features], mean[changed != features]) and (changed != features).any()


def test_pitch_shift_moves_the_pitch_and_keeps_the_length():
    changed = [peak_hz(augmenter(pitch_probability=1.0, pitch_semitones=2.0).wave(TONE)) for _ in range(20)]
    assert min(changed) >= 998 * 2 ** (-2 / 12) and max(changed) <= 1_002 * 2 ** (2 / 12)
    assert min(changed) < 930 and max(changed) > 1_080
    assert len(augmenter(pitch_probability=1.0).wave(TONE)) == RATE


def test_stretch_changes_the_length_and_keeps_the_pitch():
    stretched = [augmenter(stretch_probability=1.0, stretch_rates=[0.8, 1.25]).wave(TONE) for _ in range(20)]
    seconds = [len(wave) / RATE for wave in stretched]
    assert 0.79 < min(seconds) < 0.9 and 1.1 < max(seconds) < 1.26
    assert all(peak_hz(wave) == pytest.approx(1_000, rel=0.01) for wave in stretched)


def test_shift_moves_a_clip_in_time_and_leaves_silence():
    shifts = []
    for _ in range(30):
        changed = augmenter(shift_seconds=0.2).wave(VOICE)
        assert len(changed) == len(VOICE)
        likeness = np.fft.irfft(np.fft.rfft(changed, 2 * RATE) * np.conj(np.fft.rfft(VOICE, 2 * RATE)))
        shift = (int(np.argmax(likeness)) + RATE) % (2 * RATE) - RATE
        shifts.append(shift / RATE)
        assert not changed[:shift].any() if shift > 0 else not changed[len(VOICE) + shift :].any()
    assert -0.201 < min(shifts) < -0.1 and 0.1 < max(shifts) < 0.201


@pytest.mark.parametrize("seconds", [0.2, 0.8])
def test_a_room_rings_on_for_its_reverberation_time(seconds):
    click = np.zeros(2 * RATE, np.float32)
    click[0] = 1.0
    answer = augmenter(reverberation_probability=1.0, reverberation_seconds=[seconds, seconds]).wave(click)
    energy = np.cumsum(np.square(answer[:0:-1], dtype=np.float64))[::-1]  # Schroeder's integral, without the click
    decibels = 10 * np.log10(energy / energy[0] + 1e-12)
    falling = (decibels < -5) & (decibels > -25)
    per_second = np.polyfit(np.flatnonzero(falling) / RATE, decibels[falling], 1)[0]
    assert -60 / per_second == pytest.approx(seconds, rel=0.1)
    assert answer[0] == pytest.approx(1.0, abs=1e-6)
    assert -0.01 < 10 * np.log10(1 / energy[0]) < 10.01  # direct to reverberant


def test_another_microphone_changes_bands_and_not_the_voice():
    noise = np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    changes = []
    for _ in range(20):
        result = augmenter(equalizer_probability=1.0, equalizer_db=9.0).wave(noise)
        assert len(result) == RATE and result.dtype == np.float32
        changes += [band_level(result, low, 2 * low) - band_level(noise, low, 2 * low) for low in (200, 800, 3_200)]
    assert 2 < np.std(changes) < 9 and max(np.abs(changes)) < 20


def test_tilted_noise_is_brighter_or_darker_by_some_db_an_octave(tmp_path):
    soundfile.write(tmp_path / "hiss.wav", np.random.default_rng(0).standard_normal(4 * RATE) * 0.1, RATE)
    recorded = {"noise": str(tmp_path), "noise_probability": 1.0, "noise_snr_db": [0.0, 0.0]}
    for kind in (recorded, {"white_noise_probability": 1.0, "white_noise_snr_db": [0.0, 0.0]}):
        noisy = augmenter(noise_tilt_db=6.0, **kind)
        added = [noisy.wave(VOICE) - VOICE for _ in range(30)]
        octave = [band_level(one, 1_600, 3_200) - band_level(one, 800, 1_600) for one in added]
        assert min(octave) < -3 and max(octave) > 3 and max(np.abs(octave)) < 7.5
        assert np.std([rms(one) for one in added]) < 0.01 * rms(VOICE)


def test_white_noise_is_white_and_has_the_wanted_ratio():
    added = augmenter(white_noise_probability=1.0, white_noise_snr_db=[15.0, 15.0]).wave(VOICE) - VOICE
    assert 20 * np.log10(rms(VOICE) / rms(added)) == pytest.approx(15.0, abs=0.2)
    assert band_level(added, 0, 4_000) == pytest.approx(band_level(added, 4_000, 8_000), abs=0.5)


def test_trimming_cuts_the_silence_at_both_ends_and_nothing_else():
    voice = VOICE[np.abs(VOICE).argmax() - 2_000 :][:4_000]
    recording = np.concatenate([np.zeros(RATE, np.float32), voice, np.zeros(2 * RATE, np.float32)])
    for _ in range(20):
        trimmed = augmenter(trim_probability=1.0).wave(recording)
        assert len(trimmed) + 256 >= 4_000 and len(trimmed) <= 4_000 + 2 * 0.3 * RATE + 1_024
        assert np.abs(trimmed).sum() == pytest.approx(np.abs(voice).sum(), rel=0.02)


def test_hum_is_that_of_the_mains_and_its_overtones():
    quiet = np.zeros(4 * RATE, np.float32)
    quiet[0] = 1.0  # the hum is measured from the peak
    for _ in range(10):
        hum = augmenter(hum_probability=1.0).wave(quiet) - quiet
        assert min(abs(peak_hz(hum) - hertz) for hertz in (50, 60)) < 0.5
        assert -62 < 20 * np.log10(np.abs(hum).max()) < -20
        assert band_level(hum, 400, 8_000) < band_level(hum, 40, 70) - 60


def test_the_telephone_keeps_its_band_alone():
    noise = np.random.default_rng(0).standard_normal(RATE).astype(np.float32)
    result = augmenter(telephone_probability=1.0).wave(noise)
    assert len(result) == RATE and result.dtype == np.float32
    assert band_level(result, 400, 3_300) == pytest.approx(band_level(noise, 400, 3_300), abs=0.3)
    for low, high in ((0, 280), (3_500, 8_000)):
        assert band_level(result, low, high) < band_level(noise, low, high) - 35


def test_a_codec_keeps_the_voice_and_loses_the_more_the_lower_its_rate():
    likeness = {}
    for kbps in (8.0, 64.0):
        coded = [augmenter(codec_probability=1.0, codec_kbps=[kbps, kbps]).wave(3 * VOICE) for _ in range(6)]
        assert all(len(wave) == len(VOICE) and wave.dtype == np.float32 for wave in coded)
        likeness[kbps] = np.mean([np.corrcoef(spectrum(wave), spectrum(VOICE))[0, 1] for wave in coded])
    assert all(rms(wave) == pytest.approx(3 * rms(VOICE), rel=0.1) for wave in coded)
    assert 0.9 < likeness[8.0] < likeness[64.0] < 1.0


@pytest.mark.parametrize(
    ("entry", "others"),
    [
        ("pitch_probability", {}),
        ("stretch_probability", {"stretch_rates": [1.1, 1.1]}),
        ("reverberation_probability", {}),
        ("equalizer_probability", {}),
        ("hum_probability", {}),
        ("white_noise_probability", {}),
        ("telephone_probability", {}),
        ("codec_probability", {}),
    ],
)
def test_a_probability_is_the_share_of_clips_that_are_changed(entry, others):
    half = augmenter(**{entry: 0.5}, **others)
    voice = VOICE[:4_000]
    changed = [not np.array_equal(half.wave(voice), voice) for _ in range(40)]
    assert 10 <= sum(changed) <= 30


def test_silence_stays_finite():
    everything = augmenter(
        trim_probability=1.0,
        hum_probability=1.0,
        pitch_probability=1.0,
        reverberation_probability=1.0,
        equalizer_probability=1.0,
        white_noise_probability=1.0,
        telephone_probability=1.0,
        codec_probability=1.0,
    )
    assert np.isfinite(everything.wave(np.zeros(8_000, np.float32))).all()


@pytest.mark.parametrize(
    ("entries", "words"),
    [
        ({"noise_probability": 0.5}, "needs augmentation.noise"),
        ({"noise_probability": 0.5, "noise": "no/such"}, "matches no recording"),
        ({"noise_probability": 0.5, "noise": ".", "noise_snr_db": [5.0]}, "lowest and the highest"),
        ({"noise_probability": 0.5, "noise": ".", "noise_snr_db": [9.0, 5.0]}, "lowest and the highest"),
        ({"speeds": [0.0]}, "from 0.25 to 4"),
        ({"stretch_probability": 0.5, "stretch_rates": [0.0, 1.0]}, r"stretch_rates is \[0.0, 1.0\].*from 0.25 to 4"),
        (
            {"reverberation_probability": 0.5, "reverberation_seconds": [0.5]},
            "reverberation_seconds .*from 0.05 to 10",
        ),
        ({"white_noise_probability": 0.5, "white_noise_snr_db": []}, "white_noise_snr_db .*lowest and the highest"),
        ({"codec_probability": 0.5, "codec_kbps": [1.0, 8.0]}, "codec_kbps .*from 8 to 160"),
    ],
)
def test_what_cannot_be_done_is_said(entries, words):
    with pytest.raises(RecipeError, match=words):
        augmenter(**entries)


def test_noise_may_be_a_pattern_of_sound_files(tmp_path):
    for name in ("rain_1.wav", "rain_2.wav", "wind.wav"):
        soundfile.write(tmp_path / name, np.zeros(8_000), RATE)
    assert len(load_noises(str(tmp_path))) == 3
    assert len(load_noises(str(tmp_path / "rain_*"))) == 2
    (tmp_path / "rain_3.wav").write_text("no sound")
    with pytest.raises(RecipeError, match=r"rain_3\.wav is text"):
        load_noises(str(tmp_path / "rain_*"))
