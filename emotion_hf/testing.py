"""Public test doubles: a classifier that needs no weights, synthetic voices, a tiny corpus.

Example:
    >>> FakeClassifier().predict([synthetic_voice(1.0)])[0].duration_seconds
    1.0
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice, product
from pathlib import Path

import numpy as np
import soundfile

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.labels import LABELS
from emotion_hf.prediction import Prediction, Verdict

VOWELS = ((730, 1090, 2440), (270, 2290, 3010), (300, 870, 2240), (530, 1840, 2480), (570, 840, 2410))
"""First three formants in Hz of the vowels in "father", "see", "boot", "bed" and "law" (Peterson and Barney, 1952)."""
FORMANT_WIDTHS = (60, 90, 150)
FORMANT_LEVELS = (1.0, 0.6, 0.3)
HIGHEST_HARMONIC_HZ = 5_000
GRID_SECONDS = 0.005
SYLLABLES_PER_WORD = 5
PAUSE_SECONDS = 0.15


class FakeClassifier:
    """A ``Classifier`` whose prediction depends only on the wave: the same wave always gets the same label."""

    name = "fake"

    def __init__(self, labels: Sequence[str] = LABELS, confidence: float = 0.8):
        self.labels = tuple(labels)
        self.confidence = confidence

    def predict(self, waves: Sequence[np.ndarray]) -> list[Prediction]:
        """Predict the emotion of each wave, shape ``(samples,)``."""
        return [self._answer(wave) for wave in waves]

    def _answer(self, wave: np.ndarray) -> Prediction:
        seconds = len(wave) / SAMPLING_RATE
        if not np.any(wave):
            return Prediction(verdict=Verdict.NO_SPEECH, duration_seconds=seconds, model=self.name)
        chosen = self.labels[len(wave) % len(self.labels)]
        rest = (1 - self.confidence) / (len(self.labels) - 1)
        scores = {label: self.confidence if label == chosen else rest for label in self.labels}
        return Prediction(scores=scores, duration_seconds=seconds, model=self.name)


def synthetic_voice(
    seconds: float, f0_hz: float = 140.0, seed: int = 0, *, syllables_per_second: float = 4.5
) -> np.ndarray:
    """Return nonsense speech that passes a speech detector: noise bursts, gliding vowels, pauses.

    Args:
        seconds: Length; from 1 s on, and with ``f0_hz`` from 80 to 300, it passes ``emotion_hf.speech.has_speech``.
        f0_hz: Mean pitch.
        seed: Seed of vowels, rhythm and intonation.
        syllables_per_second: Speaking rate.

    Returns:
        Mono float32 at 16 kHz with a peak of 0.3, shape ``(samples,)``.
    """
    rng = np.random.default_rng(seed)
    syllables = _syllables(seconds, syllables_per_second, rng)
    time = np.arange(round(seconds * SAMPLING_RATE)) / SAMPLING_RATE
    noise = rng.standard_normal(len(time))
    wave = _voicing(time, syllables) * _harmonics(time, f0_hz, syllables, rng)
    for syllable in syllables:
        start = round(syllable.start * SAMPLING_RATE)
        burst = np.diff(noise[start : start + SAMPLING_RATE // 20])
        wave[start : start + len(burst)] += 0.15 * burst * np.hanning(len(burst))
    wave += 0.001 * noise
    return (0.3 * wave / np.abs(wave).max(initial=1e-9)).astype(np.float32)


@dataclass(frozen=True)
class Style:
    """Sound of an emotion in ``tiny_corpus``: factors on pitch and speaking rate, and the level."""

    pitch: float
    rate: float
    level: float


STYLES = {
    "neutral": Style(pitch=1.0, rate=1.0, level=1.0),
    "calm": Style(pitch=0.9, rate=0.9, level=0.4),
    "happy": Style(pitch=1.3, rate=1.1, level=1.6),
    "sad": Style(pitch=0.8, rate=0.85, level=0.5),
    "angry": Style(pitch=1.2, rate=1.3, level=3.0),
    "fearful": Style(pitch=1.45, rate=1.35, level=1.3),
    "disgust": Style(pitch=0.95, rate=0.95, level=1.2),
    "surprised": Style(pitch=1.5, rate=1.0, level=2.0),
}
MAX_CLIPS_PER_EMOTION = 4


def tiny_corpus(folder: Path, speakers: int = 4, clips_per_emotion: int = 1, seconds: float = 1.0) -> Path:
    """Write synthetic voices with RAVDESS's file names, ``Actor_NN/03-01-EE-II-SS-RR-NN.wav``.

    Pitch, rate and level differ by emotion as in ``STYLES``; pitch also by speaker (odd numbers male, even female).

    Args:
        folder: Parent of the ``Actor_NN`` folders; created if missing.
        speakers: Number of actors, up to 24.
        clips_per_emotion: For each actor, up to 4: neutral has only one intensity in RAVDESS.
        seconds: Length of each clip.

    Returns:
        ``folder``.

    Raises:
        ValueError: RAVDESS does not have that many names.
    """
    if speakers > 24 or clips_per_emotion > MAX_CLIPS_PER_EMOTION:
        raise ValueError(f"RAVDESS has at most 24 speakers and {MAX_CLIPS_PER_EMOTION} clips of each emotion.")
    for actor, (number, label) in product(range(1, speakers + 1), enumerate(LABELS, start=1)):
        actor_folder = folder / f"Actor_{actor:02}"
        actor_folder.mkdir(parents=True, exist_ok=True)
        style, f0_hz = STYLES[label], (105 if actor % 2 else 170) + actor / 2
        for clip, (statement, repetition) in enumerate(islice(product((1, 2), (1, 2)), clips_per_emotion)):
            seed = 100 * actor + 10 * number + clip
            voice = synthetic_voice(seconds, f0_hz * style.pitch, seed, syllables_per_second=4.5 * style.rate)
            name = f"03-01-{number:02}-01-{statement:02}-{repetition:02}-{actor:02}.wav"
            soundfile.write(actor_folder / name, style.level * voice, SAMPLING_RATE)
    return folder


@dataclass(frozen=True)
class _Syllable:
    start: float
    length: float
    loudness: float
    vowel: np.ndarray
    glide: np.ndarray


def _syllables(seconds: float, per_second: float, rng: np.random.Generator) -> list[_Syllable]:
    syllables: list[_Syllable] = []
    start = 0.03
    while not syllables or start < seconds:
        length = rng.uniform(0.8, 1.2) / per_second
        vowel, other = rng.choice(VOWELS, size=2)
        syllables.append(_Syllable(start, length, rng.uniform(0.7, 1), vowel, 0.7 * vowel + 0.3 * other))
        start += length
        if len(syllables) % SYLLABLES_PER_WORD == 0:
            start += PAUSE_SECONDS
    return syllables


def _voicing(time: np.ndarray, syllables: list[_Syllable]) -> np.ndarray:
    """Return the amplitude of the vocal cords at each time: from zero over the vowel back to zero."""
    knots = [s.start + part * s.length for s in syllables for part in (0, 0.2, 0.35, 0.75, 0.97)]
    levels = [level for s in syllables for level in (0.05, 0.05, s.loudness, 0.8 * s.loudness, 0.05)]
    return np.interp(time, knots, levels, left=0)


def _harmonics(time: np.ndarray, f0_hz: float, syllables: list[_Syllable], rng: np.random.Generator) -> np.ndarray:
    """Return the harmonics of a falling, wandering pitch, shaped by the formants."""
    grid = np.arange(0, len(time) / SAMPLING_RATE + 2 * GRID_SECONDS, GRID_SECONDS)
    steps = np.arange(0, grid[-1] + 0.2, 0.2)
    wander = np.interp(grid, steps, rng.uniform(-0.08, 0.08, len(steps)))
    pitch = f0_hz * (1.05 - 0.1 * grid / grid[-1] + wander + 0.02 * np.sin(2 * np.pi * 5 * grid))
    phase = 2 * np.pi * np.cumsum(np.interp(time, grid, pitch)) / SAMPLING_RATE
    knots = [s.start + part * s.length for s in syllables for part in (0.3, 0.8)]
    targets = np.array([target for s in syllables for target in (s.vowel, s.glide)])
    formants = [np.interp(grid, knots, target) for target in targets.T]
    wave = np.zeros(len(time))
    for number in range(1, int(HIGHEST_HARMONIC_HZ / f0_hz) + 1):
        resonances = zip(formants, FORMANT_WIDTHS, FORMANT_LEVELS, strict=True)
        gain = sum(level / (1 + ((number * pitch - hz) / width) ** 2) for hz, width, level in resonances)
        wave += np.interp(time, grid, gain) * np.sin(number * phase) / np.sqrt(number)
    return wave
