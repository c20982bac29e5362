"""Hear speech while it is spoken: chunks of sound go in, and every half second a smoothed prediction comes out.

A `Listener` keeps the last three seconds of sound. Whenever half a second more has arrived, it looks for speech in
them and predicts the part with speech; without speech, the verdict is "no speech". The predictions overlap and are
smoothed over time, so that the emotion does not flicker. The sound stays in memory, and nothing is written anywhere.

With the model that ships, an update takes 65 ms of one core, 6 of them to find the speech. `benchmarks/live.py`
measures the whole page.

Example:
    >>> from emotion_hf.testing import FakeClassifier, synthetic_voice
    >>> listener = Listener(FakeClassifier())
    >>> voice = synthetic_voice(2.0)
    >>> moments = [listener.hear(16_000, voice[start : start + 8_000]) for start in range(0, 32_000, 8_000)]
    >>> [(moment.seconds, moment.prediction.verdict.value) for moment in moments]
    [(0.5, 'no_speech'), (1.0, 'ok'), (1.5, 'ok'), (2.0, 'ok')]
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import soxr

from emotion_hf.audio import MAX_SAMPLE, MAX_SOURCE_RATE, MIN_SOURCE_RATE, SAMPLING_RATE
from emotion_hf.cleaning import cleaned
from emotion_hf.decoding import to_float
from emotion_hf.errors import AudioError, AudioFormatError
from emotion_hf.prediction import Classifier, Prediction, Verdict
from emotion_hf.sources import MAX_CHANNELS, as_array, as_rate
from emotion_hf.speech import Segment, speech_segments
from emotion_hf.timeline import MARGIN_SECONDS

UPDATE_SECONDS = 0.5
WINDOW_SECONDS = 3.0
SOON_SECONDS = 0.25
"""While a voice has just begun, the next update comes after this time, so that the first prediction is not late."""
LEAST_SPEECH_SECONDS = 0.9
"""A prediction needs this much speech, or a shorter word that has ended. Of the clips of RAVDESS's unseen speakers,
31 % are right after 0.75 s of speech, 44 % after 1 s and 65 % after 1.5 s."""
PAUSE_SECONDS = 1.0
"""After a longer pause the verdict is "no speech"."""
SMOOTHING_SECONDS = 1.0
"""Time constant of the exponential mean: a prediction counts 1/e as much as one that is this much newer. With it, the
emotion changes 16 instead of 21 times in a minute of speech, and as many moments are right, 69 %."""


@dataclass(frozen=True)
class Moment:
    """The result at a time.

    Attributes:
        seconds: Length of the sound received so far.
        prediction: The smoothed prediction for the last seconds; its length is that of the part with speech.
        next_seconds: How much more sound the next moment needs.
    """

    seconds: float
    prediction: Prediction
    next_seconds: float = UPDATE_SECONDS


@dataclass(frozen=True)
class _Mean:
    """A smoothed prediction, the smoothed share of "not sure" verdicts, and the sum of the weights in them."""

    prediction: Prediction
    unsure: float
    weight: float = 1.0


class Listener:
    """Listens to one person; not safe for several threads at once.

    It keeps three seconds of sound, whatever it is given.

    Args:
        classifier: Predicts the windows.

    Attributes:
        seconds: Length of the sound received so far.
    """

    def __init__(self, classifier: Classifier):
        self.classifier = classifier
        self.seconds = 0.0
        self._wave = np.zeros(0, np.float32)
        self._rate = 0.0
        self._resampler: soxr.ResampleStream | None = None
        self._answered_at, self._due_at = 0.0, UPDATE_SECONDS
        self._mean: _Mean | None = None

    @property
    def is_due(self) -> bool:
        """Whether a new moment is due, because enough new sound has arrived."""
        return self.seconds > self._due_at - 1e-6  # the sum of many chunks may fall short by rounding

    def hear(self, sampling_rate: float, samples: Any) -> Moment | None:
        """Add a chunk of sound, and return the new moment if one is due; raises what `add` does."""
        self.add(sampling_rate, samples)
        return self.answer() if self.is_due else None

    def add(self, sampling_rate: float, samples: Any) -> None:
        """Add a chunk of sound without a prediction. An empty chunk changes nothing.

        Args:
            sampling_rate: Its rate in Hz; it may change from chunk to chunk.
            samples: Shape ``(samples,)`` or ``(samples, channels)``, float or int16, int32, uint8. Of a long chunk,
                only the end is used.

        Raises:
            AudioError: The rate or the samples cannot be used; the chunk is left out.
        """
        rate, mono, seconds = _check(sampling_rate, samples)
        if rate != self._rate or seconds > WINDOW_SECONDS or self._resampler is None:
            self._rate, self._resampler = rate, soxr.ResampleStream(rate, SAMPLING_RATE, 1, dtype="float32")
        new = self._resampler.resample_chunk(mono)
        self._wave = np.concatenate([self._wave, new])[-round(WINDOW_SECONDS * SAMPLING_RATE) :]
        self.seconds += seconds

    def answer(self) -> Moment:
        """Predict the last seconds, and return the new moment."""
        elapsed, self._answered_at = self.seconds - self._answered_at, self.seconds
        wave = cleaned(self._wave)
        speech = find_speech(wave)
        has_just_begun = speech is not None and not _is_enough(speech, wave)
        new = Prediction(verdict=Verdict.NO_SPEECH, model=self.classifier.name)
        if speech and not has_just_begun:
            new = self.classifier.predict([_cut(wave, speech)])[0]
        self._mean = _smoothed(self._mean, new, elapsed) if new.scores else None
        next_seconds = SOON_SECONDS if has_just_begun else UPDATE_SECONDS
        self._due_at = self.seconds + next_seconds
        return Moment(self.seconds, self._mean.prediction if self._mean else new, next_seconds)


def find_speech(wave: np.ndarray) -> Segment | None:
    """Return the speech at the end of a wave, back to a pause of more than ``PAUSE_SECONDS``.

    Args:
        wave: Mono float32 at 16 kHz, shape ``(samples,)``.

    Returns:
        ``None`` without speech, or if such a pause is at the end.
    """
    found: Segment | None = None
    for segment in reversed(speech_segments(wave)):
        following = found.start_seconds if found else len(wave) / SAMPLING_RATE
        if following - segment.end_seconds > PAUSE_SECONDS:
            break
        found = Segment(segment.start_seconds, found.end_seconds if found else segment.end_seconds)
    return found


def _is_enough(speech: Segment, wave: np.ndarray) -> bool:
    """Return whether speech can be predicted: it is long enough, or it is a word that has ended."""
    is_long = speech.end_seconds - speech.start_seconds >= LEAST_SPEECH_SECONDS
    return is_long or _seconds_since(speech, wave) >= MARGIN_SECONDS


def _seconds_since(speech: Segment, wave: np.ndarray) -> float:
    return len(wave) / SAMPLING_RATE - speech.end_seconds


def _cut(wave: np.ndarray, speech: Segment) -> np.ndarray:
    """Return the speech with a margin, as the windows of a timeline have."""
    start, end = max(0.0, speech.start_seconds - MARGIN_SECONDS), speech.end_seconds + MARGIN_SECONDS
    return wave[round(start * SAMPLING_RATE) : round(end * SAMPLING_RATE)]


def _check(sampling_rate: float, samples: Any) -> tuple[float, np.ndarray, float]:
    """Return the rate, the end of a chunk as mono float32 ``(samples,)``, and the length of the whole chunk."""
    array, rate = as_array(samples), as_rate(sampling_rate)
    if rate is None or not MIN_SOURCE_RATE <= rate <= MAX_SOURCE_RATE:
        limits = f"{MIN_SOURCE_RATE} to {MAX_SOURCE_RATE} Hz"
        given = sampling_rate if rate is None else f"{rate:.10g}"
        raise AudioFormatError(f"The sound has a sampling rate of {given} Hz; use a rate from {limits}.")
    if array.ndim not in (1, 2) or (array.ndim == 2 and not 1 <= array.shape[1] <= MAX_CHANNELS):
        shape = f"(samples,) or (samples, channels) with at most {MAX_CHANNELS} channels"
        raise AudioFormatError(f"The sound has the shape {array.shape}; give it as {shape}.")
    end = to_float(array[-math.ceil(WINDOW_SECONDS * rate) :])
    mono = np.ascontiguousarray(end if end.ndim == 1 else end.mean(axis=1))
    if not np.abs(mono).max(initial=0.0) <= MAX_SAMPLE:  # also false for NaN
        raise AudioError("The sound has invalid samples (NaN, infinite or above 1e12); this part is left out.")
    return rate, mono, len(array) / rate


def _smoothed(before: _Mean | None, new: Prediction, elapsed_seconds: float) -> _Mean:
    """Return the exponential mean after a new prediction; it starts again after a pause and for another model.

    The weights are divided by their sum, so that the first prediction, which has the least speech, does not last.
    """
    unsure = float(new.verdict is Verdict.NOT_SURE)
    if before is None or before.prediction.model != new.model:
        return _Mean(new, unsure)
    old_weight = before.weight * math.exp(-elapsed_seconds / SMOOTHING_SECONDS)
    kept = old_weight / (old_weight + 1)
    old = before.prediction
    unsure = kept * before.unsure + (1 - kept) * unsure
    scores = {label: kept * old.scores[label] + (1 - kept) * score for label, score in new.scores.items()}
    intensity = new.intensity
    if intensity is not None and old.intensity is not None:
        intensity = kept * old.intensity + (1 - kept) * intensity
    verdict = Verdict.NOT_SURE if unsure > 0.5 else Verdict.OK
    return _Mean(replace(new, scores=scores, intensity=intensity, verdict=verdict), unsure, old_weight + 1)
