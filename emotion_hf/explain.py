"""Why this prediction? Which moments and frequencies decided, how the voice differs from neutral speech, and what if.

Occlusion (Zeiler and Fergus 2014, by captum) hides one part of the sound after the other and notes how much less
probable the emotion becomes, in log-odds. It works with every model, because it only changes the recording.

Example:
    >>> from emotion_hf.testing import FakeClassifier, synthetic_voice
    >>> explanation = explain(FakeClassifier(), synthetic_voice(1.0))
    >>> explanation.grid.shape, len(explanation.what_if)
    ((8, 10), 3)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.channel import add_noise, telephone
from emotion_hf.errors import AudioError
from emotion_hf.labels import check_label
from emotion_hf.mel import mel_edges
from emotion_hf.prediction import Classifier, Prediction
from emotion_hf.speech import Segment
from emotion_hf.timeline import WHOLE_SECONDS
from emotion_hf.turns import give_way

if TYPE_CHECKING:
    import torch

STEP_SECONDS = 0.1
MOMENT_STEPS = 4
"""A moment has 0.4 s, about a word."""
BANDS = 8
GRID_STEPS = 2
BATCH = 16
LEAST_PROBABILITY = 1e-6
N_FFT, HOP_SAMPLES = 512, 160


@dataclass(frozen=True)
class Moment(Segment):
    """A part of the recording; ``effect`` is how many log-odds the emotion loses when it is hidden."""

    effect: float


@dataclass(frozen=True)
class Explanation:
    """What decided a prediction.

    Attributes:
        wave: The recording, mono at 16 kHz ``(samples,)``.
        prediction: The prediction.
        label: The emotion that is explained.
        over_time: Log-odds that the emotion loses when a moment is hidden, for each step of 0.1 s ``(steps,)``.
        grid: The same for each band of frequencies and step ``(bands, steps)``; positive values speak for the emotion.
        what_if: Predictions for the changed recording, by the name of the change.
    """

    wave: np.ndarray
    prediction: Prediction
    label: str
    over_time: np.ndarray
    grid: np.ndarray
    what_if: dict[str, Prediction]

    @cached_property
    def moments(self) -> tuple[Moment, ...]:
        """Up to three moments that decided, the most important first; no two overlap."""
        found: list[Moment] = []
        starts = range(max(1, len(self.over_time) - MOMENT_STEPS + 1))
        effects = [float(self.over_time[start : start + MOMENT_STEPS].mean()) for start in starts]
        for start in sorted(starts, key=lambda start: -effects[start]):
            begin, end = start * STEP_SECONDS, (start + MOMENT_STEPS) * STEP_SECONDS
            is_apart = all(begin >= other.end_seconds or end <= other.start_seconds for other in found)
            if effects[start] > 0 and is_apart and len(found) < 3:
                found.append(Moment(begin, min(end, len(self.wave) / SAMPLING_RATE), effects[start]))
        return tuple(found)

    @property
    def is_stable(self) -> bool:
        """Whether every change of `what_if` leaves the most probable emotion the same."""
        return all(changed.label == self.prediction.label for changed in self.what_if.values())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "prediction": self.prediction.to_dict(),
            "label": self.label,
            "moments": [
                {"start_seconds": one.start_seconds, "end_seconds": one.end_seconds, "effect": one.effect}
                for one in self.moments
            ],
            "what_if": {name: changed.to_dict() for name, changed in self.what_if.items()},
            "is_stable": self.is_stable,
        }


def explain(
    classifier: Classifier,
    wave: np.ndarray,
    label: str | None = None,
    progress: Callable[[float], object] | None = None,
) -> Explanation:
    """Explain the prediction for a recording of one utterance.

    Args:
        classifier: The model.
        wave: Mono float32 at 16 kHz ``(samples,)``, at most 8 s.
        label: The emotion to explain; the most probable one by default.
        progress: Called with the share that is done, from 0 to 1.

    Raises:
        AudioError: The recording is too long, or contains no speech.
        LabelError: The model has no such label.
    """
    seconds = len(wave) / SAMPLING_RATE
    if seconds > WHOLE_SECONDS:
        raise AudioError(
            f"This recording is {seconds:.1f} s long; choose a part of at most {WHOLE_SECONDS:g} s to explain."
        )
    (prediction,) = classifier.predict([wave])
    if prediction.label is None:
        raise AudioError("This recording contains no speech, so there is no prediction to explain.")
    label = check_label(label, classifier.labels) if label else prediction.label
    hidden = _Hidden(classifier, wave, label, progress or (lambda share: None))
    over_time = hidden.occlude((BANDS, MOMENT_STEPS), (BANDS, 1))[0]
    grid = hidden.occlude((1, MOMENT_STEPS), (1, GRID_STEPS))
    changed = {
        "20 dB softer": wave * np.float32(0.1),
        "noise, 15 dB below the voice": add_noise(wave, _hiss(len(wave)), snr_db=15),
        "through a telephone": telephone(wave),
    }
    what_if = dict(zip(changed, classifier.predict(list(changed.values())), strict=True))
    hidden.progress(1.0)
    return Explanation(wave, prediction, label, over_time, grid, what_if)


def band_edges() -> np.ndarray:
    """Return the edges of the bands of frequencies in Hz, equally spaced on the mel scale ``(BANDS + 1,)``."""
    return mel_edges(BANDS)


def without(wave: np.ndarray, parts: Sequence[Segment]) -> np.ndarray:
    """Return a wave with these parts silent."""
    silent = wave.copy()
    for part in parts:
        silent[part.samples] = 0
    return silent


class _Hidden:
    """Scores a recording with parts hidden by a mask ``(bands, steps)`` of ones and zeros."""

    def __init__(self, classifier: Classifier, wave: np.ndarray, label: str, progress: Callable[[float], object]):
        import torch  # takes two seconds; the page imports this module before it has a model

        self.classifier, self.label, self.progress = classifier, label, progress
        self.window = torch.hann_window(N_FFT)
        self.samples = len(wave)
        self.spectrum = torch.stft(
            torch.from_numpy(wave), N_FFT, HOP_SAMPLES, window=self.window, return_complex=True
        )  # (frequencies, frames)
        self.steps = max(1, round(len(wave) / SAMPLING_RATE / STEP_SECONDS))
        hertz = np.fft.rfftfreq(N_FFT, 1 / SAMPLING_RATE)
        self.band = torch.from_numpy(np.clip(np.searchsorted(band_edges(), hertz, side="right") - 1, 0, BANDS - 1))
        frames = np.arange(self.spectrum.shape[1]) * HOP_SAMPLES / SAMPLING_RATE / STEP_SECONDS
        self.step = torch.from_numpy(np.clip(frames.astype(int), 0, self.steps - 1))
        self.done, self.all = 0, 1 + self.steps + BANDS * -(-self.steps // GRID_STEPS)

    def occlude(self, size: tuple[int, int], stride: tuple[int, int]) -> np.ndarray:
        """Return the log-odds that the emotion loses when windows of this size are hidden ``(bands, steps)``."""
        import torch
        from captum.attr import Occlusion  # takes a second to import

        size = (size[0], min(size[1], self.steps))
        stride = (stride[0], min(stride[1], size[1]))
        found = Occlusion(self._log_odds).attribute(
            torch.ones(1, BANDS, self.steps), size, stride, baselines=0, perturbations_per_eval=BATCH
        )
        return found[0].numpy()

    def _log_odds(self, masks: torch.Tensor) -> torch.Tensor:
        """Return the log-odds of the emotion for masks ``(masks, bands, steps)``."""
        import torch

        give_way(self.samples / SAMPLING_RATE)
        self.progress(min(self.done / self.all, 0.99))
        self.done += len(masks)
        spectra = self.spectrum * masks[:, self.band][:, :, self.step]
        waves = torch.istft(spectra, N_FFT, HOP_SAMPLES, window=self.window, length=self.samples).numpy()
        shares = [
            prediction.scores.get(self.label, 1 / len(self.classifier.labels))  # nothing is left that is speech
            for prediction in self.classifier.predict(list(waves))
        ]
        share = np.clip(np.array(shares), LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
        return torch.from_numpy(np.log(share / (1 - share)).astype(np.float32))


def _hiss(samples: int) -> np.ndarray:
    """Return pink noise ``(samples,)``, always the same."""
    spectrum = np.fft.rfft(np.random.default_rng(0).standard_normal(samples))
    return np.fft.irfft(spectrum / np.sqrt(np.arange(1, len(spectrum) + 1)), samples).astype(np.float32)
