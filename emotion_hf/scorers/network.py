"""Score waves with a model of transformers: any network with an audio-classification head, of ours or of others.

Example:
    >>> load_network("runs/mine", torch.device("cpu")).labels  # doctest: +SKIP
    ('angry', 'happy', 'sad')
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from transformers import (
    AutoFeatureExtractor,
    AutoModelForAudioClassification,
    WhisperFeatureExtractor,
)

from emotion_hf import soundness
from emotion_hf.audio import SAMPLING_RATE
from emotion_hf.doctor import MODEL_FILES
from emotion_hf.errors import CheckpointError
from emotion_hf.model_source import check_all_loaded, check_folder, is_local
from emotion_hf.models import EncoderForAudioClassification  # the import registers all our families
from emotion_hf.scorers import BATCH_SIZE, CPU_BATCH_SIZE
from emotion_hf.voice import SpeakerStatistics
from emotion_hf.weights import loading


class NetworkScorer:
    """A transformers model with its feature extractor, as a Scorer."""

    def __init__(self, model, extractor):
        self.model, self.extractor = model.eval(), extractor
        self.labels = tuple(model.config.id2label[number] for number in range(model.config.num_labels))
        self.not_sure_below = getattr(model.config, "not_sure_below", 0.0)  # only our own families have it
        self.speakers = _speaker_statistics(model)
        masks = "attention_mask" in extractor.model_input_names and getattr(extractor, "return_attention_mask", True)
        whisper = isinstance(extractor, WhisperFeatureExtractor)
        self._padding = "max_length" if whisper else True  # Whisper's input is always 30 s
        # An extractor without a mask would let padding to the longest wave of a batch change the other scores.
        at_once = CPU_BATCH_SIZE if model.device.type == "cpu" else BATCH_SIZE
        self.batch_size = at_once if masks or whisper else 1

    @torch.inference_mode()
    def answers(self, waves: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray | None]:
        """Return probabilities `(waves, labels)` of mono float32 waves at 16 kHz, and intensities `(waves,)` if
        predicted.
        """
        inputs = self.extractor(list(waves), sampling_rate=SAMPLING_RATE, padding=self._padding, return_tensors="pt")
        return self._read(self.model(**inputs.to(self.model.device)))

    @property
    def embedding_size(self) -> int:
        """Number of features of an embedding.

        Raises:
            CheckpointError: The network is not one of the encoder family.
        """
        if not isinstance(self.model, EncoderForAudioClassification):
            raise CheckpointError(
                "This model has no embeddings; use the one that ships, or one of the recipe whisper."
            )
        return self.model.config.embedding_size

    @torch.inference_mode()
    def embeddings(self, waves: Sequence[np.ndarray]) -> np.ndarray:
        """Return the pooled states of the encoder for mono float32 waves at 16 kHz, `(waves, features)`."""
        inputs = self.extractor(list(waves), sampling_rate=SAMPLING_RATE, padding=self._padding, return_tensors="pt")
        return self.model.embed(**inputs.to(self.model.device)).cpu().numpy()

    def whole(self) -> NetworkScorer:
        """Return this scorer, which has the whole network."""
        return self

    def _read(self, output) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the probabilities and intensities in a model's output."""
        intensities = output.get("intensity")  # only our own families have it
        known = None if intensities is None else intensities.float().cpu().numpy()
        return output.logits.float().softmax(-1).cpu().numpy(), known


def load_network(source: str | Path, device: torch.device, trust_remote_code: bool = False) -> NetworkScorer:
    """Load a transformers model.

    Args:
        source: Its folder or Hub id.
        device: Where it computes.
        trust_remote_code: Run the code that comes with a model on the Hub.

    Raises:
        CheckpointError: It cannot be loaded, has missing, unexpected or mismatched weights, or contradicts itself.
    """
    if is_local(source):
        check_folder(Path(source), MODEL_FILES)
    with loading("The model", source) as options:
        extractor = AutoFeatureExtractor.from_pretrained(source, trust_remote_code=trust_remote_code, **options)
        network, info = AutoModelForAudioClassification.from_pretrained(
            source,
            dtype=torch.float32,  # like the features; some models are stored in half precision
            output_loading_info=True,
            use_safetensors=True,
            ignore_mismatched_sizes=True,
            trust_remote_code=trust_remote_code,
            adapter_kwargs=options,
            **options,
        )
    check_all_loaded(source, info)
    if extractor.sampling_rate != SAMPLING_RATE:
        rate = extractor.sampling_rate
        raise CheckpointError(f"The model {source} needs audio at {rate} Hz; use a model for 16000 Hz.")
    soundness.check_config(source, network.config, extractor)
    soundness.check_weights(source, network)
    return NetworkScorer(network.to(device), extractor)


def _speaker_statistics(model) -> SpeakerStatistics | None:
    """Return the statistics of how speakers differ, if the model has them."""
    voice = getattr(model, "voice", None)  # only the encoder family has it
    if voice is None or not voice.within.any():
        return None
    return SpeakerStatistics(*(buffer.cpu().double().numpy() for buffer in (voice.means, voice.within)))
