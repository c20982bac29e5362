"""A training so small that each entry of a recipe can be tried by what it does to one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import soundfile
from transformers import set_seed

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.data.loader import load_corpora
from emotion_hf.data.splits import make_split
from emotion_hf.recipes import Recipe, recipe_from_mapping
from emotion_hf.testing import synthetic_voice, tiny_corpus
from emotion_hf.training.finetune import fine_tune
from emotion_hf.training.gradient.network import network_trainer
from emotion_hf.training.gradient.trainer import SpeechTrainer
from emotion_hf.training.material import gather

TINY = {
    "name": "tiny",
    "data": {"split": "speakers:1", "validation": 1, "max_seconds": 0.4},
    "model": {
        "front_end": {"num_mel_bins": 12, "hop_length": 320},
        "config": {"backbone": "cnn", "widths": [4, 4], "hidden_size": 4, "dropout": 0.0},
    },
    "training": {"epochs": 2, "batch_size": 8, "early_stopping": 0},
}

AT_HOME = {"calm": 700, "happy": 1500, "angry": 3000}
IN_THE_OFFICE = {"calm": 3000, "happy": 7000, "angry": 5000}
"""Frequency of the tone of each emotion; in the office, it differs from the training, and there is also a hum."""
HUM_HZ = 2200
QUICK = ("training.learning_rate=0.02", "training.epochs=6", "training.batch_size=8")


def voice(seed: int, *tones_hz: int, seconds: float = 0.6) -> np.ndarray:
    """Return a voice with tones: speech to the gate, and what a network as tiny as this one can tell apart."""
    wave, time = synthetic_voice(seconds, seed=seed), np.arange(round(seconds * SAMPLING_RATE)) / SAMPLING_RATE
    return (wave + sum(0.1 * np.sin(2 * np.pi * hz * time) for hz in tones_hz)).astype(np.float32) / 2


def write_voices(
    folder: Path, speakers: Sequence[str], clips: int, *, office: bool = False, seconds: float = 0.6
) -> None:
    """Write so many clips of each emotion and speaker, as a folder of one's own."""
    for (number, speaker), (label, hz) in product(enumerate(speakers), (IN_THE_OFFICE if office else AT_HOME).items()):
        place = folder / label / speaker
        place.mkdir(parents=True)
        for clip in range(clips):
            wave = voice(10 * number + clip, hz, *([HUM_HZ] if office else []), seconds=seconds)
            soundfile.write(place / f"{number}{clip}.wav", wave, SAMPLING_RATE)


def train_on_voices(folder: Path, output: Path, *overrides: str) -> None:
    """Train a tiny network on the voices at home; two speakers are its test."""
    of_voices = ("data.split=speakers:2", f"data.labels=[{', '.join(AT_HOME)}]", "data.validation=0")
    fine_tune(recipe_from_mapping(TINY, [*of_voices, *QUICK, *overrides]), {"mine": folder}, output)


@pytest.fixture(scope="session")
def clips(tmp_path_factory):
    """48 clips of three speakers and eight emotions; a third of each is for the test, and for validation if asked."""
    return load_corpora({"ravdess": tiny_corpus(tmp_path_factory.mktemp("clips"), 3, 2, seconds=0.4)})


@pytest.fixture
def tiny() -> Callable[..., Recipe]:
    """The tiny recipe, changed by `key.key=value`."""
    return lambda *overrides: recipe_from_mapping(TINY, overrides)


@pytest.fixture
def make_trainer(clips, tiny, tmp_path, monkeypatch) -> Callable[..., SpeechTrainer]:
    """The trainer of the tiny recipe, changed by `key.key=value`; `data` takes other clips."""
    monkeypatch.setattr("gc.collect", lambda: 0)  # before each training, and half of the time of one

    def make(*overrides: str, data=clips, output: Path = tmp_path / "run") -> SpeechTrainer:
        recipe = tiny(*overrides)
        set_seed(recipe.seed)
        split = make_split(data, recipe.data.split, validation=recipe.data.validation, seed=recipe.seed)
        return network_trainer(recipe, gather(recipe, data, split), output)

    return make
