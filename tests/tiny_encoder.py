"""A Whisper so small that a model of the encoder family is trained on it in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoModel, WhisperConfig

from emotion_hf.checkpoint import save
from emotion_hf.models import SpectrogramConfig, SpectrogramFeatureExtractor, SpectrogramForAudioClassification
from emotion_hf.recipes import Recipe, recipe_from_mapping

SIZES = {"d_model": 32, "encoder_layers": 3, "encoder_attention_heads": 2, "encoder_ffn_dim": 64}
DECODER = {"decoder_layers": 1, "decoder_attention_heads": 2, "decoder_ffn_dim": 32, "vocab_size": 60_000}
RECIPE = {
    "name": "tiny",
    "data": {"split": "speakers:1", "validation": 0, "max_seconds": 8.0},
    "model": {
        "family": "encoder",
        "config": {"num_hidden_layers": 2, "pooled_layers": [1, 2]},
        "head": {"passes": 2, "shrinkage": 0.3},
    },
    "augmentation": {"speeds": [0.9, 1.1], "white_noise_probability": 0.5},
}


def save_whisper(folder: Path) -> None:
    """Save one with random weights as the Hub has them: encoder and decoder, in half precision."""
    torch.manual_seed(3)
    AutoModel.from_config(WhisperConfig(**SIZES, **DECODER)).half().save_pretrained(folder)


def save_network(folder: Path, labels: Sequence[str]) -> Path:
    """Save a tiny network of the spectrogram family, for what only the encoder family can do."""
    config = SpectrogramConfig(backbone="cnn", widths=[4], hidden_size=4, id2label=dict(enumerate(labels)))
    save(folder, SpectrogramForAudioClassification(config), SpectrogramFeatureExtractor())
    return folder


def encoder_recipe(encoder: Path, *overrides: str) -> Recipe:
    """Return a recipe that trains a head on it."""
    return recipe_from_mapping(RECIPE, [f"model.checkpoint={encoder}", *overrides])
