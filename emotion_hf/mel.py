"""The mel scale: filters that see a spectrum as the ear does, and the log-mel pictures of a recording.

The numbers are those of librosa, which takes seconds to import; `tests/test_mel.py` compares them.

Example:
    >>> round(float(hz_to_mel(1_000.0)), 6), round(float(mel_to_hz(15.0)), 6)
    (15.0, 1000.0)
"""

from __future__ import annotations

import numpy as np

from emotion_hf.waves import SAMPLING_RATE

LINEAR_MELS, LINEAR_HZ = 15.0, 1_000.0
"""Slaney's scale is linear up to here."""
MELS_PER_RATIO, RATIO = 27.0, 6.4
"""Above, this many mels are this ratio of frequencies (Slaney 1998, Auditory Toolbox)."""
LEAST_POWER = 1e-30


def hz_to_mel(hertz: np.ndarray | float) -> np.ndarray:
    """Return frequencies in Hz on Slaney's mel scale."""
    hertz = np.asarray(hertz, dtype=np.float64)
    above = np.log(np.maximum(hertz, LINEAR_HZ) / LINEAR_HZ) * MELS_PER_RATIO / np.log(RATIO)
    return np.minimum(hertz / LINEAR_HZ, 1.0) * LINEAR_MELS + above


def mel_to_hz(mels: np.ndarray | float) -> np.ndarray:
    """Return mels on Slaney's scale as frequencies in Hz."""
    mels = np.asarray(mels, dtype=np.float64)
    return (
        np.minimum(mels / LINEAR_MELS, 1.0)
        * LINEAR_HZ
        * RATIO ** (np.maximum(mels - LINEAR_MELS, 0.0) / MELS_PER_RATIO)
    )


def mel_edges(bands: int) -> np.ndarray:
    """Return frequencies in Hz, equally spaced on Slaney's scale from 0 to 8,000 Hz, `(bands + 1,)`."""
    return mel_to_hz(np.linspace(0.0, hz_to_mel(SAMPLING_RATE / 2), bands + 1))


def triangles(edges_hz: np.ndarray, n_fft: int) -> np.ndarray:
    """Return a triangle of height 1 over every three successive edges, at the bins of a Fourier transform.

    Args:
        edges_hz: `(filters + 2,)`, increasing.
        n_fft: Length of the transform.

    Returns:
        `(filters, 1 + n_fft // 2)`.
    """
    bins = np.linspace(0.0, SAMPLING_RATE / 2, 1 + n_fft // 2)
    return np.stack(
        [np.interp(bins, edges_hz[first : first + 3], (0.0, 1.0, 0.0)) for first in range(len(edges_hz) - 2)]
    )


def mel_filters(bands: int, n_fft: int) -> np.ndarray:
    """Return triangles of area 1 on Slaney's scale from 0 to 8,000 Hz, `(bands, 1 + n_fft // 2)`."""
    edges = mel_edges(bands + 1)
    return triangles(edges, n_fft) * (2.0 / (edges[2:] - edges[:-2]))[:, None]


def log_mel_db(
    wave: np.ndarray,
    bands: int,
    n_fft: int,
    hop_samples: int,
    *,
    range_db: float = 80.0,
    quietest: float = LEAST_POWER,
) -> np.ndarray:
    """Return a log-mel picture in decibels below its loudest point, `(bands, frames)`.

    Args:
        wave: Mono at 16 kHz `(samples,)`.
        bands: Number of bands.
        n_fft: Length of the windows; the first and the last are centred on the ends of the wave.
        hop_samples: Distance of the windows.
        range_db: Lower values are raised to this far below the loudest.
        quietest: If the loudest point has less power, the values are in decibels below this power.
    """
    padded = np.pad(wave, n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop_samples]
    window = np.hanning(n_fft + 1)[:-1].astype(np.float32)  # periodic
    power = mel_filters(bands, n_fft) @ (np.abs(np.fft.rfft(frames * window)) ** 2).T
    decibels = 10.0 * np.log10(np.maximum(power, LEAST_POWER) / max(power.max(), quietest))
    return np.maximum(decibels, decibels.max() - range_db)
