"""Measure several models with the same encoder: each wave is encoded only once, for all of their heads.

All of them use half precision if it is faster on the machine, which may change a few of several hundred predictions:
differences between the models count here, not the figures themselves.

Example:
    >>> shared = SharedEncoder()
    >>> before = shared.give(EmotionRecognizer.from_pretrained("runs/whisper"))  # doctest: +SKIP
    >>> after = shared.give(EmotionRecognizer.from_pretrained("data/models/retrained-1"))  # doctest: +SKIP
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

import numpy as np
import torch

from emotion_hf.models import EncoderForAudioClassification
from emotion_hf.recognizer import EmotionRecognizer
from emotion_hf.scorers.network import NetworkScorer
from emotion_hf.training.closed_form.embeddings import AT_ONCE, Embedder


class SharedEncoder:
    """Stores the embedding of each wave, by encoder."""

    def __init__(self) -> None:
        self._of_encoders: dict[str, dict[bytes, np.ndarray]] = {}

    def give(self, recognizer: EmotionRecognizer) -> EmotionRecognizer:
        """Return a recognizer of the same model that shares embeddings; other families are returned as is."""
        scorer = recognizer.network
        if scorer is None or not isinstance(scorer.model, EncoderForAudioClassification):
            return recognizer
        embedder = Embedder(scorer.model, scorer.extractor)
        known = self._of_encoders.setdefault(json.dumps(embedder.settings), {})
        sharing = _SharingScorer(scorer, embedder, known)
        return EmotionRecognizer(sharing, recognizer.name, max_seconds=recognizer.max_seconds)


class _SharingScorer(NetworkScorer):
    """A scorer whose embeddings are looked up before they are computed."""

    def __init__(self, scorer: NetworkScorer, embedder: Embedder, known: dict[bytes, np.ndarray]):
        super().__init__(scorer.model, scorer.extractor)
        self.batch_size = AT_ONCE
        self._embed, self._known = embedder, known

    @torch.inference_mode()
    def answers(self, waves: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray | None]:
        """Return probabilities `(waves, labels)`, and intensities `(waves,)` if the model predicts them."""
        digests = [hashlib.sha256(wave.tobytes()).digest() for wave in waves]
        new = {digest: wave for digest, wave in zip(digests, waves, strict=True) if digest not in self._known}
        if new:
            self._known.update(zip(new, self._embed([*new.values()]), strict=True))
        embeddings = torch.from_numpy(np.stack([self._known[digest] for digest in digests]))
        return self._read(self.model.classify(embeddings.to(self.model.device)))
