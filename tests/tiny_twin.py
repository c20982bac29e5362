"""A tiny Whisper-based model for tests of its ONNX twin, in which every part of the answer counts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import torch
from transformers import WhisperConfig

from emotion_hf.checkpoint import save, seal
from emotion_hf.export import add_twin
from emotion_hf.models import EncoderConfig, EncoderFeatureExtractor, EncoderForAudioClassification
from emotion_hf.testing import synthetic_voice
from tests.tiny_encoder import SIZES

CPU = torch.device("cpu")
LABELS = dict(enumerate(("neutral", "happy", "sad")))
WAVES = [synthetic_voice(seconds, seed=seed) for seed, seconds in enumerate((0.1, 0.9137, 2.5, 7.0))]


def save_tiny(folder: Path, encoder=None, extractor=None, **fields) -> Path:
    """Save a network in which every part of the answer counts."""
    torch.manual_seed(5)
    encoder = encoder or WhisperConfig(**SIZES)
    model = EncoderForAudioClassification(EncoderConfig(encoder=encoder, id2label=LABELS, **fields))
    with torch.no_grad():
        for buffer in (model.scale.mean, model.voice.offset, model.voice.gain, model.voice.means, model.voice.within):
            buffer.normal_()
        model.scale.deviation.uniform_(0.5, 2)
        model.classifier.weight.normal_(std=0.2)
        if model.intensity is not None:
            model.intensity.borders.weight.normal_()
            model.intensity.direction.weight.normal_(std=0.1)
    save(folder, model, extractor or EncoderFeatureExtractor())
    return folder


def save_tiny_with_twin(folder: Path) -> Path:
    """Save one with all options, and its twin."""
    fields = {"pooled_layers": [0, 2], "intensity": True, "logit_temperature": 0.6, "not_sure_below": 0.4}
    add_twin(save_tiny(folder, **fields))
    return folder


def copy_model(folder: Path, to: Path) -> Path:
    """Copy a model without its twin."""
    for path in folder.iterdir():
        if path.suffix != ".onnx":
            (to / path.name).write_bytes(path.read_bytes())
    seal(to)
    return to


def edit(folder: Path, name: str, change: Callable[[dict], object]) -> None:
    """Change a configuration, and seal the folder again."""
    settings = json.loads((folder / name).read_text())
    change(settings)
    (folder / name).write_text(json.dumps(settings))
    seal(folder)
