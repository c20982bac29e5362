"""Embeddings of training clips, which can be cached by content.

Pass 0 uses each clip unchanged. In every later pass, the augmentation of a clip depends only on the clip, the pass and
the seed. Adding or removing clips does not change the others, so their embeddings stay valid in the cache.

Example:
    >>> embed = CachedFeatures(Embedder(model, extractor), Path("data/cache"))  # doctest: +SKIP
    >>> embed([augmented(wave, augmenter, 1, seed=0)]).shape  # doctest: +SKIP
    (1, 4096)
"""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.baselines.embeddings import fingerprint
from emotion_hf.data.augment import Augmenter
from emotion_hf.models import EncoderFeatureExtractor, EncoderForAudioClassification
from emotion_hf.training.gradient.options import has_fast_bf16
from emotion_hf.training.progress import same_randomness

AT_ONCE = 8  # waves per batch: on a CPU twice as fast as single waves, and larger batches are no faster


class Embedder:
    """Embeddings of a model of the encoder family, as features that can be cached.

    Attributes:
        settings: Settings that the embeddings depend on.
        names: Name of each number in an embedding.
        groups: Layer of each number in an embedding.
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
        """Return the embedding of each wave ``(waves, size)``, float32.

        Waves of similar length share a batch; half precision is used if it is faster on the machine.
        """
        device, order = self._model.device, sorted(range(len(waves)), key=lambda number: len(waves[number]))
        found = np.empty((len(waves), len(self.names)), dtype=np.float32)
        for start in range(0, len(order), AT_ONCE):
            chosen = order[start : start + AT_ONCE]
            inputs = self._extractor([waves[number] for number in chosen], sampling_rate=SAMPLING_RATE).to(device)
            with torch.autocast(device.type, torch.bfloat16, enabled=has_fast_bf16(device)):
                found[chosen] = self._model.embed(**inputs).float().cpu().numpy()
        return found


def augmented(wave: np.ndarray, augmenter: Augmenter, number: int, seed: int) -> np.ndarray:
    """Return a wave with the augmentation of pass ``number``, which is always the same."""
    digest = hashlib.sha256(wave.tobytes() + f"{number} {seed}".encode()).digest()
    drawn = int.from_bytes(digest[:4], "big")
    with same_randomness():
        random.seed(drawn)  # the augmentations use both generators
        np.random.seed(drawn)
        return augmenter.wave(wave)
