"""Voice quality from a wave and its pitch: jitter, shimmer and the harmonics-to-noise ratio.

Periods are found as in "waveform matching" (Boersma & Weenink, Praat's manual): from the middle of a voiced segment
outwards, the next period is where the wave repeats itself best. Jitter and shimmer are Praat's "local" ones; the
harmonics-to-noise ratio is Boersma's (1993, "Accurate short-term analysis of the fundamental frequency and the
harmonics-to-noise ratio of a sampled sound").

Example:
    >>> time = np.arange(16_000) / 16_000
    >>> hum = sum(np.cos(2 * np.pi * 120 * number * time) for number in range(1, 9))
    >>> chains = find_pulses(hum, np.full(101, 120.0), hop_length=160, sampling_rate=16_000)
    >>> len(chains), round(jitter(chains), 3)
    (1, 0.0)
"""

from __future__ import annotations

import numpy as np

NEXT_PERIOD = (0.8, 1.25)  # search range for the next pulse, in periods
MIN_SIMILARITY = 0.3  # a period that is less like the one before it ends the chain
MAX_PERIOD_FACTOR = 1.3  # successive periods that differ more do not count (Praat's default)
WINDOW_SECONDS = 0.06  # of the harmonics-to-noise ratio: 4.5 periods of 75 Hz
LAG_TOLERANCE = 0.1  # search range for the peak of the autocorrelation around the pitch period
STEPS_PER_SAMPLE = 2  # of the autocorrelation: with only one, high voices would seem too noisy
HIGHEST_HNR_DB = 40.0


def find_pulses(wave: np.ndarray, pitch_hz: np.ndarray, *, hop_length: int, sampling_rate: int) -> list[np.ndarray]:
    """Return the times of the pulses, in fractional samples: one array for each voiced segment.

    Args:
        wave: Mono, shape `(samples,)`.
        pitch_hz: Pitch of each frame, shape `(frames,)`, 0 without voice; frame n is centred on sample
            `n * hop_length`.
        hop_length: Samples from one frame to the next.
        sampling_rate: Samples per second.
    """
    wave = wave.astype(np.float64)
    edges = np.flatnonzero(np.diff(pitch_hz > 0, prepend=False, append=False)).reshape(-1, 2)
    chains = []
    for first, end in edges:
        frames = np.arange(first, end)
        periods = sampling_rate / pitch_hz[first:end]
        low, high = (first - 0.5) * hop_length, min((end - 0.5) * hop_length, len(wave))
        start = _strongest(wave, (low + high) / 2, np.median(periods))
        reach = (max(low, 0.0), high, frames * hop_length, periods)
        back, on = _chain(wave, start, -1, *reach), _chain(wave, start, 1, *reach)
        if len(back) + len(on) > 0:
            chains.append(np.array([*back[::-1], start, *on]))
    return chains


def jitter(chains: list[np.ndarray]) -> float:
    """Return the mean difference of successive periods over the mean period; NaN where there are none."""
    periods = [np.diff(chain) for chain in chains]
    differences = [np.abs(np.diff(one))[_alike(one)] for one in periods]
    return _ratio(differences, periods)


def shimmer(wave: np.ndarray, chains: list[np.ndarray]) -> float:
    """Return the mean difference of successive periods' peak amplitudes over their mean; NaN where there are none."""
    peaks = [_peaks(wave.astype(np.float64), chain) for chain in chains]
    differences = [np.abs(np.diff(one))[1:][_alike(np.diff(chain))] for one, chain in zip(peaks, chains, strict=True)]
    return _ratio(differences, peaks)


