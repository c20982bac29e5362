"""Statistics over the frames of a clip: level, movement, course and distribution.

Example:
    >>> summarize("pitch", np.array([[1.0, 2.0, 3.0, 4.0, 5.0]]), LEVEL | COURSE)
    {'pitch_mean': 3.0, 'pitch_deviation': 1.4142135623730951, 'pitch_slope': 2.0, 'pitch_curvature': 0.0}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

MIN_FRAMES = 5
LEAST_DEVIATION = 1e-6
Statistic = Callable[[np.ndarray], np.ndarray]  # (bins, frames) → (bins,)


def summarize(name: str, frames: np.ndarray, statistics: Mapping[str, Statistic]) -> dict[str, float]:
    """Return each statistic of each bin by name, all NaN if there are fewer than `MIN_FRAMES` frames.

    Args:
        name: Name of the descriptor.
        frames: Shape `(bins, frames)`.
        statistics: Name → statistic.
    """
    bins = [name] if len(frames) == 1 else [f"{name}_{number}" for number in range(len(frames))]
    found: dict[str, float] = {}
    for statistic, of in statistics.items():
        values = of(frames) if frames.shape[1] >= MIN_FRAMES else np.full(len(frames), np.nan)
        found |= {f"{one}_{statistic}": float(value) for one, value in zip(bins, values, strict=True)}
    return found


def mean(frames: np.ndarray) -> np.ndarray:
    """Return the mean."""
    return frames.mean(axis=-1)


def deviation(frames: np.ndarray) -> np.ndarray:
    """Return the standard deviation."""
    return frames.std(axis=-1)


def slope(frames: np.ndarray) -> np.ndarray:
    """Return the slope of the least-squares line, with time from -1 to 1."""
    return _project(frames, np.linspace(-1, 1, frames.shape[-1]))


def curvature(frames: np.ndarray) -> np.ndarray:
    """Return the factor of the square in the least-squares parabola, with time from -1 to 1."""
    square = np.linspace(-1, 1, frames.shape[-1]) ** 2
    return _project(frames, square - square.mean())


def skewness(frames: np.ndarray) -> np.ndarray:
    """Return the third standardised moment."""
    return _moment(frames, 3)


def kurtosis(frames: np.ndarray) -> np.ndarray:
    """Return the fourth standardised moment."""
    return _moment(frames, 4)


def correlations(frames: np.ndarray) -> np.ndarray:
    """Return the correlation of each pair of bins, row by row of the upper triangle; NaN as in `summarize`."""
    pairs = np.triu_indices(len(frames), 1)
    if frames.shape[1] < MIN_FRAMES:
        return np.full(len(pairs[0]), np.nan)
    centred = frames - frames.mean(axis=1, keepdims=True)
    standard = centred / np.maximum(frames.std(axis=1, keepdims=True), LEAST_DEVIATION)
    return (standard @ standard.T / frames.shape[1])[pairs]


def _project(frames: np.ndarray, course: np.ndarray) -> np.ndarray:
    return frames @ course / (course @ course)


def _moment(frames: np.ndarray, order: int) -> np.ndarray:
    centred = frames - frames.mean(axis=-1, keepdims=True)
    return (centred**order).mean(axis=-1) / np.maximum(frames.std(axis=-1), LEAST_DEVIATION) ** order


def _percentile(percent: float) -> Statistic:
    return lambda frames: np.percentile(frames, percent, axis=-1)


LEVEL: dict[str, Statistic] = {"mean": mean, "deviation": deviation}
COURSE: dict[str, Statistic] = {"slope": slope, "curvature": curvature}
CHANGE: dict[str, Statistic] = {
    "deviation": deviation,
    "p5": _percentile(5),
    "p95": _percentile(95),
    "skewness": skewness,
}
SHAPE: dict[str, Statistic] = {
    **{f"p{percent}": _percentile(percent) for percent in (5, 25, 50, 75, 95)},
    **{"skewness": skewness, "kurtosis": kurtosis},
}
