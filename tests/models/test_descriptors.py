"""Each descriptor against librosa's, on voices and noise; the pitch also against pitches that are known."""

import math

import librosa
import numpy as np
import pytest
import torch

from emotion_hf.models.spectrogram import descriptors_spectrogram as descriptors
from emotion_hf.testing import synthetic_voice

RATE = 16_000
PITCH_RANGE_HZ = (65.0, 500.0)
NOISE = (0.1 * np.random.default_rng(0).standard_normal(2 * RATE)).astype(np.float32)
WAVES = {"low voice": synthetic_voice(1.7, seed=3), "high voice": synthetic_voice(1.5, 230.0, seed=5), "noise": NOISE}
FRAMES = [(512, 160), (1024, 276)]  # n_fft and hop length, in samples


@pytest.fixture(params=list(WAVES))
def wave(request) -> np.ndarray:
    return WAVES[request.param]


@pytest.fixture(params=FRAMES, ids=lambda frames: f"{frames[0]}/{frames[1]}")
def frames(request) -> tuple[int, int]:
    return request.param


def batch(wave: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(wave)[None]


def spectrum(wave: np.ndarray, n_fft: int, hop: int) -> torch.Tensor:
    return descriptors.power_spectrum(batch(wave), torch.hann_window(n_fft), hop)


def everywhere(power: torch.Tensor) -> torch.Tensor:
    return torch.ones(power.shape[:2], dtype=torch.bool)


def pitch_and_voicing(wave: np.ndarray, hop: int = 160) -> tuple[np.ndarray, np.ndarray]:
    pitch, voicing = descriptors.yin(batch(wave), RATE, hop, *PITCH_RANGE_HZ)
    return pitch[0, :, 0].numpy(), voicing[0, :, 0].numpy()


def test_centroid_equals_librosa_to_a_hundredth_of_a_hertz(wave, frames):
    n_fft, hop = frames
    expected = librosa.feature.spectral_centroid(y=wave, sr=RATE, n_fft=n_fft, hop_length=hop)
    centroid = descriptors.spectral_centroid(spectrum(wave, n_fft, hop).sqrt(), RATE)
    np.testing.assert_allclose(centroid[0].T, expected, atol=0.01)


def test_rolloff_equals_librosa_but_for_a_bin_where_the_sum_is_on_the_edge(wave, frames):
    n_fft, hop = frames
    expected = librosa.feature.spectral_rolloff(y=wave, sr=RATE, n_fft=n_fft, hop_length=hop)
    rolloff = descriptors.spectral_rolloff(spectrum(wave, n_fft, hop).sqrt(), RATE)
    difference = np.abs(rolloff[0].T.numpy() - expected)
    assert difference.max() <= RATE / n_fft and np.mean(difference > 0) <= 0.02


def test_zero_crossing_rate_equals_librosa_on_the_padded_wave(wave, frames):
    n_fft, hop = frames
    padded = np.pad(wave, n_fft // 2)
    expected = librosa.feature.zero_crossing_rate(padded, frame_length=n_fft, hop_length=hop, center=False)
    np.testing.assert_allclose(descriptors.zero_crossing_rate(batch(wave), n_fft, hop)[0].T, expected, atol=1e-7)


def test_root_mean_square_equals_librosa(wave, frames):
    n_fft, hop = frames
    expected = librosa.feature.rms(y=wave, frame_length=n_fft, hop_length=hop)
    np.testing.assert_allclose(descriptors.mean_square(batch(wave), n_fft, hop).sqrt()[0].T, expected, rtol=1e-5)


@pytest.mark.parametrize("n_fft", [400, 512, 1024, 2048])
def test_chroma_filters_equal_librosa(n_fft):
    expected = librosa.filters.chroma(sr=RATE, n_fft=n_fft, tuning=0)
    np.testing.assert_allclose(descriptors.chroma_filter_bank(RATE, n_fft).T, expected, atol=1e-6)


def test_chroma_equals_librosa(wave, frames):
    n_fft, hop = frames
    expected = librosa.feature.chroma_stft(y=wave, sr=RATE, n_fft=n_fft, hop_length=hop, tuning=0)
    chroma = descriptors.chroma(spectrum(wave, n_fft, hop), descriptors.chroma_filter_bank(RATE, n_fft))
    np.testing.assert_allclose(chroma[0].T, expected, atol=1e-5)


def test_contrast_equals_librosa(wave, frames):
    n_fft, hop = frames
    expected = librosa.feature.spectral_contrast(y=wave, sr=RATE, n_fft=n_fft, hop_length=hop)
    magnitude = spectrum(wave, n_fft, hop).sqrt()
    bands = descriptors.contrast_bands(RATE, n_fft)
    contrast = descriptors.spectral_contrast(magnitude, bands, everywhere(magnitude), 80.0)
    np.testing.assert_allclose(contrast[0].T, expected, atol=0.05)  # of up to 50; quiet valleys are rounding errors


def test_ordered_is_a_sort_with_what_is_infinite_last():
    values = torch.tensor([[3.0, math.inf, -1.0], [0.0, -2.0, 5.0]])
    assert descriptors.ordered(values).tolist() == [[-1.0, 3.0, math.inf], [-2.0, 0.0, 5.0]]
    assert values[0, 0] == 3  # not in place


def test_contrast_says_what_it_needs():
    with pytest.raises(ValueError, match="above 12800 and an n_fft of at least 40"):
        descriptors.contrast_bands(8_000, 512)
    with pytest.raises(ValueError, match="at least 80"):
        descriptors.contrast_bands(16_000, 64)
    assert descriptors.contrast_bands(16_000, 80)[-1].stop == 41


@pytest.mark.parametrize("hop", [160, 276])
@pytest.mark.parametrize("f0_hz", [90.0, 140.0, 230.0])
def test_pitch_agrees_with_librosa_in_voiced_frames(f0_hz, hop):
    wave = synthetic_voice(2.0, f0_hz, seed=7)
    pitch, voicing = pitch_and_voicing(wave, hop)
    low, high = PITCH_RANGE_HZ
    expected = librosa.yin(wave, fmin=low, fmax=high, sr=RATE, frame_length=1024, hop_length=hop, pad_mode="constant")
    voiced = pitch > 0
    assert pitch.shape == expected.shape and voiced.mean() > 0.5
    assert np.array_equal(voiced, voicing >= descriptors.MIN_VOICING)
    assert np.mean(np.abs(pitch / expected - 1)[voiced] < 0.02) >= 0.95


@pytest.mark.parametrize(("start_hz", "end_hz"), [(80, 80), (100, 180), (300, 220), (470, 480)])
def test_pitch_follows_a_glide_to_half_a_percent(start_hz, end_hz):
    f0_hz = np.linspace(start_hz, end_hz, RATE)
    phase = 2 * np.pi * np.cumsum(f0_hz) / RATE
    wave = sum(np.sin(number * phase) / number for number in range(1, 7)).astype(np.float32)
    pitch, voicing = pitch_and_voicing(wave)
    inner = slice(5, -5)  # whose frames lie within the wave
    np.testing.assert_allclose(pitch[:-1][inner], f0_hz[::160][inner], rtol=0.005)
    assert voicing[inner].min() > 0.95


def test_voicing_is_the_periodic_share_of_the_power():
    tone = np.sin(2 * np.pi * 150 * np.arange(len(NOISE)) / RATE).astype(np.float32) * np.sqrt(2) * 0.1
    for tone_share in (0.2, 0.5, 0.8):
        mixed = np.sqrt(tone_share) * tone + np.sqrt(1 - tone_share) * NOISE
        voicing = pitch_and_voicing(mixed.astype(np.float32))[1]
        assert np.median(voicing[5:-5]) == pytest.approx(tone_share, abs=0.07)
    assert (pitch_and_voicing(NOISE)[0] == 0).all()


@pytest.mark.parametrize("value", [0.0, 0.3])
def test_silence_has_no_pitch_even_with_an_offset(value):
    pitch, voicing = pitch_and_voicing(np.full(RATE, value, dtype=np.float32))
    assert not pitch[5:-5].any() and not voicing[5:-5].any()


def test_silence_is_zero_everywhere():
    power = torch.zeros(1, 6, 257)
    bands = descriptors.contrast_bands(RATE, 512)
    for values in (
        descriptors.spectral_centroid(power, RATE),
        descriptors.spectral_rolloff(power, RATE),
        descriptors.zero_crossing_rate(torch.zeros(1, 800), 512, 160),
        descriptors.chroma(power, descriptors.chroma_filter_bank(RATE, 512)),
        descriptors.spectral_contrast(power, bands, everywhere(power), 80.0),
    ):
        assert not values.any()


@pytest.mark.parametrize("order", [1, 2])
def test_delta_of_a_short_clip_does_not_depend_on_its_neighbour(order):
    features = torch.randn(2, 20, 3)
    alone = descriptors.delta(features[:1, :6], torch.tensor([6]), order)
    together = descriptors.delta(features, torch.tensor([6, 20]), order)
    torch.testing.assert_close(together[:1, :6], alone)
