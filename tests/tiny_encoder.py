"""A Whisper so small that a model of the encoder family is trained on it in seconds."""

from __future__ import annotations

from pathlib import Path

from emotion_hf.recipes import Recipe, recipe_from_mapping
from emotion_hf.torchaudio_standin import ensure_torchaudio

ensure_torchaudio()

from transformers import AutoModel, WhisperConfig  # noqa: E402

SIZES = {"d_model": 32, "encoder_layers": 3, "encoder_attention_heads": 2, "encoder_ffn_dim": 64}
DECODER = {"decoder_layers": 1, "decoder_attention_heads": 2, "decoder_ffn_dim": 32, "vocab_size": 60_000}
RECIPE = {
    "name": "tiny",
    "data": {"split": "speakers:1", "validation": 0, "max_seconds": 8.0},
    "model": {"family": "encoder", "config": {"num_hidden_layers": 2, "pooled_layers": [1, 2]}},
    "augmentation": {"speeds": [0.9, 1.1], "white_noise_probability": 0.5},
    "training": {"solver": "discriminant", "shrinkage": 0.3, "epochs": 2},
}


def save_whisper(folder: Path) -> None:
    """Save one with random weights as the Hub has them: encoder and decoder, in half precision."""
    AutoModel.from_config(WhisperConfig(**SIZES, **DECODER)).half().save_pretrained(folder)


def encoder_recipe(encoder: Path, *overrides: str) -> Recipe:
    """Return a recipe that trains a head on it."""
    return recipe_from_mapping(RECIPE, [f"model.checkpoint={encoder}", *overrides])
