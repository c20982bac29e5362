"""Pitch, movement, loudness and pace of a voice, compared with neutral speech, in plain words.

Example:
    >>> from emotion_hf.testing import synthetic_voice
    >>> [trait.name for trait in speaking_style(synthetic_voice(2.0, f0_hz=120))]
    ['pitch', 'pitch movement', 'loudness movement', 'pace']
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import numpy as np

from emotion_hf.baselines.features import REFERENCE_HZ, EngineeredFeatures

WOMEN, MEN = (11.7, 1.9), (2.9, 2.6)
"""Mean and deviation of the pitch of neutral speech, in semitones above 100 Hz, as `NEUTRAL`."""
NEUTRAL = {"pitch_deviation": (3.5, 1.4), "rms_deviation": (9.4, 2.3), "peaks": (0.056, 0.009)}
"""Mean and deviation over 222 neutral clips of RAVDESS (without the actors of fold 1) and nEMO."""
MOVEMENT = ("less than in neutral speech", "as in neutral speech", "more than in neutral speech")
PACE = ("slower than neutral speech", "as in neutral speech", "faster than neutral speech")
FRAMES_PER_SECOND = 100


@dataclass(frozen=True)
class Trait:
    """One property of a voice: its name, its value with the unit, and how it compares with neutral speech."""

    name: str
    value: str
    comparison: str


def speaking_style(wave: np.ndarray) -> tuple[Trait, ...]:
    """Return the traits of a wave, mono at 16 kHz ``(samples,)``; one that cannot be measured is left out."""
    features = _features()
    values = dict(zip(features.names, features([wave])[0].tolist(), strict=True))
    rows: tuple[tuple[str, float, Callable[[float], str], Callable[[float], str]], ...] = (
        ("pitch", values["pitch_mean"], _hertz, _pitch),
        ("pitch movement", values["pitch_deviation"], lambda one: f"± {one:.1f} semitones", _of("pitch_deviation")),
        ("loudness movement", values["rms_deviation"], lambda one: f"± {one:.0f} dB", _of("rms_deviation")),
        ("pace", values["peaks"], lambda one: f"{one * FRAMES_PER_SECOND:.1f} syllables per second", _of("peaks")),
    )
    return tuple(Trait(name, show(value), compare(value)) for name, value, show, compare in rows if np.isfinite(value))


@cache
def _features() -> EngineeredFeatures:
    return EngineeredFeatures()


def _hertz(semitones: float) -> str:
    return f"{REFERENCE_HZ * 2 ** (semitones / 12):.0f} Hz"


def _pitch(semitones: float) -> str:
    woman = _word(semitones, *WOMEN, ("low for a woman", "usual for a woman", "high for a woman"))
    return f"{woman}, {_word(semitones, *MEN, ('low for a man', 'usual for a man', 'high for a man'))}"


def _of(name: str) -> Callable[[float], str]:
    return lambda value: _word(value, *NEUTRAL[name], PACE if name == "peaks" else MOVEMENT)


def _word(value: float, mean: float, deviation: float, words: tuple[str, str, str]) -> str:
    """Return the first word below one deviation from the mean, the last above, else the one in the middle."""
    return words[1 + (value > mean + deviation) - (value < mean - deviation)]
