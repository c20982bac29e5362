"""Pitch, movement, loudness and pace of a voice, compared with neutral speech, in plain words.

Example:
    >>> from emotion_hf.testing import synthetic_voice
    >>> [trait.name for trait in speaking_style(synthetic_voice(2.0, f0_hz=120))]
    ['pitch', 'pitch movement', 'loudness movement', 'pace']
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from emotion_hf.baselines.features import EngineeredFeatures

WOMEN, MEN = (11.7, 1.9), (2.9, 2.6)
"""Mean and deviation of the pitch of neutral speech, in semitones above 100 Hz, as `NEUTRAL`."""
NEUTRAL = {"pitch_deviation": (3.5, 1.4), "rms_deviation": (9.4, 2.3), "peaks": (0.056, 0.009)}
"""Mean and deviation over 222 neutral clips of RAVDESS (without the actors of fold 1) and nEMO."""
MOVEMENT = ("less than in neutral speech", "as in neutral speech", "more than in neutral speech")
PACE = ("slower than neutral speech", "as in neutral speech", "faster than neutral speech")
FRAMES_PER_SECOND = 100


@dataclass(frozen=True)
class Trait:
    """One property of a voice.

    Attributes:
        name: Its name.
        number: Its value.
        form: How the number is written, in Python's format language.
        text: The value in words, with the unit and ``{number}`` for the number.
        comparison: How it compares with neutral speech: one text, or several with commas between them.
    """

    name: str
    number: float
    form: str
    text: str
    comparison: str

    @property
    def value(self) -> str:
        """The value with its unit."""
        return self.text.format(number=format(self.number, self.form))


def speaking_style(wave: np.ndarray) -> tuple[Trait, ...]:
    """Return the traits of a wave, mono at 16 kHz ``(samples,)``; one that cannot be measured is left out."""
    features = _features()
    values = dict(zip(features.names, features([wave])[0].tolist(), strict=True))
    pitch, movement = values["pitch_mean"], values["pitch_deviation"]
    loudness, peaks = values["rms_deviation"], values["peaks"]
    traits = (
        Trait("pitch", _hertz(pitch), ".0f", "{number} Hz", _pitch(pitch)),
        Trait("pitch movement", movement, ".1f", "± {number} semitones", _compare("pitch_deviation", movement)),
        Trait("loudness movement", loudness, ".0f", "± {number} dB", _compare("rms_deviation", loudness)),
        Trait("pace", peaks * FRAMES_PER_SECOND, ".1f", "{number} syllables per second", _compare("peaks", peaks)),
    )
    return tuple(trait for trait in traits if np.isfinite(trait.number))


@cache
def _features() -> EngineeredFeatures:
    from emotion_hf.baselines.features import EngineeredFeatures  # loads transformers

    return EngineeredFeatures()


def _hertz(semitones: float) -> float:
    from emotion_hf.baselines.features import REFERENCE_HZ

    return REFERENCE_HZ * 2 ** (semitones / 12)


def _pitch(semitones: float) -> str:
    woman = _word(semitones, *WOMEN, ("low for a woman", "usual for a woman", "high for a woman"))
    return f"{woman}, {_word(semitones, *MEN, ('low for a man', 'usual for a man', 'high for a man'))}"


def _compare(name: str, value: float) -> str:
    return _word(value, *NEUTRAL[name], PACE if name == "peaks" else MOVEMENT)


def _word(value: float, mean: float, deviation: float, words: tuple[str, str, str]) -> str:
    """Return the first word below one deviation from the mean, the last above, else the one in the middle."""
    return words[1 + (value > mean + deviation) - (value < mean - deviation)]
