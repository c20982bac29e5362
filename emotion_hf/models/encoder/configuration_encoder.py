"""Configuration of the encoder family: a pretrained speech encoder, the layers that are pooled, and a linear head.

Example:
    >>> from transformers import WhisperConfig
    >>> EncoderConfig(encoder=WhisperConfig(encoder_layers=4), pooled_layers=[2, 3, 4]).embedding_size
    2304
"""

from collections.abc import Mapping
from typing import Any

from huggingface_hub.dataclasses import strict
from transformers import AutoConfig, PreTrainedConfig


@strict
class EncoderConfig(PreTrainedConfig):
    r"""Describe one model of the encoder family completely; a checkpoint rebuilds itself from it.

    Args:
        encoder (`dict` or `PreTrainedConfig`, *optional*):
            Configuration of the speech encoder, of any type that `AutoModel` knows: Whisper, Wav2Vec2, HuBERT, WavLM,
            Wav2Vec2-BERT, the Audio Spectrogram Transformer …
            Its `num_hidden_layers` says how many layers are kept. By default a small Whisper.
        pooled_layers (`list[int]`, defaults to the last one):
            Layers whose states are pooled into the embedding; 0 is what enters the first layer.
        intensity (`bool`, defaults to `False`):
            Also estimate how strongly the emotion is expressed.
        logit_temperature (`float`, defaults to 1.0):
            Divides the logits, fitted on validation speakers so that probabilities are calibrated (Guo et al. 2017).
        not_sure_below (`float`, defaults to 0.0):
            Confidence below which a reader of the scores should answer "not sure".

    Raises:
        ValueError: A pooled layer is not among those kept.
    """

    model_type = "emotion_encoder"
    sub_configs = {"encoder": AutoConfig}

    encoder: Any = None
    pooled_layers: list[int] | tuple[int, ...] = ()
    intensity: bool = False
    logit_temperature: float = 1.0
    not_sure_below: float = 0.0

    def __post_init__(self, **kwargs):
        if self.encoder is None:
            self.encoder = AutoConfig.for_model("whisper", **_SMALL)
        elif isinstance(self.encoder, Mapping):
            fields = dict(self.encoder)
            self.encoder = AutoConfig.for_model(fields.pop("model_type", "whisper"), **fields)
        for name in ("layerdrop", "encoder_layerdrop"):  # a pooled layer cannot be dropped at random in training
            if hasattr(self.encoder, name):
                setattr(self.encoder, name, 0.0)
        kept = self.encoder.num_hidden_layers
        self.pooled_layers = list(self.pooled_layers) or [kept]
        outside = [layer for layer in self.pooled_layers if not 0 <= layer <= kept]
        if outside:
            raise ValueError(f"pooled_layers names layer {outside[0]}, but the encoder keeps layers 0 to {kept}.")
        super().__post_init__(**kwargs)

    @property
    def embedding_size(self) -> int:
        """Size of an embedding: mean and standard deviation of each unit of the pooled layers."""
        return 2 * len(self.pooled_layers) * self.encoder.hidden_size


_SMALL = {"d_model": 384, "encoder_layers": 4, "encoder_attention_heads": 6, "encoder_ffn_dim": 1536}

__all__ = ["EncoderConfig"]
