"""Models for workers in other processes, which import them by name."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

import numpy as np

from emotion_hf.batch.scoring import Loaded
from emotion_hf.errors import CheckpointError
from emotion_hf.testing import FakeClassifier

KILLS_SAMPLES = 16_161
"""A wave of this length ends the process that scores it."""


class Fragile(FakeClassifier):
    """A classifier that a certain wave crashes, as a damaged recording may crash a decoder."""

    def predict(self, waves):
        if any(len(wave) == KILLS_SAMPLES for wave in waves):
            os._exit(139)
        return super().predict(waves)


@dataclass(frozen=True)
class Fake:
    """Loads a model that is ready at once."""

    fingerprint: str = "none"

    def __call__(self) -> Loaded:
        return Loaded(FakeClassifier(), self.fingerprint)


def load_fragile() -> Loaded:
    return Loaded(Fragile(), "none")


class Broken(FakeClassifier):
    """A classifier whose scores cannot be used."""

    def predict(self, waves):
        raise CheckpointError("The model fake is broken; load another one.")


def load_broken() -> Loaded:
    return Loaded(Broken(), "none")


def load_missing() -> Loaded:
    raise CheckpointError("There is no model folder nowhere; check the name, or train a model.")


def die() -> Loaded:
    os._exit(137)


def wave_of(samples: int) -> np.ndarray:
    """Return a wave that is not silent."""
    return (0.3 * np.sin(np.arange(samples) / 20)).astype(np.float32)


class Patient(FakeClassifier):
    """A classifier that takes its time, so that it can be killed midway."""

    def predict(self, waves):
        time.sleep(0.05 * len(waves))
        return super().predict(waves)


@dataclass(frozen=True)
class Slow:
    """Loads one."""

    def __call__(self) -> Loaded:
        return Loaded(Patient(), "none")
