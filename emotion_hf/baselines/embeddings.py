"""Embeddings of a frozen pre-trained network as features: Wav2Vec2, HuBERT, WavLM, or Whisper's encoder.

A clip's features are the mean and the deviation over time of one layer's hidden states, or of the mean of all layers.
Each clip is encoded separately, so padding cannot change it; Whisper pads to 30 s itself, and only the frames of the
clip count.

Example:
    >>> embed = EncoderEmbeddings.from_pretrained("facebook/wav2vec2-base", layer=9)  # doctest: +SKIP
    >>> embed([wave]).shape  # doctest: +SKIP
    (1, 1536)
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import AutoFeatureExtractor, AutoModel

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.device import choose_device
from emotion_hf.errors import CheckpointError
from emotion_hf.soundness import check_weights
from emotion_hf.weights import loading

UNUSED_WEIGHTS = {"masked_spec_embed"}  # Wav2Vec2 uses it only in pre-training; some checkpoints lack it


class EncoderEmbeddings:
    """Mean and deviation over time of a frozen encoder's hidden states.

    Attributes:
        settings: Everything the features depend on, as stored.
        names: Name of each feature.
        groups: Group of each feature: `mean` or `deviation`.
    """

    def __init__(self, encoder, extractor, source: str, layer: int | None = None):
        """Wrap a loaded encoder; normally use `from_pretrained`.

        Args:
            encoder: A transformers audio model; if it has a decoder, only its encoder is used.
            extractor: Its feature extractor.
            source: Hub id or folder, for loading it again.
            layer: Number of the layer, 0 for the input of the first; `None` for the mean of all.

        Raises:
            CheckpointError: There is no such layer.
        """
        encoder = encoder.get_encoder() if encoder.config.is_encoder_decoder else encoder
        layers = encoder.config.num_hidden_layers
        if layer is not None and not 0 <= layer <= layers:
            raise CheckpointError(f"{source} has the layers 0 to {layers}, but no layer {layer}.")
        self._encoder, self._extractor, self._layer = encoder.eval(), extractor, layer
        size = encoder.config.hidden_size
        self.names = tuple(f"{what}_{number}" for what in ("mean", "deviation") for number in range(size))
        self.groups = tuple(name.partition("_")[0] for name in self.names)
        self.settings: Mapping[str, Any] = {"encoder": source, "layer": layer, "weights": fingerprint(encoder)}

    @classmethod
    def from_pretrained(
        cls, source: str | Path, layer: int | None = None, device: str | torch.device | None = None
    ) -> EncoderEmbeddings:
        """Load an encoder from a folder or a Hub id.

        Raises:
            CheckpointError: It cannot be loaded, lacks weights, or has another sampling rate than 16 kHz.
        """
        with loading("The encoder", source) as options:
            extractor = AutoFeatureExtractor.from_pretrained(source, **options)
            encoder, info = AutoModel.from_pretrained(
                source, output_loading_info=True, use_safetensors=True, adapter_kwargs=options, **options
            )
        missing = sorted(name for name in info["missing_keys"] if name.rpartition(".")[2] not in UNUSED_WEIGHTS)
        if missing:
            raise CheckpointError(f"The encoder {source} has missing weights ({missing[0]}), so it is not trained.")
        if extractor.sampling_rate != SAMPLING_RATE:
            raise CheckpointError(f"{source} needs audio at {extractor.sampling_rate} Hz; use one for 16000 Hz.")
        check_weights(source, encoder)
        encoder = encoder.to(choose_device(device))
        return cls(encoder, extractor, str(source), layer)

    def __call__(self, waves: Sequence[np.ndarray]) -> np.ndarray:
        """Return the features of each wave, mono at 16 kHz: `(waves, 2 * hidden size)`."""
        return np.stack([self._one(wave) for wave in waves])

    @torch.inference_mode()
    def _one(self, wave: np.ndarray) -> np.ndarray:
        inputs = self._extractor([wave], sampling_rate=SAMPLING_RATE, return_tensors="pt").to(self._encoder.device)
        states = self._encoder(**inputs, output_hidden_states=True).hidden_states
        chosen = torch.stack(states).mean(dim=0) if self._layer is None else states[self._layer]
        frames = chosen[0, : self._frames(len(wave), chosen.shape[1])].float()
        return torch.cat([frames.mean(dim=0), frames.std(dim=0, correction=0)]).cpu().numpy()

    def _frames(self, samples: int, frames: int) -> int:
        """Return the number of the clip's own frames if the extractor pads every clip to one length."""
        padded = getattr(self._extractor, "n_samples", samples)  # only Whisper's has it
        return max(1, round(frames * min(samples / padded, 1)))


def fingerprint(encoder: torch.nn.Module) -> str:
    """Return a hash of the weights: a network that was trained further under the same name has other features."""
    digest = hashlib.sha256()
    for name, weight in sorted(encoder.state_dict().items()):
        digest.update(name.encode())
        digest.update(weight.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes())
    return digest.hexdigest()[:16]
