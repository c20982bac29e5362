"""The form in which every recording reaches the models: mono float32 at 16 kHz, shape ``(samples,)``.

Example:
    >>> is_silent(np.zeros(SAMPLING_RATE, dtype=np.float32))
    True
"""

from __future__ import annotations

import numpy as np

SAMPLING_RATE = 16_000
SILENCE_PEAK = 1e-4
"""-80 dBFS: three steps of a 16-bit sample, so dither is below it and RAVDESS's calmest speech (-49 dBFS) is not."""
FAINTEST_PEAK = 1e-6
"""-120 dBFS: below it, nothing is amplified."""
LEAST_LEVELS = 16
"""A faint wave with fewer different values is dither or the noise of a converter."""
LEAST_VARIATION = 4.0
"""Ratio of a loud and a quiet frame of 20 ms in a faint wave: 1.0 for a hum, 1.1 for noise, above 200 for RAVDESS."""


def is_silent(wave: np.ndarray) -> bool:
    """Return whether ``wave``, shape ``(samples,)``, contains only silence, except for a constant offset.

    Below ``SILENCE_PEAK``, a hum, dither and steady noise are silence, but speech is not: it has been recorded or
    converted with much too little gain, and only needs amplification.
    """
    if len(wave) == 0:
        return True
    mean = np.mean(wave)
    peak = float(np.maximum(wave.max() - mean, mean - wave.min()))
    if peak >= SILENCE_PEAK:
        return False
    some = wave[:: 1 + len(wave) // 1_000_000]  # sorting two hours would take seconds
    return peak < FAINTEST_PEAK or len(np.unique(some)) < LEAST_LEVELS or not _varies(wave)


def _varies(wave: np.ndarray) -> bool:
    """Return whether the level changes from frame to frame as it does in speech."""
    size = SAMPLING_RATE // 50
    frames = wave[: len(wave) // size * size].reshape(-1, size)
    if len(frames) == 0:
        return False
    levels = [frames[start : start + 10_000].std(axis=1) for start in range(0, len(frames), 10_000)]
    quiet, loud = np.quantile(np.concatenate(levels), (0.1, 0.95))
    return bool(loud > LEAST_VARIATION * quiet)
