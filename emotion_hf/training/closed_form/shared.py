"""Measure several models with one encoder: each wave is encoded once, however many heads answer about it.

Example:
    >>> shared = SharedEncoder()
    >>> before = shared.give(EmotionRecognizer.from_pretrained("runs/whisper"))  # doctest: +SKIP
    >>> after = shared.give(EmotionRecognizer.from_pretrained("data/models/retrained-1"))  # doctest: +SKIP
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import numpy as np
import torch

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.baselines.embeddings import fingerprint
from emotion_hf.models import EncoderForAudioClassification
from emotion_hf.recognizer import EmotionRecognizer, NetworkScorer


class SharedEncoder:
    """Remembers the embedding of each wave, by encoder."""

    def __init__(self) -> None:
        self._of_encoders: dict[str, dict[bytes, torch.Tensor]] = {}

    def give(self, recognizer: EmotionRecognizer) -> EmotionRecognizer:
        """Return a recognizer that answers alike and shares its embeddings; one of another family stays as it is."""
        scorer = recognizer.scorer
        if not isinstance(scorer, NetworkScorer) or not isinstance(scorer.model, EncoderForAudioClassification):
            return recognizer
        layers, extractor = scorer.model.config.pooled_layers, scorer.extractor.to_json_string()
        key = f"{fingerprint(scorer.model.encoder)} {layers} {extractor}"
        sharing = _SharingScorer(scorer.model, scorer.extractor, self._of_encoders.setdefault(key, {}))
        return EmotionRecognizer(sharing, recognizer.name, max_seconds=recognizer.max_seconds)


class _SharingScorer(NetworkScorer):
    """A scorer whose embeddings are looked up before they are computed."""

    def __init__(self, model, extractor, known: dict[bytes, torch.Tensor]):
        super().__init__(model, extractor)
        self._known = known

    @torch.inference_mode()
    def answers(self, waves: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray | None]:
        """Return probabilities `(waves, labels)`, and known intensities `(waves,)`."""
        digests = [hashlib.sha256(wave.tobytes()).digest() for wave in waves]
        new = {digest: wave for digest, wave in zip(digests, waves, strict=True) if digest not in self._known}
        if new:
            inputs = self.extractor(list(new.values()), sampling_rate=SAMPLING_RATE).to(self.model.device)
            self._known.update(zip(new, self.model.embed(**inputs).cpu(), strict=True))
        embeddings = torch.stack([self._known[digest] for digest in digests]).to(self.model.device)
        return self._read(self.model.classify(embeddings))
