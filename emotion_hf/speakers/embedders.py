"""Embedders that tell speakers apart: the encoder of the model that ships, or any speaker-verification checkpoint.

The encoder was pretrained to recognise words, and its upper layers know little about voices. The mean over time of its
two lower layers varies with the speaker, but also with emotion and words. A linear projection,
`emotion_hf/speaker_layer.safetensors`, keeps what differs between speakers and removes the rest (linear discriminant
analysis). `benchmarks/speaker_layer.py` trains it on speakers of RAVDESS, nEMO and Selvas (CC BY-NC-SA 4.0).

Example:
    >>> embedder = XVectorEmbedder.from_pretrained("microsoft/wavlm-base-plus-sv")  # doctest: +SKIP
    >>> embedder.embed([wave]).shape  # doctest: +SKIP
    (1, 512)
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.device import choose_device
from emotion_hf.errors import CheckpointError

if TYPE_CHECKING:
    import torch

LAYER = Path(__file__).parents[1] / "speaker_layer.safetensors"
LAYERS = (1, 2)
"""Layers of the encoder whose means are projected."""
MAY_BE_MISSING = {"masked_spec_embed", "objective"}
"""Parts of the networks that are only used in training."""


class EncoderEmbedder:
    """Embeddings of a model of the encoder family; distances are in units of how one speaker's clips vary."""

    def __init__(self, model: Any, extractor: Any):
        """Wrap the network and the feature extractor of a recognizer.

        Raises:
            CheckpointError: The projection was trained on another encoder; see `fits`.
        """
        if not fits(model):
            raise CheckpointError("The speaker layer was trained on another encoder; use the model that ships.")
        self._model, self._extractor = model, extractor
        self._projection = _layer()[0]

    def embed(self, waves: Sequence[np.ndarray]) -> np.ndarray:
        """Return the embedding of each wave, mono float32 at 16 kHz: ``(waves, size)``."""
        return states(self._model, self._extractor, waves) @ self._projection


def fits(model: Any) -> bool:
    """Return whether the speaker layer was trained on the encoder of a network."""
    from emotion_hf.baselines.embeddings import fingerprint
    from emotion_hf.models import EncoderForAudioClassification

    if not isinstance(model, EncoderForAudioClassification) or not set(LAYERS) <= set(model.config.pooled_layers):
        return False
    return fingerprint(model.encoder) == _layer()[1]


def states(model: Any, extractor: Any, waves: Sequence[np.ndarray]) -> np.ndarray:
    """Return the means over time of the layers in `LAYERS`, for a model that pools them: ``(waves, 2 * hidden)``."""
    import torch

    with torch.inference_mode():
        inputs = extractor(list(waves), sampling_rate=SAMPLING_RATE, return_tensors="pt").to(model.device)
        pooled = model.embed(**inputs).cpu().numpy()
    by_layer = pooled.reshape(len(waves), len(model.config.pooled_layers), 2, -1)[:, :, 0]  # 0: mean, 1: deviation
    chosen = [model.config.pooled_layers.index(layer) for layer in LAYERS]
    return by_layer[:, chosen].reshape(len(waves), -1)


class XVectorEmbedder:
    """Embeddings of a speaker-verification checkpoint of transformers, such as `WavLMForXVector`, of length 1."""

    def __init__(self, model: Any, extractor: Any):
        """Wrap a loaded network and its feature extractor; normally use `from_pretrained`."""
        self._model, self._extractor = model.eval(), extractor

    @classmethod
    def from_pretrained(cls, source: str | Path, device: str | torch.device | None = None) -> XVectorEmbedder:
        """Load a checkpoint from a folder or a Hub id; no code that comes with it is run.

        Args:
            source: Folder or Hub id.
            device: Device of the computation; by default a GPU if there is one.

        Raises:
            CheckpointError: It cannot be loaded completely, is no speaker-verification model, or needs another
                sampling rate than 16 kHz.
        """
        import torch
        from transformers import (
            MODEL_FOR_AUDIO_XVECTOR_MAPPING,
            AutoConfig,
            AutoFeatureExtractor,
            AutoModelForAudioXVector,
        )

        from emotion_hf.soundness import check_weights
        from emotion_hf.weights import loading

        with loading("The speaker-verification model", source, pickled=True) as options:
            config = AutoConfig.from_pretrained(source, **options)
            if type(config) not in MODEL_FOR_AUDIO_XVECTOR_MAPPING:
                kinds = "such as WavLMForXVector or Wav2Vec2ForXVector"
                raise CheckpointError(f"{source} is no speaker-verification model of transformers, {kinds}.")
            extractor = AutoFeatureExtractor.from_pretrained(source, **options)
            model, info = AutoModelForAudioXVector.from_pretrained(
                source,
                config=config,
                dtype=torch.float32,
                output_loading_info=True,
                ignore_mismatched_sizes=True,
                adapter_kwargs=options,
                **options,
            )
        _check_complete(source, info)
        if extractor.sampling_rate != SAMPLING_RATE:
            raise CheckpointError(f"{source} needs audio at {extractor.sampling_rate} Hz; use one for 16000 Hz.")
        check_weights(source, model)
        return cls(model.to(choose_device(device)), extractor)

    def embed(self, waves: Sequence[np.ndarray]) -> np.ndarray:
        """Return the embedding of each wave, mono float32 at 16 kHz: ``(waves, size)``.

        Each wave is embedded separately: some of these networks take no mask, and padding would change them.
        """
        import torch

        found = []
        with torch.inference_mode():
            for wave in waves:
                inputs = self._extractor([wave], sampling_rate=SAMPLING_RATE, return_tensors="pt")
                found.append(self._model(**inputs.to(self._model.device)).embeddings[0].float().cpu().numpy())
        vectors = np.stack(found)
        return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def _check_complete(source: str | Path, info: dict[str, Any]) -> None:
    """Refuse a checkpoint with weights that were not trained."""
    untrained = sorted(map(str, [*info["missing_keys"], *info["mismatched_keys"]]))
    wrong = [name for name in untrained if not MAY_BE_MISSING & set(name.split("."))]
    if wrong:
        remedy = "so it cannot tell speakers apart; use another speaker-verification model"
        raise CheckpointError(f"{source} lacks weights of a speaker-verification model ({wrong[0]}), {remedy}.")


@cache
def _layer() -> tuple[np.ndarray, str]:
    """Return the projection ``(2 * hidden, size)``, and the fingerprint of the encoder that it was trained on."""
    from safetensors import safe_open

    with safe_open(LAYER, framework="numpy") as file:
        return file.get_tensor("projection").astype(np.float32), file.metadata()["encoder"]
