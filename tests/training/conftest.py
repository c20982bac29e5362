"""A training so small that each entry of a recipe can be tried by what it does to one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from emotion_hf.data.loader import load_corpora
from emotion_hf.data.splits import make_split
from emotion_hf.recipes import Recipe, recipe_from_mapping
from emotion_hf.testing import tiny_corpus
from emotion_hf.torchaudio_standin import ensure_torchaudio
from emotion_hf.training.build import build_extractor
from emotion_hf.training.finetune import build_trainer
from emotion_hf.training.trainer import SpeechTrainer

ensure_torchaudio()

from transformers import set_seed  # noqa: E402

TINY = {
    "name": "tiny",
    "data": {"split": "speakers:1", "validation": 1, "max_seconds": 0.4},
    "model": {
        "front_end": {"num_mel_bins": 12, "hop_length": 320},
        "config": {"backbone": "cnn", "widths": [4, 4], "hidden_size": 4, "dropout": 0.0},
    },
    "training": {"epochs": 2, "batch_size": 8, "early_stopping": 0},
}


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
        return build_trainer(recipe, data, split, build_extractor(recipe), output)

    return make