def harmonics_to_noise(wave: np.ndarray, pitch_hz: np.ndarray, *, hop_length: int, sampling_rate: int) -> np.ndarray:
    """Return the harmonics-to-noise ratio of each voiced frame in dB, shape `(voiced frames,)`, within ±40.

    Args:
        wave: Mono, shape `(samples,)`.
        pitch_hz: As in `find_pulses`.
        hop_length: Samples from one frame to the next.
        sampling_rate: Samples per second.
    """
    voiced = np.flatnonzero(pitch_hz > 0)
    size = round(WINDOW_SECONDS * sampling_rate)
    padded = np.pad(wave.astype(np.float64), (size // 2, size + hop_length))
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)[voiced * hop_length]
    window = np.hanning(size)
    similarity = _autocorrelation((frames - frames.mean(axis=1, keepdims=True)) * window) / _autocorrelation(window)
    peak = _peaks_near(similarity, STEPS_PER_SAMPLE * sampling_rate / pitch_hz[voiced])
    lowest = 1 / (1 + 10 ** (HIGHEST_HNR_DB / 10))
    peak = np.clip(peak, lowest, 1 - lowest)
    return 10 * np.log10(peak / (1 - peak))


def _strongest(wave: np.ndarray, middle: float, period: float) -> float:
    """Return the sample with the largest magnitude within one period around the middle."""
    start = max(round(middle - period / 2), 0)
    return float(start + np.abs(wave[start : round(middle + period / 2) + 1]).argmax())


def _chain(
    wave: np.ndarray,
    pulse: float,
    direction: int,
    low: float,
    high: float,
    centres: np.ndarray,
    periods: np.ndarray,
) -> list[float]:
    """Return the pulses that follow `pulse` in one direction, up to the end of the segment or of the similarity."""
    chain: list[float] = []
    while True:
        lag = _next_lag(wave, round(pulse), direction, float(np.interp(pulse, centres, periods)))
        pulse += direction * lag
        if not (lag and low <= pulse < high):
            return chain
        chain.append(pulse)


def _next_lag(wave: np.ndarray, centre: int, direction: int, period: float) -> float:
    """Return the lag in samples at which a period of the wave repeats; 0 if it does not."""
    half = round(period / 2)
    shortest, longest = int(NEXT_PERIOD[0] * period), int(np.ceil(NEXT_PERIOD[1] * period))
    nearest, farthest = sorted((direction * shortest, direction * longest))
    if min(centre, centre + nearest) < half or max(centre, centre + farthest) + half >= len(wave):
        return 0.0
    one = wave[centre - half : centre + half + 1]
    others = wave[centre + nearest - half : centre + farthest + half + 1]
    powers = np.correlate(np.square(others), np.ones(len(one)), mode="valid")
    scale = np.sqrt(np.maximum(powers, 0) * np.square(one).sum())
    similarity = np.correlate(others, one, mode="valid") / np.maximum(scale, np.finfo(np.float64).tiny)
    best = int(similarity[::direction].argmax())
    if similarity[::direction][best] < MIN_SIMILARITY:
        return 0.0
    return shortest + best + _peak_offset(similarity[::direction], best)


def _peaks(wave: np.ndarray, chain: np.ndarray) -> np.ndarray:
    """Return the largest magnitude within half a period around each pulse."""
    magnitude = np.abs(wave)
    halves = np.diff(chain, append=2 * chain[-1] - chain[-2]) / 2
    tops = []
    for pulse, half in zip(chain, halves, strict=True):
        start, end = max(round(pulse - half), 0), min(round(pulse + half) + 1, len(wave))
        tops.append(_height(magnitude, start + int(magnitude[start:end].argmax())))
    return np.array(tops)


def _alike(periods: np.ndarray) -> np.ndarray:
    """Return which successive periods are similar enough to be compared, shape `(periods - 1,)`."""
    return np.maximum(periods[1:], periods[:-1]) <= MAX_PERIOD_FACTOR * np.minimum(periods[1:], periods[:-1])


def _ratio(differences: list[np.ndarray], values: list[np.ndarray]) -> float:
    differing = np.concatenate([*differences, np.empty(0)])
    return float(differing.mean() / np.concatenate(values).mean()) if len(differing) else float("nan")


def _autocorrelation(frames: np.ndarray) -> np.ndarray:
    """Return the autocorrelation of each frame at lags of half samples, up to half a frame; 1 at lag 0."""
    length = frames.shape[-1]
    power = np.square(np.abs(np.fft.rfft(frames, 2 * length)))
    values = np.fft.irfft(power, 2 * length * STEPS_PER_SAMPLE)[..., : length * STEPS_PER_SAMPLE // 2]
    return values / np.maximum(values[..., :1], np.finfo(np.float64).tiny)


def _peaks_near(similarity: np.ndarray, lags: np.ndarray) -> np.ndarray:
    """Return the height of each row's peak near its lag, shape `(rows,)`."""
    columns = np.arange(similarity.shape[1])
    near = np.abs(columns / lags[:, None] - 1) <= LAG_TOLERANCE
    best = np.where(near, similarity, -np.inf).argmax(axis=1)
    return np.array([_height(row, column) for row, column in zip(similarity, best, strict=True)])


def _peak_offset(values: np.ndarray, best: int) -> float:
    """Return the position of the maximum of the parabola through a peak and its neighbours; 0 at an edge."""
    if not 0 < best < len(values) - 1:
        return 0.0
    before, here, after = values[best - 1 : best + 2]
    bend = before - 2 * here + after
    return float((before - after) / (2 * bend)) if bend < 0 else 0.0


def _height(values: np.ndarray, best: int) -> float:
    """Return the height of the parabola through a peak and its neighbours."""
    offset = _peak_offset(values, best)
    slope = (values[best + 1] - values[best - 1]) / 2 if offset else 0.0
    return float(values[best] + slope * offset / 2)
