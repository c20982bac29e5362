"""The model behind a command, loaded on demand, and the wave of a recording.

Example:
    >>> load_recognizer(Settings()).labels[:2]  # doctest: +SKIP
    ('neutral', 'calm')
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from emotion_hf.cells import printable
from emotion_hf.settings import Settings

if TYPE_CHECKING:
    import numpy as np

    from emotion_hf.recognizer import EmotionRecognizer


def with_active_model(settings: Settings, model: str) -> Settings:
    """Return the settings with the model to use: `model`, or the active one if it is empty."""
    from emotion_hf.versions import answering_model

    return replace(settings, model=model or answering_model(settings.models_dir, settings.model))


def load_wave(path: Path, settings: Settings, channel: int | None = None) -> np.ndarray:
    """Return the wave of a recording `(samples,)`, and print what must be known about it to stderr.

    Raises:
        AudioError: It cannot be used.
    """
    from emotion_hf.audio import read_audio

    sound = read_audio(path, max_seconds=settings.max_seconds, channel=channel)
    for note in sound.notes:
        typer.echo(f"{printable(path)}: {note}", err=True)
    return sound.wave


def load_recognizer(settings: Settings, labels: Mapping[str, str] | None = None) -> EmotionRecognizer:
    """Return the model that ``settings`` name, or the one that ships; ``labels`` maps another model's labels to ours.

    For the active model, the labels that were chosen with it apply if none are given.

    Raises:
        CheckpointError: It cannot be loaded.
        SettingsError: The machine does not have the device.
    """
    from emotion_hf.model_source import is_local
    from emotion_hf.recognizer import EmotionRecognizer

    if settings.model and not is_local(settings.model):
        from huggingface_hub.utils import disable_progress_bars

        disable_progress_bars()
    return EmotionRecognizer.from_pretrained(
        settings.model or None,
        device=settings.device,
        labels=labels or labels_of_active(settings) or None,
        trust_remote_code=settings.trust_remote_code,
        max_seconds=settings.max_seconds,
        backend=settings.backend,
    )


def labels_of_active(settings: Settings) -> dict[str, str]:
    """Return the labels that were chosen with the active model, if it is the one of the settings."""
    from emotion_hf.versions import Chosen, Versions

    active = Versions(settings.models_dir).current()
    return dict(active.labels) if isinstance(active, Chosen) and active.source == settings.model else {}
