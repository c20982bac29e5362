"""Embeddings of training clips, computed once and kept on disk by content.

Pass 0 takes each clip as it is. In every later pass a clip is augmented by draws that depend on the clip, the pass and
the seed alone: clips that are added or removed change nothing for the others, so their embeddings are found again.

Example:
    >>> embed = CachedFeatures(Embedder(model, extractor), Path("data/cache"))  # doctest: +SKIP
    >>> vectors = embed_passes(waves, embed, augmenter, passes=4, seed=0)  # doctest: +SKIP
    >>> vectors.shape  # doctest: +SKIP
    (4, 1440, 3072)
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.baselines.embeddings import fingerprint
from emotion_hf.data.augment import Augmenter
from emotion_hf.models import EncoderFeatureExtractor, EncoderForAudioClassification
from emotion_hf.training.options import has_fast_bf16

CLIPS_AT_ONCE = 8

Embed = Callable[[Sequence[np.ndarray]], np.ndarray]
"""From waves, mono float32 at 16 kHz, to vectors ``(waves, size)``, float32."""


class Embedder:
    """A model of the encoder family up to its pooling, as features that can be cached.

    Attributes:
        settings: What the embeddings depend on.
        names: Name of each number.
        groups: Layer of each number.
    """

    def __init__(self, model: EncoderForAudioClassification, extractor: EncoderFeatureExtractor):
        self._model, self._extractor = model.eval(), extractor
        layers = model.config.pooled_layers
        self.settings: Mapping[str, Any] = {
            "encoder": fingerprint(model.encoder),
            "layers": list(layers),
            "extractor": extractor.to_json_string(),
        }
        units = range(model.config.encoder.hidden_size)
        parts = [(layer, part, unit) for layer in layers for part in ("mean", "deviation") for unit in units]
        self.names = tuple(f"layer{layer}_{part}_{unit}" for layer, part, unit in parts)
        self.groups = tuple(f"layer{layer}" for layer, _, _ in parts)

    @torch.inference_mode()
    def __call__(self, waves: Sequence[np.ndarray]) -> np.ndarray:
        """Return the embedding of each wave ``(waves, size)``, in half precision where the machine is faster in it."""
        device = self._model.device
        found = []
        for begin in range(0, len(waves), CLIPS_AT_ONCE):
            batch = self._extractor(list(waves[begin : begin + CLIPS_AT_ONCE]), sampling_rate=SAMPLING_RATE).to(device)
            with torch.autocast(device.type, torch.bfloat16, enabled=has_fast_bf16()):
                found.append(self._model.embed(batch["input_values"], batch["attention_mask"]).float().cpu().numpy())
        return np.concatenate(found)


def embed_passes(
    waves: Sequence[np.ndarray], embed: Embed, augmenter: Augmenter, *, passes: int, seed: int
) -> Iterator[np.ndarray]:
    """Yield the embeddings of all waves in each pass, ``(waves, size)``; pass 0 takes them as they are."""
    for number in range(passes):
        yield embed(waves) if number == 0 else embed([augmented(wave, augmenter, number, seed) for wave in waves])


def augmented(wave: np.ndarray, augmenter: Augmenter, number: int, seed: int) -> np.ndarray:
    """Return a wave as it is augmented in pass ``number``: always in the same way."""
    digest = hashlib.sha256(wave.tobytes() + f"{number} {seed}".encode()).digest()
    with _seeded(int.from_bytes(digest[:4], "big")):
        return augmenter.wave(wave)


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed Python's and numpy's generators, which the augmentations draw from, and set them back afterwards."""
    python, numpy = random.getstate(), np.random.get_state()
    random.seed(seed)
    np.random.seed(seed)
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
