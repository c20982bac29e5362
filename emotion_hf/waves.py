"""The form in which every recording reaches the models: mono float32 at 16 kHz, shape ``(samples,)``.

Example:
    >>> is_silent(np.zeros(SAMPLING_RATE, dtype=np.float32))
    True
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from emotion_hf.long_waves import spans

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
    facts = np.array([(part.sum(dtype=np.float64), part.min(), part.max()) for part in _parts(wave)])
    mean = facts[:, 0].sum() / len(wave)
    peak = float(max(facts[:, 2].max() - mean, mean - facts[:, 1].min()))
    if peak >= SILENCE_PEAK:
        return False
    step = 1 + len(wave) // 1_000_000  # sorting two hours would take seconds
    some = np.concatenate([part[::step] for part in _parts(wave)])
    return peak < FAINTEST_PEAK or len(np.unique(some)) < LEAST_LEVELS or not _varies(wave)


def _parts(wave: np.ndarray) -> Iterator[np.ndarray]:
    return (wave[span] for span in spans(wave))


def _varies(wave: np.ndarray) -> bool:
    """Return whether the level changes from frame to frame as it does in speech."""
    size = SAMPLING_RATE // 50
    whole = (part[: len(part) // size * size].reshape(-1, size) for part in _parts(wave))
    levels = np.concatenate([frames.std(axis=1) for frames in whole])
    if len(levels) == 0:
        return False
    quiet, loud = np.quantile(levels, (0.1, 0.95))
    return bool(loud > LEAST_VARIATION * quiet)
