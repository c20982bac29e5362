"""Public test doubles: a classifier that needs no weights, synthetic voices, a tiny corpus.

Example:
    >>> FakeClassifier().predict([synthetic_voice(1.0)])[0].duration_seconds
    1.0
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from emotion_hf.labels import LABELS
from emotion_hf.prediction import Prediction, Verdict

SAMPLING_RATE = 16_000


class FakeClassifier:
    """A ``Classifier`` whose answer depends on the wave alone: the same wave always gets the same label."""

    name = "fake"

    def __init__(self, labels: Sequence[str] = LABELS, confidence: float = 0.8):
        self.labels = tuple(labels)
        self.confidence = confidence

    def predict(self, waves: Sequence[np.ndarray]) -> list[Prediction]:
        """Answer for each wave, shape ``(samples,)``."""
        return [self._answer(wave) for wave in waves]

    def _answer(self, wave: np.ndarray) -> Prediction:
        seconds = len(wave) / SAMPLING_RATE
        if not np.any(wave):
            return Prediction(verdict=Verdict.NO_SPEECH, duration_seconds=seconds, model=self.name)
        chosen = self.labels[len(wave) % len(self.labels)]
        rest = (1 - self.confidence) / (len(self.labels) - 1)
        scores = {label: self.confidence if label == chosen else rest for label in self.labels}
        return Prediction(scores=scores, duration_seconds=seconds, model=self.name)


def synthetic_voice(seconds: float, f0_hz: float = 140.0, seed: int = 0) -> np.ndarray:
    """Return a voiced, formant-filtered sound, mono float32 at 16 kHz, shape ``(samples,)``."""
    rng = np.random.default_rng(seed)
    time = np.arange(round(seconds * SAMPLING_RATE)) / SAMPLING_RATE
    phase = 2 * np.pi * np.cumsum(f0_hz * (1 + 0.1 * np.sin(2 * np.pi * 2.5 * time))) / SAMPLING_RATE
    harmonics = sum(np.sin(k * phase) / k for k in range(1, 20))
    syllables = 0.5 * (1 - np.cos(2 * np.pi * 4 * time))
    return (0.1 * syllables * harmonics + 0.001 * rng.standard_normal(len(time))).astype(np.float32)
