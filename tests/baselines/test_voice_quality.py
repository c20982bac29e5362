"""Jitter, shimmer and harmonics-to-noise of pulse trains and harmonics that were made with known ones."""

import numpy as np
import pytest

from emotion_hf.baselines.voice_quality import find_pulses, harmonics_to_noise, jitter, shimmer

RATE, HOP = 16_000, 160


def pulse_train(f0_hz: float, *, jitter=0.0, shimmer=0.0, seconds=1.5, seed=0):
    """Return a wave of short pulses with drawn periods and heights, and their true times, jitter and shimmer."""
    rng = np.random.default_rng(seed)
    count = round(seconds * f0_hz)
    times = 200 + np.cumsum(RATE / f0_hz * (1 + jitter * rng.standard_normal(count)))
    heights = 1 + shimmer * rng.standard_normal(count)
    samples = np.arange(round(times[-1]) + 200)
    wave = sum(h * np.exp(-0.5 * ((samples - t) / 3) ** 2) for t, h in zip(times, heights, strict=True))
    periods = np.diff(times)
    true_jitter = np.abs(np.diff(periods)).mean() / periods.mean()
    return wave, times, true_jitter, np.abs(np.diff(heights)).mean() / heights.mean()


def pitch_of(wave: np.ndarray, f0_hz: float) -> np.ndarray:
    return np.full(1 + len(wave) // HOP, f0_hz)


@pytest.mark.parametrize("f0_hz", [90.0, 160.0, 300.0])
@pytest.mark.parametrize(
    ("of_period", "of_height"), [(0.0, 0.0), (0.005, 0.0), (0.02, 0.0), (0.0, 0.08), (0.01, 0.05)]
)
def test_pulses_that_vary_are_measured(f0_hz, of_period, of_height):
    wave, times, true_jitter, true_shimmer = pulse_train(f0_hz, jitter=of_period, shimmer=of_height)
    pulses = find_pulses(wave, pitch_of(wave, f0_hz), hop_length=HOP, sampling_rate=RATE)
    (chain,) = pulses
    assert len(times) - 3 <= len(chain) <= len(times)
    nearest = np.abs(chain[:, None] - times[None, :]).min(axis=1)
    assert nearest.max() < 1.0
    assert jitter(pulses) == pytest.approx(true_jitter, rel=0.12, abs=0.0005)
    assert shimmer(wave, pulses) == pytest.approx(true_shimmer, rel=0.12, abs=0.005)


def test_stretches_are_not_joined():
    wave, *_ = pulse_train(120.0)
    pitch_hz = pitch_of(wave, 120.0)
    pitch_hz[60:90] = 0
    first, second = find_pulses(wave, pitch_hz, hop_length=HOP, sampling_rate=RATE)
    assert first[-1] < 60 * HOP < 90 * HOP - HOP < second[0]


def test_without_a_voice_nothing_is_measured():
    wave, pitch_hz = np.zeros(RATE), np.zeros(101)
    pulses = find_pulses(wave, pitch_hz, hop_length=HOP, sampling_rate=RATE)
    assert pulses == [] and np.isnan(jitter(pulses)) and np.isnan(shimmer(wave, pulses))
    assert harmonics_to_noise(wave, pitch_hz, hop_length=HOP, sampling_rate=RATE).shape == (0,)


@pytest.mark.parametrize("f0_hz", [100.0, 200.0, 300.0])
@pytest.mark.parametrize("hnr_db", [0.0, 10.0, 20.0])
def test_noise_added_to_harmonics_is_measured(f0_hz, hnr_db):
    time = np.arange(RATE) / RATE
    voice = sum(np.cos(2 * np.pi * f0_hz * number * time + number**2) for number in range(1, 11))
    noise = np.random.default_rng(0).standard_normal(len(time))
    noise *= np.sqrt(np.mean(voice**2) / np.mean(noise**2) / 10 ** (hnr_db / 10))
    found = harmonics_to_noise(voice + noise, pitch_of(voice, f0_hz), hop_length=HOP, sampling_rate=RATE)
    assert found[5:-5].mean() == pytest.approx(hnr_db, abs=0.5)
